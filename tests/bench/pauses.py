"""What holds the event loop of a process with 10,000 sockets: what once did is provoked, and its longest turn told.

Screens connect, stay, and all leave; 200 branches are read anew at once; a hundred screens get a board of 3 MB; a
pickup board has 1,000 orders. Turns of the event loop and passes of the garbage collector are told in CPU time, beside
the memory of each socket.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]

from kds.process import raise_descriptor_limit
from tests.bench.deployment import JWT_SECRET, branch_id, database, kitchen_token, note, report, run_sql
from tests.bench.reading import reading

BRANCHES = 200
LARGE_BOARD, PICKUP_BOARD = 2_500, 1_000
"""Orders: of the first some 3 MB."""
AT_ONCE = 100
FREED_WITHIN_S = 2
"""What a closed socket, or a greeting, had is given back by then, before what comes next is measured."""
MEASURED_S = 5
"""How long it is looked for pauses once the cause is there: the longest in all of that time is told."""
ROOM = {
    "HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "WARNING", "JWT_SECRET": JWT_SECRET, "MAX_SOCKETS": "1000000",
    "MAX_SOCKETS_PER_ADDRESS": "1000000", "MAX_SOCKETS_PER_USER": "1000000", "MAX_SOCKETS_PER_BRANCH": "1000000",
    "CLIENT_BUFFER_BYTES": "8000000", "REQUESTS_PER_ADDRESS_PER_MINUTE": "0",
}  # fmt: skip
FILL = """
    SELECT place_order(gen_random_uuid(), '{branch}', '', 'takeaway', NULL, NULL, 3300, '[
        {{"name": "Chicken tikka", "quantity": 2, "priceCents": 1450, "modifiers": ["NO yoghurt"], "note": null,
          "allergens": ["milk"], "station": "Grill", "menuItemId": null}},
        {{"name": "Raita", "quantity": 1, "priceCents": 400, "modifiers": [], "note": null, "allergens": ["milk"],
          "station": "Cold", "menuItemId": null}}]'::jsonb)
    FROM generate_series(1, {count})"""


def add_parser(subparsers: Any) -> None:
    """Adds `pauses`."""
    parser = subparsers.add_parser("pauses", help=__doc__, description=__doc__)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--stay", type=float, default=20.0, help="seconds that they stay")
    parser.add_argument("--rounds", type=int, default=3, help="measurements, of which the median counts")
    parser.set_defaults(run=run)


class Held:
    """A server that tells how long it was held."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url
        self.address = url.removeprefix("http://")

    async def held(self) -> dict[str, float]:
        """The longest turn and pass since it was asked last."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(b"\n")
        found: dict[str, float] = json.loads(await self._process.stdout.readline())
        return found

    def memory_bytes(self) -> int:
        """What it has in use."""
        return int(psutil.Process(self._process.pid).memory_info().rss)


@asynccontextmanager
async def _serving(dsn: str) -> AsyncIterator[Held]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.held", env={**os.environ, **ROOM, "DATABASE_URL": dsn},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield Held(process, (await process.stdout.readline()).decode().rpartition(" ")[2].strip())
    finally:
        process.terminate()
        await process.communicate()


async def run(options: argparse.Namespace) -> int:
    """A new server for each measurement of each thing."""
    raise_descriptor_limit()
    rounds = []
    async with database(BRANCHES) as (_, dsn):
        large, pickup = branch_id(1), branch_id(2)
        for number in range(1, options.rounds + 1):
            found = await _crowd(dsn, options.sockets, options.stay)
            found |= await _resyncs(dsn, options.sockets // 5)
            await run_sql(
                dsn, FILL.format(branch=large, count=LARGE_BOARD), FILL.format(branch=pickup, count=PICKUP_BOARD)
            )
            found |= await _boards(dsn, large)
            found |= await _pickup(dsn, pickup)
            await run_sql(dsn, "TRUNCATE orders CASCADE", "TRUNCATE events")
            note(f"round {number}: {found}")
            rounds.append(found)
    names = list(rounds[0])
    rows = [
        [name, *(f"{statistics.median(each[name][value] for each in rounds):.1f}" for value in ("turn_ms", "gc_ms"))]
        for name in names
        if name != "memory"
    ]
    each_kb = statistics.median(each["memory"]["kb_each"] for each in rounds)
    remark = f"Memory of each of {options.sockets:,} sockets: {each_kb:.1f} kB."
    title = f"How long {options.sockets:,} sockets are held, in ms of CPU time"
    report(title, ["while", "longest turn", "longest pass of the garbage collector"], rows, rounds, remark)
    return 0


async def _crowd(dsn: str, count: int, stay_s: float) -> dict[str, dict[str, float]]:
    paths = _paths(BRANCHES)
    found: dict[str, dict[str, float]] = {}
    async with _serving(dsn) as server:
        async with reading(server.address, 200, "plain", paths):
            pass  # what a process allocates once is not what a socket costs
        await asyncio.sleep(FREED_WITHIN_S)
        before = server.memory_bytes()
        await server.held()
        async with reading(server.address, count, "plain", paths):
            found["they connect"] = await server.held()
            await asyncio.sleep(stay_s)
            found["they stay"] = await server.held()
            found["memory"] = {"kb_each": round((server.memory_bytes() - before) / count / 1000, 2)}
        await asyncio.sleep(MEASURED_S)
        found["all leave"] = await server.held()
    return found


async def _resyncs(dsn: str, count: int) -> dict[str, dict[str, float]]:
    async with _serving(dsn) as server, reading(server.address, count, "plain", _paths(BRANCHES)):
        await asyncio.sleep(FREED_WITHIN_S)  # the greetings are behind it
        await server.held()
        await run_sql(dsn, "TRUNCATE orders CASCADE")
        await asyncio.sleep(MEASURED_S)
        return {f"{BRANCHES} branches are read anew": await server.held()}


async def _boards(dsn: str, branch: str) -> dict[str, dict[str, float]]:
    async with _serving(dsn) as server:
        await server.held()
        path = f"/kitchen/display?token={kitchen_token(branch)}&since=0"
        async with reading(server.address, AT_ONCE, "storm", [path]):
            return {f"{AT_ONCE} screens get a large board": await server.held()}


async def _pickup(dsn: str, branch: str) -> dict[str, dict[str, float]]:
    token = kitchen_token(branch, "PICKUP")
    async with _serving(dsn) as server, aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        await server.held()
        for _ in range(5):
            async with http.get(f"{server.url}/pickup/orders") as answer:
                orders = len((await answer.json())["orders"])
                if orders != PICKUP_BOARD:
                    raise RuntimeError(f"the pickup board has {orders} orders")
        return {f"a pickup board of {PICKUP_BOARD:,} orders is asked for": await server.held()}


def _paths(branches: int) -> list[str]:
    return [f"/kitchen/display?token={kitchen_token(branch_id(number + 1))}&since=0" for number in range(branches)]
