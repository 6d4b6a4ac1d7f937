"""A dish taken back after it was cooked stands on the pass until somebody has seen it, and no finger is led astray."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from .boards import at, order_of
from .conftest import Board, Troubles
from .test_board_geometry import TAP_WHEN, show

JSON = dict[str, Any]
DISHES = [{"name": name, "quantity": 1, "station": "Grill"} for name in ("Tikka", "Naan")]


def _ready(number: int, *, voided: bool = False, **more: Any) -> JSON:
    order = order_of(number, DISHES, 900 - number, status="READY", **more)
    order["items"][0]["voided"] = voided
    return order


@pytest.mark.parametrize("size", [(1366, 768), (1024, 600), (390, 844)])
async def test_a_finger_takes_a_void_off_the_pass(
    browser: Browser, server: Any, troubles: Troubles, size: tuple[int, int]
) -> None:
    order = _ready(7, voided=True)
    page = await show(browser, server, troubles, [order], size, {})
    await page.route("**/acknowledge", lambda route: route.fulfill(json=order))
    if size[0] < 600:
        await page.get_by_role("button", name="READY").click()
        await Board(page).painted()
    seen = page.get_by_role("button", name="Seen, take it off: 1 Tikka")
    box = await seen.bounding_box()
    assert box is not None
    assert box["height"] >= 40
    await Board(page).still()
    async with page.expect_request("**/kitchen/order/o7/item/o7-0/acknowledge"):
        await seen.click()
    await page.context.close()


async def test_on_a_phone_the_red_count_knows_the_pass_and_leads_there(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    orders = [order_of(number, DISHES, 60) for number in range(1, 4)] + [_ready(7, voided=True)]
    page = await show(browser, server, troubles, orders, (390, 844), {})
    await expect(page.locator(".void-jump")).to_contain_text("1 VOID")
    await page.locator(".void-jump").click()
    await expect(page.locator(".pass-row[data-number='7'][data-selected]")).to_be_visible()
    await expect(page.locator(".void-jump")).to_be_hidden()
    await page.context.close()


@pytest.mark.parametrize("change", ["void", "recalled"])
async def test_a_tap_just_after_a_row_of_the_pass_moved_does_nothing(
    browser: Browser, server: Any, troubles: Troubles, change: str
) -> None:
    orders = [_ready(7), _ready(8)]
    sockets: list[WebSocketRoute] = []
    page = await show(browser, server, troubles, orders, (1366, 768), {}, sockets)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    row = ".pass-row[data-number='8']"
    tapped = asyncio.create_task(page.evaluate(TAP_WHEN, [row, f"{row} .pass-tick"]))
    await Board(page).painted()
    orders[0]["items"][0]["voided"] = change == "void"
    orders[0]["kots"][0]["recalled"] = change == "recalled"
    sockets[-1].send(json.dumps({**orders[0], "type": "ORDER_UPDATED", "revision": 2, "prev": 1, "timestamp": at(0)}))
    await tapped
    assert asked == []
    await page.context.close()


async def test_the_pass_has_pages_of_its_own(browser: Browser, server: Any, troubles: Troubles) -> None:
    orders = [order_of(number, DISHES, 60) for number in range(1, 4)] + [_ready(number) for number in range(100, 130)]
    orders[-1]["items"][0]["voided"] = True
    page = await show(browser, server, troubles, orders, (1366, 768), {})
    first = page.locator(".pass-row").first
    await expect(first).to_have_attribute("data-number", "100")
    await expect(page.locator(".page-count")).to_have_text("All on one page")
    await page.keyboard.press("c")
    await expect(first).not_to_have_attribute("data-number", "100")
    await expect(page.locator(".ticket[data-number='1']")).to_be_visible()
    await page.keyboard.press("v")
    await expect(page.locator(".pass-row[data-number='129'][data-selected]")).to_be_visible()
    await page.get_by_role("button", name="To the first on the pass").click()
    await expect(first).to_have_attribute("data-number", "100")
    await page.context.close()


async def test_a_board_that_nobody_touches_goes_back_to_its_first_page(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    orders = [order_of(number, DISHES, 900 - number) for number in range(1, 60)]
    page = await show(browser, server, troubles, orders, (1366, 768), {})
    await page.clock.install()
    await page.reload()
    await Board(page).sees_health("live")
    await page.keyboard.press("PageDown")
    await page.clock.run_for(40_000)
    await expect(page.locator(".page-count")).to_contain_text("2 of")
    await page.keyboard.press("Escape")
    await page.clock.run_for(40_000)
    await expect(page.locator(".page-count")).to_contain_text("2 of")
    await page.clock.run_for(25_000)
    await expect(page.locator(".page-count")).to_contain_text("1 of")
    await page.context.close()
