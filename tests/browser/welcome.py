"""The link of a new member, and the form to set a password on."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Page

from .staff import Asking

PASSWORD = "figs bread and olives"


async def new_link(http: ClientSession, server: Any, role: str = "KITCHEN", name: str = "gina") -> str:
    """The link of somebody who was just added."""
    return await (await Asking.login(http, server.url)).link_for(name, role)


async def fill(page: Page, password: str, again: str | None = None) -> None:
    """Writes a password into both fields."""
    await page.get_by_label("New password").fill(password)
    await page.get_by_label("The same again").fill(password if again is None else again)


async def set_password(page: Page, password: str = PASSWORD, again: str | None = None) -> None:
    """Fills the form and sends it."""
    await fill(page, password, again)
    await page.get_by_role("button", name="Set the password").click()


async def stored(page: Page) -> str:
    """Whatever the browser keeps of the page."""
    return str(await page.evaluate("JSON.stringify([localStorage, sessionStorage, location.href, history.state])"))
