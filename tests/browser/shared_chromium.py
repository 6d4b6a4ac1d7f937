"""One Chromium, and one driver of it, for all browser tests of a worker; each test has contexts of its own.

What a page may leave behind belongs to its context: storage, service workers, permissions, caches, emulation and
throttling.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import patch

import playwright
from playwright.async_api import Browser, BrowserContext, CDPSession, Playwright, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("KDS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
DRIVER = Path(playwright.__file__).parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STARTS_WITHIN_S = 60.0
"""No promise: other workers start theirs at the same time."""
ANSWERS_WITHIN_S = 20.0
"""A browser that takes longer to answer, or to close what a test opened, is replaced."""
DRIVER_ENDS_WITHIN_S = 40.0
"""It gives itself 30 s."""


class SharedChromium:
    """Starts when it is first asked for; a new one takes the place of one that died or no longer answers."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        """Those of the driver, which outlive a test."""
        self.pid = 0
        self.answers_within_s = ANSWERS_WITHIN_S
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._devtools: CDPSession | None = None
        self._folder = ""
        """The temporary one of driver and browser: who is killed takes nothing away, not even the profile."""

    async def ready(self) -> Browser:
        """A browser that answers and has no context."""
        if self._browser is not None and await self._answers():
            return self._browser
        await self.end()
        before = asyncio.all_tasks()
        self._folder = tempfile.mkdtemp(prefix="kds-chromium-")
        with patch.dict(os.environ, TMPDIR=self._folder):
            self._playwright = await async_playwright().start()
        self.tasks = {task for task in asyncio.all_tasks() - before if is_of_driver(task)}
        self._browser = await self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=STARTS_WITHIN_S * 1000
        )
        self._devtools = await self._browser.new_browser_cdp_session()
        processes = (await self._devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
        self.pid = next(process["id"] for process in processes if process["type"] == "browser")
        return self._browser

    async def close_contexts(self) -> None:
        """Ends all that a test opened; where that fails, ends the browser."""
        for context in self._browser.contexts if self._browser is not None else ():
            if not await self._is_done(close(context)):
                await self.end()
                return

    async def end(self) -> None:
        """Ends browser and driver, a hanging browser by force."""
        if self._browser is not None and not await self._is_done(self._browser.close()) and self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._playwright is not None:
            await is_done(self._playwright.stop(), DRIVER_ENDS_WITHIN_S)
        self._playwright = self._browser = self._devtools = None
        if self._folder:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._folder = ""
        self.pid = 0
        self.tasks = set()

    async def _answers(self) -> bool:
        """Whether driver and browser are alive, asked of the browser itself: news of its death may not be read yet."""
        return self._devtools is not None and await self._is_done(self._devtools.send("Browser.getVersion"))

    async def _is_done(self, asked: Coroutine[Any, Any, object]) -> bool:
        return await is_done(asked, self.answers_within_s)


def is_of_driver(task: asyncio.Task[Any]) -> bool:
    """Whether the driver runs in it: while that starts, a server of the test starts tasks too."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and Path(code.co_filename).is_relative_to(DRIVER)


async def close(context: BrowserContext) -> None:
    """Ends a context; requests that the test still answers fail by that, which is no error of the next test.

    A driver takes a route away once what asks by it is answered, which may be never: the end does not wait for that.
    """
    routed = [page.unroute_all(behavior="ignoreErrors") for page in context.pages]
    unrouting = asyncio.gather(*routed, context.unroute_all(behavior="ignoreErrors"), return_exceptions=True)
    await asyncio.sleep(0)  # by now errors are ignored
    await context.close()
    await unrouting


async def is_done(asked: Coroutine[Any, Any, object], within_s: float) -> bool:
    """Whether driver and browser do this, and soon enough.

    What comes in place of an answer has any type: a driver raises, from whatever is asked next, what a listener of the
    test raised; it has logged it before.
    """
    try:
        async with asyncio.timeout(within_s):
            await asked
    except Exception:
        return False
    return True
