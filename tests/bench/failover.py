"""A batching leader that fails under load: how late other screens get, and when writers NOTIFY again."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from tests.bench.deployment import (
    JWT_SECRET,
    REMOVE_OPEN_ORDERS,
    branch_id,
    database,
    note,
    report,
    run_sql,
    start_serving,
)
from tests.faults.link import open_link
from tests.faults.witness import Load, agree, witnesses

BRANCHES = 20
HARMS = ("killed", "stopped", "cut off")
AFTER_S = 12.0


def add_parser(subparsers: Any) -> None:
    """Adds `failover`."""
    parser = subparsers.add_parser("failover", help=__doc__, description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--writers", type=int, default=4, help="concurrent writers, as fast as they can")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures each harm; prints the longest delay of a message and the time until the leader lost the gate."""
    results: dict[str, list[tuple[float, float]]] = {harm: [] for harm in HARMS}
    async with database(BRANCHES) as (_, dsn):
        for round_number in range(1, options.rounds + 1):
            for harm in HARMS:
                delay_s, gate_s = await _measure(dsn, harm, options.writers)
                results[harm].append((delay_s, gate_s))
                note(f"round {round_number}: leader {harm}: delay {delay_s:.2f} s, gate lost after {gate_s:.2f} s")
    rows = [
        [harm, *(f"{statistics.median(run[column] for run in runs):.2f}" for column in (0, 1))]
        for harm, runs in results.items()
    ]
    report("A batching leader fails", ["leader", "longest delay, s", "gate lost after, s"], rows, results)
    return 0


async def _measure(dsn: str, harm: str, writers: int) -> tuple[float, float]:
    await run_sql(dsn, *REMOVE_OPEN_ORDERS, "VACUUM ANALYZE")
    branches = [UUID(branch_id(number)) for number in range(1, BRANCHES + 1)]
    observer = await asyncpg.connect(dsn)
    load = Load(lambda: asyncpg.connect(dsn), branches)
    async with contextlib.AsyncExitStack() as stack:
        link = await stack.enter_async_context(open_link(dsn, Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        leader, _ = await start_serving(dsn, LISTEN_DATABASE_URL=link.url)

        async def leads() -> bool:
            status = await observer.fetchrow("SELECT leader, writers_are_silent FROM relay_status")
            return bool(status["writers_are_silent"]) and f"-{leader.pid}-" in status["leader"]

        await stack.enter_async_context(load.running(writers))
        while not await leads():
            await asyncio.sleep(0.01)
        other, url = await start_serving(dsn)
        watching = await stack.enter_async_context(witnesses([url], branches, JWT_SECRET))
        await load.grows_by(500)
        began = time.monotonic()
        _harm(leader, link, harm)
        while await leads():
            await asyncio.sleep(0.01)
        gate_s = time.monotonic() - began
        await asyncio.sleep(max(0.0, AFTER_S - gate_s))
        await load.end()
        await agree(watching, load)
        link.heal()
        for process in (leader, other):
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
            await process.wait()
    await observer.close()
    committed = load.committed_at
    return max(seen - committed[order] for w in watching for order, seen in w.seen_at.items()), gate_s


def _harm(leader: asyncio.subprocess.Process, link: Any, harm: str) -> None:
    if harm == "killed":
        leader.kill()
    elif harm == "stopped":
        leader.send_signal(signal.SIGSTOP)
    else:
        link.cut()
