"""How many processes a chain needs: unit costs measured here, a tenth of the chain simulated to check them."""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import psutil  # type: ignore[import-untyped]

from kds.process import raise_descriptor_limit
from tests.bench.cpu import cpu_s, resident_bytes, tree
from tests.bench.deployment import branch_id, database, kitchen_token, note, report, run_sql, start_serving
from tests.bench.reading import reading

STORES, SCREENS, ORDERS_PER_S, EVENTS_PER_S = 14_000, 5, 500, 1_500
SOCKETS_PER_PROCESS = 20_000
"""The usual MAX_SOCKETS."""
SETTLED_S = 8.0


@dataclass(frozen=True)
class Cost:
    """CPU seconds a second, of the server and of PostgreSQL."""

    server: float
    postgres: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.server - other.server, self.postgres - other.postgres)

    def each(self, count: float) -> Cost:
        """The share of one of so many."""
        return Cost(self.server / count, self.postgres / count)


def add_parser(subparsers: Any) -> None:
    """Adds `capacity`."""
    parser = subparsers.add_parser("capacity", help=__doc__, description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="the part of the chain that is simulated")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of one measurement")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures each cost alone, then all together, and compares."""
    raise_descriptor_limit()
    stores = round(STORES * options.share)
    orders, events = ORDERS_PER_S * options.share, EVENTS_PER_S * options.share
    async with database(stores) as (postgres, dsn):
        process, url = await start_serving(dsn, MAX_SOCKETS="1000000")
        try:
            bench = _Bench(dsn, url, process.pid, postgres_pid=postgres.pid(), stores=stores, seconds=options.seconds)
            await bench.prepare()
            nothing = await bench.cost("nothing")
            per_order = (await bench.cost("orders over HTTP", orders=orders) - nothing).each(orders)
            per_change = (await bench.cost("changes", changes=events - orders) - nothing).each(events - orders)
            before = bench.memory()
            async with bench.screens() as _:
                idle = (await bench.cost("idle screens") - nothing).each(stores * SCREENS)
                each_bytes = (bench.memory() - before) / (stores * SCREENS)
            async with bench.screens() as found:
                whole = await bench.cost("all together", orders=orders, changes=events - orders) - nothing
            delivered = sum(each["messages"] for each in found)
        finally:
            process.terminate()
            await process.wait()
    screens = stores * SCREENS
    alone = [
        orders * one + (events - orders) * other + screens * waiting
        for one, other, waiting in (
            (per_order.server, per_change.server, idle.server), (per_order.postgres, per_change.postgres, idle.postgres)
        )
    ]  # fmt: skip
    per_message = (whole.server - alone[0]) * options.seconds / max(1, delivered)
    _print(options, whole, Cost(*alone), per_order, per_change, idle, per_message, each_bytes, found)
    return 0


def _print(
    options: argparse.Namespace, whole: Cost, alone: Cost, per_order: Cost, per_change: Cost, idle: Cost,
    per_message: float, each_bytes: float, found: list[dict[str, Any]],
) -> None:  # fmt: skip
    sockets = STORES * SCREENS
    processes = math.ceil(sockets / SOCKETS_PER_PROCESS)
    changes = EVENTS_PER_S - ORDERS_PER_S
    # every process reads every event; requests and screens are shared out
    server = (
        ORDERS_PER_S * per_order.server + changes * per_change.server * processes + sockets * idle.server
        + EVENTS_PER_S * SCREENS * per_message
    )  # fmt: skip
    postgres = ORDERS_PER_S * per_order.postgres + changes * per_change.postgres
    rows = [
        ["an order over HTTP", f"{1e6 * per_order.server:,.0f} µs", f"{1e6 * per_order.postgres:,.0f} µs"],
        ["a change and its event", f"{1e6 * per_change.server:,.0f} µs", f"{1e6 * per_change.postgres:,.0f} µs"],
        ["an idle screen", f"{1e6 * idle.server:.1f} µs a second, {each_bytes / 1000:.1f} kB", ""],
        ["a message to a screen", f"{1e6 * per_message:.1f} µs", ""],
        [f"{options.share:g} of the chain, measured", f"{whole.server:.2f} cores", f"{whole.postgres:.2f} cores"],
        [
            "late on its screens, from the request or statement",
            f"p50 {max(each['p50_ms'] for each in found):.1f}, p99 {max(each['p99_ms'] for each in found):.1f} ms",
            "",
        ],
        ["the sum of the costs without messages", f"{alone.server:.2f} cores", f"{alone.postgres:.2f} cores"],
        [
            f"{STORES:,} stores x {SCREENS} screens, {ORDERS_PER_S} orders/s, {EVENTS_PER_S:,} events/s",
            f"{processes} processes, {server:.1f} cores, {sockets * each_bytes / 1e9:.1f} GB",
            f"{postgres:.1f} cores",
        ],
    ]
    data = {
        "measured": vars(whole), "sum": vars(alone), "perOrder": vars(per_order), "perChange": vars(per_change),
        "idle": vars(idle), "perMessage": per_message, "bytes": each_bytes, "screens": found,
        "chain": {"processes": processes, "serverCores": server, "postgresCores": postgres},
    }  # fmt: skip
    report("A chain at its peak", ["what", "server", "PostgreSQL"], rows, data)


