"""A page that was opened, or kept by a tablet, before its files moved: it asks for them where they were, and works."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from kds.web.static.pages import STATIC

MOVED: dict[str, str] = json.loads((STATIC / "moved.json").read_text(encoding="utf-8"))
PAGES = {
    "kitchen": ("/kitchen", ".login-form"),
    "order": ("/order/{branch}?table=T1", ".dish-card"),
    "tables": ("/tables", ".login-form"),
}


def kept(name: str) -> str:
    """The page as it was, with the addresses of before."""
    html = (STATIC / "pages" / f"{name}.html").read_text(encoding="utf-8")
    for old, new in MOVED.items():
        html = html.replace(f"/static/{new}", f"/static/{old}")
    return html


@pytest.mark.parametrize("name", PAGES)
async def test_a_kept_page_finds_its_files(server: Any, browser: Browser, name: str) -> None:
    path, seen = PAGES[name]
    page = await browser.new_page()
    lost: list[str] = []
    page.on("response", lambda answer: lost.append(answer.url) if answer.status >= 400 else None)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    async def answer(route: Route) -> None:
        await route.fulfill(body=kept(name), content_type="text/html")

    url = server.url + path.format(branch=server.branch_id)
    await page.route(url, answer)
    await page.goto(url)
    await expect(page.locator(seen).first).to_be_visible()
    assert (lost, errors) == ([], [])
    await page.close()
