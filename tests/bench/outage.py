"""Boards after a LISTEN link was cut during a long job, and branches on a database that is far away.

`cut`: 300 branches with 100 open orders of 12 items each; a job touches every order while the link is cut; how long
after it is back all boards are right, and the memory of the server. `far`: 5,000 branches are watched, the database is
80 ms away; orders trickle in, then one in every branch at once; how long each screen waits. 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
import psutil  # type: ignore[import-untyped]

from tests.bench.deployment import branch_id, database, kitchen_token, note, report, run_sql, start_serving
from tests.faults.link import Link, open_link

OPEN_ORDERS, ITEMS = 100, 12
RIGHT_WITHIN_S, MEMORY_MAX_MB, HEARD_WITHIN_S = 20.0, 250, 5.0
FAR_S = 0.04
"""One way."""
OPEN = """
WITH o AS (INSERT INTO orders (branch_id, table_label) SELECT '{branch}', 'T1' FROM generate_series(1, {orders})
    RETURNING id),
  k AS (INSERT INTO kots (order_id) SELECT id FROM o RETURNING id, order_id)
INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
SELECT order_id, id, 'Dish ' || n, n, 1450 FROM k, generate_series(1, {items}) AS n"""


def add_parser(subparsers: Any) -> None:
    """Adds `outage`."""
    parser = subparsers.add_parser("outage", help=(__doc__ or "").partition("\n")[0], description=__doc__)
    parser.add_argument("--cut-branches", type=int, default=300)
    parser.add_argument("--far-branches", type=int, default=5_000)
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Both, one after the other."""
    cut = await measure_cut(options.cut_branches)
    note(f"cut: {cut}")
    far = await measure_far(options.far_branches)
    note(f"far: {far}")
    report("A LISTEN link cut during a job", list(cut), [list(cut.values())], cut)
    report("A database 80 ms away", list(far), [list(far.values())], far)
    kept = cut["all_right_s"] <= RIGHT_WITHIN_S and cut["server_mb"] <= MEMORY_MAX_MB
    return 0 if kept and far["max_s"] <= HEARD_WITHIN_S else 1


# A link that is cut


class _Order(msgspec.Struct):
    orderId: str
    note: str | None = None


class _Message(msgspec.Struct):
    type: str
    orders: list[_Order] = []
    orderId: str = ""
    note: str | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Board:
    """What a screen of a branch shows: the note of each order."""

    def __init__(self, branch: str) -> None:
        self.branch = branch
        self.notes: dict[str, str | None] = {}
        self.ready = asyncio.Event()

    async def follow(self, http: aiohttp.ClientSession, url: str) -> None:
        """As the page does: with `since`, and again from the start when it was sent away."""
        path = f"{url}/kitchen/display?since=0&token={kitchen_token(self.branch)}"
        while True:
            async with http.ws_connect(path, max_msg_size=0) as ws:
                async for frame in ws:
                    message = _decode(frame.data)
                    if message.type == "SNAPSHOT":
                        self.notes = {order.orderId: order.note for order in message.orders}
                        self.ready.set()
                    elif message.orderId:
                        self.notes[message.orderId] = message.note


async def measure_cut(branches: int) -> dict[str, float]:
    """Seconds from the healing of the link until all boards are right; megabytes of the server."""
    async with AsyncExitStack() as stack:
        _, dsn = await stack.enter_async_context(database(branches))
        ids = [branch_id(number) for number in range(1, branches + 1)]
        opening = [OPEN.format(branch=branch, orders=OPEN_ORDERS, items=ITEMS) for branch in ids]
        await run_sql(dsn, "SELECT adopt_epoch()", *opening, "ANALYZE")
        link = await stack.enter_async_context(_linked(dsn))
        server = await stack.enter_async_context(_serving(dsn, link.url))
        http = await stack.enter_async_context(_client())
        boards = [Board(branch) for branch in ids]
        following = [asyncio.create_task(board.follow(http, server.url)) for board in boards]
        for board in boards:
            await board.ready.wait()
        note("all boards are open")
        link.cut()
        began = time.monotonic()
        await _touch_all(dsn, ids)
        job_s = time.monotonic() - began
        link.heal()
        healed = time.monotonic()
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch(
            "SELECT id::text, branch_id::text AS branch, note FROM orders WHERE status = 'SENT'"
        )
        await connection.close()
        wanted: dict[str, dict[str, str | None]] = {branch: {} for branch in ids}
        for row in rows:
            wanted[row["branch"]][row["id"]] = row["note"]
        while any(
            any(board.notes.get(order) != text for order, text in wanted[board.branch].items()) for board in boards
        ):
            if time.monotonic() - healed > 120:
                break
            await asyncio.sleep(0.05)
        right_s = time.monotonic() - healed
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        return {
            "branches": branches,
            "job_s": round(job_s, 1),
            "all_right_s": round(right_s, 2),
            "server_mb": server.peak_mb(),
        }


