"""10,000 phones, each on the socket of its own order, in one server process: memory for each, and how late it hears."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import psutil  # type: ignore[import-untyped]

from kds.domain.links import Links
from kds.process import raise_descriptor_limit
from tests.bench.deployment import JWT_SECRET, branch_id, database, note, report, start_serving

BRANCHES = 20
LINES = json.dumps(
    [
        {"name": "Chicken tikka", "quantity": 2, "priceCents": 1450, "modifiers": [], "note": None,
         "allergens": ["milk"], "station": "Grill", "menuItemId": None},
        {"name": "Raita", "quantity": 1, "priceCents": 400, "modifiers": [], "note": None, "allergens": ["milk"],
         "station": "Cold", "menuItemId": None},
    ]
)  # fmt: skip
_PLACE = """SELECT o.id, place_order(o.id, o.branch, 'T1', 'dine_in', NULL, NULL, 3300, $3::jsonb)
FROM unnest($1::uuid[], $2::uuid[]) AS o (id, branch)"""
PHONES_PER_CLIENT = 5_000
CONNECTING = 32


def add_parser(subparsers: Any) -> None:
    """Adds `tracking`."""
    parser = subparsers.add_parser("tracking", help=__doc__, description=__doc__)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=2_000, help="status changes measured, one after the other")
    parser.add_argument("--per-second", type=float, default=100.0)
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures the growth of the process, and the time from COMMIT to the phone's frame with all sockets open."""
    raise_descriptor_limit()
    async with database(BRANCHES) as (_, dsn), _serving(dsn) as (process, url):
        orders = await _place(dsn, options.sockets)
        resident = psutil.Process(process.pid)
        await _warm_up(url, orders[:200])
        before = resident.memory_info().rss
        seen: dict[str, float] = {}
        async with _phones(url, orders, seen) as connect_s:
            await asyncio.sleep(12)  # two heartbeats for everybody
            per_socket = (resident.memory_info().rss - before) / len(orders)
            note(f"{len(orders)} sockets in {connect_s:.1f} s, {per_socket / 1000:.1f} kB each")
            delays = await _change(dsn, orders[: options.changes], seen, options.per_second)
    result = {
        "sockets": len(orders),
        "kb_per_socket": round(per_socket / 1000, 1),
        "changes": len(delays),
        "p50_ms": round(statistics.median(delays), 2),
        "p99_ms": round(sorted(delays)[int(len(delays) * 0.99)], 2),
        "max_ms": round(max(delays), 2),
        "lost": options.changes - len(delays),
    }
    report("Tracking sockets in one process, each on its own order", list(result), [list(result.values())], result)
    return 0


@contextlib.asynccontextmanager
async def _serving(dsn: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process, url = await start_serving(dsn, MAX_SOCKETS="1000000")
    try:
        yield process, url
    finally:
        process.terminate()
        await process.wait()


async def _place(dsn: str, count: int) -> list[UUID]:
    orders = [uuid.uuid4() for _ in range(count)]
    connection = await asyncpg.connect(dsn)
    try:
        for start in range(0, count, 500):
            ids = orders[start : start + 500]
            branches = [UUID(branch_id(number % BRANCHES + 1)) for number in range(start, start + len(ids))]
            await connection.execute(_PLACE, ids, branches, LINES)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return orders


async def _warm_up(url: str, orders: list[UUID]) -> None:
    """What a process allocates once is not what a socket costs."""
    async with _phones(url, orders, {}):
        pass
    await asyncio.sleep(2)


@contextlib.asynccontextmanager
async def _phones(url: str, orders: list[UUID], seen: dict[str, float]) -> AsyncIterator[float]:
    """Phones in processes of their own; `seen` gets when each order's change came. Seconds to connect."""
    links = Links(JWT_SECRET)
    began = time.monotonic()
    clients: list[asyncio.subprocess.Process] = []
    readers: list[asyncio.Task[None]] = []
    for start in range(0, len(orders), PHONES_PER_CLIENT):
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.phones", url, str(CONNECTING),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert client.stdin is not None and client.stdout is not None
        for order_id in orders[start : start + PHONES_PER_CLIENT]:
            client.stdin.write(f"{order_id} {links.tracking_token(order_id)}\n".encode())
        client.stdin.write(b"\n")
        await client.stdin.drain()
        clients.append(client)
        assert (await client.stdout.readline()).strip() == b"ready"
        readers.append(asyncio.create_task(_read(client.stdout, seen)))
    yield time.monotonic() - began
    for client in clients:
        assert client.stdin is not None
        client.stdin.close()
        await client.wait()
    await asyncio.gather(*readers)


async def _read(lines: asyncio.StreamReader, seen: dict[str, float]) -> None:
    while line := await lines.readline():
        order_id, at = line.decode().split()
        seen[order_id] = float(at)


async def _change(dsn: str, orders: list[UUID], seen: dict[str, float], per_second: float) -> list[float]:
    """Makes orders READY at a steady rate; the delays in ms from the return of COMMIT, at least 0."""
    committed: dict[str, float] = {}
    connection = await asyncpg.connect(dsn)
    try:
        began = time.monotonic()
        for number, order_id in enumerate(orders):
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            await connection.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
            committed[str(order_id)] = time.monotonic()
        await asyncio.sleep(4)  # longer than a sweep: what is not there by then is lost
    finally:
        await connection.close()
    return [max(0.0, 1000 * (seen[order] - at)) for order, at in committed.items() if order in seen]
