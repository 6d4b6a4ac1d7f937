"""Takes away what has had its time: old events, and what the rooms ask to have pruned with them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace

from kds.background import forever
from kds.errors import Unavailable
from kds.postgres.pool import Pool

log = logging.getLogger(__name__)

PRUNE_EVERY_S = 30.0
PRUNE_AT_ONCE = 5_000


class Pruning:
    """Deletes the events older than `kept`, then what each of `others` deletes, until it is stopped."""

    def __init__(
        self, pool: Pool, sql: SimpleNamespace, kept: timedelta, others: Sequence[Callable[[], Awaitable[int]]]
    ) -> None:
        self._pool = pool
        self._sql = sql
        self._kept = kept
        self._others = others
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(forever("pruning", self._prune), name="prune")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def prune_events(self) -> int:
        """Deletes some of the old events; how many."""
        return int(await self._pool.value(self._sql.prune_events, self._kept, PRUNE_AT_ONCE))

    async def _prune(self) -> None:
        await asyncio.sleep(PRUNE_EVERY_S)
        try:
            while await self.prune_events() >= PRUNE_AT_ONCE:
                await asyncio.sleep(0)
            for prune in self._others:
                await prune()
        except Unavailable as error:
            log.warning("events not pruned error=%s", error)
