"""A real Chromium for the pages, and the words in which the browser tests speak of boards, phones and tickets.

Stands on tests/conftest.py (a real server on a real database). Without a browser the tests skip and say why;
KDS_REQUIRE_BROWSER=1, as CI sets it, turns that into a failure.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.browser.customers import Customer
from tests.browser.shared_chromium import CHROMIUM, SharedChromium
from tests.browser.shared_loop import cancel_all_tasks_but

PATIENCE_MS = 10_000
AHEAD_S = 60
"""A clock stops only at a moment to come."""
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
REPORT_CSP = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP violation:", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Troubles:
    """What the browser complained about; a test that provokes a complaint forgives it by a part of its text."""

    heard: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def forgive(self, *parts: str) -> None:
        """These complaints are what the test is about."""
        self.forgiven.extend(parts)

    def watch(self, page: Page) -> None:
        """Hears the errors of a page."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(message.text)

    def unforgiven(self) -> list[str]:
        """What nobody expected."""
        return [text for text in self.heard if not any(part in text for part in self.forgiven)]


async def eventually(page: Page, condition: str) -> None:
    """Waits until an expression is true in the page; the page's CSP forbids playwright's own way of waiting."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.05)


async def stop_clock(page: Page) -> None:
    """Stops the clock of a page where it is, until the test lets it run."""
    await page.clock.install()
    await page.clock.pause_at(await page.evaluate("Date.now() / 1000") + AHEAD_S)


async def violations(page: Page) -> list[str]:
    """What axe finds on a page, in the words of axe; the page must have been opened with its policy bypassed."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def without_browser(reason: str) -> NoReturn:
    """Skips, or where browsers are required fails."""
    if os.environ.get("KDS_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_chromium(_session_scoped_runner: asyncio.Runner) -> Iterator[SharedChromium]:
    """The Chromium of this worker."""
    chromium = SharedChromium()
    yield chromium
    _session_scoped_runner.run(chromium.end())


@pytest.fixture
def _function_scoped_runner(
    _session_scoped_runner: asyncio.Runner, shared_chromium: SharedChromium
) -> Iterator[asyncio.Runner]:
    """In place of pytest-asyncio's fixture of this name, which makes a loop for each test: a driver knows one loop."""
    yield _session_scoped_runner
    _session_scoped_runner.run(cancel_all_tasks_but(shared_chromium.tasks))


@pytest.fixture
async def browser(shared_chromium: SharedChromium) -> AsyncIterator[Browser]:
    """The system's Chromium, without a context; those of the test end with it."""
    if not CHROMIUM:
        without_browser("no Chromium found; install it or set KDS_CHROMIUM to its path")
    yield await shared_chromium.ready()
    await shared_chromium.close_contexts()


@pytest.fixture
def troubles() -> Troubles:
    """The errors of every page of a test."""
    return Troubles()


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(browser: Browser, troubles: Troubles) -> AsyncIterator[OpenPage]:
    """Opens a URL on a device of its own; at the end no page may have logged an error or broken the CSP."""

    async def open_url(url: str, *, width: int = 1280, height: int = 800, has_touch: bool = False) -> Page:
        size: ViewportSize = {"width": width, "height": height}
        context = await browser.new_context(viewport=size, locale="en-GB", has_touch=has_touch)
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(REPORT_CSP)
        page = await context.new_page()
        troubles.watch(page)
        await page.goto(url)
        return page

    yield open_url
    assert troubles.unforgiven() == []


BUMPS = ".head, .pass-tick"
"""What a finger bumps an order with."""


STILL = """() => new Promise((done) => {
  const places = () => [...document.querySelectorAll("#board *")].map((node) => {
    const { left, top } = node.getBoundingClientRect();
    return `${left} ${top}`;
  }).join();
  let before = places(), since = performance.now();
  const look = (now) => {
    const after = places();
    if (after !== before) [before, since] = [after, now];
    if (now - since > 400) done();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
"""Ends when all on the board has stood for 400 ms where it stands; it takes taps 300 ms after it moved."""


class Board:
    """A kitchen screen, in the words of its cook."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def ticket(self, number: int, column: str | None = None) -> Locator:
        """The ticket of an order, or its row on the pass, in a column or wherever it is."""
        place = f'[data-column="{column}"]' if column else ""
        return self.page.locator(f':is(.lanes .ticket, .cells .ticket, .pass-row)[data-number="{number}"]{place}')

    def completed(self, number: int) -> Locator:
        """The row of an order in the list of the completed."""
        return self.page.get_by_role("button", name=f"Recall {number},")

    def dish(self, number: int, name: str) -> Locator:
        """One dish of a ticket."""
        return self.ticket(number).locator(".dish", has_text=name)

    async def bump(self, number: int) -> None:
        """Taps the header of a ticket, or the tick of its row on the pass."""
        await self.ticket(number).locator(BUMPS).click()

    async def pick_in(self, number: int) -> None:
        """Picks the first ticket by keys, to choose a dish in it: until it is left, no dish that is done folds away."""
        await expect(self.ticket(number).locator(".key")).to_have_text("1")
        for key in ("1", "i"):
            await self.page.keyboard.press(key)
        await expect(self.ticket(number)).to_have_attribute("data-selected", "")

    @asynccontextmanager
    async def answered(self, path: str = "/kitchen/order/*/item/*") -> AsyncIterator[None]:
        """Presses a dish, and waits until nothing moves: a press that waits long has a tag with a line of its own."""
        async with self.page.expect_response(f"**{path}"):
            yield
        await expect(self.page.locator(".tag-waiting")).to_have_count(0)
        await self.still()

    async def painted(self) -> None:
        """Waits until what was pressed is on the screen."""
        await self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    async def still(self) -> None:
        """Waits as a cook does until nothing moves under the finger: the board takes no tap that comes sooner."""
        await self.page.evaluate(STILL)

    async def sees_health(self, phase: str) -> None:
        """Waits for the badge: live, catching or offline."""
        await expect(self.page.locator(".health-box")).to_have_attribute("data-phase", phase, timeout=20_000)


async def sign_in(page: Page, username: str = "chef", password: str = "chef-demo") -> None:
    """Fills the login form, whatever its language, and sends it."""
    await page.locator("#username").fill(username)
    await page.locator("#password").fill(password)
    await page.locator(".login-submit").click()


OpenOffice = Callable[..., Awaitable[Page]]


@pytest.fixture
def open_office(server: Any, open_page: OpenPage) -> OpenOffice:
    """Opens the back office, signed in, with the list of the staff."""

    async def open_signed_in(name: str = "owner", address: str = "/manager#staff", **device: Any) -> Page:
        page = await open_page(server.url + address, **{"width": 1366, "height": 768, **device})
        await sign_in(page, name, f"{name}-demo")
        await expect(page.locator(".office-fresh")).not_to_have_text("Reading")
        return page

    return open_signed_in


OpenBoard = Callable[..., Awaitable[Board]]


@pytest.fixture
def open_board(open_page: OpenPage) -> OpenBoard:
    """Opens a kitchen screen, signed in and live."""

    async def open_signed_in(url: str, **device: Any) -> Board:
        page = await open_page(f"{url}/kitchen", **device)
        await sign_in(page)
        board = Board(page)
        await board.sees_health("live")
        return board

    return open_signed_in


@pytest.fixture
def customer(http: ClientSession, server: Any) -> Customer:
    """A customer of the test's server."""
    return Customer(http, server.url, server.branch_id)


Ask = Callable[[str], Awaitable[Any]]

ORDER = """
const order = (id, more = {}) => ({
  orderId: id, orderNumber: 7, table: "T1", orderType: "dine_in", customerName: null, note: null, priority: 0,
  status: "SENT", acknowledged: false, placedAt: "2026-01-01T12:00:00Z", readyAt: null, completedAt: null,
  items: [{ itemId: id + "-i", kotId: id + "-k", station: "Grill", name: "Tikka", quantity: 2, modifiers: [],
            note: null, allergens: [], done: false, voided: false }],
  kots: [{ kotId: id + "-k", station: "Grill", round: 1, status: "SENT", sentAt: "2026-01-01T12:00:00Z",
           readyAt: null, completedAt: null }],
  ...more,
});
const live = (revision, prev, body) => ({ type: "ORDER_UPDATED", revision, prev, timestamp: "t" + revision, ...body });
const snapshot = (revision, orders) => ({ type: "SNAPSHOT", revision, epoch: "e", timestamp: "t" + revision, orders });
"""


@pytest.fixture
async def ask(server: Any, open_page: OpenPage) -> Ask:
    """Runs the body of an async function in a page of the server, with `load(name)` importing a module."""
    page = await open_page(f"{server.url}/")
    await page.evaluate(
        'import("/static/js/common/text/words.js").then(({ loadWords }) => loadWords(["en"], ["staff/", "kitchen/"]))'
    )

    async def run(body: str) -> Any:
        return await page.evaluate(
            "async () => { const load = (name) => import(`/static/js/${name}.js`);" + ORDER + body + "}"
        )

    return run
