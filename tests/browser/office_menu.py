"""The menu in the back office, as the browser tests speak of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from playwright.async_api import Locator, Page, expect

from .conftest import OpenOffice

LOOK = "dispatchEvent(new Event('focus'))"
PHONE: dict[str, Any] = {"width": 390, "height": 844}
NO_ANSWER = "No answer came: it may be done or not."


async def open_menu(open_office: OpenOffice, address: str = "/manager#menu", **device: Any) -> Page:
    """With the dishes in it."""
    page = await open_office("manager", address, **device)
    await expect(page.locator(".dish").first).to_be_attached()
    return page


def row(page: Page, name: str) -> Locator:
    """The row of a dish."""
    return page.locator(".dish").filter(has=page.get_by_text(name, exact=True))


def panel(page: Page) -> Locator:
    """The panel of a dish."""
    return page.locator(".dish-panel")


def said(page: Page) -> Locator:
    """What the panel says was done."""
    return page.locator(".dish-foot .panel-said")


def names(page: Page) -> Locator:
    """Of the dishes, in their order."""
    return page.locator(".dish .dish-name")


async def edit(page: Page, name: str) -> None:
    """Opens the panel of a dish."""
    await page.get_by_role("link", name=f"Edit {name}", exact=True).click()
    await expect(panel(page).get_by_role("heading", name=name, exact=True)).to_be_focused()


async def save(page: Page) -> None:
    """Presses it."""
    await panel(page).get_by_role("button", name="Save", exact=True).click()


async def stored(db: Any, branch_id: str, name: str, column: str) -> Any:
    """What the database has of a dish."""
    return await db.fetchval(
        f"SELECT {column} FROM menu_items WHERE branch_id = $1 AND name = $2", UUID(branch_id), name
    )


async def sold_out(db: Any, branch_id: str, name: str) -> bool:
    """Whether guests cannot have a dish."""
    rows = await db.fetch(
        "SELECT FROM dish_stock WHERE branch_id = $1 AND name = $2 AND sold_out", UUID(branch_id), name
    )
    return len(rows) == 1
