"""Dishes that are sold out for a while come back, by the clock of the database: whichever process is first does it.

Orders need none of this, for they compare the time themselves; sql/stock.sql tells the order pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from uuid import UUID

from kds.background import forever
from kds.errors import Unavailable
from kds.kitchen.dishes.queries import DishQueries

log = logging.getLogger(__name__)

LONGEST_S = 60.0
SHORTEST_S = 0.05


class DishClock:
    """Waits for the next dish to come back, or for word that a menu changed: that may be one that comes sooner."""

    def __init__(self, dishes: DishQueries) -> None:
        self._dishes = dishes
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(forever("dish clock", self._turn), name="dish clock")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def hear(self, kind: str, branch_id: UUID | None) -> None:
        """A control message: MENU_CHANGED; or "", when one may have been missed."""
        if kind in {"", "MENU_CHANGED"}:
            self._wake.set()

    async def _turn(self) -> None:
        self._wake.clear()
        try:
            due_s = await self._dishes.bring_back()
        except Unavailable as error:
            log.warning("dishes not brought back error=%s", error)
            due_s = 1.0
        await asyncio.sleep(SHORTEST_S)  # however often anybody announces a change
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S if due_s is None else max(0.0, min(due_s, LONGEST_S))):
                await self._wake.wait()
