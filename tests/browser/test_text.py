"""Every script on the pages: cut between characters, allergens in the reader's language, a search that forgives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import PATIENCE_MS, Ask, OpenPage

PHONE = {"width": 360, "height": 740}
PIECES = [
    "🍕",
    "👨‍👩‍👧‍👦",
    "🇮🇹",
    "👍🏽",
    "e\u0301",
    "한",
    "寿",
    "نبا",
    "\u200c",
    " ",
    "ab",
    "x",
    "Z͑ͫ",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\u00a0",
    "-",
]
CUTS = """
const pieces = %s;
let seed = 7;
const random = (below) => (seed = (seed * 48271) %% 2147483647) %% below;
const texts = Array.from({ length: 400 }, () =>
  Array.from({ length: random(60) }, () => pieces[random(pieces.length)]).join(""));
const whole = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const borders = (text) => new Set([...whole.segment(text)].map(({ index }) => index).concat(text.length));
"""


@pytest.mark.parametrize("has_segmenter", [True, False])
async def test_no_row_ends_inside_a_character(ask: Ask, has_segmenter: bool) -> None:
    faults = await ask(
        CUTS % json.dumps(PIECES)
        + f"const Segmenter = Intl.Segmenter; if (!{json.dumps(has_segmenter)}) Intl.Segmenter = undefined;"
        + """
        const { chunksOf, shortened } = await load("common/text/graphemes");
        Intl.Segmenter = Segmenter;
        const faults = [];
        for (const text of texts) {
          const known = borders(text);
          let from = 0;
          for (const chunk of chunksOf(text, 12)) {
            const at = text.indexOf(chunk, from);
            if (at < 0 || text.slice(from, at).trim()) faults.push([text, "lost before", chunk]);
            if (!known.has(at) || !known.has(at + chunk.length)) faults.push([text, "cut in", chunk]);
            from = at + chunk.length;
          }
          if (text.slice(from).trim()) faults.push([text, "lost at the end"]);
          const short = shortened(text, 9);
          const kept = short === text ? text : short.slice(0, -1);
          if (!text.startsWith(kept) || !known.has(kept.length)) faults.push([text, "shortened to", short]);
        }
        return faults;
        """
    )
    assert faults == []


async def test_a_row_is_cut_where_it_was_told(ask: Ask) -> None:
    rows = await ask(
        """
        const { chunksOf } = await load("common/text/graphemes");
        const texts = ["x" + "🍕".repeat(30), "one two three four five six seven", "a".repeat(40), ""];
        return texts.map((text) => chunksOf(text, 32));
        """
    )
    assert ["".join(each) for each in rows] == ["x" + "🍕" * 30, "one two three four five sixseven", "a" * 40, ""]
    assert [len(each) for each in rows] == [2, 2, 2, 0]


async def _menu(db: Any, server: Any) -> None:
    await db.execute("DELETE FROM menu_items")
    await db.executemany(
        "INSERT INTO menu_items (branch_id, name, section, price_cents, allergens, description, position)"
        " VALUES ($1::uuid, $2, $3, 500, $4, $5, $6)",
        [
            (server.branch_id, "Tiramisù", "Dolci", ["Milk", "eggs"], "", 1),
            (server.branch_id, "Cheese naan", "Breads", ["gluten", "milk"], "Straight from the oven", 2),
            (server.branch_id, "Straße", "Specials", ["fish sauce"], "", 3),
        ],
    )


async def _found(page: Page, text: str) -> list[str]:
    await page.get_by_role("searchbox").fill(text)
    return await page.locator(".dish-name").all_inner_texts()


async def test_a_search_finds_what_a_person_means(server: Any, db: Any, open_page: OpenPage) -> None:
    await _menu(db, server)
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await expect(page.locator(".dish-name")).to_have_count(3)
    assert await _found(page, "tiramisu") == ["Tiramisù"]
    assert await _found(page, "TIRAMISU\u0300") == ["Tiramisù"]
    assert await _found(page, "naan cheese") == ["Cheese naan"]
    assert await _found(page, "oven naa") == ["Cheese naan"]
    assert await _found(page, "dolci") == ["Tiramisù"]
    assert await _found(page, "milk") == ["Tiramisù", "Cheese naan"]
    assert await _found(page, "strasse") == ["Straße"]
    assert await _found(page, "naan tiramisu") == []
    assert await _found(page, "  ") == ["Tiramisù", "Cheese naan", "Straße"]


@pytest.mark.parametrize(
    ("locale", "milk", "none"),
    [("de", "Milch", "Milch"), ("it", "latte", "latte"), ("ar", "حليب", "حليب"), ("en", "milk", "No milk")],
)
async def test_allergens_speak_the_language_of_the_page(
    server: Any, db: Any, browser: Any, locale: str, milk: str, none: str
) -> None:
    await _menu(db, server)
    context = await browser.new_context(viewport=PHONE, locale=locale)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    for index in range(2):
        await expect(page.locator(".dish-contains").nth(index)).to_contain_text(milk)
    await expect(page.locator(".dish-contains").nth(2)).to_contain_text("fish sauce")
    await page.locator(".search-row .tool-button").click()
    await expect(page.locator("dialog[open] .modifier", has_text=none)).to_have_count(1)
    await page.locator("dialog[open] .modifier", has_text=none).locator("input").check()
    await page.locator("dialog[open] .main-button").click()
    await expect(page.locator(".dish-name")).to_have_text(["Straße"])
    await context.close()


async def test_a_page_from_right_to_left_aligns_every_text_at_the_right(server: Any, db: Any, browser: Any) -> None:
    await _menu(db, server)
    context = await browser.new_context(viewport=PHONE, locale="ar")
    page = await context.new_page()
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await expect(page.locator(".dish-name")).to_have_count(3)
    edges = await page.evaluate(
        """() => {
        const shown = [".menu-section h2", ".dish-name", ".dish-words", ".dish-contains", ".dish-price"];
        const boxOf = (node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return range.getBoundingClientRect();
        };
        const boxes = [...document.querySelectorAll(shown.join(", "))].map(boxOf);
        return boxes.filter(({ width }) => width > 0).map(({ right }) => Math.round(right));
        }"""
    )
    assert len(edges) > 9 and max(edges) - min(edges) <= 2, edges
    await context.close()
