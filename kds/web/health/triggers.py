"""Looks whether the triggers are in place, all the while: without them orders are taken that no screen shows."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from kds.background import forever
from kds.errors import Unavailable
from kds.postgres.migrate.triggers import LostTriggers
from kds.web.health.queries import HealthQueries

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0


class TriggerWatch:
    """Which triggers are `lost`, as of the last look; says in the log when that changes."""

    def __init__(self, queries: HealthQueries) -> None:
        self._queries = queries
        self._task: asyncio.Task[None] | None = None
        self.lost = LostTriggers()

    def start(self) -> None:
        """Looks now, and then at ease until `stop`."""
        self._task = asyncio.create_task(forever("triggers", self._follow), name="triggers")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        try:
            self._learn(await self._queries.lost_triggers())
        except Unavailable as error:
            log.warning("triggers not looked at error=%s", error)
        await asyncio.sleep(LOOK_EVERY_S)

    def _learn(self, lost: LostTriggers) -> None:
        if lost == self.lost:
            return
        self.lost = lost
        if lost:
            log.error("triggers lost: what is written reaches no screen, run kds migrate triggers=%s", lost)
        else:
            log.info("triggers in place again")
