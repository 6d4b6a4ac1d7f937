"""The links that guests hold: sent to nobody by an address, alive after a reload, one for each guest, renewed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from playwright.async_api import Page, Request, expect

from kds.domain.links import Links
from tests.conftest import JWT_SECRET

from .conftest import OpenBoard, OpenPage, Troubles, sign_in
from .customers import Customer

PHONE = {"width": 360, "height": 740}


def _table_link(server: Any, table: str = "T1") -> str:
    token = Links(JWT_SECRET).table_token(UUID(server.branch_id), table)
    return f"{server.url}/order/{server.branch_id}?table={table}&tableToken={token}"


@pytest.fixture
async def rounds(db: Any) -> None:
    """The branch adds rounds to open orders; no dish has choices."""
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")
    await db.execute("UPDATE menu_items SET modifiers = '[]'")


async def _order(page: Page, dish: dict[str, Any], note: str = "") -> None:
    await page.get_by_role("button", name=f"Add {dish['name']}", exact=True).click()
    await page.get_by_role("button", name="View basket").click()
    if note:
        await page.locator("#order-note").fill(note)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-live")).to_contain_text("Live")


async def _dishes(page: Page) -> list[str]:
    return await page.locator(".track-dish .dish-title").all_inner_texts()


# Two guests of a table


@pytest.mark.usefixtures("rounds")
async def test_of_two_guests_of_a_table_one_cancels_and_the_others_dish_is_cooked(
    server: Any, customer: Customer, open_page: OpenPage, open_board: OpenBoard, db: Any
) -> None:
    first_dish, second_dish = await customer.dishes(2)
    board = await open_board(server.url)
    first, second = [await open_page(_table_link(server), **PHONE) for _ in range(2)]
    await _order(first, first_dish, note="For the birthday")
    await _order(second, second_dish)
    assert await db.fetchval("SELECT count(*) FROM orders") == 1
    number = await db.fetchval("SELECT order_number FROM orders")
    for page, dish in ((first, first_dish), (second, second_dish)):
        await expect(page.locator("h1")).to_have_text(f"Order {number}")
        assert await _dishes(page) == [dish["name"]]
    await expect(first.locator(".track-note")).to_contain_text("For the birthday")
    await expect(second.locator("body")).not_to_contain_text("birthday")
    for dish in (first_dish, second_dish):
        await expect(board.ticket(number).locator(".dish", has_text=dish["name"]).first).to_be_visible()
    await second.get_by_role("button", name="Cancel this order").click()
    await second.get_by_role("button", name="Yes, cancel it").click()
    await expect(second.locator(".track-big")).to_have_text("Cancelled")
    await expect(first.locator(".track-dish")).to_contain_text("Cooking")
    await expect(first.get_by_role("button", name="Cancel this order")).to_be_visible()
    await db.execute("UPDATE kots SET status = 'READY' WHERE status = 'SENT'")
    await expect(first.locator(".track-big")).to_have_text("Ready")
    await expect(second.locator(".track-big")).to_have_text("Cancelled")


@pytest.mark.usefixtures("rounds")
async def test_who_orders_twice_finds_both_rounds_again(server: Any, customer: Customer, open_page: OpenPage) -> None:
    dishes = await customer.dishes(2)
    page = await open_page(_table_link(server), **PHONE)
    await _order(page, dishes[0])
    await page.get_by_role("link", name="Add to this order").click()
    await _order(page, dishes[1])
    assert await _dishes(page) == [dishes[1]["name"]]
    await page.get_by_role("link", name="Add to this order").click()
    await expect(page.locator(".placed-link")).to_have_count(2)
    await page.locator(".placed-link").nth(1).click()
    await expect(page.locator(".track-dish .dish-title")).to_have_text([dishes[0]["name"]])


# What stands in the address


async def _secrets_in(page: Page) -> tuple[list[str], list[str]]:
    """Names of the parameters of the page's address, before and behind the `#`."""
    parts = urlsplit(page.url)
    return sorted(parse_qs(parts.query)), sorted(parse_qs(parts.fragment))


@pytest.mark.parametrize("kind", [None, "localStorage", "sessionStorage"])
async def test_a_secret_leaves_what_is_sent_and_the_link_goes_on_working(
    server: Any, customer: Customer, open_page: OpenPage, kind: str | None
) -> None:
    [dish] = await customer.dishes(1)
    order = await customer.order([dish])
    page = await open_page("about:blank", **PHONE)
    if kind:
        forbidden = "{ get() { throw new DOMException('no', 'SecurityError'); } }"
        await page.add_init_script(f"Object.defineProperty(window, '{kind}', {forbidden});")
    referers: list[str] = []
    page.on("request", lambda request: referers.append(request.headers.get("referer", "")))
    # as it was printed, sent and kept until now
    await page.goto(f"{server.url}/track/{order.order_id}?token={order.token}")
    await expect(page.locator(".track-live")).to_contain_text("Live")
    assert await _secrets_in(page) == ([], ["token"])
    await page.reload()
    await expect(page.locator(".track-live")).to_contain_text("Live")
    friend = await open_page(page.url, **PHONE)
    await expect(friend.locator("h1")).to_have_text(f"Order {order.number}")

    await page.goto(_table_link(server, "T7"))
    await expect(page.locator(".dish-card").first).to_be_visible()
    assert await _secrets_in(page) == (["table"], ["tableToken"])
    await page.reload()
    await expect(page.locator(".chip-table")).to_have_text("Table 7")
    friend = await open_page(page.url, **PHONE)
    await expect(friend.locator(".chip-table")).to_have_text("Table 7")
    await expect(friend.locator(".menu-warning")).to_be_hidden()
    assert set(referers) == {""}


