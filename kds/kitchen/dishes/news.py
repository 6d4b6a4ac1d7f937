"""Which screens are told that the dishes of their branch changed: those that asked for it, to read the list anew.

sql/stock.sql and sql/menu.sql announce a change before it; GET /kitchen/dishes, of kds/kitchen/dishes/handlers.py, is
what a screen asks after it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from uuid import UUID

from kds.background import forever
from kds.relay.frame_writer import Subscriber
from kds.relay.frames import text_frame

CHANGED = text_frame(b'{"type":"DISHES_CHANGED"}')
SCREENS_AT_ONCE = 50
"""The screens of any kitchen."""
PAUSE_S = 0.025
"""After so many: when all may have missed something, 10,000 screens do not ask in one moment."""
REST_S = 0.1
"""Between two rounds of telling, however many changes are announced: anybody may announce some."""


class DishNews:
    """Tells screens of one change at once, and of many that come together once."""

    def __init__(self) -> None:
        self._screens: dict[UUID, set[Subscriber]] = {}
        self._changed: set[UUID] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(forever("dish news", self._turn), name="dish news")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def watch(self, branch_id: UUID, screen: Subscriber) -> None:
        """A screen wants to know, until it is told no more by `unwatch`."""
        self._screens.setdefault(branch_id, set()).add(screen)

    def unwatch(self, branch_id: UUID, screen: Subscriber) -> None:
        """A screen left."""
        of_branch = self._screens.get(branch_id, set())
        of_branch.discard(screen)
        if not of_branch:
            self._screens.pop(branch_id, None)

    def hear(self, kind: str, branch_id: UUID | None) -> None:
        """A control message: MENU_CHANGED, of one branch or of any; or "", when one may have been missed."""
        if kind in {"", "MENU_CHANGED"}:
            self._changed.update(self._screens if branch_id is None else {branch_id} & self._screens.keys())
            self._wake.set()

    async def _turn(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        changed, self._changed = self._changed, set()
        await _tell([screen for branch_id in changed for screen in self._screens.get(branch_id, ())])
        await asyncio.sleep(REST_S)


async def _tell(screens: Iterable[Subscriber]) -> None:
    for told, screen in enumerate(screens, start=1):
        if screen.held is None and not screen.has_left:  # while held it waits for its state, and asks when it has that
            screen.write(CHANGED)
        if told % SCREENS_AT_ONCE == 0:
            await asyncio.sleep(PAUSE_S)
