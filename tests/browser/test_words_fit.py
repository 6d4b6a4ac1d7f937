"""No word of any language is longer than its place: on the narrowest phone nothing is cut, and no word is torn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import OpenPage

LANGUAGES = sorted(file.stem for file in (Path(__file__).parents[2] / "kds" / "static" / "words").glob("*.json"))
TORN = """(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (parent.closest("script, select, .for-readers") || parent.getClientRects().length === 0) continue;
    // Chinese is broken between any two of its letters
    for (const { 0: word, index } of node.data.matchAll(/[^\\s\\p{Script=Han}\\u2010-\\u2015/-]+/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) found.push(`torn: ${word}`);
    }
  }
  for (const node of document.querySelectorAll("button, h1, h2, label, input, a, .chip-table, .basket-word")) {
    if (node.getClientRects().length === 0 || node.closest(".section-tabs, .for-readers")) continue;
    const box = node.getBoundingClientRect();
    const text = document.createRange();
    text.selectNodeContents(node);
    const { left, right } = text.getBoundingClientRect();
    const isCut = getComputedStyle(node).overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1;
    const spills = right > left && (left < box.left - 1 || right > box.right + 1);
    if (isCut || spills) found.push(`cut: ${node.textContent}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  return found;
})()"""


async def _fits(page: Page, language: str) -> None:
    assert await page.evaluate("document.documentElement.lang") == language
    assert await page.evaluate(TORN) == []


async def _opened(page: Page) -> None:
    await expect(page.locator("dialog[open]")).to_have_count(1)


async def _leave(page: Page) -> None:
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_word_has_its_place(server: Any, open_page: OpenPage, db: Any, language: str) -> None:
    page = await open_page("about:blank", width=320, height=640)
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await expect(page.locator(".dish-card").first).to_be_visible()
    await _fits(page, language)
    await page.locator(".search-row .tool-button").click()
    await _opened(page)
    await _fits(page, language)
    await _leave(page)
    await page.locator(".plus").first.click()
    await _opened(page)
    await _fits(page, language)
    await page.locator("dialog[open] .sheet-foot .main-button").click()
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.locator(".basket-button").click()
    await _opened(page)
    await _fits(page, language)
    await page.locator("dialog[open] .sheet-foot .main-button").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-big")).to_be_visible()
    await _fits(page, language)
    await page.locator(".cancel").click()
    await _opened(page)
    await _fits(page, language)
    await _leave(page)
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $1::kitchen_status", status)
        await expect(page.locator(".step[data-stage=done]")).to_have_count({"READY": 2, "COMPLETED": 4}[status])
        await _fits(page, language)
    for path in ("/kitchen", f"/pickup/{server.branch_id}", "/tables"):
        await page.goto(server.url + path)
        await expect(page.locator(".login-submit")).to_be_visible()
        if path != "/kitchen":
            await _fits(page, language)