async def test_from_the_menu_to_the_order_and_back_no_address_sends_a_secret(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true")
    await db.execute("UPDATE menu_items SET modifiers = '[]'")
    page = await open_page(_table_link(server), **PHONE)
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    [dish] = await customer.dishes(1)
    await _order(page, dish)
    assert await _secrets_in(page) == ([], ["token"])
    await page.get_by_role("link", name="Order more").click()
    await expect(page.locator(".placed-link")).to_be_visible()
    assert await _secrets_in(page) == (["table"], ["tableToken"])
    await _order(page, dish)
    await page.go_back()
    await expect(page.locator(".placed-link").first).to_be_visible()
    await page.locator(".placed-link").first.click()
    await expect(page.locator(".track-live")).to_contain_text("Live")
    pages = [urlsplit(request.url) for request in asked if request.is_navigation_request()]
    assert pages and not any("oken" in url.query for url in pages)


async def test_another_link_of_the_same_order_in_the_same_tab_is_opened(
    server: Any, customer: Customer, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("404")
    order = await customer.order(await customer.dishes(1))
    page = await open_page(f"{server.url}/track/{order.order_id}#token=forged", **PHONE)
    await expect(page.locator("main")).to_contain_text("This link does not work")
    await page.goto(f"{server.url}/track/{order.order_id}#token={order.token}")
    await expect(page.locator(".track-live")).to_contain_text("Live")


# Codes made anew


async def test_a_manager_renews_a_code_and_the_one_before_says_so(
    server: Any, customer: Customer, open_page: OpenPage, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("422")
    await db.execute("UPDATE menu_items SET modifiers = '[]'")
    [dish] = await customer.dishes(1)
    sheet = await open_page(f"{server.url}/tables")
    await sign_in(sheet, "manager", "manager-demo")
    await sheet.get_by_label("Tables").fill("T1, T2")
    await sheet.get_by_role("button", name="Show").click()
    await expect(sheet.locator(".card")).to_have_count(2)
    codes = [str(await sheet.locator(".card svg").nth(card).get_attribute("aria-label")) for card in (0, 1)]
    drawn = await sheet.locator(".card path").nth(0).get_attribute("d")
    phone = await open_page(codes[0], **PHONE)
    await expect(phone.locator(".menu-warning")).to_be_hidden()

    renew = sheet.get_by_role("button", name="New code for Table 1")
    await renew.click()
    await expect(sheet.get_by_role("dialog")).to_contain_text("stops working at once")
    await sheet.get_by_role("button", name="No, keep it").click()
    await expect(renew).to_be_focused()
    assert await db.fetchval("SELECT count(*) FROM table_codes") == 0
    await renew.click()
    await sheet.get_by_role("button", name="Yes, make a new one").click()
    await expect(sheet.get_by_role("status")).to_have_text("Table 1 has a new code. Print its card.")
    await expect(sheet.get_by_role("dialog")).to_be_hidden()
    await expect(renew).to_be_focused()
    new = str(await sheet.locator(".card svg").nth(0).get_attribute("aria-label"))
    assert new != codes[0] and await sheet.locator(".card path").nth(0).get_attribute("d") != drawn
    assert await sheet.locator(".card svg").nth(1).get_attribute("aria-label") == codes[1]
    await sheet.emulate_media(media="print")
    await expect(renew).to_be_hidden()

    words = "This code was replaced: scan the one on the table."
    await phone.get_by_role("button", name=f"Add {dish['name']}", exact=True).click()
    await phone.get_by_role("button", name="View basket").click()
    await phone.get_by_role("button", name="Place order").click()
    await expect(phone.get_by_role("dialog").get_by_role("alert")).to_contain_text(words)
    again = await open_page(codes[0], **PHONE)
    await expect(again.locator(".menu-warning")).to_have_text(words)
    await db.execute("UPDATE branches SET public_order_types = '{dine_in}'")  # also where nothing can be ordered to go
    await again.reload()
    await expect(again.locator(".menu-warning")).to_have_text(words)
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    for good in (new, codes[1]):
        await _order(await open_page(good, **PHONE), dish)
