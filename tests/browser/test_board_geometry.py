"""Every size of screen, layout and density: nothing cut, covered or too small; and as many orders as were promised."""

from __future__ import annotations

import asyncio
import json
from statistics import median
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from .boards import at, demo_board, order_of, ugly_board
from .conftest import Board, Troubles
from .geometry import CONTRAST, FLAWS, SHOWN_WHOLE

SIZES = {
    "1366x768": (1366, 768, 10), "1920x1080": (1920, 1080, 16), "1280x800": (1280, 800, 11),
    "1024x768": (1024, 768, 7), "1024x600": (1024, 600, 5), "800x1280": (800, 1280, 9),
    "3840x2160": (3840, 2160, 24), "390x844": (390, 844, 3),
}  # fmt: skip
"""By name: width, height, and how many orders the first page shows of fifty, as the median of twenty boards."""
LAYOUTS: dict[str, dict[str, Any]] = {"lanes": {}, "grid": {"layout": "grid"}, "expo": {"isExpo": True}}
DENSITIES = ("comfortable", "standard", "compact")
SEEDS = 20
PAGES_MAX = 6
BRANCH = {"branchId": "b", "name": "Via Masala", "locality": "Riverside", "timezone": "UTC", "thresholds": {}}
STATIONS = ["Grill", "Fry", "Cold"]


