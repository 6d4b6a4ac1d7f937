"""Parts and answers that come late, or never: what was asked for last is shown, and what is missing is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import OpenPage, Troubles, sign_in
from .customers import Customer
from .held_requests import hold


async def test_cards_of_tables_that_were_asked_for_before_are_not_shown_after(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/tables")
    await sign_in(page, "manager", "manager-demo")
    tables = page.get_by_label("Tables")
    await expect(tables).to_be_visible()
    older = await hold(page, re.compile(r"/manager/tables\?"), "GET", is_asked_first=True)
    await tables.fill("T1-T5")
    await page.get_by_role("button", name="Show").click()
    await older.asked.wait()
    await tables.fill("T6")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".card")).to_have_count(1)
    await older.release()
    await expect(page.locator(".card")).to_have_count(1)
    assert await page.evaluate("localStorage['kds.tables']") == '"T6"'


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
async def test_a_cook_chooses_the_language_before_the_login(
    server: Any, open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = await open_page(f"{server.url}/kitchen", width=size[0], height=size[1])
    await page.locator("#username").wait_for()
    await page.get_by_label("Language").select_option(label="Deutsch")
    await expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "de"


async def test_a_list_of_ones_own_orders_that_does_not_come_is_told(
    server: Any, customer: Customer, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    placed = await customer.order(await customer.dishes(1), table="T1")
    page = await open_page(f"{server.url}/")
    kept = "[{orderId, token, at: Date.now()}]"
    await page.evaluate(
        f"([store, orderId, token]) => localStorage[store] = JSON.stringify({kept})",
        [f"kds.placed.{server.branch_id}", str(placed.order_id), placed.token],
    )
    await page.route("**/placed-bar.js", lambda route: route.abort())
    await page.goto(f"{server.url}/order/{server.branch_id}")
    await expect(page.locator(".menu-warning")).to_contain_text("No connection")
    await expect(page.locator(".dish-card").first).to_be_visible()
