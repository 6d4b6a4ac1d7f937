"""Whatever transactions do to orders, and however they interleave: a screen ends up showing what the database holds.

Hypothesis writes the transactions: several at once, on two branches, at every isolation level, with savepoints,
rollbacks, SET CONSTRAINTS and deletes, while the relay is idle or polls. KDS_PROPERTY_EXAMPLES says how many examples.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.relay.batching import BatchingState
from kds.server import Server
from tests.clusters import Cluster
from tests.conftest import JWT_SECRET, config_for
from tests.orders import add_kot, place
from tests.screen import Screen, open_screen, token_for

EXAMPLES = int(os.environ.get("KDS_PROPERTY_EXAMPLES", "150"))
STATUSES = ("SENT", "READY", "COMPLETED", "CANCELLED")
ENVELOPE = {"type", "revision", "prev", "timestamp"}

OPERATIONS = st.one_of(
    st.tuples(st.just("place"), st.integers(0, 1), st.integers(0, 3)),
    st.tuples(st.just("add_kot"), st.integers(0, 20)),
    st.tuples(st.just("status"), st.integers(0, 20), st.sampled_from(STATUSES)),
    st.tuples(st.just("kots"), st.integers(0, 20), st.sampled_from(STATUSES)),
    st.tuples(st.just("items"), st.integers(0, 20)),
    st.tuples(st.just("note"), st.integers(0, 20)),
    st.tuples(st.just("delete"), st.integers(0, 20)),
    st.tuples(st.just("immediate")),
    st.tuples(st.just("deferred")),
    st.tuples(st.just("savepoint"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("pause")),
)
TRANSACTIONS = st.fixed_dictionaries(
    {
        "isolation": st.sampled_from(("read_committed", "repeatable_read", "serializable")),
        "operations": st.lists(OPERATIONS, min_size=1, max_size=8),
        "commits": st.booleans() | st.just(True),
    }
)
SCRIPTS = st.fixed_dictionaries(
    {
        "sessions": st.lists(st.lists(TRANSACTIONS, min_size=1, max_size=4), min_size=1, max_size=4),
        "polling": st.booleans(),
        "flip": st.booleans(),
    }
)


class Rollback(Exception):
    """This savepoint or transaction is to be undone."""


@dataclass
class Board:
    """What a screen shows after each message, and whether the messages made sense."""

    screen: Screen
    revision: int = -1
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def read_until(self, order_id: UUID) -> None:
        """Applies messages up to the first one about this order."""
        while str(order_id) not in self.shown:
            message = await self.screen.next()
            if message["type"] == "SNAPSHOT":
                self.shown = {order["orderId"]: order for order in message["orders"]}
            elif message["type"] != "HELLO":
                assert message["prev"] == self.revision < message["revision"], "out of order"
                self.shown.pop(message["orderId"], None)
                if message["type"] != "ORDER_REMOVED":
                    self.shown[message["orderId"]] = {k: v for k, v in message.items() if k not in ENVELOPE}
            if message["type"] != "HELLO":
                self.revision = message["revision"]


class Kitchen:
    """A server, two branches with a screen each, and sessions that write."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._stack = contextlib.AsyncExitStack()
        self.server = Server(config_for(dsn))
        self.branches: list[UUID] = []
        self.boards: list[Board] = []
        self.sessions: list[Any] = []
        self.orders: list[UUID] = []

    async def open(self) -> None:
        """Starts everything."""
        self.sessions = [await asyncpg.connect(self._dsn) for _ in range(5)]
        rows = await self.sessions[0].fetch("INSERT INTO branches (name) VALUES ('A'), ('B') RETURNING id")
        self.branches = [row["id"] for row in rows]
        await self.server.start()
        http = await self._stack.enter_async_context(ClientSession())
        for branch in self.branches:
            token = token_for(JWT_SECRET, branch)
            screen = await self._stack.enter_async_context(open_screen(http, self.server.url, token, since=0))
            self.boards.append(Board(screen))

    async def close(self) -> None:
        """Ends everything."""
        await self._stack.aclose()
        await self.server.stop()
        for session in self.sessions:
            session.terminate()

    async def live_through(self, script: dict[str, Any]) -> None:
        """Runs a script to its end, then compares both screens with the database."""
        batching = self.server.relay.batching
        batching.force(script["polling"])
        if script["polling"]:
            await batching.reached(BatchingState.POLLING)
        self.orders = []
        writing = [self._write(*pair) for pair in zip(self.sessions[1:], script["sessions"], strict=False)]
        if script["flip"]:
            batching.force(not script["polling"])
        await asyncio.gather(*writing)
        for branch, board in zip(self.branches, self.boards, strict=True):
            async with asyncio.timeout(20):
                await board.read_until(await place(self.sessions[0], branch))
            await self._compare(branch, board)
        await self.sessions[0].execute("UPDATE orders SET status = 'READY' WHERE status = 'SENT'")
        await self.sessions[0].execute("UPDATE orders SET status = 'COMPLETED' WHERE status = 'READY'")

    async def _compare(self, branch: UUID, board: Board) -> None:
        rows = await self.sessions[0].fetch(
            "SELECT id::text, status::text, order_object(id, branch_id) AS body FROM orders WHERE branch_id = $1",
            branch,
        )
        present = {row["id"]: json.loads(row["body"]) for row in rows}
        for order_id, shown in board.shown.items():
            assert shown == present.get(order_id), f"order {order_id} is shown otherwise than it is"
        assert {row["id"] for row in rows if row["status"] in ("SENT", "READY")} <= board.shown.keys(), "lost"

    async def _write(self, session: Any, transactions: list[dict[str, Any]]) -> None:
        for transaction in transactions:
            with contextlib.suppress(
                Rollback, asyncpg.TransactionRollbackError, asyncpg.IntegrityConstraintViolationError
            ):
                async with session.transaction(isolation=transaction["isolation"]):
                    await self._operate(session, transaction["operations"])
                    if not transaction["commits"]:
                        raise Rollback

    async def _operate(self, session: Any, operations: list[Any]) -> None:
        todo = list(operations)
        while todo:
            name, *details = todo.pop(0)
            if name == "savepoint":
                inside, todo = todo[: details[0]], todo[details[0] :]
                with contextlib.suppress(Rollback):
                    async with session.transaction():
                        await self._operate(session, inside)
                        if details[1]:
                            raise Rollback
            else:
                await self._operation(session, name, details)

    async def _operation(self, session: Any, name: str, details: list[Any]) -> None:
        order_id = self.orders[details[0] % len(self.orders)] if details and self.orders else UUID(int=0)
        if name == "place":
            stations = ("Grill", "Fry", "Cold")[: details[1]]
            self.orders.append(await place(session, self.branches[details[0]], stations=stations))
        elif name == "add_kot":
            if await session.fetchval("SELECT count(*) FROM orders WHERE id = $1", order_id):
                await add_kot(session, order_id, "Bar")
        elif name in ("status", "kots"):
            table, key = ("orders", "id") if name == "status" else ("kots", "order_id")
            await session.execute(f"UPDATE {table} SET status = $2 WHERE {key} = $1", order_id, details[1])
        elif name == "items":
            await session.execute("UPDATE order_items SET done = NOT done WHERE order_id = $1", order_id)
        elif name == "note":
            note = str(random.random())
            await session.execute("UPDATE orders SET note = $2 WHERE id = $1", order_id, note)
        elif name == "delete":
            await session.execute("DELETE FROM orders WHERE id = $1", order_id)
        elif name == "pause":
            await asyncio.sleep(0.002)
        else:
            await session.execute(f"SET CONSTRAINTS ALL {name.upper()}")


@pytest.fixture(scope="module")
def kitchen(cluster: Cluster, template: str) -> Iterator[tuple[asyncio.Runner, Kitchen]]:
    """One kitchen for all examples, in an event loop of its own."""
    with asyncio.Runner() as runner:
        dsn = runner.run(cluster.create("kds_property", template))
        opened = Kitchen(dsn)
        runner.run(opened.open())
        yield runner, opened
        runner.run(opened.close())
        runner.run(cluster.drop("kds_property"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(script=SCRIPTS)
def test_a_screen_shows_what_the_database_holds(
    kitchen: tuple[asyncio.Runner, Kitchen], script: dict[str, Any]
) -> None:
    runner, opened = kitchen
    runner.run(opened.live_through(script))
