"""The menu of the back office in every language and size: nothing cut, nothing over another, nothing untranslated."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from .conftest import OpenPage, sign_in
from .test_office_looks import LETTERS, SIZES, WITH_BRACKETS, _fits
from .test_untranslated import UNBRACKETED, _bracket
from .test_words_fit import LANGUAGES

NOT_WORDS = re.compile(r"Via Masala|Chilli squid|Onion bhaji|Small plates|Grill|Fry|Cold|MILD|NO chutney|EUR")


async def _walk(page: Page, look: Callable[[], Awaitable[None]]) -> None:
    """From the list through the panel of a dish, one that is refused, what asks, and a new dish."""
    await page.evaluate("location.hash = '#menu'")
    await expect(page.locator(".dish").first).to_be_visible()
    await look()
    await page.locator(".menu-search").fill("xyzw")
    await expect(page.locator(".dish")).to_have_count(0)
    await look()
    await page.locator(".menu-search").fill("")
    await page.locator(".dish").filter(has_text="Chilli squid").locator(".dish-edit").click()
    await expect(page.locator(".dish-panel")).to_be_visible()
    await look()
    prices, name = page.locator(".dish-panel [inputmode=decimal]"), page.locator(".dish-panel input").first
    await name.fill("")
    for each in await prices.all():
        await each.fill("?")
    await page.locator(".dish-acts .office-main").click()
    await expect(page.locator(".dish-problem:not(:empty)")).to_have_count(4)
    await look()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await look()
    await page.locator("dialog[open] .office-button").click()
    await page.locator(".dish-acts .office-button").click()
    await page.locator(".dish-panel .dish-how-long").click()
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await look()
    await page.locator("dialog[open] input").fill("7")
    await page.keyboard.press("Enter")
    await expect(page.locator(".dish-panel .dish-how-long")).to_contain_text("7")
    await prices.first.fill("9")
    await page.locator(".dish-acts .office-main").click()
    await expect(page.locator(".dish-foot .panel-said")).not_to_be_empty()
    await look()
    await page.locator(".dish-delete").click()
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await look()
    await page.keyboard.press("Escape")
    await page.evaluate("location.hash = '#menu/new'")
    await expect(page.locator(".dish-panel input").first).to_be_focused()
    await look()


async def _with_two_dishes(db: Any, branch_id: str) -> None:
    await db.execute(
        "DELETE FROM menu_items WHERE branch_id = $1 AND name NOT IN ('Chilli squid', 'Onion bhaji')", UUID(branch_id)
    )
    await db.execute("UPDATE menu_items SET description = '' WHERE branch_id = $1", UUID(branch_id))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_word_has_its_place(server: Any, open_page: OpenPage, language: str, size: tuple[int, int]) -> None:
    page = await open_page("about:blank", width=size[0], height=size[1])
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/manager")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-numbers")).to_be_visible()

    async def fits() -> None:
        # what a panel has scrolled away is cut off there, and lies over nothing
        await page.evaluate("document.querySelector('.menu-side').scrollTop = 0")
        await _fits(page)

    await _walk(page, fits)
    assert await page.evaluate("document.documentElement.lang") == language


async def test_it_says_nothing_beside_its_catalogue(server: Any, open_page: OpenPage, db: Any, branch_id: str) -> None:
    await _with_two_dishes(db, branch_id)
    page = await open_page("about:blank", width=1366, height=768)
    await page.route("**/static/words/**", _bracket)
    await page.goto(f"{server.url}/manager")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-numbers")).to_be_visible()

    async def nothing_else() -> None:
        left = {WITH_BRACKETS.sub("", text) for text in await page.evaluate(UNBRACKETED)}
        assert {text for text in left if LETTERS.search(NOT_WORDS.sub("", text))} == set()

    await _walk(page, nothing_else)
