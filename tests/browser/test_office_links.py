"""From the back office to the other pages: each is that of the branch that is managed, or the way is not offered."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from tests.flow.test_memberships import join
from tests.orders import add_branch

from .conftest import OpenOffice, OpenPage, Troubles, sign_in


async def test_tables_and_pickup_are_those_of_the_branch_that_is_managed(
    open_office: OpenOffice, db: Any, server: Any
) -> None:
    second = await add_branch(db)
    await join(db, "manager", second, "MANAGER")
    page = await open_office("manager", "/manager#staff")
    await page.locator(".office-tab").last.click()
    ways = page.locator(".office-more ul")
    await expect(ways.get_by_role("link", name="Kitchen")).to_have_attribute("href", "/kitchen")
    await page.get_by_label("Branch").select_option("Elsewhere")
    await expect(ways.get_by_role("link", name="Pickup")).to_have_attribute("href", f"/pickup/{second}")
    await expect(ways.get_by_role("link", name="Kitchen")).to_have_count(0)  # one signs in to it at home
    await page.locator(".office-tab").first.click()
    await expect(page.locator(".today-head a")).to_have_count(0)

    await page.locator(".office-tab").last.click()
    await ways.get_by_role("link", name="Table").click()
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".card-branch").first).to_contain_text("Elsewhere")
    code = await page.locator(".card svg").first.get_attribute("aria-label")
    assert f"/order/{second}?" in str(code)
    await page.locator(".card-renew").first.click()
    await page.locator(".renew-yes").click()
    await expect(page.locator(".sheet-news")).to_contain_text("Table 1")
    renewed = await page.locator(".card svg").first.get_attribute("aria-label")
    assert f"/order/{second}?" in str(renewed) and renewed != code


async def test_who_manages_nothing_in_a_branch_is_told_so(
    open_page: OpenPage, server: Any, db: Any, troubles: Troubles
) -> None:
    second = await add_branch(db)
    troubles.forgive("404")
    page = await open_page(f"{server.url}/tables?branch={second}")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.get_by_role("alert")).to_contain_text("manager")
    await expect(page.locator(".card")).to_have_count(0)
