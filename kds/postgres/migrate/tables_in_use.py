"""The tables that writers are in while a database is brought to a schema: locked when free, or asked for again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg

from kds.errors import SchemaError

LOCKED = (
    "orders",
    "kots",
    "order_items",
    "kitchen_actions",
    "branches",
    "staff",
    "staff_sessions",
    "staff_members",
    "stations",
    "menu_items",
    "stock_moves",
    "dish_stock",
)
"""The tables that have triggers of ours, in the order in which writers come to them."""
LONG_S = 1.0
"""A transaction that has lasted so long is not queued behind: it will not end in time."""
LOCK_WAIT_MS = 100
"""How long others may queue behind a request for the tables; below deadlock_timeout, so that PostgreSQL ends nobody."""
PAUSE_S = 0.05
PAUSE_MAX_S = 0.5
SAY_EVERY_S = 5.0
GIVE_UP_AFTER_S = 600.0

_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError)


class TablesInUse:
    """The tables and views of one database, as others hold them."""

    def __init__(self, connection: Any, report: Callable[[str], None], read_holders: str) -> None:
        self._connection = connection
        self._report = report
        self._read_holders = read_holders

    async def until_free(
        self, work: Callable[[], Awaitable[None]], relations: Sequence[str], *, waits: bool = False
    ) -> None:
        """Does something that needs locks on these tables and views, again when somebody holds them.

        `waits`: also beside long transactions.

        Raises:
            SchemaError: they were never free; says who holds them.
        """
        loop = asyncio.get_running_loop()
        began, said, pause_s = loop.time(), -SAY_EVERY_S, PAUSE_S
        while True:
            if waits or not await self._holders(relations, longer_than_s=LONG_S):
                try:
                    return await work()
                except _BUSY:
                    pass
            holders = await self._holders(relations)
            if loop.time() - began > GIVE_UP_AFTER_S:
                raise SchemaError(f"The tables stayed in use, nothing is half done. {holders}")
            if loop.time() - said > SAY_EVERY_S:
                said = loop.time()
                self._report(f"The tables are in use, trying again. {holders}")
            await asyncio.sleep(pause_s * (0.5 + random.random()))
            pause_s = min(PAUSE_MAX_S, pause_s * 1.2)

    async def _holders(self, relations: Sequence[str], longer_than_s: float = 0.0) -> str:
        """Who uses these tables and views, in a transaction that has lasted so long: queueing would be in vain."""
        rows = await self._connection.fetch(self._read_holders, relations, timedelta(seconds=longer_than_s))
        return "; ".join(
            f"pid {row['pid']} ({row['username']}, {row['application_name'] or 'no name'}, {row['state']}, in a "
            f"transaction for {row['age_s'] or 0:.0f} s): {row['query']}"
            for row in rows
        )

    async def lock_statements(self) -> list[str]:
        """What locks all of `LOCKED` that are there, at once or not at all, at the head of a transaction."""
        # statement_timeout bounds the wait for all of them together, lock_timeout that for each
        exists = "SELECT to_regclass('public.' || $1) IS NOT NULL"
        present = [f"public.{table}" for table in LOCKED if await self._connection.fetchval(exists, table)]
        return [
            f"SET LOCAL statement_timeout = {LOCK_WAIT_MS}",
            f"LOCK TABLE {', '.join(present)}",
            "SET LOCAL statement_timeout = 0",
        ]