async def show(
    browser: Browser,
    server: Any,
    troubles: Troubles,
    orders: list[Any],
    size: tuple[int, int],
    settings: dict[str, Any],
    sockets: list[WebSocketRoute] | None = None,
) -> Page:
    """A signed-in board whose socket tells these orders."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    login = {"token": "t", "role": "KITCHEN", "branchId": "b", "expiresAt": at(-36_000)}
    kept = {"kds.session": login, "kds.settings": {"sounds": False, **settings}}
    script = "".join(
        f"localStorage.setItem({json.dumps(name)}, {json.dumps(json.dumps(kept[name]))});" for name in kept
    )
    await context.add_init_script(script)
    page = await context.new_page()
    troubles.watch(page)
    await page.route("**/kitchen/branch", lambda route: route.fulfill(json={**BRANCH, "stations": STATIONS}))
    await page.route("**/kitchen/dishes", lambda route: route.fulfill(json={"dishes": []}))
    # what a board asks when no socket opens: under a clock that runs ahead one may be too late
    listed = {"orders": orders, "epoch": "e", "revision": 1}
    await page.route("**/kitchen/orders", lambda route: route.fulfill(json=listed))

    def opened(socket: WebSocketRoute) -> None:
        if sockets is not None:
            sockets.append(socket)
        of = {"epoch": "e", "revision": 1}
        socket.send(json.dumps({"type": "HELLO", "protocol": 1, **of, "serverTime": at(0)}))
        socket.send(json.dumps({"type": "SNAPSHOT", **of, "timestamp": at(0), "orders": orders}))

    await page.route_web_socket("**/kitchen/display*", opened)
    await page.goto(f"{server.url}/kitchen")
    await Board(page).sees_health("live")
    await expect(page.locator(".branch-locality")).to_have_text("Riverside")
    await Board(page).painted()
    return page


async def flaws_of(page: Page) -> list[str]:
    """What is wrong on any of the first pages."""
    found: list[str] = []
    for _ in range(PAGES_MAX):
        found += await page.evaluate(FLAWS)
        following = page.locator(".page-next")
        if not await following.is_visible() or await following.is_disabled():
            break
        await page.keyboard.press("PageDown")
        await Board(page).painted()
    return found


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
async def test_nothing_is_cut_or_covered_at_any_density(
    browser: Browser, server: Any, troubles: Troubles, name: str, layout: str
) -> None:
    width, height, _ = SIZES[name]
    found = []
    for density in DENSITIES:
        for kind, orders in (("demo", demo_board(3)), ("ugly", ugly_board())):
            settings = {**LAYOUTS[layout], "density": density}
            page = await show(browser, server, troubles, orders, (width, height), settings)
            found += [f"{density} {kind}: {flaw}" for flaw in await flaws_of(page)]
            await page.context.close()
    assert found == []
    assert troubles.unforgiven() == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("layout", LAYOUTS)
async def test_every_text_stands_out_from_its_ground(
    browser: Browser, server: Any, troubles: Troubles, layout: str, theme: str
) -> None:
    settings = {**LAYOUTS[layout], "theme": theme}
    page = await show(browser, server, troubles, ugly_board(), (1366, 768), settings)
    assert await page.evaluate(CONTRAST) == []
    await page.context.close()


@pytest.mark.parametrize("name", SIZES)
async def test_a_board_shows_as_many_orders_as_promised(
    browser: Browser, server: Any, troubles: Troubles, name: str
) -> None:
    width, height, wanted = SIZES[name]
    counts = []
    for seed in range(SEEDS):
        page = await show(browser, server, troubles, demo_board(seed), (width, height), {})
        counts.append(await page.evaluate(SHOWN_WHOLE))
        await page.context.close()
    assert median(counts) >= wanted, counts
    # the phone scrolls: two long orders may fill it
    assert min(counts) >= (2 if name == "390x844" else 0.8 * wanted), counts


async def test_a_browser_zoomed_to_twice_the_size_has_one_list(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    page = await show(browser, server, troubles, demo_board(1), (512, 300), {})
    assert await page.evaluate(FLAWS) == []
    await expect(page.locator(".layout-list .ticket").first).to_be_visible()
    await page.context.close()


async def test_many_stations_are_a_list_that_names_the_chosen_one(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    names = [f"Station {number}" for number in range(1, 9)]
    page = await show(browser, server, troubles, demo_board(1), (1024, 768), {"station": "Station 7"})
    await page.unroute("**/kitchen/branch")
    await page.route("**/kitchen/branch", lambda route: route.fulfill(json={**BRANCH, "stations": names}))
    await page.reload()
    await expect(page.locator(".station-list")).to_contain_text("Station 7")
    await page.locator(".station-list").click()
    await page.get_by_role("dialog", name="Stations").get_by_role("button", name="Station 2", exact=True).click()
    await expect(page.locator(".station-list")).to_contain_text("Station 2")
    assert await page.evaluate(FLAWS) == []
    await page.context.close()


async def test_a_void_on_another_page_is_counted_and_a_key_leads_there(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    orders = demo_board(1)
    orders[45]["items"][0]["voided"] = True
    page = await show(browser, server, troubles, orders, (1366, 768), {})
    await expect(page.locator(".void-jump")).to_contain_text("1 VOID")
    await page.keyboard.press("v")
    await expect(page.locator(".ticket[data-selected] .row[data-void]").first).to_be_visible()
    await expect(page.locator(".void-jump")).to_be_hidden()
    await page.context.close()


CLICK_WHEN_MOVED = """() => new Promise((done) => {
  const first = document.querySelector(".lanes .ticket").dataset.orderId;
  const observer = new MutationObserver(() => {
    const head = document.querySelector(".lanes .ticket .head");
    if (head.parentNode.dataset.orderId === first) return;
    observer.disconnect();
    head.click();
    setTimeout(done, 500);
  });
  observer.observe(document.querySelector("#board"), { subtree: true, childList: true, attributes: true });
})"""
"""An observer hears of what was painted before the next frame, however long that takes."""


async def test_a_tap_just_after_the_tickets_moved_does_nothing(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    orders = demo_board(1)
    sockets: list[WebSocketRoute] = []
    page = await show(browser, server, troubles, orders, (1366, 768), {}, sockets)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    rush = orders[30] | {"priority": 1, "type": "ORDER_UPDATED", "revision": 2, "prev": 1, "timestamp": at(0)}
    moved = asyncio.create_task(page.evaluate(CLICK_WHEN_MOVED))
    await Board(page).painted()
    sockets[-1].send(json.dumps(rush))
    await moved
    assert asked == []
    await page.context.close()


TAP_WHEN = """([moved, tapped]) => new Promise((done) => {
  const of = (selector) => document.querySelector(selector);
  const before = of(moved)?.getBoundingClientRect().top;
  const observer = new MutationObserver(() => {
    const now = of(moved)?.getBoundingClientRect().top;
    if (now === before || now === undefined) return;
    observer.disconnect();
    of(tapped).click();
    setTimeout(done, 500);
  });
  observer.observe(document.querySelector("#board"), { subtree: true, childList: true, attributes: true });
})"""
"""Taps as soon as what is to move stands elsewhere, or comes."""


@pytest.mark.parametrize("layout", ["lanes", "grid"])
async def test_a_tap_just_after_the_dishes_of_a_ticket_moved_does_nothing(
    browser: Browser, server: Any, troubles: Troubles, layout: str
) -> None:
    dishes = [{"name": name, "quantity": 1, "station": "Grill"} for name in ("Tikka", "Naan", "Raita")]
    order = order_of(7, dishes, 60)
    sockets: list[WebSocketRoute] = []
    page = await show(browser, server, troubles, [order], (1366, 768), LAYOUTS[layout], sockets)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    last = ":is(.lanes, .cells) .row[data-item-id='o7-2'] .dish"
    tapped = asyncio.create_task(page.evaluate(TAP_WHEN, [last, last]))
    await Board(page).painted()
    order["items"][0]["voided"] = True
    sockets[-1].send(json.dumps({**order, "type": "ORDER_UPDATED", "revision": 2, "prev": 1, "timestamp": at(0)}))
    await tapped
    assert asked == []
    async with page.expect_request(lambda request: request.method == "PATCH" and "o7-2" in request.url):
        await page.locator(last).click()
    await page.context.close()


async def test_a_tap_just_after_the_last_page_went_does_nothing(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    dishes = [{"name": f"Dish {number}", "quantity": 1, "station": "Grill"} for number in range(17)]
    orders = [order_of(number, dishes, 900 - number) for number in range(1, 6)]
    sockets: list[WebSocketRoute] = []
    page = await show(browser, server, troubles, orders, (1366, 768), {}, sockets)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    await expect(page.locator(".page-next")).to_be_enabled()
    await Board(page).still()
    await page.keyboard.press("PageDown")
    await expect(page.locator(".lanes .ticket")).to_have_count(1)
    await expect(page.locator(".lanes .ticket")).to_have_attribute("data-order-id", "o5")
    first = ".lanes .ticket[data-order-id='o1'] .head"
    tapped = asyncio.create_task(page.evaluate(TAP_WHEN, [first, first]))
    await Board(page).painted()
    gone = order_of(5, dishes, 895, status="COMPLETED")
    sockets[-1].send(json.dumps({**gone, "type": "ORDER_UPDATED", "revision": 2, "prev": 1, "timestamp": at(0)}))
    await tapped
    assert asked == []
    await page.context.close()


LINE_STARTS = """() => [...document.querySelectorAll(":is(.lanes, .cells) .modifier")].map((modifier) => {
  const range = document.createRange();
  range.selectNodeContents(modifier);
  const { left } = range.getClientRects()[0];
  const before = modifier.previousElementSibling;
  const isFirst = !before || before.getBoundingClientRect().top < modifier.getBoundingClientRect().top;
  const { left: nameLeft } = modifier.closest(".what").getBoundingClientRect();
  return {isFirst, indentPx: Math.round(left - nameLeft), words: modifier.textContent};
})"""


async def test_a_line_of_modifiers_begins_under_the_name_without_a_dot(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    pairs = [
        ["NO yoghurt", "SWAP rice for a green salad"],
        ["ADD mint", "RARE"],
        ["NO onions", "بدون بصل وبدون ثوم وبدون"],
    ]
    dishes = [{"name": "Tikka", "quantity": 1, "station": "Grill", "modifiers": pair} for pair in pairs]
    page = await show(browser, server, troubles, [order_of(7, dishes, 60)], (1366, 768), {})
    starts = await page.evaluate(LINE_STARTS)
    assert [start["indentPx"] for start in starts if start["isFirst"]] == [0] * sum(
        start["isFirst"] for start in starts
    )
    assert sum(start["isFirst"] for start in starts) > len(pairs), starts
    assert all(start["indentPx"] > 0 for start in starts if not start["isFirst"])
    await page.context.close()
