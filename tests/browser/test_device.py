"""What belongs to the device of a kitchen screen: sound, size, learned keys, waking, and what it keeps."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from .conftest import Board, OpenBoard, OpenPage, eventually, sign_in
from .customers import Customer

HEAR = """
globalThis.heard = [];
const Real = OscillatorNode;
globalThis.OscillatorNode = class extends Real {
  constructor(context, options) {
    super(context, options);
    heard.push(options.frequency);
  }
};
void 0;
"""
SILENCED = """
const state = { get: () => (globalThis.isTouched ? "running" : "suspended") };
Object.defineProperty(AudioContext.prototype, "state", state);
AudioContext.prototype.resume = function () {
  if (!navigator.userActivation.hasBeenActive) return Promise.reject(new Error("not allowed"));
  globalThis.isTouched = true;
  this.onstatechange?.();
  return Promise.resolve();
};
"""


async def test_every_kind_of_news_has_a_tone_of_its_own_and_the_first_look_has_none(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    old = await customer.order(await customer.dishes(1))
    page = await open_page(f"{server.url}/kitchen")
    await page.evaluate(HEAR)
    await sign_in(page)
    board = Board(page)
    await board.sees_health("live")
    await expect(board.ticket(old.number)).to_be_visible()
    await page.locator(".branch-name").click()
    await expect(page.locator(".tool-sound")).to_have_attribute("data-state", "on")
    assert await page.evaluate("heard") == []

    async def tones(condition: str) -> None:
        await eventually(page, f"heard.length > 0 && {condition}")
        await page.evaluate("heard.length = 0")

    await customer.order(await customer.dishes(1))
    await tones("heard.join() === '660,880'")
    await db.execute("UPDATE orders SET priority = 1 WHERE id = $1::uuid", old.order_id)
    await tones("heard.join() === '587'")
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1::uuid", old.order_id)
    await tones("heard.join() === '330,262,208'")
    await db.execute("UPDATE kots SET sent_at = now() - interval '1 hour' WHERE order_id = $1::uuid", old.order_id)
    await tones("heard.join() === '988,988,988'")
    await page.keyboard.press("m")
    await expect(page.locator(".tool-sound")).to_have_attribute("data-state", "off")
    await customer.order(await customer.dishes(1))
    await expect(page.locator('.ticket[data-column="SENT"]')).to_have_count(3)
    await page.wait_for_timeout(800)
    assert await page.evaluate("heard") == []


async def test_a_browser_that_keeps_silent_is_told_apart_and_a_press_opens_it(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/kitchen")
    await page.add_init_script(SILENCED)
    await sign_in(page)
    await Board(page).sees_health("live")
    await page.reload()
    await expect(page.locator(".tool-sound")).to_have_text("MTap for sound")
    await page.locator(".tool-sound").click()
    await expect(page.locator(".tool-sound")).to_have_text("MSound on")


async def test_the_tones_are_tried_in_the_options(server: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    await board.page.evaluate(HEAR)
    await board.page.keyboard.press("o")
    for name in ("New order", "Changed", "Void", "Late"):
        await board.page.evaluate("heard.length = 0")
        await board.page.get_by_role("button", name=f"Test: {name}").click()
        await eventually(board.page, "heard.length > 0")


async def test_the_size_of_the_tickets_is_kept_on_the_device(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    timer = board.ticket(order.number).locator(".timer")
    await expect(timer).to_have_css("font-size", "23px")
    for _ in range(3):
        await board.page.keyboard.press("=")
    await expect(timer).to_have_css("font-size", "34.5px")
    await board.page.reload()
    await expect(timer).to_have_css("font-size", "34.5px")
    for _ in range(9):
        await board.page.keyboard.press("-")
    await expect(timer).to_have_css("font-size", "17.5px")


async def test_a_bump_bar_is_taught_and_its_keys_are_shown(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    page = board.page
    await page.keyboard.press("o")
    await page.get_by_role("button", name="Bump bar 1").click()
    await page.get_by_role("button", name="Bump Enter", exact=True).click()
    await expect(page.get_by_role("dialog", name="Options")).to_contain_text('Press the key for "Bump" now')
    await page.keyboard.press("q")
    await expect(page.get_by_role("dialog", name="Options")).to_contain_text('"Bump" is on Q now.')
    await page.get_by_role("button", name="Rush P", exact=True).click()
    await page.keyboard.press("i")
    await expect(page.get_by_role("dialog", name="Options")).to_contain_text('"Items" has no key now')
    await page.keyboard.press("Escape")
    await expect(page.locator(".main-action .keycap")).to_have_text("Q")
    await expect(page.locator(".items-action .keycap")).to_be_hidden()
    await page.reload()
    await board.sees_health("live")
    for key in ("1", "i"):
        await page.keyboard.press(key)
    await expect(board.ticket(order.number)).to_contain_text("RUSH")
    await page.keyboard.press("q")
    await expect(board.ticket(order.number, "READY")).to_be_visible()
    await page.keyboard.press("o")
    await page.get_by_role("button", name="Usual keys again").click()
    await page.keyboard.press("Escape")
    await expect(page.locator(".main-action .keycap")).to_have_text("Enter")


async def test_the_screen_is_kept_awake_and_asked_again_when_it_is_shown(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/kitchen")
    await _count_locks(page)
    await sign_in(page)
    await eventually(page, "locks.length === 1")
    await page.evaluate("locks[0].released = true; document.dispatchEvent(new Event('visibilitychange'))")
    await eventually(page, "locks.length === 2")


async def test_full_screen_there_and_back(server: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    await board.page.keyboard.press("u")
    await eventually(board.page, "document.fullscreenElement !== null")
    await board.page.keyboard.press("u")
    await eventually(board.page, "document.fullscreenElement === null")


async def _count_locks(page: Page) -> None:
    await page.evaluate(
        """() => {
          globalThis.locks = [];
          const request = () => {
            const lock = { released: false, release: () => Promise.resolve() };
            locks.push(lock);
            return Promise.resolve(lock);
          };
          Object.defineProperty(navigator, "wakeLock", { value: { request } });
        }"""
    )
