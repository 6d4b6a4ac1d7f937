"""A backlog of events, read and made into frames by one relay: events a second, and the longest read."""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from kds.app import RELAY, create_app
from kds.config import Config
from kds.relay.frame_writer import Subscriber
from kds.relay.listening import heads
from kds.relay.relay import Relay
from tests.bench.deployment import JWT_SECRET, branch_id, database, note, report, run_sql

ITEMS = 3
WRITE = """
WITH o AS (INSERT INTO orders (branch_id, table_label) SELECT '{branch}', 'T1' FROM generate_series(1, {each})
    RETURNING id),
  k AS (INSERT INTO kots (order_id) SELECT id FROM o RETURNING id, order_id)
INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
SELECT order_id, id, 'Dish ' || n, n, 1450 FROM k, generate_series(1, {items}) AS n"""


class _Nowhere(asyncio.Transport):
    """Where the frames go."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def write(self, data: Any) -> None:
        self.bytes += len(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def add_parser(subparsers: Any) -> None:
    """Adds `backlog`."""
    parser = subparsers.add_parser("backlog", help=__doc__, description=__doc__)
    parser.add_argument("--events", type=int, default=80_000, help="over all branches")
    parser.add_argument("--branches", type=int, default=100)
    parser.add_argument("--resync", action="store_true", help="let branches that are far behind read anew, as always")
    parser.add_argument("--rounds", type=int, default=3, help="readings of it, of which the median counts")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Writes it once, then reads it in each round from the same marks."""
    if not options.resync:
        heads.BEHIND_MAX = 2**31 - 1
    runs: list[dict[str, float]] = []
    branches = [UUID(branch_id(number)) for number in range(1, options.branches + 1)]
    async with database(options.branches) as (_, dsn):
        each = options.events // options.branches
        await run_sql(
            dsn,
            "SELECT adopt_epoch()",
            *(WRITE.format(branch=branch, each=each, items=ITEMS) for branch in branches),
            "ANALYZE",
        )
        for round_number in range(1, options.rounds + 1):
            runs.append(await measure(dsn, branches, each * options.branches))
            note(f"round {round_number}: {runs[-1]}")
    median = {name: statistics.median(found[name] for found in runs) for name in runs[0]}
    title = f"A backlog of {options.events:,} events over {options.branches} branches, {ITEMS} items an order"
    report(title, list(median), [[f"{value:,.0f}" for value in median.values()]], runs)
    return 0


async def measure(dsn: str, branches: list[UUID], events: int) -> dict[str, float]:
    """One reading, from marks that stand before the first event."""
    async with _relay(dsn, branches) as (relay, took_s):
        listener = relay.listener
        heads = await _heads(dsn)
        await listener.stop()
        for branch in branches:
            listener._reader.start(branch, 0, 0)
        took_s.clear()
        began, cpu = time.perf_counter(), time.process_time()
        listener.start()
        while any(listener.marks[branch] < head for branch, head in heads.items()):
            await asyncio.sleep(0.005)
        elapsed_s = time.perf_counter() - began
        return {
            "events_per_s": round(events / elapsed_s),
            "reads": len(took_s),
            "longest_read_ms": round(1000 * max(took_s, default=0.0), 1),
            "cpu_us_per_event": round(1e6 * (time.process_time() - cpu) / events, 1),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


async def _heads(dsn: str) -> dict[UUID, int]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT branch_id, max(revision) AS head FROM events GROUP BY branch_id")
        return {row["branch_id"]: row["head"] for row in rows}
    finally:
        await connection.close()


@asynccontextmanager
async def _relay(dsn: str, branches: list[UUID]) -> AsyncIterator[tuple[Relay, list[float]]]:
    """A relay that watches the branches, a client that takes everything in each; how long each read of events took."""
    took_s: list[float] = []
    fetch = asyncpg.Connection.fetch

    async def timed(connection: Any, query: str, *arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return await fetch(connection, query, *arguments, **options)
        finally:
            if query.startswith("WITH marks"):
                took_s.append(time.perf_counter() - began)

    app = create_app(Config(database_url=dsn, jwt_secret=JWT_SECRET, port=0, read_timeout_s=60.0))
    relay = app[RELAY]
    asyncpg.Connection.fetch = timed
    try:
        relay.listener.start()
        for branch in branches:
            await relay.watch(branch)
            nobody = Subscriber(
                _Nowhere(), resumes=True, limit_bytes=2**40, on_cut=lambda: None, on_resync=lambda: None
            )
            relay.hub.join(branch, nobody, branch_id=branch, revision=0)
        yield relay, took_s
    finally:
        await relay.listener.stop()
        asyncpg.Connection.fetch = fetch
