"""Chromium by playwright: the system's, or another one."""

from __future__ import annotations

import json
import os
from typing import Any

from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from .processes import program
from .tab import LEFT, PATIENCE_S, Moving, Tab

CHROMIUM = os.environ.get("KDS_CHROMIUM") or program("chromium", "chromium-browser", "google-chrome")
OLD_CHROMIUM = os.environ.get("KDS_OLD_CHROMIUM", "")
"""Chromium 92, which .ci/run takes out of a package of npm."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class ChromiumTab(Tab):
    """A page of Chromium."""

    def __init__(self, engine: str, playwright: Playwright, browser: Browser, page: Page) -> None:
        self.engine = engine
        self._playwright = playwright
        self._browser = browser
        self._page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def open(cls, width: int, height: int, path: str = CHROMIUM) -> ChromiumTab:
        """Starts a Chromium with a profile of its own."""
        playwright = await async_playwright().start()
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE_S * 1000)
        except BaseException:
            await playwright.stop()
            raise
        context = await browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        return cls(f"chromium {browser.version}", playwright, browser, await context.new_page())

    async def go(self, url: str) -> None:
        await self._page.goto(url, timeout=PATIENCE_S * 1000)

    async def run(self, body: str) -> Any:
        wrapped = f"async () => JSON.stringify((await (async () => {{ {body} }})()) ?? null)"
        try:
            return json.loads(await self._page.evaluate(wrapped))
        except Error as error:
            if any(word in error.message for word in LEFT):
                raise Moving from error
            raise

    async def tap(self, x: float, y: float) -> None:
        await self._page.mouse.click(x, y)

    async def press(self, keys: str) -> None:
        if keys in {"Enter", "Escape", "Tab"}:
            await self._page.keyboard.press(keys)
        else:
            await self._page.keyboard.type(keys)

    async def picture(self) -> bytes:
        return await self._page.screenshot()

    async def close(self) -> None:
        await self._browser.close()
        await self._playwright.stop()
