"""Has the database take the words of guests out of past orders, where a branch has said after how many days.

sql/forgetting.sql decides what has had its time, by the clock of the database, and remembers how far it has come. Every
process asks; one at a time is at a branch, and each bite is a transaction of its own, so that writers wait for none.
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

FIRST_AFTER_S = 10.0
EVERY_S = 600.0
ORDERS_AT_ONCE = 100
"""In one transaction, which holds their locks; a tenth for a branch whose last bite failed, for it may be too large."""
PAUSE_S = 0.2
"""Between two of them, for those who write."""


class Forgetting:
    """What forgets, from `start` to `stop`."""

    def __init__(self, pool: Pool, sql: SimpleNamespace, *, first_after_s: float = FIRST_AFTER_S) -> None:
        self._pool = pool
        self._sql = sql
        self._wait_s = first_after_s
        self._task: asyncio.Task[None] | None = None
        self._at_once: dict[UUID, int] = {}
        """Of branches that failed: how many orders they try next."""

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(forever("forgetting", self._turn), name="forget")

    async def stop(self) -> None:
        """Ends it; what a transaction forgets just now is taken back, and any process forgets it again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def forget(self) -> int:
        """Goes through what has had its time, to its end or to what others have just now; how many orders that were."""
        looked_at = 0
        for row in await self._pool.rows(self._sql.list_forgetful):
            try:
                looked_at += await self._forget_branch(row["id"])
            # the other branches come all the same, and this one again
            except (asyncpg.PostgresError, Unavailable) as error:
                self._at_once[row["id"]] = max(self._at_once.get(row["id"], ORDERS_AT_ONCE) // 10, 1)
                log.warning("not forgotten branch=%s error=%s: %s", row["id"], type(error).__name__, error)
        return looked_at

    async def _turn(self) -> None:
        await asyncio.sleep(self._wait_s)
        self._wait_s = EVERY_S
        try:
            looked_at = await self.forget()
        except Unavailable as error:
            log.warning("nothing forgotten error=%s", error)
            return
        if looked_at:
            log.info("words of guests forgotten looked_at=%d", looked_at)

    async def _forget_branch(self, branch_id: UUID) -> int:
        looked_at = 0
        while bite := await self._bite(branch_id):
            looked_at += bite
            await asyncio.sleep(PAUSE_S)
        self._at_once.pop(branch_id, None)
        return looked_at

    async def _bite(self, branch_id: UUID) -> int:
        """At how many orders it looked: 0 at the end, and where another process or a writer is before us."""
        async with self._pool.connection() as connection:
            try:
                at_once = self._at_once.get(branch_id, ORDERS_AT_ONCE)
                return await connection.fetchval(self._sql.forget_some, branch_id, at_once) or 0
            except asyncpg.LockNotAvailableError as error:  # to the pool this is a database that cannot work
                log.info("forgotten later branch=%s error=%s", branch_id, error)
                return 0
