"""Keeps the rows of ws_connections true for the screens of this process.

Joins and leaves are written in batches by one task, so that a thousand screens reconnecting cost a few statements.
A row lives by its lease: a killed process renews nothing, and any other process deletes what has expired.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kds.background import forever
from kds.errors import Unavailable
from kds.kitchen.queries import KitchenQueries
from kds.relay.frame_writer import Subscriber

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_S = 10.0
BATCH_PAUSE_S = 0.05
RETRY_S = 1.0
ROWS_AT_ONCE = 200
"""The rows of 10,000 screens in one statement would hold the event loop for 0.2 s."""


@dataclass(slots=True)
class Screen:
    """One connected kitchen screen."""

    connection_id: str
    branch_id: UUID
    staff_id: UUID
    subscriber: Subscriber
    connected_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class ScreenRegistry:
    """The kitchen screens of this process, mirrored into ws_connections."""

    def __init__(self, queries: KitchenQueries, instance: str) -> None:
        self._queries = queries
        self._instance = instance
        self._screens: dict[str, Screen] = {}
        self._new: set[str] = set()
        self._gone: set[str] = set()
        self._renewal_due = True
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to write."""
        self._tasks = [
            asyncio.create_task(forever("rows of screens", self._write), name="screens-write"),
            asyncio.create_task(forever("leases of screens", self._renew), name="screens-renew"),
        ]

    async def stop(self) -> None:
        """Deletes the rows of this process, as far as the database answers."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        with contextlib.suppress(Unavailable):  # their lease ends by itself
            for keys in _batches([*{*self._screens, *self._gone}]):
                await self._queries.drop_screens(self._instance, keys)

    def add(self, screen: Screen) -> None:
        """A screen connected."""
        self._screens[screen.connection_id] = screen
        self._new.add(screen.connection_id)
        self._wake.set()

    def remove(self, screen: Screen) -> None:
        """A screen left."""
        self._screens.pop(screen.connection_id, None)
        self._new.discard(screen.connection_id)
        self._gone.add(screen.connection_id)
        self._wake.set()

    async def _write(self) -> None:
        await self._wake.wait()
        await asyncio.sleep(BATCH_PAUSE_S)
        self._wake.clear()
        new, self._new = self._new, set()
        gone, self._gone = self._gone, set()
        renew, self._renewal_due = self._renewal_due, False
        try:
            # Leaves after joins, in one task: a row written late could outlive its screen.
            for keys in _batches(list(self._screens if renew else new)):
                await self._keep([self._screens[key] for key in keys if key in self._screens])
            for keys in _batches(list(gone)):
                await self._queries.drop_screens(self._instance, keys)
            if renew:
                await self._drop_expired()
        except BaseException as error:  # also when it is ended in the middle: stop() then drops what left
            self._new |= new
            self._gone |= gone
            self._renewal_due |= renew
            self._wake.set()
            if not isinstance(error, Unavailable):
                raise
            log.warning("screens not written error=%s", error)
            await asyncio.sleep(RETRY_S)

    async def _renew(self) -> None:
        await asyncio.sleep(RENEW_S)
        self._renewal_due = True
        self._wake.set()

    async def _drop_expired(self) -> None:
        expired = await self._queries.drop_expired_screens()
        if expired:
            log.warning("screens of dead processes dropped rows=%d", expired)

    async def _keep(self, screens: list[Screen]) -> None:
        if not screens:
            return
        now, clock = datetime.now(UTC), asyncio.get_running_loop().time()
        rows = [
            (
                screen.connection_id,
                screen.branch_id,
                screen.staff_id,
                screen.connected_at,
                now - timedelta(seconds=clock - screen.subscriber.last_heard),
            )
            for screen in screens
        ]
        await self._queries.keep_screens(self._instance, rows, LEASE)


def _batches(keys: list[str]) -> Iterator[list[str]]:
    """So many of them as one statement takes, and then the next."""
    for start in range(0, len(keys), ROWS_AT_ONCE):
        yield keys[start : start + ROWS_AT_ONCE]