class _Bench:
    """One server process, its PostgreSQL, and the load of the chain."""

    def __init__(self, dsn: str, url: str, pid: int, *, postgres_pid: int, stores: int, seconds: float) -> None:
        self._dsn = dsn
        self._url = url
        self._server = tree(pid)
        self._postmaster = psutil.Process(postgres_pid)
        self._stores = stores
        self._seconds = seconds
        self._chance = random.Random(5)
        self._dishes: list[str] = []
        self._open: list[uuid.UUID] = []

    async def prepare(self) -> None:
        """A dish for each store, and an open order to change."""
        await run_sql(
            self._dsn,
            "INSERT INTO menu_items (branch_id, name, price_cents) SELECT id, 'Raita', 400 FROM branches",
            "INSERT INTO orders (branch_id, table_label) SELECT id, 'T1' FROM branches",
            "INSERT INTO kots (order_id) SELECT id FROM orders WHERE status = 'SENT'",
            """INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
            SELECT order_id, id, 'Raita', 1, 400 FROM kots WHERE status = 'SENT'""",
            "VACUUM ANALYZE",
        )
        db = await asyncpg.connect(self._dsn)
        found = await db.fetch("SELECT id FROM menu_items ORDER BY branch_id")
        self._dishes = [str(row["id"]) for row in found]
        self._open = [row["id"] for row in await db.fetch("SELECT id FROM orders WHERE status = 'SENT'")]
        await db.close()

    def memory(self) -> int:
        """Of the server."""
        return resident_bytes(self._server)

    def screens(self) -> Any:
        """All screens of the stores, open."""
        paths = [
            f"/kitchen/display?token={kitchen_token(branch_id(number + 1))}&since=0" for number in range(self._stores)
        ]
        return reading(self._url.removeprefix("http://"), self._stores * SCREENS, "plain", paths)

    async def cost(self, what: str, orders: float = 0.0, changes: float = 0.0) -> Cost:
        """CPU a second under so many orders over HTTP and changes by SQL a second."""
        async with asyncpg.create_pool(self._dsn, min_size=4, max_size=4) as pool, aiohttp.ClientSession() as http:
            await asyncio.sleep(SETTLED_S)
            began = self._used()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(self._seconds))
                tasks.create_task(self._repeat(orders, lambda: self._place(http)))
                tasks.create_task(self._repeat(changes, lambda: self._change(pool)))
            found = (self._used() - began).each(self._seconds)
        note(f"{what}: {found}")
        return found

    def _used(self) -> Cost:
        return Cost(cpu_s(self._server), cpu_s([self._postmaster, *self._postmaster.children()]))

    async def _repeat(self, per_second: float, action: Callable[[], Awaitable[None]]) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(per_second * self._seconds)):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                tasks.create_task(action())  # type: ignore[arg-type]

    async def _place(self, http: aiohttp.ClientSession) -> None:
        store = self._chance.randrange(self._stores)
        items = [{"menuItemId": self._dishes[store], "quantity": 1}]
        order = {"branchId": branch_id(store + 1), "table": "T1", "items": items, "note": _stamp()}
        async with http.post(f"{self._url}/public/order/place", json=order) as answer:
            answer.raise_for_status()

    async def _change(self, pool: Any) -> None:
        await pool.execute("UPDATE orders SET note = $2 WHERE id = $1", self._chance.choice(self._open), _stamp())


def _stamp() -> str:
    """What the readers tell the delay from."""
    return f"AT[{time.monotonic():.6f}]"
