"""Slow heads and bodies, oversized frames and guesses against a kitchen at work: what its screens notice of it.

`python -m tests.hardening flood`: from COMMIT to the frame on 100 screens, and the memory of the server, in peace and
under attack. The promise: p99 at most doubles, memory stays within 64 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import ClientSession, TCPConnector

from tests.bench.deployment import markdown
from tests.hardening.requests import faults_of_log
from tests.hardening.target import JWT_SECRET, Target, target
from tests.orders import place
from tests.screen import Screen, open_screen, token_for

MEMORY_MB = 64
PATIENCE_S = 60.0


def add_parser(subparsers: Any) -> None:
    """Adds `flood`."""
    parser = subparsers.add_parser("flood", help="slow connections and large frames", description=__doc__)
    parser.add_argument("--screens", type=int, default=100)
    parser.add_argument("--loris", type=int, default=500)
    parser.add_argument("--oversized", type=int, default=200)
    parser.add_argument("--guesses", type=int, default=10)
    parser.add_argument("--rate", type=int, default=20, help="orders a second")
    parser.add_argument("--seconds", type=int, default=20, help="of peace, and of attack; three rounds of both")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Prints p50, p99 and memory of both; 1 when a promise was broken."""
    delays: dict[str, list[list[float]]] = {"in peace": [], "under attack": []}
    async with target() as attacked, Kitchen(attacked, options.screens) as kitchen:
        await kitchen.work(options.rate, 5)
        memory = Memory(attacked.pid)
        for _ in range(3):
            delays["in peace"].append(await kitchen.work(options.rate, options.seconds))
            async with attackers(attacked, options), memory.watched():
                delays["under attack"].append(await kitchen.work(options.rate, options.seconds))
        faults = faults_of_log(attacked.log.read_text())
    figures = {
        name: [statistics.median(quantile(run, part) for run in runs) for part in (0.5, 0.99)]
        for name, runs in delays.items()
    }
    print(markdown(["", "p50 ms", "p99 ms"], [[name, *(f"{ms:.1f}" for ms in row)] for name, row in figures.items()]))
    print(f"memory {memory.before_mb:.0f} MB, at most {memory.peak_mb:.0f} MB under attack")
    broken = [
        *(["p99 more than doubled"] if figures["under attack"][1] > 2 * figures["in peace"][1] else []),
        *([f"more than {MEMORY_MB} MB"] if memory.peak_mb - memory.before_mb > MEMORY_MB else []),
        *faults,
    ]
    print("\n".join(["FAILED", *broken] if broken else ["PASSED"]))
    return 1 if broken else 0


def quantile(values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted(values)[int(len(values) * part)]


class Kitchen:
    """Screens of one branch, and the orders that are written for them."""

    def __init__(self, attacked: Target, screens: int) -> None:
        self._target = attacked
        self._count = screens
        self._stack = AsyncExitStack()
        self._screens: list[Screen] = []

    async def __aenter__(self) -> Kitchen:
        http = await self._stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        token = token_for(JWT_SECRET, self._target.branch_id)
        for _ in range(self._count):
            screen = await self._stack.enter_async_context(open_screen(http, self._target.url, token, since=0))
            await screen.take(2)
            self._screens.append(screen)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def work(self, rate: int, seconds: int) -> list[float]:
        """Places orders; from COMMIT to each screen, in milliseconds. Fails when a screen misses one."""
        committed: dict[str, float] = {}
        count = rate * seconds
        seen: list[dict[str, float]] = [{} for _ in self._screens]
        reading = [asyncio.create_task(self._read(*each, count)) for each in zip(self._screens, seen, strict=True)]
        connection = await asyncpg.connect(self._target.dsn)
        began = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            order_id = await place(connection, self._target.branch_id)
            committed[str(order_id)] = time.monotonic()
        # what is gone before it was read is told as gone alone
        async with asyncio.timeout(PATIENCE_S):
            while any(len(at) < count for at in seen):
                await asyncio.sleep(0.05)
        await connection.execute("DELETE FROM orders WHERE branch_id = $1", UUID(self._target.branch_id))
        await connection.close()
        await asyncio.gather(*reading)
        assert all(at.keys() == committed.keys() for at in seen)
        return [1000 * (at - committed[order_id]) for screen in seen for order_id, at in screen.items()]

    async def _read(self, screen: Screen, seen: dict[str, float], count: int) -> None:
        """Notes when each new order came; reads on until all are deleted again."""
        removed = 0
        while removed < count:
            message = await screen.next()
            if message["type"] == "NEW_ORDER":
                seen[message["orderId"]] = time.monotonic()
            removed += message["type"] == "ORDER_REMOVED"
            # where many changes wait at once they are told as one
            if message["type"] == "SNAPSHOT" and len(seen) == count and not message["orders"]:
                return


class Memory:
    """The resident memory of a process, before and at most."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.before_mb = self.peak_mb = self._now_mb()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks ten times a second."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, self._now_mb())
            await asyncio.sleep(0.1)

    def _now_mb(self) -> float:
        line = next(line for line in self._status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def attackers(attacked: Target, options: argparse.Namespace) -> AsyncIterator[None]:
    """The attack, from the moment that it is in full swing."""
    token = token_for(JWT_SECRET, attacked.branch_id)
    counts = [str(count) for count in (options.loris, options.oversized, options.guesses)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hardening.attackers", attacked.url, token, *counts,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await asyncio.sleep(3)
    try:
        yield
    finally:
        output, _ = await process.communicate(b"")
        ends = json.loads(output)
        print(", ".join(f"{count} {end}" for end, count in sorted(ends.items())), file=sys.stderr, flush=True)
