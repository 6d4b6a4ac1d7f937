"""Keeps `Endings` true: reads what ended, at once when kds_control tells and once a second in any case, by the pool.

So a revocation holds while LISTEN is away, and no message on an open channel is believed. Each read asks for what
committed since the snapshot of the read before; the first, and one after any doubt, for everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kds.background import forever
from kds.errors import Unavailable
from kds.web.login.endings import Endings, Revocation, SessionChange
from kds.web.login.queries import LoginQueries

log = logging.getLogger(__name__)

HEARD = frozenset({"", "CLOCK", "SESSION_ENDED", "STAFF_REVOKED"})
READ_EVERY_S = 1.0
RETRY_S = 0.25
READ_REST_S = 0.05
"""Between two reads, however many messages come: anybody may send them."""
READ_WHOLE_EVERY_S = 3600.0
"""What was pruned from the tables is forgotten by then."""
LEARNT_AT_ONCE = 500
"""Rows taken in before the event loop gets a turn."""
_EVERYTHING = "1:1:"
"""The snapshot of a database in which nothing had committed yet."""


class SessionFollower:
    """Reads what ended, and writes which renewed tokens were used."""

    def __init__(self, queries: LoginQueries, endings: Endings, instance: str) -> None:
        self._queries = queries
        self._endings = endings
        self._instance = instance
        self._is_clock_asked = False
        self._since = _EVERYTHING
        self._epoch = ""
        self._whole_at = 0.0
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.clock_apart_s: float | None = None
        """How far the database's clock is ahead of this process's; None until it was read."""
        endings.on_use = self.hurry

    async def start(self) -> None:
        """Reads everything before anything is served, then follows until `stop`; while it cannot, no token is taken."""
        await self._follow_once()
        self._task = asyncio.create_task(forever("what ended", self._follow), name="sessions")

    async def stop(self) -> None:
        """Ends following."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def hurry(self, *, whole: bool = False) -> None:
        """Asks for a read now; a `whole` one when something may have been missed."""
        if whole:
            self._since = _EVERYTHING
        self._due.set()

    def hear(self, kind: str, _branch_id: UUID | None) -> None:
        """A control message: a login ended, or `kds doctor` asks for the clock; "": one may have been missed."""
        if kind == "CLOCK":
            self._is_clock_asked = True
        if kind in HEARD:
            self.hurry(whole=kind == "")

    async def _follow(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READ_EVERY_S):
                await self._due.wait()
        self._due.clear()
        while not await self._follow_once():
            await asyncio.sleep(RETRY_S)
        await asyncio.sleep(READ_REST_S)

    async def _follow_once(self) -> bool:
        is_done = False
        try:
            await self._write_uses()
            await self._read()
            await self._tell_clock()
            is_done = True
        except Unavailable:
            pass  # the pool has logged it, and nobody is let in by what was not read
        finally:
            if not is_done:
                self._since = _EVERYTHING  # the next answer may come from another server
        return is_done

    async def _write_uses(self) -> None:
        used = sorted(self._endings.used.values(), key=lambda identity: identity.session_id)
        if used:
            await self._queries.note_sessions(used)
            for identity in used:
                if self._endings.used.get(identity.session_id) == identity:
                    del self._endings.used[identity.session_id]

    async def _tell_clock(self) -> None:
        """Answers `kds doctor`, which asks all machines for their clocks."""
        if self._is_clock_asked and self.clock_apart_s is not None:
            self._is_clock_asked = False
            await self._queries.tell_clock(self._instance, self.clock_apart_s)

    async def _read(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._whole_at:
            self._since = _EVERYTHING
        since, asked = self._since, datetime.now(UTC)
        rows = await self._queries.endings(since)
        answered = datetime.now(UTC)
        first = rows[0]
        self.clock_apart_s = (first["clock"] - (asked + (answered - asked) / 2)).total_seconds()
        if since != _EVERYTHING and (first["epoch"] != self._epoch or _newest(first["snapshot"]) < _newest(since)):
            log.warning("sessions read anew: the history changed")
            self.hurry(whole=True)
            return
        await self._learn(rows)
        if since == _EVERYTHING:
            self._whole_at = now + READ_WHOLE_EVERY_S
            self._endings.forget(
                {row["staff_id"] for row in rows if row["revoked_at"] is not None},
                {row["session_id"] for row in rows if row["session_id"] is not None},
            )
        if self._since == since:  # else somebody asked for a whole read meanwhile
            self._since, self._epoch = first["snapshot"], first["epoch"]

    async def _learn(self, rows: list[Any]) -> None:
        for start in range(0, len(rows), LEARNT_AT_ONCE):
            part = rows[start : start + LEARNT_AT_ONCE]
            self._endings.learn(
                [_revocation(row) for row in part if row["revoked_at"] is not None],
                [_change(row) for row in part if row["session_id"] is not None],
                is_whole=start + LEARNT_AT_ONCE >= len(rows),
            )
            await asyncio.sleep(0)


def _revocation(row: Any) -> Revocation:
    return Revocation(row["staff_id"], row["generation"], row["revoked_at"].timestamp())


def _change(row: Any) -> SessionChange:
    return SessionChange(row["session_id"], row["staff_id"], row["turn"], row["ended"], row["age_s"])


def _newest(snapshot: str) -> int:
    """The first transaction that had not begun; of `xmin:xmax:xip_list`."""
    return int(snapshot.split(":")[1])
