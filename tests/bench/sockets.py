"""10,000 idle kitchen screens in one process: memory of each; 1,000 that reconnect at once: until each is right."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import uuid
from typing import Any

import asyncpg

from kds.process import raise_descriptor_limit
from tests.bench.cpu import cpu_s, resident_bytes, tree
from tests.bench.deployment import branch_id, database, kitchen_token, note, report, start_serving
from tests.bench.latency import LINES, PLACE
from tests.bench.reading import reading

BRANCHES = 100
OPEN_ORDERS = 20
SETTLED_S = 12.0
"""Two heartbeats for everybody."""


def add_parser(subparsers: Any) -> None:
    """Adds `sockets`."""
    parser = subparsers.add_parser("sockets", help=__doc__, description=__doc__)
    parser.add_argument("--idle", type=int, default=10_000, help="idle screens")
    parser.add_argument("--storm", type=int, default=1_000, help="screens that connect at once")
    parser.add_argument("--rounds", type=int, default=3, help="measurements, of which the median counts")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """A new server for each measurement."""
    raise_descriptor_limit()
    paths = [f"/kitchen/display?token={kitchen_token(branch_id(number + 1))}&since=0" for number in range(BRANCHES)]
    idle, storms = [], []
    async with database(BRANCHES) as (_, dsn):
        for round_number in range(1, options.rounds + 1):
            idle.append(await _hold(dsn, options.idle, paths))
            note(f"round {round_number}: {options.idle} idle: {idle[-1]}")
        await _open_orders(dsn)
        for round_number in range(1, options.rounds + 1):
            storms.append(await _storm(dsn, options.storm, paths))
            note(f"round {round_number}: {options.storm} at once: {storms[-1]}")

    def median(runs: list[dict[str, float]], name: str) -> str:
        return f"{statistics.median(each[name] for each in runs):.1f}"

    rows = [
        [f"{options.idle:,} idle: kB each", median(idle, "kb_each")],
        [f"{options.idle:,} idle: CPU ms a second", median(idle, "cpu_ms_per_s")],
        [f"{options.storm:,} at once, {OPEN_ORDERS} open orders each: p50 ms until right", median(storms, "p50_ms")],
        ["p99 ms until right", median(storms, "p99_ms")],
    ]
    report(f"Kitchen screens of {BRANCHES} branches in one process", ["what", "median"], rows, [idle, storms])
    return 0


async def _hold(dsn: str, count: int, paths: list[str]) -> dict[str, float]:
    process, url = await start_serving(dsn, MAX_SOCKETS="1000000")
    address = url.removeprefix("http://")
    processes = tree(process.pid)
    try:
        async with reading(address, 200, "plain", paths):
            pass  # what a process allocates once is not what a socket costs
        await asyncio.sleep(2)
        before = resident_bytes(processes)
        async with reading(address, count, "plain", paths):
            await asyncio.sleep(SETTLED_S)
            used_s = cpu_s(processes)
            await asyncio.sleep(10)
            used_s = cpu_s(processes) - used_s
            each = (resident_bytes(processes) - before) / count
    finally:
        process.terminate()
        await process.wait()
    return {"kb_each": round(each / 1000, 1), "cpu_ms_per_s": round(100 * used_s, 1)}


async def _storm(dsn: str, count: int, paths: list[str]) -> dict[str, float]:
    process, url = await start_serving(dsn)
    try:
        async with reading(url.removeprefix("http://"), count, "storm", paths) as found:
            pass
    finally:
        process.terminate()
        await process.wait()
    return {"p50_ms": found[0]["p50_ms"], "p99_ms": found[0]["p99_ms"], "right": found[0]["messages"]}


async def _open_orders(dsn: str) -> None:
    db = await asyncpg.connect(dsn)
    try:
        for number in range(BRANCHES * OPEN_ORDERS):
            await db.execute(PLACE, uuid.uuid4(), uuid.UUID(branch_id(number % BRANCHES + 1)), LINES)
    finally:
        await db.close()
