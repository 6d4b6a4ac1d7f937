"""No page goes back: a state read earlier, however late it comes, never stands over one that is newer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from playwright.async_api import Page, WebSocketRoute, expect

from .conftest import OpenPage, Troubles, sign_in
from .customers import Customer

NOW = "2026-01-01T12:00:00.000000Z"


class Lines:
    """The sockets that a page opened; the test is their server."""

    def __init__(self) -> None:
        self.opened: list[WebSocketRoute] = []
        self.news = asyncio.Event()
        self._beats: list[asyncio.Task[None]] = []

    async def take_place(self, page: Page, path: str) -> None:
        """From now on."""
        await page.route_web_socket(f"**{path}*", self._open)

    def _open(self, route: WebSocketRoute) -> None:
        self.opened.append(route)
        self.news.set()
        self._beats.append(asyncio.create_task(self._beat(route)))

    async def _beat(self, route: WebSocketRoute) -> None:
        """Heartbeats, as of a server: a page that hears nothing for 11 s connects anew."""
        while True:
            await asyncio.sleep(2)
            route.send(json.dumps({"type": "HEARTBEAT", "live": True}))

    async def count(self, wanted: int) -> None:
        """Waits until so many were opened."""
        async with asyncio.timeout(10):
            while len(self.opened) < wanted:
                self.news.clear()
                await self.news.wait()

    def tell(self, **message: Any) -> None:
        """One message on the newest line."""
        self.opened[-1].send(json.dumps({"serverTime": NOW, **message}))


async def test_a_pickup_board_never_shows_an_older_board_and_asks_anew(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/pickup/{server.branch_id}", width=1920, height=1080)
    lines = Lines()
    await lines.take_place(page, "/pickup/live")
    await sign_in(page, "pickup", "pickup-demo")
    await lines.count(1)
    ready = {"orderId": "a", "orderNumber": 207, "state": "READY", "since": NOW}
    board = {"type": "PICKUP_BOARD", "name": "Corner", "timezone": "UTC", "branchId": server.branch_id}
    lines.tell(**board, revision=6, orders=[ready])
    await expect(page.locator(".pickup-tile")).to_contain_text("207")
    lines.tell(**board, revision=1, orders=[])
    await lines.count(2)
    await expect(page.locator(".pickup-tile")).to_contain_text("207")
    lines.tell(**board, revision=3, orders=[])  # on a new line it is the truth: the database was put back
    await expect(page.locator(".pickup-tile")).to_have_count(0)
    lines.tell(type="PICKUP_ORDER", revision=4, **ready)
    await expect(page.locator(".pickup-tile")).to_contain_text("207")


async def test_a_track_page_never_shows_an_older_state(server: Any, customer: Customer, open_page: OpenPage) -> None:
    order = await customer.order(await customer.dishes(1))
    page = await open_page("about:blank", width=360, height=740)
    lines = Lines()
    await lines.take_place(page, f"/public/order/{order.order_id}/live")
    await page.goto(f"{server.url}/track/{order.order_id}?token={order.token}")
    await lines.count(1)
    view = await page.evaluate(f"fetch('/public/order/{order.order_id}?token={order.token}').then((a) => a.json())")
    live = {**view, "type": "ORDER_STATUS"}
    newest = view["revision"] + 10
    lines.tell(**live | {"revision": newest, "status": "READY"})
    await expect(page.locator(".track-big")).to_have_text("Ready")
    # an answer that was read before it, for it was slower
    await page.get_by_role("button", name="Cancel this order").click()
    await page.route("**/cancel?*", lambda route: route.fulfill(json={**view, "status": "CANCELLED"}))
    await page.get_by_role("button", name="Yes, cancel it").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator(".track-big")).to_have_text("Ready")
    lines.tell(**live | {"revision": newest - 1, "status": "SENT"})
    await lines.count(2)
    await expect(page.locator(".track-big")).to_have_text("Ready")
    lines.tell(**live | {"revision": 1, "status": "COMPLETED"})
    await expect(page.locator(".track-big")).to_have_text("Served")


async def test_an_answer_that_was_slower_brings_no_older_menu_back(
    server: Any, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("422")
    page = await open_page("about:blank", width=360, height=740)
    lines = Lines()
    await lines.take_place(page, "/menu/live")
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await lines.count(1)
    menu = await page.evaluate(f"fetch('/public/branches/{server.branch_id}/menu').then((answer) => answer.json())")
    dish, read_at = menu["items"][0] | {"modifiers": []}, menu["readAt"]

    def read_later(by: int, name: str) -> dict[str, Any]:
        return {**menu, "items": [dish | {"name": name}], "readAt": read_at + by}

    older = read_later(1, "Older")
    await page.route("**/menu", lambda route: route.fulfill(json=older))
    refusal = {"error": {"code": "price_changed", "message": "Prices have changed."}}
    await page.route("**/public/order/place", lambda route: route.fulfill(status=422, json=refusal))
    lines.tell(**read_later(2, "Newer") | {"type": "MENU", "revision": 2})
    await expect(page.locator(".dish-name")).to_have_text("Newer")
    await page.get_by_role("button", name="Add Newer", exact=True).click()
    await page.get_by_role("button", name="View basket").click()
    await page.evaluate(
        """() => {
        window.wentBack = false;
        const look = () => { window.wentBack ||= document.querySelector(".dish-name")?.textContent === "Older"; };
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    async with page.expect_response("**/menu"):
        await page.get_by_role("button", name="Place order").click()
    lines.tell(**read_later(3, "Newest") | {"type": "MENU", "revision": 3})
    await expect(page.locator(".dish-name")).to_have_text("Newest")
    lines.tell(type="HELLO", readAt=1, version="x")  # the database was put back: its numbers are the truth from here
    lines.tell(**read_later(0, "Put back") | {"type": "MENU", "revision": 4})
    await expect(page.locator(".dish-name")).to_have_text("Put back")
    assert not await page.evaluate("window.wentBack")


async def test_an_order_page_never_shows_an_older_menu(server: Any, open_page: OpenPage) -> None:
    page = await open_page("about:blank", width=360, height=740)
    lines = Lines()
    await lines.take_place(page, "/menu/live")
    await page.goto(f"{server.url}/order/{server.branch_id}")
    await lines.count(1)
    menu = await page.evaluate(f"fetch('/public/branches/{server.branch_id}/menu').then((answer) => answer.json())")
    [dish] = menu["items"][:1]
    lines.tell(**menu | {"type": "MENU", "revision": 2, "items": [dish | {"available": False}]})
    await expect(page.locator(".dish-card[data-sold-out]")).to_have_count(1)
    await page.evaluate(
        """() => {
        window.most = 0;
        const count = () => { window.most = Math.max(window.most, document.querySelectorAll(".dish-card").length); };
        new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    lines.tell(**menu | {"type": "MENU", "revision": 1})
    lines.tell(**menu | {"type": "MENU", "revision": 3, "items": [dish | {"available": False, "name": "The third"}]})
    await expect(page.locator(".dish-name")).to_have_text("The third")
    await expect(page.locator(".dish-card[data-sold-out]")).to_have_count(1)
    assert await page.evaluate("window.most") <= 1
