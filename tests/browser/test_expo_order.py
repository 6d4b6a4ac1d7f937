"""Expo: held orders stand last, and a station without a live dish is no button."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from .boards import order_of
from .conftest import Troubles
from .test_board_geometry import show


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
async def test_held_orders_stand_last_on_expo(
    browser: Browser, server: Any, troubles: Troubles, size: tuple[int, int]
) -> None:
    dishes = [{"name": "Tikka", "quantity": 1, "station": "Grill"}]
    held = order_of(1, dishes, 900)
    held["kots"][0]["held"] = True
    orders = [held, order_of(2, dishes, 800, status="READY"), order_of(3, dishes, 700)]
    page = await show(browser, server, troubles, orders, size, {"isExpo": True})
    shown = await page.locator(".lanes .ticket").evaluate_all("nodes => nodes.map((node) => node.dataset.number)")
    assert shown == ["2", "3", "1"]
    await page.context.close()


async def test_a_station_of_void_dishes_alone_is_not_pressable(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    dishes = [
        {"name": name, "quantity": 1, "station": station} for name, station in (("Tikka", "Grill"), ("Fries", "Fry"))
    ]
    order = order_of(7, dishes, 60)
    order["items"][1]["voided"] = True
    page = await show(browser, server, troubles, [order], (1366, 768), {"isExpo": True})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    await expect(page.get_by_role("button", name="Fry, VOID")).to_be_disabled()
    for key in ("1", "i", "2"):
        await page.keyboard.press(key)
    async with page.expect_request("**/kitchen/kot/o7-Grill/status"):
        await page.keyboard.press("1")
    assert [url.rsplit("/", 2)[1] for url in asked] == ["o7-Grill"]
    await page.context.close()
