"""Who writes during a campaign: customers and cooks over HTTP, and programs that write plain SQL."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import Any

import aiohttp
import asyncpg

from tests.faults.journal import Journal
from tests.faults.restaurant import JWT_SECRET, Restaurant
from tests.orders import add_kot, place
from tests.screen import token_for

PATIENCE_S = 8.0
NEXT = {"SENT": "READY", "READY": "COMPLETED"}
DATABASE_TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection answers that was given up in the middle of a statement
    OSError,
    TimeoutError,
)


class Writers:
    """Writes until `stop`, through every fault; logs what was confirmed and what was left open."""

    def __init__(self, restaurant: Restaurant, seed: int, pause_s: float) -> None:
        self._restaurant = restaurant
        self._branches = list(restaurant.canaries)
        self._dice = random.Random(seed)
        self._pause_s = pause_s
        self._journal = Journal(restaurant.folder / "writers.jsonl")
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self, customers: int, cooks: int, programs: int) -> None:
        """Begins to write."""
        works = [self._order] * customers + [self._bump] * cooks
        self._tasks = [asyncio.create_task(self._over_http(work)) for work in works]
        self._tasks += [asyncio.create_task(self._by_sql()) for _ in range(programs)]

    async def stop(self) -> None:
        """Finishes what was begun."""
        self._stopping = True
        await asyncio.gather(*self._tasks)
        self._journal.close()

    async def _pause(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.5, 1.5) * self._pause_s)

    # Over HTTP

    async def _over_http(self, work: Any) -> None:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not self._stopping:
                await work(session, self._dice.choice(self._branches))
                await self._pause()

    async def _order(self, session: aiohttp.ClientSession, branch: str) -> None:
        key = uuid.uuid4().hex
        table = f"{self._restaurant.canaries[branch]} T{self._dice.randint(1, 9)}"
        lines = [{"menuItemId": self._restaurant.dishes[branch], "quantity": 1}]
        order = {"branchId": branch, "table": table, "items": lines, "note": key}
        for _ in range(5):
            server = self._dice.choice(self._restaurant.servers)
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with session.post(
                    f"{server.url}/public/order/place", json=order, headers={"Idempotency-Key": key}
                ) as answer:
                    if answer.status == 201:
                        self._journal.write(what="placed", branch=branch, orderId=(await answer.json())["orderId"])
                        return
                    if answer.status not in (429, 503):
                        self._journal.write(what="refused", branch=branch, status=answer.status)
            await asyncio.sleep(0.5)
        self._journal.write(what="unknown", branch=branch, key=key)

    async def _bump(self, session: aiohttp.ClientSession, branch: str) -> None:
        server = self._dice.choice(self._restaurant.servers)
        bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch)}"}
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with session.get(f"{server.url}/kitchen/orders", headers=bearer) as answer:
                orders = (await answer.json()).get("orders", [])
            for order in orders[:3]:
                body = {"status": NEXT[order["status"]], "from": order["status"]}
                url = f"{server.url}/kitchen/order/{order['orderId']}/status"
                async with session.patch(url, json=body, headers=bearer) as answer:
                    if answer.status not in (200, 409, 404, 503):
                        self._journal.write(what="refused", branch=branch, status=answer.status)

    # By plain SQL

    async def _by_sql(self) -> None:
        while not self._stopping:
            with contextlib.suppress(*DATABASE_TROUBLE):
                connection = await asyncpg.connect(self._restaurant.dsn, timeout=5, command_timeout=40)
                try:
                    while not self._stopping:
                        await self._transaction(connection)
                        await self._pause()
                finally:
                    connection.terminate()
            await asyncio.sleep(0.2)

    async def _transaction(self, connection: Any) -> None:
        isolation = self._dice.choice(("read_committed", "repeatable_read", "serializable"))
        placed: list[tuple[str, str]] = []
        with contextlib.suppress(asyncpg.TransactionRollbackError, ZeroDivisionError):
            async with connection.transaction(isolation=isolation):
                if self._dice.random() < 0.2:  # our triggers take it back: what screens have seen must outlive a crash
                    await connection.execute("SET LOCAL synchronous_commit = off")
                for branch in self._dice.sample(self._branches, self._dice.choice((1, 1, 2))):
                    table = f"{self._restaurant.canaries[branch]} POS"
                    order_id = await place(connection, branch, table=table, stations=("Grill", "Fry"))
                    placed.append((branch, str(order_id)))
                    await self._change_something(connection, branch)
                if self._dice.random() < 0.1:
                    raise ZeroDivisionError
            for branch, order in placed:
                self._journal.write(what="placed", branch=branch, orderId=order)

    async def _change_something(self, connection: Any, branch: str) -> None:
        order_id = await connection.fetchval(
            "SELECT id FROM orders WHERE branch_id = $1 AND status = 'SENT' AND table_label LIKE '%POS'"
            " ORDER BY placed_at LIMIT 1 FOR UPDATE SKIP LOCKED",
            branch,
        )
        if order_id is None:
            return
        what = self._dice.choice(("add", "items", "cancel", "nothing"))
        if what == "add":
            await add_kot(connection, order_id, "Bar")
        elif what == "items":
            await connection.execute("UPDATE order_items SET done = true WHERE order_id = $1", order_id)
        elif what == "cancel":
            await connection.execute(
                "UPDATE orders SET status = 'CANCELLED', acknowledged = true WHERE id = $1", order_id
            )
