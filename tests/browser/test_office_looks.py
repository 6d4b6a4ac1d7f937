"""The back office in every language and size: nothing cut, nothing over another, nothing untranslated, axe content."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.busy_day import be_busy
from tests.flow.test_memberships import join
from tests.orders import add_branch

from .conftest import OpenPage, Troubles, sign_in, violations
from .test_untranslated import UNBRACKETED, _bracket
from .test_words_fit import LANGUAGES, TORN

SIZES = ((1366, 768), (800, 1280), (390, 844), (320, 640))
WITH_BRACKETS = re.compile("⟦[^⟦⟧]*⟧")
NOT_WORDS = re.compile(
    r"Via Masala|Vegetable samosa|Onion bhaji|Chilli squid|kds [a-z -]+|"
    r"somebody-new|owner|manager|chef|pickup|(?<![A-Za-z])[A-Z][a-z]{2} \d\d?, \d{4}"
)
"""Names, commands, and a date as the browser writes it."""
LETTERS = re.compile(r"[^\W\d_]")
OVER_EACH_OTHER = """(() => {
  const found = [];
  // what is scrolled goes below the bar at the top, below that at the foot of a phone, and below what saves a dish
  const tabs = document.querySelector(".office-tabs");
  const isTab = (node) => tabs && getComputedStyle(tabs).position === "fixed" && tabs.contains(node);
  const isFoot = (node) => isTab(node) || node.closest(".dish-foot");
  const isBar = (node) => node.closest(".office-bar") !== null;
  const shown = (node) => node.getClientRects().length > 0 && !node.closest(".for-readers, option") && !isFoot(node);
  const own = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  const dialog = document.querySelector("dialog[open]");
  const nodes = [...(dialog ?? document.querySelector("#app")).querySelectorAll("*")];
  const seen = nodes.filter((node) => shown(node) && (own(node) || node.matches("input, select, button")));
  // of words in a line each line for itself
  const places = seen.flatMap((node) => [...node.getClientRects()].map(({ left, right, top, bottom }) => {
    return { node, left, right, top, bottom };
  }));
  for (const [index, one] of places.entries())
    for (const other of places.slice(index + 1)) {
      if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 1 && isBar(one.node) === isBar(other.node))
        found.push(`${one.node.textContent.slice(0, 30)} over ${other.node.textContent.slice(0, 30)}`);
    }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  return found;
})()"""


async def _fits(page: Page) -> None:
    assert await page.evaluate(TORN) == []
    assert await page.evaluate(OVER_EACH_OTHER) == []


async def _walk(page: Page, look: Any) -> None:
    """Through every view of the back office, from the form to sign in on."""
    await expect(page.locator("#username")).to_be_focused()
    await look(page)
    await sign_in(page, "chef", "chef-demo")
    await expect(page.locator(".login-way")).to_be_visible()
    await look(page)
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-lines li")).to_have_count(7)
    await look(page)
    await page.evaluate("location.hash = '#staff'")
    await expect(page.locator(".people .person")).to_have_count(4)
    await look(page)
    await page.evaluate("location.hash = '#staff/new'")
    await expect(page.locator("#new-name")).to_be_focused()
    await page.locator(".panel-form .office-main").click()
    await expect(page.locator(".panel-form .login-problem")).to_be_visible()
    await look(page)
    await page.locator("#new-name").fill("somebody-new")
    await page.locator(".panel-form .office-main").click()
    await expect(page.locator(".link-box")).to_be_visible()
    await look(page)
    await page.evaluate("location.hash = '#staff'")
    await page.locator(".person-edit:visible").first.click()
    await expect(page.locator(".member-branches li")).not_to_have_count(0)
    await look(page)
    for button in ("Deactivate", "New password"):
        acts = page.locator(".panel-acts button:visible")
        await (acts.last if button == "Deactivate" else acts.first).click()
        await expect(page.locator("dialog[open]")).to_have_count(1)
        await look(page)
        await page.locator("dialog[open] .office-danger").click()
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await look(page)
        if button == "Deactivate":
            await page.locator(".panel-acts .office-main").click()
            await expect(page.locator(".panel-acts .office-danger")).to_be_visible()
    await page.evaluate("location.hash = '#history'")
    await expect(page.locator(".changes li")).not_to_have_count(0)
    await look(page)
    await page.evaluate("location.hash = '#more'")
    await expect(page.locator(".office-more")).to_be_visible()
    await look(page)
    await page.locator("#present").fill("manager-demo")
    for field in ("#password", "#again"):
        await page.locator(field).fill("abcabcabc")
    await page.locator(".own-password .login-submit").click()
    await expect(page.locator(".own-password .login-problem")).to_be_visible()
    await look(page)
    for field in ("#password", "#again"):
        await page.locator(field).fill("figs bread and olives")
    await page.locator(".own-password .login-submit").click()
    await expect(page.locator(".own-password .panel-said")).to_be_focused()
    await look(page)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_word_has_its_place(
    server: Any, open_page: OpenPage, db: Any, troubles: Troubles, language: str, size: tuple[int, int]
) -> None:
    troubles.forgive("422")
    second = await add_branch(db)
    await db.execute("UPDATE branches SET name = 'Ristorante Via Masala alla Stazione Centrale' WHERE id = $1", second)
    await join(db, "manager", second, "MANAGER")
    await be_busy(db, server.branch_id)
    page = await open_page("about:blank", width=size[0], height=size[1])
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/manager")
    await _walk(page, _fits)
    assert await page.evaluate("document.documentElement.lang") == language


async def test_it_says_nothing_beside_its_catalogue(
    server: Any, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("422")
    second = await add_branch(db)
    await db.execute("UPDATE branches SET name = '2' WHERE id = $1", second)
    await join(db, "manager", second, "MANAGER")
    await be_busy(db, server.branch_id)
    page = await open_page("about:blank", width=1366, height=768)
    await page.route("**/static/words/**", _bracket)
    await page.goto(f"{server.url}/manager")

    async def nothing_else(page: Page) -> None:
        left = {WITH_BRACKETS.sub("", text) for text in await page.evaluate(UNBRACKETED)}
        assert {text for text in left if LETTERS.search(NOT_WORDS.sub("", text))} == set()

    await _walk(page, nothing_else)


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=["desktop", "phone"])
async def test_axe_finds_no_violation(
    server: Any, browser: Browser, troubles: Troubles, db: Any, locale: str, size: tuple[int, int]
) -> None:
    await be_busy(db, server.branch_id)
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{server.url}/manager")

    async def content(page: Page) -> None:
        assert await violations(page) == []

    await _walk(page, content)
    await context.close()
