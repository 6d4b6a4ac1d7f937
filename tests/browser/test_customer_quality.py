"""What holds for every customer's page: light, alone with its server, for keyboard and reader, in every language."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from .conftest import OpenPage, eventually, sign_in, violations
from .customers import Customer

PHONE = {"width": 360, "height": 740}
FIRST_LOAD_BYTES = 60_000
RTL = {"ar"}
SAID = {"ar": "أضف", "de": "hinzufügen", "en": "Add", "es": "Añadir", "fr": "Ajouter", "it": "Aggiungi", "zh": "添加"}


async def _urls(server: Any, customer: Customer) -> dict[str, str]:
    order = await customer.order(await customer.dishes(2), table="T1")
    return {
        "order": f"{server.url}/order/{server.branch_id}?table=T1",
        "track": f"{server.url}/track/{order.order_id}?token={order.token}",
        "pickup": f"{server.url}/pickup/{server.branch_id}",
        "tables": f"{server.url}/tables",
    }


async def _shown(page: Page, name: str) -> None:
    if name in {"pickup", "tables"}:
        await sign_in(page, *{"pickup": ("pickup", "pickup-demo"), "tables": ("manager", "manager-demo")}[name])
    what = {"order": ".dish-card", "track": ".track-dish", "pickup": ".pickup-dot", "tables": ".card"}[name]
    await expect(page.locator(what).first).to_be_visible()


@pytest.mark.parametrize("name", ["order", "track", "pickup"])
async def test_the_first_load_is_light_and_asks_no_other_host(
    server: Any, customer: Customer, open_page: OpenPage, name: str
) -> None:
    url = (await _urls(server, customer))[name]
    page = await open_page("about:blank", **PHONE)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    asked: list[str] = []
    received: list[float] = []
    devtools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    await page.goto(url)
    await _shown(page, name)
    await page.wait_for_load_state("networkidle")
    assert {urlsplit(each).netloc for each in asked if not each.startswith("data:")} == {urlsplit(server.url).netloc}
    assert sum(received) < FIRST_LOAD_BYTES, f"{sum(received):.0f} bytes in {len(received)} answers"


@pytest.mark.parametrize("name", ["order", "track", "pickup"])
async def test_a_page_preloads_exactly_its_modules(
    server: Any, customer: Customer, open_page: OpenPage, name: str
) -> None:
    page = await open_page((await _urls(server, customer))[name], **PHONE)
    await _shown(page, name)
    preloaded = set(
        await page.evaluate(
            "[...document.querySelectorAll('link[rel=modulepreload], script')].map(n => n.href || n.src)"
        )
    )
    loaded = await page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name).filter(name => name.endsWith('.js'))"
    )
    assert preloaded == set(loaded)
    static = Path(__file__).parents[2] / "kds" / "static"
    imported = {
        file
        for file in (static / "js").rglob("*.js")
        if f"/static/{file.relative_to(static)}" in {urlsplit(each).path for each in loaded}
    }
    assert len(imported) == len(preloaded)


@pytest.mark.parametrize("name", ["order", "track", "pickup", "tables"])
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
async def test_axe_finds_no_violation(
    server: Any, customer: Customer, browser: Browser, name: str, locale: str
) -> None:
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(viewport={"width": 360, "height": 740}, locale=locale, bypass_csp=True)
    page = await context.new_page()
    await page.goto((await _urls(server, customer))[name])
    await _shown(page, name)
    assert await violations(page) == []
    if name == "order":
        await page.locator(".plus").first.click()
        assert await violations(page) == []
        await page.locator("dialog[open] .sheet-foot .main-button").click()
        await page.locator(".basket-button").click()
        assert await violations(page) == []
    if name == "track":
        await page.locator(".cancel").click()
        assert await violations(page) == []


async def _tab_to(page: Page, name: str) -> None:
    """Presses Tab until the control of this name has the focus, and sees its ring."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate(
            "name => (document.activeElement.ariaLabel ?? document.activeElement.textContent).includes(name)", name
        ):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert await page.evaluate(outline) == "solid", f"{name} shows no focus"
            return
    raise AssertionError(f"{name} is not reached by Tab")


async def test_a_guest_orders_and_cancels_by_keyboard_alone(
    server: Any, customer: Customer, open_page: OpenPage
) -> None:
    dish = next(dish for dish in await customer.menu() if dish["available"] and dish["modifiers"])
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await expect(page.locator(".dish-card").first).to_be_visible()
    await _tab_to(page, f"Add {dish['name']}")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await page.locator("dialog[open] input").first.focus()
    await page.keyboard.press("Space")
    await _tab_to(page, "Add €")
    await page.keyboard.press("Enter")
    await _tab_to(page, "View basket")
    await page.keyboard.press("Enter")
    await _tab_to(page, "Place order")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-live")).to_contain_text("Live")
    await _tab_to(page, "Cancel this order")
    await page.keyboard.press("Enter")
    await _tab_to(page, "Yes, cancel it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".track-big")).to_have_text("Cancelled")


@pytest.mark.parametrize("locale", ["ar", "de-AT", "en-GB", "es-MX", "fr-CH", "it-IT", "zh-CN", "zh-TW", "sw"])
async def test_a_page_speaks_the_language_of_the_browser(
    server: Any, customer: Customer, browser: Browser, locale: str
) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, locale=locale)
    page = await context.new_page()
    language = locale.split("-", maxsplit=1)[0] if locale != "sw" else "en"
    for name, url in (await _urls(server, customer)).items():
        if name in {"order", "track"}:
            await page.goto(url)
            await _shown(page, name)
            assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
                language,
                "rtl" if language in RTL else "ltr",
            ]
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360
            if name == "order":
                label = await page.locator(".plus").first.get_attribute("aria-label")
                assert SAID[language] in str(label)
    await context.close()


async def test_a_page_whose_words_do_not_arrive_asks_again(server: Any, open_page: OpenPage) -> None:
    page = await open_page("about:blank", **PHONE)
    lost = 0

    async def lose_one(route: Any) -> None:
        nonlocal lost
        lost += 1
        await (route.fulfill(status=204) if lost == 1 else route.continue_())

    await page.route("**/static/words/*", lose_one)
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await expect(page.locator(".dish-card").first).to_be_visible()
    assert lost == 2
    await asyncio.sleep(0)
    await eventually(page, "document.documentElement.lang === 'en'")
