"""Requests of a page that are answered only when the test says so."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from playwright.async_api import Page

from tests.patience import PATIENCE_S


class Moment(asyncio.Event):
    """Something that comes, or the test fails."""

    async def wait(self) -> Literal[True]:
        """Waits for it.

        Raises:
            TimeoutError: it does not come in time.
        """
        async with asyncio.timeout(PATIENCE_S):
            return await super().wait()


UNHURRIED = "AbortController.prototype.abort = () => {}"
"""A page aborts what has no answer after 8 s, and nothing else: while the test holds the answer, it waits."""


class Held:
    """The next request of a kind, answered only when the test says so; if `is_asked_first`, with what was so then."""

    def __init__(self, page: Page, method: str, answer: int | None = None, *, is_asked_first: bool = False) -> None:
        self._page = page
        self._method = method
        self._answer = answer
        self._is_asked_first = is_asked_first
        self._is_taken = False
        self.asked = Moment()
        self._go = asyncio.Event()
        self._over = Moment()

    async def handle(self, route: Any) -> None:
        """Keeps the first one, and lets go the others."""
        if route.request.method != self._method or self._is_taken:
            await route.fallback()
            return
        self._is_taken = True
        try:
            await self._answer_late(route)
        finally:
            self._over.set()

    async def _answer_late(self, route: Any) -> None:
        early = await route.fetch() if self._is_asked_first else None
        self.asked.set()
        await self._go.wait()
        if self._answer is None:
            await route.fulfill(response=early or await route.fetch())
        elif self._answer == 0:
            await route.abort()
        else:
            await route.fulfill(status=self._answer, json={"error": {"code": "no", "message": "No."}})

    async def release(self) -> None:
        """Answers, and waits until the page has had the time of a further request to act on it."""
        self._go.set()
        await self._over.wait()
        await self._page.evaluate("fetch('/manager').then((answer) => answer.text())")
        await self._page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def hold(
    page: Page, address: Any, method: str, answer: int | None = None, *, is_asked_first: bool = False
) -> Held:
    """Of the requests to come; `answer`: a status in the server's place, 0 for silence."""
    await page.evaluate(UNHURRIED)
    held = Held(page, method, answer, is_asked_first=is_asked_first)
    await page.route(address, held.handle)
    return held
