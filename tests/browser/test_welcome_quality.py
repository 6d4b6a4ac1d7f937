"""The page of a one-time link in every language: each word has its place and is of the catalogue, for all to read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from .conftest import OpenPage, Troubles, violations
from .test_untranslated import _bracket, _nothing_else
from .test_words_fit import LANGUAGES, TORN
from .welcome import PASSWORD, new_link


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 1366])
async def test_every_word_has_its_place(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles, language: str, width: int
) -> None:
    troubles.forgive("404", "422")
    link = await new_link(http, server)
    page = await open_page("about:blank", width=width, height=640)
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/welcome")
    await expect(page.locator("h1")).to_be_visible()
    assert await page.evaluate(TORN) == []
    await page.goto(server.url)
    await page.goto(link)
    for password in ("figs", "aaaaaaaaaa", PASSWORD):
        before = await page.locator(".login-problem").inner_text() if password != "figs" else ""
        await page.locator("#password").fill(password)
        await page.locator("#again").fill(password)
        await page.locator(".login-submit").click()
        if password != PASSWORD:
            await expect(page.locator(".login-problem")).to_be_visible()
            await expect(page.locator(".login-problem")).not_to_have_text(before)
        else:
            await expect(page.locator("#password")).to_have_count(0)
        assert await page.evaluate(TORN) == []
    await page.goto(server.url)
    await page.goto(link)
    await expect(page.locator("h1[tabindex]")).to_be_visible()  # the link was used
    assert await page.evaluate(TORN) == []
    await page.evaluate("sessionStorage['kds.welcome'] = JSON.stringify({ token: 'x', isUnsure: true })")
    await page.route("**/staff/welcome/name", lambda route: route.fulfill(json={"username": "gina-late-shift"}))
    await page.reload()
    await expect(page.locator(".login-problem")).to_be_visible()
    await expect(page.locator("#username")).to_have_value("gina-late-shift")
    assert await page.evaluate(TORN) == []
    await page.unroute("**/staff/welcome/name")
    await page.reload()
    await expect(page.locator("a.login-submit")).to_be_visible()
    assert await page.evaluate(TORN) == []


async def test_it_says_nothing_beside_its_catalogue(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("422")
    page = await open_page("about:blank")
    await page.route("**/static/words/**", _bracket)
    await page.goto(await new_link(http, server))
    for password in ("figs", "aaaaaaaaaa", PASSWORD):
        await page.locator("#password").fill(password)
        await page.locator("#again").fill(password)
        await page.locator(".login-submit").click()
        await expect(page.locator(".login-problem, h1[tabindex]").first).to_be_visible()
        await _nothing_else(page)
    await expect(page.locator("h1[tabindex]")).to_be_visible()
    await _nothing_else(page)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_no_violation(server: Any, http: ClientSession, browser: Browser, language: str) -> None:
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True)
    page = await context.new_page()
    await context.add_init_script(f"localStorage['kds.language'] = {json.dumps(json.dumps(language))}")
    await page.goto(await new_link(http, server))
    await page.locator(".login-submit").click()
    await expect(page.locator(".login-problem")).to_be_visible()
    assert await violations(page) == []
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#again").fill(PASSWORD)
    await page.locator(".login-submit").click()
    await expect(page.locator("#password")).to_have_count(0)
    assert await violations(page) == []
    await context.close()
