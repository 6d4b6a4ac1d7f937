"""The back office as its manager speaks of it: a person's row, the panel beside the list, and the dialog."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

STAFF = re.compile(r"/manager/staff\?")
LOOK = "dispatchEvent(new Event('focus'))"
"""A look at the page again, which reads the list anew."""


def row(page: Page, name: str) -> Locator:
    """The row of a person."""
    return page.locator(".people .person").filter(has=page.locator(f".person-name:text-matches('^{name}( |$)')"))


def panel(page: Page) -> Locator:
    """What stands beside the list."""
    return page.locator(".staff-panel")


async def edit(page: Page, name: str) -> None:
    """Opens the panel of a person."""
    await page.get_by_role("link", name=f"Edit {name}", exact=True).click()
    await expect(panel(page).get_by_role("heading", name=name, exact=True)).to_be_focused()


async def answer_yes(page: Page, button: str) -> None:
    """Says yes in the dialog, and sees it go."""
    await page.get_by_role("dialog").get_by_role("button", name=button).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def field(db: Any, name: str, column: str) -> Any:
    """Of a member of staff."""
    return await db.fetchval(f"SELECT {column} FROM staff WHERE username = $1", name)


async def sign_out(page: Page) -> None:
    """Sees the form to sign in on."""
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#username")).to_be_focused()
