"""Undo takes back what this screen did, and only that: a refused press leaves it, a step done in part goes so back."""

from __future__ import annotations

import json
from typing import Any

from playwright.async_api import Browser, Page, Route, expect

from .boards import order_of
from .conftest import Troubles
from .test_board_geometry import show

GRILL = [{"name": name, "quantity": 1, "station": "Grill"} for name in ("Tikka", "Naan")]
REFUSED = {"error": "Somebody was faster.", "status": 409}


def _two_rounds() -> dict[str, Any]:
    """An order with two KOTs at one station."""
    order = order_of(7, GRILL, 60)
    first = order["kots"][0]
    order["kots"] = [first | {"kotId": "round-1"}, first | {"kotId": "round-2", "round": 2}]
    for item, kot in zip(order["items"], order["kots"], strict=True):
        item["kotId"] = kot["kotId"]
    return order


async def _answer(page: Page, order: dict[str, Any], refuses: str) -> list[tuple[str, Any]]:
    """Answers every press with the order, and refuses those on addresses with this part; what was asked."""
    asked: list[tuple[str, Any]] = []

    async def answer(route: Route) -> None:
        asked.append((route.request.url.split("/kitchen/")[1], json.loads(route.request.post_data or "{}")))
        if refuses in route.request.url:
            await route.fulfill(status=409, json=REFUSED | {"order": order})
        else:
            await route.fulfill(json=order)

    await page.route("**/kitchen/order/**", answer)
    await page.route("**/kitchen/kot/**", answer)
    return asked


async def test_a_refused_press_leaves_undo(browser: Browser, server: Any, troubles: Troubles) -> None:
    troubles.forgive("409")
    order = order_of(7, GRILL, 60)
    page = await show(browser, server, troubles, [order], (1366, 768), {})
    await _answer(page, order, refuses="/o7/")
    for press in ("i1", "h", "p"):
        await page.keyboard.press("1")
        async with page.expect_response("**/kitchen/order/o7/**"):
            for key in press:
                await page.keyboard.press(key)
        await expect(page.locator(".undo-action")).to_be_disabled()
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
    await page.context.close()


async def test_a_step_of_two_kots_that_was_done_in_part_goes_back_in_part(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    troubles.forgive("409")
    order = _two_rounds()
    page = await show(browser, server, troubles, [order], (1366, 768), {"station": "Grill"})
    asked = await _answer(page, order, refuses="round-2")
    await page.keyboard.press("1")
    async with page.expect_response("**/kitchen/kot/round-2/**"):
        await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("somebody was faster")
    await expect(page.locator(".undo-action")).to_contain_text("Undo 7")
    asked.clear()
    async with page.expect_response(lambda response: "round-1" in response.url):
        await page.keyboard.press("r")
    assert asked == [("kot/round-1/status", {"status": "SENT", "from": "READY", "undo": True})]
    await page.context.close()
