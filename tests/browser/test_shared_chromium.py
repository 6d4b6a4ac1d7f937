"""The browser that the tests of a worker share leaves nothing to the next test, and is replaced when it is broken."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator

import psutil  # type: ignore[import-untyped]
import pytest
from playwright.async_api import Browser, Error, Route

from tests.browser.shared_chromium import SharedChromium
from tests.patience import PATIENCE_S

HANGS_AFTER_S = 1.0


@pytest.fixture
async def chromium(browser: Browser) -> AsyncIterator[SharedChromium]:
    """One beside that of this worker, to break."""
    chromium = SharedChromium()
    yield chromium
    await chromium.end()


async def draws(browser: Browser) -> bool:
    """Whether it opens and runs a page."""
    page = await browser.new_page()
    return bool(await page.evaluate("document.body.getClientRects().length === 1"))


def profile_of(process: psutil.Process) -> str:
    """The folder of a Chromium's profile."""
    arguments: list[str] = process.cmdline()
    return next(word.partition("=")[2] for word in arguments if word.startswith("--user-data-dir="))


def is_there(folder: str) -> bool:
    """Whether a folder exists."""
    return os.path.isdir(folder)


async def test_what_a_test_opened_is_closed_and_the_browser_stays(chromium: SharedChromium) -> None:
    browser = await chromium.ready()
    assert await draws(browser) and await draws(browser)
    await chromium.close_contexts()
    assert browser.contexts == []
    assert await chromium.ready() is browser


async def test_a_request_that_a_test_leaves_unanswered_is_no_error_of_the_next_one(chromium: SharedChromium) -> None:
    browser = await chromium.ready()
    page = await browser.new_page()
    is_asked = asyncio.Event()

    async def answer(route: Route) -> None:
        is_asked.set()
        await route.fetch()

    await page.route("**/*", answer)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        opening = asyncio.create_task(page.goto(f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        async with asyncio.timeout(PATIENCE_S):
            await is_asked.wait()
        await chromium.close_contexts()
        with pytest.raises(Error):
            await opening
    assert await chromium.ready() is browser
    assert await draws(browser)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_browser_that_died_or_hangs_is_replaced(
    chromium: SharedChromium, monkeypatch: pytest.MonkeyPatch, blow: signal.Signals
) -> None:
    assert await draws(await chromium.ready())
    broken = psutil.Process(chromium.pid)
    profile = profile_of(broken)
    broken.send_signal(blow)
    with monkeypatch.context() as impatient:
        impatient.setattr(chromium, "answers_within_s", HANGS_AFTER_S)
        await chromium.close_contexts()
    assert await draws(await chromium.ready())
    assert chromium.pid != broken.pid
    assert not broken.is_running()
    assert not is_there(profile)


async def test_the_end_leaves_no_process_and_no_profile(chromium: SharedChromium) -> None:
    assert await draws(await chromium.ready())
    process = psutil.Process(chromium.pid)
    profile = profile_of(process)
    assert is_there(profile)
    await chromium.end()
    assert not process.is_running()
    assert not is_there(profile)
