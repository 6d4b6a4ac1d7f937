"""What lies over the board is as true as it: an order's sheet follows it, the list of earlier ones is the newest."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.patience import PATIENCE_S

from .boards import at, order_of
from .conftest import Troubles
from .held_requests import UNHURRIED
from .test_board_geometry import show

DISHES = [{"name": name, "quantity": 1, "station": "Grill"} for name in ("Tikka", "Naan")]


async def test_the_sheet_of_an_order_follows_the_order(browser: Browser, server: Any, troubles: Troubles) -> None:
    order = order_of(7, DISHES, 60)
    sockets: list[WebSocketRoute] = []
    page = await show(browser, server, troubles, [order], (1366, 768), {}, sockets)
    await page.keyboard.press("1")
    await page.keyboard.press("d")
    sheet = page.get_by_role("dialog", name="Whole order")
    await expect(sheet.locator("[data-item-id='o7-0']")).to_contain_text("cooking")
    order["items"][0]["voided"] = True
    sockets[-1].send(json.dumps({**order, "type": "ORDER_UPDATED", "revision": 2, "prev": 1, "timestamp": at(0)}))
    await expect(sheet.locator("[data-item-id='o7-0']")).to_contain_text("void")
    gone = {"type": "ORDER_REMOVED", "orderId": "o7", "revision": 3, "prev": 2, "timestamp": at(0)}
    sockets[-1].send(json.dumps(gone))
    await expect(sheet.get_by_text("has left the board")).to_be_visible()
    await page.context.close()


async def test_earlier_orders_opened_twice_show_the_newer_answer(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    page = await show(browser, server, troubles, [order_of(7, DISHES, 60)], (1366, 768), {})
    await page.evaluate(UNHURRIED)
    held: asyncio.Queue[Route] = asyncio.Queue()
    await page.route("**/kitchen/orders?status=COMPLETED", held.put)
    await page.keyboard.press("l")
    async with asyncio.timeout(PATIENCE_S):
        first = await held.get()
    await page.keyboard.press("Escape")
    await page.keyboard.press("l")
    async with asyncio.timeout(PATIENCE_S):
        second = await held.get()
    dialog = page.get_by_role("dialog", name="Earlier orders")
    await second.fulfill(json={"orders": [order_of(9, DISHES, 60, status="COMPLETED")]})
    await expect(dialog.locator("li")).to_contain_text("9")
    async with page.expect_response("**/kitchen/orders?status=COMPLETED"):
        await first.fulfill(json={"orders": [order_of(8, DISHES, 60, status="COMPLETED")]})
    await page.evaluate("new Promise((done) => setTimeout(done, 100))")
    await expect(dialog.locator("li")).to_contain_text("9")
    assert await dialog.locator("li").count() == 1
    await page.context.close()
