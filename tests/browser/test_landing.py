"""The landing page, and the page of an address that leads nowhere: ways on, in the style of the house."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from .conftest import OpenPage, Troubles, violations


@pytest.mark.parametrize(
    ("link", "title"),
    [
        ("Kitchen board", "Kitchen"),
        ("Pickup board", "Pickup"),
        ("Back office", "Back office"),
        ("Table sheet", "Table sheet"),
    ],
)
async def test_it_leads_to_every_page_that_staff_open(server: Any, open_page: OpenPage, link: str, title: str) -> None:
    page = await open_page(server.url)
    await page.get_by_role("link", name=link).click()
    await expect(page.get_by_label("Password")).to_be_visible()
    assert title in await page.title()


async def test_an_address_that_leads_nowhere_leads_on(server: Any, open_page: OpenPage, troubles: Troubles) -> None:
    troubles.forgive("404")
    page = await open_page(f"{server.url}/kitchen/nothing", width=390, height=844)
    await expect(page.get_by_role("heading")).to_have_text("There is nothing here")
    await page.get_by_role("link", name="Where to go").click()
    await expect(page).to_have_url(f"{server.url}/")


@pytest.mark.parametrize("path", ["/", "/nothing"])
async def test_everybody_can_read_them(server: Any, browser: Browser, path: str) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = await context.new_page()
    await page.goto(server.url + path)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


async def test_a_browser_knows_every_word_of_the_headers_of_a_page(server: Any, browser: Browser) -> None:
    page = await browser.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    answer = await page.goto(server.url)
    assert answer is not None
    policy = {rule.strip().removesuffix("=()") for rule in answer.headers["permissions-policy"].split(",")}
    known = set(await page.evaluate("document.featurePolicy.features()"))
    assert (policy - known, told) == (set(), [])
    await page.close()
