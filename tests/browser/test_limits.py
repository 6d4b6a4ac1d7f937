"""What a browser cannot do is said before anybody relies on it, and one that is too old shows a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from .conftest import OpenPage, Troubles, sign_in

STATIC = Path(__file__).parents[2] / "kds" / "static"
FORBIDDEN = """
for (const kind of ["localStorage", "sessionStorage"])
  Object.defineProperty(globalThis, kind, { get() { throw new DOMException("forbidden", "SecurityError"); } });
"""
POOR = """
delete Navigator.prototype.wakeLock;
delete Navigator.prototype.serviceWorker;
"""


@pytest.mark.parametrize("name", ["kitchen", "order", "pickup", "tables", "track"])
async def test_a_browser_that_is_too_old_is_told_so(
    server: Any, open_page: OpenPage, troubles: Troubles, name: str
) -> None:
    troubles.forgive("Unexpected", "SyntaxError", "401", "404", "not defined", "identifier", "missing")
    page = await open_page("about:blank")
    # a word of a language that it does not know, in the page's own script
    await page.route("**/main.js", lambda route: route.fulfill(content_type="text/javascript", body="import 5 of"))
    path = {"order": f"order/{server.branch_id}", "track": "track/x", "pickup": f"pickup/{server.branch_id}"}
    await page.goto(f"{server.url}/{path.get(name, name)}")
    await expect(page.locator(".not-started")).to_be_visible()
    await expect(page.locator(".not-started p[lang=en]")).to_contain_text("needs")


async def test_without_any_script_it_is_told_too(server: Any, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{server.url}/kitchen")
    await expect(page.locator(".not-started")).to_be_visible(timeout=10_000)
    await context.close()


async def test_a_board_in_a_browser_that_keeps_nothing_says_so_and_works(server: Any, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.context.add_init_script(FORBIDDEN)
    await page.goto(f"{server.url}/pickup/{server.branch_id}")
    await expect(page.locator(".login-limit")).to_have_text(
        ["This browser keeps nothing: after a reload somebody must sign in again."]
    )
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.locator(".pickup")).to_have_attribute("data-phase", "live")


async def test_a_guest_orders_in_a_browser_that_keeps_nothing(server: Any, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.context.add_init_script(FORBIDDEN)
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await page.locator(".plus").first.click()
    await page.locator("dialog[open] .sheet-foot .main-button").click()
    await page.locator(".basket-button").click()
    await page.locator("dialog[open] .sheet-foot .main-button").click()
    await expect(page.locator(".track-big")).to_be_visible()


async def test_a_screen_that_sleeps_and_does_not_open_offline_says_so(server: Any, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.context.add_init_script(POOR)
    await page.goto(f"{server.url}/kitchen")
    await expect(page.locator(".login-limit")).to_have_count(2)
    await expect(page.locator(".login-limit").first).to_contain_text("sleep")
    await page.goto(f"{server.url}/pickup/{server.branch_id}")
    await expect(page.locator(".login-limit")).to_have_count(1)


@pytest.mark.parametrize("name", ["kitchen", "pickup"])
async def test_a_screen_can_be_installed(server: Any, open_page: OpenPage, http: ClientSession, name: str) -> None:
    path = f"pickup/{server.branch_id}" if name == "pickup" else name
    page = await open_page(f"{server.url}/{path}")
    devtools = await page.context.new_cdp_session(page)
    told = await devtools.send("Page.getAppManifest")
    assert told["errors"] == []
    manifest = json.loads(told["data"])
    assert {"name", "short_name", "display", "icons", "theme_color", "background_color"} <= set(manifest)
    for icon in manifest["icons"]:
        async with http.get(server.url + icon["src"]) as answer:
            assert answer.status == 200
            assert answer.content_type == icon["type"]
    touch = await page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    async with http.get(server.url + str(touch)) as answer:
        assert answer.status == 200
