"""Has the database fire what is due: orders for later, and courses that come by the clock.

sql/clock.sql decides what is due and when, by the clock of the database; a process only asks often enough, and says
which orders to look at, a part of one branch in each transaction. Every process does, and whichever comes first fires.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from types import SimpleNamespace
from uuid import UUID

import asyncpg

from kds.background import forever
from kds.errors import Unavailable
from kds.postgres.pool import Pool

log = logging.getLogger(__name__)

ASK_EVERY_S = 1.0
"""How late something is seen that a till wrote to be fired at once."""
PAUSE_S = 0.05
"""Before what others have just now, another process or a till, is asked for again."""
ASK_AGAIN_S = 0.5
"""The same, where nothing at all could be looked at."""
LOOK_AT = 2_000
"""KOTs that one question finds due."""
ORDERS_AT_ONCE = 50
"""In one transaction, which holds their locks and, while it commits, that of their branch."""


class _BranchIsHeld(Exception):
    """Somebody else held a lock that the branch needs, for longer than fire_due() waits."""


class Firing:
    """The clock of a process, from `start` to `stop`."""

    def __init__(self, pool: Pool, sql: SimpleNamespace) -> None:
        self._pool = pool
        self._sql = sql
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(forever("firing", self._turn), name="fire")

    async def stop(self) -> None:
        """Ends it; what a transaction fires just now is taken back, and any process fires it again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def fire(self) -> float:
        """Fires what is due now; in how many seconds to ask again."""
        rows = await self._pool.rows(self._sql.read_due, LOOK_AT)
        due = [(row["branch_id"], row["orders"]) for row in rows if row["branch_id"] is not None]
        if not due:
            next_in_s = rows[0]["next_in_s"]
            return ASK_EVERY_S if next_in_s is None else min(ASK_EVERY_S, max(next_in_s, 0.0))
        looked_at = 0
        for branch_id, orders in due:
            try:
                looked_at += await self._fire_branch(branch_id, orders)
            except _BranchIsHeld as error:  # the other branches come first, and its next order would wait as long
                log.info("branch held branch=%s error=%s", branch_id, error)
        return PAUSE_S if looked_at else ASK_AGAIN_S

    async def _turn(self) -> None:
        try:
            await asyncio.sleep(await self.fire())
        except Unavailable as error:
            log.warning("nothing fired error=%s", error)
            await asyncio.sleep(ASK_EVERY_S)

    async def _fire_branch(self, branch_id: UUID, orders: list[UUID]) -> int:
        """At how many of the orders it looked: none that others have just now."""
        looked_at = 0
        for begin in range(0, len(orders), ORDERS_AT_ONCE):
            part = orders[begin : begin + ORDERS_AT_ONCE]
            try:
                found = await self._fire_orders(branch_id, part)
            except asyncpg.PostgresError as error:
                log.warning("fired one by one branch=%s error=%s: %s", branch_id, type(error).__name__, error)
                return looked_at + await self._fire_one_by_one(branch_id, part)
            if found is None:  # another process is at this branch
                return looked_at
            looked_at += found
        return looked_at

    async def _fire_one_by_one(self, branch_id: UUID, orders: list[UUID]) -> int:
        """So that one that cannot be fired costs only itself."""
        looked_at = 0
        for order_id in orders:
            try:
                looked_at += await self._fire_orders(branch_id, [order_id]) or 0
            except asyncpg.PostgresError as error:
                log.error("order not fired order=%s error=%s: %s", order_id, type(error).__name__, error)
        return looked_at

    async def _fire_orders(self, branch_id: UUID, orders: list[UUID]) -> int | None:
        async def fire() -> int | None:
            async with self._pool.connection() as connection:
                try:
                    looked_at: int | None = await connection.fetchval(self._sql.fire_due, branch_id, orders)
                except asyncpg.LockNotAvailableError as error:  # to the pool this is a database that cannot work
                    raise _BranchIsHeld(error) from error
                return looked_at

        return await self._pool.again(fire)
