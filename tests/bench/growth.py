"""What a long past costs: board, order, status change and replay with 1 thousand to 1 million past orders."""

from __future__ import annotations

import argparse
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import aiohttp
import asyncpg

from kds.postgres.migrate.migrate import migrate
from tests.bench.deployment import branch_id, database, kitchen_token, note, report, run_sql, serving
from tests.past import fill_past
from tests.screen import open_screen

BRANCH = branch_id(1)
ACTIONS = ("place", "status change", "snapshot", "replay")


def add_parser(subparsers: Any) -> None:
    """Adds `growth`."""
    parser = subparsers.add_parser("growth", help=__doc__, description=__doc__)
    parser.add_argument("--past", default="1000,100000,1000000", help="numbers of past orders of the branch")
    parser.add_argument("--times", type=int, default=100, help="how often each action is done in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, one size after the other in each")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures every size side by side; prints medians and their ratio to the smallest."""
    sizes = [int(text) for text in options.past.split(",")]
    took_ms: dict[int, dict[str, list[float]]] = {size: {action: [] for action in ACTIONS} for size in sizes}
    async with database(1) as (postgres, _), AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        desks = {}
        for size in sizes:
            dish = await _fill(postgres.dsn(), postgres.dsn(f"growth_{size}"), size)
            (url,) = await stack.enter_async_context(serving(postgres.dsn(f"growth_{size}")))
            desks[size] = _Desk(http, url, dish)
            note(f"{size:,} past orders are there")
        for size in sizes:
            await desks[size].work(20, {action: [] for action in ACTIONS})
        for round_number in range(1, options.rounds + 1):
            for size in sizes:
                await desks[size].work(options.times, took_ms[size])
            note(f"round {round_number} of {options.rounds}")
    rows = []
    for size in sizes:
        medians = {action: statistics.median(took_ms[size][action]) for action in ACTIONS}
        least = {action: statistics.median(took_ms[sizes[0]][action]) for action in ACTIONS}
        rows.append(
            [f"{size:,}", *(f"{medians[action]:.2f} ({medians[action] / least[action]:.2f})" for action in ACTIONS)]
        )
    title = f"Growth: ms at the client, median of {options.rounds * options.times} (ratio to the shortest past)"
    report(title, ["past orders", *ACTIONS], rows, {str(size): took for size, took in took_ms.items()})
    return 0


async def _fill(admin_dsn: str, dsn: str, size: int) -> str:
    """A database with a branch, its past and a dish; the id of the dish."""
    await run_sql(admin_dsn, f"CREATE DATABASE growth_{size}")
    await migrate(dsn, lambda line: None)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("INSERT INTO branches (id, name) VALUES ($1, 'Branch 1')", BRANCH)
        await fill_past(connection, dsn, BRANCH, size)
        insert = "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'Raita', 450) RETURNING id"
        return str(await connection.fetchval(insert, BRANCH))
    finally:
        await connection.close()


@contextmanager
def _timed(took_ms: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took_ms.append(1000 * (time.perf_counter() - began))


class _Desk:
    """One client of one server."""

    def __init__(self, http: aiohttp.ClientSession, url: str, dish: str) -> None:
        self._http = http
        self._url = url
        self._dish = dish
        self._token = kitchen_token(BRANCH)

    async def work(self, times: int, took_ms: dict[str, list[float]]) -> None:
        """Does everything so often, and adds how long each took."""

        for _ in range(times):
            with _timed(took_ms["snapshot"]):
                since = await self._snapshot()
            with _timed(took_ms["place"]):
                order_id = await self._place()
            with _timed(took_ms["status change"]):
                await self._change(order_id, "READY")
            await self._change(order_id, "COMPLETED")
            with _timed(took_ms["replay"]):
                await self._replay(since)

    async def _place(self) -> str:
        order = {"branchId": BRANCH, "table": "T1", "items": [{"menuItemId": self._dish, "quantity": 1}]}
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        async with self._http.post(f"{self._url}/public/order/place", json=order, headers=headers) as answer:
            answer.raise_for_status()
            return str((await answer.json())["orderId"])

    async def _change(self, order_id: str, status: str) -> None:
        headers, url = {"Authorization": f"Bearer {self._token}"}, f"{self._url}/kitchen/order/{order_id}/status"
        async with self._http.patch(url, json={"status": status}, headers=headers) as answer:
            answer.raise_for_status()

    async def _snapshot(self) -> dict[str, Any]:
        async with open_screen(self._http, self._url, self._token, since=0) as screen:
            hello, board = await screen.take(2)
        return {"since": board["revision"], "epoch": hello["epoch"], "at": board["timestamp"]}

    async def _replay(self, since: dict[str, Any]) -> None:
        """From the handshake to the one order that changed since; the close is in it, as in the snapshot's time."""
        point = {name: value for name, value in since.items() if value is not None}
        async with open_screen(self._http, self._url, self._token, **point) as screen:
            await screen.take(2)
