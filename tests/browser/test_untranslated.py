"""The pages with a login say nothing beside their catalogue: all its texts come in brackets, and others are found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.patience import PATIENCE_S

from .conftest import OpenPage, Troubles, sign_in

WORDS = Path(__file__).parents[2] / "kds" / "static" / "words"
UNBRACKETED = """
(() => {
  const outside = (text) => text.replace(/[⟦][^⟦⟧]*[⟧]/g, "").replace(/[\\p{N}\\p{P}\\p{Z}\\s]/gu, "");
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("script, noscript, .language")) found.push(walker.currentNode.data);
  for (const node of document.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description"])
      found.push(node.getAttribute(name) ?? "");
  return found.filter((text) => outside(text) && !/^https?:/.test(text));
})()
"""
DATA = {"Via Masala", "Via Masala, Riverside"}


def _bracketed(text: Any) -> Any:
    if isinstance(text, dict):
        return {form: _bracketed(words) for form, words in text.items()}
    # what is put into a text is a number or a name, and stands outside of it
    parts = text.replace("{", "\0{").replace("}", "}\0").split("\0")
    return "".join(part if part.startswith("{") or not part.strip() else f"⟦{part}⟧" for part in parts)


async def _bracket(route: Route) -> None:
    path = WORDS / route.request.url.split("/static/words/")[1]
    words = json.loads(path.read_text(encoding="utf-8"))
    await route.fulfill(json={name: _bracketed(text) for name, text in words.items()})


async def _nothing_else(page: Page) -> None:
    assert set(await page.evaluate(UNBRACKETED)) <= DATA


async def _login_says(page: Page, problem: Callable[[], Any]) -> None:
    before = (
        await page.locator(".login-problem").inner_text() if await page.locator(".login-problem").is_visible() else ""
    )
    await problem()
    await expect(page.locator(".login-problem")).to_be_visible()
    await expect(page.locator(".login-problem")).not_to_have_text(before)
    await _nothing_else(page)


def _with(answer: dict[str, Any] | None) -> Callable[[Route], Any]:
    """Answers a request so, or not at all."""
    return lambda route: route.abort() if answer is None else route.fulfill(**answer)


async def _all_refusals_of_a_login(page: Page, another: tuple[str, str]) -> None:
    await expect(page.locator("#username")).to_be_focused()
    await _nothing_else(page)
    await _login_says(page, lambda: page.locator(".login-submit").click())
    await page.locator("#username").fill("somebody")
    await _login_says(page, lambda: page.locator(".login-submit").click())
    await _login_says(page, lambda: sign_in(page, "nobody", "figs and bread"))
    await _login_says(page, lambda: sign_in(page, *another))
    for answer in (
        {
            "status": 429,
            "headers": {"Retry-After": "1"},
            "json": {"error": {"code": "too_many", "message": "Too many."}},
        },
        {"status": 503, "json": {"error": {"code": "unavailable", "message": "Away."}}},
        None,
    ):
        await page.route("**/staff/login", _with(answer))
        await _login_says(page, lambda: sign_in(page, "somebody", "figs and bread"))
        if answer and answer["status"] == 429:
            await expect(page.locator(".login-submit")).to_be_enabled()
            await _nothing_else(page)
        await page.unroute("**/staff/login")


@pytest.fixture
async def page(open_page: OpenPage, troubles: Troubles) -> Page:
    """A page whose words stand in brackets."""
    troubles.forgive("401", "403", "422", "429", "503", "ERR_FAILED", "WebSocket")
    page = await open_page("about:blank")
    await page.route("**/static/words/**", _bracket)
    return page


async def test_the_table_sheet_says_nothing_beside_its_catalogue(server: Any, page: Page, db: Any) -> None:
    await page.goto(f"{server.url}/tables")
    await _all_refusals_of_a_login(page, ("chef", "chef-demo"))
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".card").first).to_be_visible()
    await page.locator("#tables").fill("T1, T2, T3")
    await page.locator(".sheet-form button").first.click()
    await expect(page.locator(".card")).to_have_count(3)
    await _nothing_else(page)
    await page.locator(".card-renew").nth(2).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await _nothing_else(page)
    await page.route("**/manager/tables/renew", lambda route: route.fulfill(status=503, json={}))
    await page.locator(".renew-yes").click()
    await expect(page.locator(".renew .login-problem")).to_be_visible()
    await _nothing_else(page)
    await page.unroute("**/manager/tables/renew")
    await page.locator(".renew-yes").click()
    await expect(page.locator(".sheet-news")).not_to_be_empty()
    await _nothing_else(page)
    await page.locator("#tables").fill("x" * 41)
    await page.locator(".sheet-form button").first.click()
    await expect(page.locator(".sheet-form .login-problem")).to_be_visible()
    await _nothing_else(page)
    await db.execute("UPDATE staff SET active = false WHERE username = 'manager'")
    await page.locator("#tables").fill("T1")

    async def until_ended() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await page.locator("#username").count() == 0:
                await page.locator(".sheet-form button").first.click()
                await page.wait_for_timeout(100)

    await until_ended()
    await expect(page.locator(".login-problem")).to_be_visible()
    await _nothing_else(page)


async def test_the_pickup_board_says_nothing_beside_its_catalogue(server: Any, page: Page, db: Any) -> None:
    await page.goto(f"{server.url}/pickup/{server.branch_id}")
    await _all_refusals_of_a_login(page, ("chef", "chef-demo"))
    elsewhere = await db.fetchval("INSERT INTO branches (name) VALUES ('Elsewhere') RETURNING id")
    await db.execute("UPDATE staff SET branch_id = $1 WHERE username = 'pickup'", elsewhere)
    await _login_says(page, lambda: sign_in(page, "pickup", "pickup-demo"))
    await db.execute("UPDATE staff SET branch_id = $1::uuid WHERE username = 'pickup'", server.branch_id)
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.locator(".pickup-dot")).to_be_visible()
    await _nothing_else(page)
    for status in ("SENT", "READY"):
        await db.execute(
            "INSERT INTO orders (branch_id, order_type, status) VALUES ($1::uuid, 'takeaway', $2::kitchen_status)",
            server.branch_id, status,
        )  # fmt: skip
    await expect(page.locator(".pickup-tile")).to_have_count(1)
    await _nothing_else(page)
    await db.execute("UPDATE staff SET active = false WHERE username = 'pickup'")
    await expect(page.locator(".login-problem")).to_be_visible()
    await _nothing_else(page)


@pytest.mark.parametrize("name", ["kitchen", "order", "pickup", "tables", "track"])
@pytest.mark.parametrize("language", sorted(file.stem for file in WORDS.glob("*.json")))
def test_without_scripts_each_language_is_told_why_there_is_nothing(name: str, language: str) -> None:
    html = (WORDS.parent / "pages" / f"{name}.html").read_text(encoding="utf-8")
    assert f'<p lang="{language}"' in html.split('<div class="not-started">')[1]
