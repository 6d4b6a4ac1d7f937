"""What holds for every picture of the kitchen: axe, contrast, sizes of targets, and names that break nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.conftest import JWT_SECRET, RunningServer
from tests.looks.kitchen import Kitchen, write_kitchens
from tests.looks.rules import MISPLACED, device_of
from tests.looks.scenes import KITCHENS, SCENES, Scene

from .conftest import REPORT_CSP, Troubles, violations

BY_NAME = {scene.name: scene for scene in SCENES}
CONTRAST = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const grounds = ["calm", "due", "late", "ready", "held", "allergy", "add", "inv"];
  const pairs = [...grounds.map((name) => [`${name}-tx`, name]), ["tx", "bg"], ["tx", "s1"], ["tx", "s2"],
    ["tx2", "s1"], ["tx2", "s2"], ["ok", "s2"], ["bad", "s2"]];
  return pairs.map(([text, ground]) => [text, ground, ratio(value(text), value(ground))]);
}"""


async def _show(
    browser: Browser, server: RunningServer, db: Any, dsn: str, scene: Scene, *, bypass_csp: bool, troubles: Troubles
) -> Page:
    kitchen: Kitchen = KITCHENS[scene.kitchen]()
    await write_kitchens(db, dsn, [kitchen])
    width, height = scene.size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", bypass_csp=bypass_csp
    )
    await context.add_init_script(REPORT_CSP)
    await context.add_init_script(device_of(scene, kitchen, JWT_SECRET))
    page = await context.new_page()
    troubles.watch(page)
    await page.goto(f"{server.url}/kitchen")
    await expect(page.locator(".health-box")).to_have_attribute("data-phase", "live", timeout=20_000)
    await expect(page.locator(".branch-locality")).not_to_be_empty()
    for key in scene.keys:
        await page.keyboard.press(key)
    return page


SEEN_BY_AXE = (
    "columns-1920", "columns-light-1280", "columns-800", "grid-1280", "grid-light-1280", "expo-1280", "expo-light-1280",
    "station-800", "all-day-1280", "cancelled-1280", "items-1280", "earlier-1280", "options-1280", "odd-names-1280",
    "empty-1280",
)  # fmt: skip


@pytest.mark.parametrize("name", SEEN_BY_AXE)
async def test_axe_finds_no_violation(
    browser: Browser, server: RunningServer, db: Any, dsn: str, troubles: Troubles, name: str
) -> None:
    # axe is put into the page from outside, which its own policy rightly forbids
    page = await _show(browser, server, db, dsn, BY_NAME[name], bypass_csp=True, troubles=troubles)
    assert await violations(page) == []


async def test_axe_finds_no_violation_in_the_login(browser: Browser, server: RunningServer) -> None:
    context = await browser.new_context(bypass_csp=True)
    page = await context.new_page()
    for path in ("/", "/kitchen"):
        await page.goto(server.url + path)
        await expect(page.get_by_role("heading").first).to_be_visible()
        assert await violations(page) == []


@pytest.mark.parametrize(
    "name", [name for name in BY_NAME if name.startswith(("odd-names", "columns", "grid", "expo", "zoom-80"))]
)
async def test_targets_are_large_and_apart_nothing_is_cut_and_names_are_inert(
    browser: Browser, server: RunningServer, db: Any, dsn: str, troubles: Troubles, name: str
) -> None:
    page = await _show(browser, server, db, dsn, BY_NAME[name], bypass_csp=False, troubles=troubles)
    assert await page.evaluate(MISPLACED) == []
    assert await page.locator("img").count() == 0
    assert troubles.unforgiven() == []


async def test_earlier_orders_are_reached_on_a_low_screen(
    browser: Browser, server: RunningServer, db: Any, dsn: str, troubles: Troubles
) -> None:
    scene = Scene("low", "service", (1024, 600))
    page = await _show(browser, server, db, dsn, scene, bypass_csp=False, troubles=troubles)
    await expect(page.locator(".lanes .ticket .dish").first).to_be_visible()
    await page.keyboard.press("l")
    await expect(page.locator(".earlier-list")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_the_colours_keep_their_contrast(
    browser: Browser, server: RunningServer, db: Any, dsn: str, troubles: Troubles, theme: str
) -> None:
    name = {"dark": "empty-1280", "light": "empty-light-1280"}[theme]
    page = await _show(browser, server, db, dsn, BY_NAME[name], bypass_csp=False, troubles=troubles)
    ratios = await page.evaluate(CONTRAST)
    assert len(ratios) == 15
    assert [pair for pair in ratios if not pair[2] >= 4.5] == []
