"""A cheap tablet on slow 4G (150 ms, 1.6 Mbit/s): until the board and the order page are painted, with nothing kept."""

from __future__ import annotations

import argparse
import asyncio
import statistics
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from playwright.async_api import Browser, async_playwright

from tests.bench.deployment import JWT_SECRET, branch_id, database, note, report, serving
from tests.bench.latency import LINES, PLACE
from tests.browser.shared_chromium import CHROMIUM, FLAGS
from tests.looks.kitchen import Kitchen
from tests.looks.rules import device_of
from tests.looks.scenes import LARGE, Scene

BRANCH = branch_id(1)
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
OPEN_ORDERS = 20
DISHES = """
    INSERT INTO menu_items (branch_id, name, price_cents, section)
    SELECT $1, 'Dish ' || number, 900, 'Course ' || number / 10 FROM generate_series(1, 40) AS number"""
PAGES = {"board": ("/kitchen", ".ticket"), "order page": (f"/order/{BRANCH}", ".dish-card")}
WATCH = """
globalThis.lcp = { ms: 0, what: "" };
new PerformanceObserver((list) => {
  for (const { startTime, element, size } of list.getEntries())
    globalThis.lcp = { ms: startTime, what: `${element?.tagName}.${element?.className}`, size };
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


def add_parser(subparsers: Any) -> None:
    """Adds `first_paint`."""
    parser = subparsers.add_parser("first_paint", help=__doc__, description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="measurements, of which the median counts")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Each page, on a new device each time."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in PAGES}
    async with AsyncExitStack() as stack:
        _, dsn = await stack.enter_async_context(database(1))
        await _fill(dsn)
        (url,) = await stack.enter_async_context(serving(dsn))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stack.push_async_callback(browser.close)
        for number in range(1, options.rounds + 1):
            for name, (path, shown) in PAGES.items():
                found[name].append(await _paint(browser, url + path, shown))
                note(f"round {number}: {name}: {found[name][-1]}")
    rows = [
        [
            name,
            *(
                f"{statistics.median(run[value] for run in runs):.2f}"
                for value in ("lcp_s", "shown_s", "requests", "kb")
            ),
        ]
        for name, runs in found.items()
    ]
    report("First paint on slow 4G", ["page", "LCP, s", "shown, s", "requests", "kB"], rows, found)
    return 0


async def _fill(dsn: str) -> None:
    db = await asyncpg.connect(dsn)
    try:
        await db.execute(DISHES, UUID(BRANCH))
        for _ in range(OPEN_ORDERS):
            await db.execute(PLACE, uuid4(), UUID(BRANCH), LINES)
    finally:
        await db.close()


async def _paint(browser: Browser, url: str, shown: str) -> dict[str, Any]:
    width, height = LARGE
    context = await browser.new_context(viewport={"width": width, "height": height})
    await context.add_init_script(device_of(Scene("bench", "", LARGE, {}), Kitchen(branch_id=UUID(BRANCH)), JWT_SECRET))
    await context.add_init_script(WATCH)
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    received: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    await page.goto(url)
    await page.locator(shown).first.wait_for(timeout=30_000)
    shown_s = await page.evaluate("performance.now()") / 1000
    await asyncio.sleep(2)  # what would paint more
    lcp = await page.evaluate("lcp")
    await context.close()
    return {
        "lcp_s": round(lcp["ms"] / 1000, 3), "what": lcp["what"], "shown_s": round(shown_s, 3),
        "requests": len(received), "kb": round(sum(received) / 1000, 1),
    }  # fmt: skip