async def _touch_all(dsn: str, branches: list[str]) -> None:
    """Each order in two transactions, its KOT and itself, by 8 programs."""

    async def work(mine: list[str]) -> None:
        connection = await asyncpg.connect(dsn)
        for branch in mine:
            for row in await connection.fetch("SELECT id FROM orders WHERE branch_id = $1 AND status = 'SENT'", branch):
                await connection.execute("UPDATE kots SET held = NOT held WHERE order_id = $1", row["id"])
                await connection.execute("UPDATE orders SET note = 'touched' WHERE id = $1", row["id"])
        await connection.close()

    await asyncio.gather(*(work(branches[number::8]) for number in range(8)))


# A database that is far away


async def measure_far(branches: int) -> dict[str, float]:
    """Seconds from COMMIT to the screen: of orders that trickle in, then of one in every branch at once."""
    async with AsyncExitStack() as stack:
        _, dsn = await stack.enter_async_context(database(1))
        ids = [branch_id(number) for number in range(1, branches + 1)]
        # their past would be one transaction over more branches than a transaction may touch
        await run_sql(dsn, *(f"INSERT INTO branches (id, name) VALUES ('{branch}', 'Far')" for branch in ids[1:]))
        link = await stack.enter_async_context(_linked(dsn))
        link.latency_s = FAR_S
        server = await stack.enter_async_context(_serving(link.url, link.url))
        http = await stack.enter_async_context(_client())
        heard: dict[str, float] = {}
        ready = asyncio.Semaphore(0)

        async def watch(branch: str) -> None:
            path = f"{server.url}/kitchen/display?token={kitchen_token(branch)}"
            async with http.ws_connect(path, max_msg_size=0) as ws:
                ready.release()
                async for frame in ws:
                    heard.setdefault(_decode(frame.data).orderId, time.monotonic())

        watching = []
        for start in range(0, branches, 250):
            batch = [asyncio.create_task(watch(branch)) for branch in ids[start : start + 250]]
            watching += batch
            for _ in batch:
                await ready.acquire()
        note("all branches are watched")
        connection = await asyncpg.connect(dsn)
        committed: dict[str, float] = {}

        async def place(branch: str) -> None:
            order = await connection.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id::text", branch)
            committed[order] = time.monotonic()

        for number in range(40):  # the first two, which wait longest, and others
            await place(ids[number % 2] if number % 4 < 2 else random.choice(ids))
            await asyncio.sleep(0.25)
        trickled = list(committed)
        for branch in ids:
            await place(branch)
        deadline = time.monotonic() + 30
        while len(heard) < len(committed) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await connection.close()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        late = {order: heard.get(order, time.monotonic()) - at for order, at in committed.items()}
        return {
            "branches": branches,
            "p50_s": round(statistics.median(late.values()), 3),
            "max_s": round(max(late.values()), 3),
            "trickled_max_s": round(max(late[order] for order in trickled), 3),
            "lost": len(committed.keys() - heard.keys()),
        }


# What both stand on


class _Server:
    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self._peak = 0
        self._sampling = asyncio.create_task(self._sample())

    async def _sample(self) -> None:
        watched = psutil.Process(self.process.pid)
        while True:
            self._peak = max(self._peak, watched.memory_info().rss)
            await asyncio.sleep(0.05)

    def peak_mb(self) -> int:
        """The most it had."""
        self._sampling.cancel()
        return self._peak // 2**20


@asynccontextmanager
async def _serving(dsn: str, listen_url: str) -> AsyncIterator[_Server]:
    process, url = await start_serving(dsn, LISTEN_DATABASE_URL=listen_url)
    server = _Server(process, url)
    try:
        yield server
    finally:
        server.peak_mb()
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _linked(dsn: str) -> AsyncIterator[Link]:
    with tempfile.TemporaryDirectory(prefix="kds-link-") as folder:
        async with open_link(dsn, Path(folder)) as link:
            yield link


@asynccontextmanager
async def _client() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
        yield http
