"""Reads what is past the marks: bounded, whatever waits; one order at a time where it must be; of this history alone.

A part of step 3 of the story; kds/relay/listening/listener.py owns the link and asks, its callbacks hear what was
found. heads.py beside it finds what to read when nobody has said so, marks.py tells what was read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from kds.postgres.connect import DATA_ERRORS
from kds.postgres.statements import one_by_one
from kds.relay.broken_orders import BrokenOrders
from kds.relay.listening.backlog import Backlog
from kds.relay.listening.heads import Heads
from kds.relay.listening.marks import Marks, Told
from kds.relay.meters import Meters

log = logging.getLogger(__name__)

EVENTS_PER_READ = 500
"""In all, as read_events has it. More is no faster, and holds the loop, the database and the memory longer."""
EVENTS_PER_BRANCH = 100
"""Of one branch, so that a flood in it does not make the others wait; less when many branches wait."""
BYTES_PER_READ = 4 * 1024 * 1024
"""Of order objects; the one that passes it is the last."""
EVENTS_PER_TURN = 50
"""Told before the event loop gets a turn."""
HALVED_FROM = 50
"""So many waiting branches are read by halves: one is read while the other is told."""
READS_PER_TURN = 8
"""One after the other while they are quick, before whoever else needs the link gets a turn."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What one read found, at most `share` events of each branch."""

    rows: list[Any]
    share: int

    def branches(self) -> Set[UUID]:
        return {row["branch_id"] for row in self.rows}

    def rewound(self) -> Set[UUID]:
        return {row["branch_id"] for row in self.rows if row["kind"] == "REWOUND"}

    def full(self) -> Set[UUID]:
        """Those that may have many more."""
        if self.share < EVENTS_PER_BRANCH:
            return frozenset()
        counts = Counter(row["branch_id"] for row in self.rows)
        return {branch_id for branch_id, count in counts.items() if count >= EVENTS_PER_BRANCH}


class EventReader:
    """The marks of the branches that are watched, and what waits to be read past them."""

    def __init__(
        self, sql: SimpleNamespace, tell: Told, meters: Meters, broken: BrokenOrders, *, timeout_s: float
    ) -> None:
        self._sql = sql
        self._meters = meters
        self._timeout_s = timeout_s
        self.backlog = Backlog()
        self._marks = Marks(tell, broken)
        self._heads = Heads(sql, self._marks, self.backlog, timeout_s=timeout_s)
        self.marks = self._marks.revisions
        self.reads = 0
        self._events_max = EVENTS_PER_READ
        self._is_quick = True

    async def compare(self, connection: Any) -> bool:
        """As Heads.compare."""
        return await self._heads.compare(connection)

    def start(self, branch_id: UUID, revision: int, written_at: int) -> None:
        """Reads this branch from here on."""
        self._marks.start(branch_id, revision, written_at)

    def forget(self, branch_id: UUID) -> None:
        """Reads this branch no longer."""
        self._marks.forget(branch_id)
        self.backlog.drop(branch_id)

    def forget_all(self) -> None:
        """What is known belongs to another history."""
        for known in (self._marks.forget_all, self._heads.forget, self.backlog.clear):
            known()

    def hear(self, branch_id: UUID, newest: int) -> None:
        """A branch has news, it is said."""
        mark = self.marks.get(branch_id)
        if mark is not None and newest > mark:
            self.backlog.hear(branch_id, newest)

    async def plan(self, connection: Any) -> None:
        """Parses and plans what the first event needs, or it would be several times slower than the next."""
        await connection.fetch(self._sql.read_events, [], [], [], 1, 1, timeout=self._timeout_s)

    async def read(self, connection: Any) -> None:
        """Reads those that wait longest, and tells what it found; while it tells, the next branches are read."""
        found = await self._find(connection)
        for _ in range(READS_PER_TURN - 1):
            if not (found and self.backlog and self._is_quick):
                break
            told, ahead = await asyncio.gather(
                self._tell_all(found), self._find(connection, besides=found.branches()), return_exceptions=True
            )
            if isinstance(told, BaseException):
                raise told
            await self._look_at_long_ones(connection, found)
            if isinstance(ahead, BaseException):
                raise ahead
            found = ahead
        if found:
            await self._tell_all(found)
            await self._look_at_long_ones(connection, found)

    async def _find(self, connection: Any, *, besides: Set[UUID] = frozenset()) -> _Found | None:
        """One read; not of the branches `besides`, whose marks are still moving."""
        at_most = self._events_max
        if len(self.backlog) > HALVED_FROM:
            at_most = min(at_most, len(self.backlog) // 2)
        asked = []
        for branch_id in self.backlog.take(at_most, self.marks):
            if branch_id in besides:
                self.backlog.hear(branch_id)
            else:
                asked.append(branch_id)
        if not asked:
            return None
        self.reads += 1
        share = min(EVENTS_PER_BRANCH, -(-self._events_max // len(asked)))
        rows = await self._fetch(connection, asked, share)
        self._meters.read(len(rows), sum(len(row["body"] or "") for row in rows))
        self._keep_unread(asked, rows, share)
        return _Found(rows, share)

    async def _tell_all(self, found: _Found) -> None:
        rewound = found.rewound()
        for number, row in enumerate(found.rows, start=1):
            if row["branch_id"] not in rewound:
                self._marks.deliver(row)
            if number % EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)

    async def _look_at_long_ones(self, connection: Any, found: _Found) -> None:
        looked_at = [branch_id for branch_id in found.full() | found.rewound() if branch_id in self.marks]
        if looked_at:
            await self._heads.compare_some(connection, looked_at)

    def _keep_unread(self, asked: list[UUID], rows: list[Any], share: int) -> None:
        events = [row for row in rows if row["bytes"] is not None]
        for branch_id, count in Counter(row["branch_id"] for row in events).items():
            if count >= share:
                self.backlog.hear(branch_id)
        if events and (len(events) >= EVENTS_PER_READ or events[-1]["bytes"] > BYTES_PER_READ):
            last = events[-1]["branch_id"]
            self.backlog.hear(last)
            self.backlog.put_back(asked[asked.index(last) + 1 :])

    async def _fetch(self, connection: Any, asked: list[UUID], share: int) -> list[Any]:
        """What is new in these branches; an order that cannot be made costs itself, whatever the fault of its data."""
        try:
            return await self._ask(connection, self._sql.read_events, asked, share)
        except DATA_ERRORS as error:
            log.warning("orders are read one by one error=%s: %s", type(error).__name__, error)
        asked = [branch_id for branch_id in asked if branch_id in self.marks]  # the others are watched no more
        try:
            return await self._ask(connection, one_by_one(self._sql.read_events), asked, share)
        except DATA_ERRORS as error:
            # no order is to blame: an event is
            log.error("events not read: the branches are read anew error=%s: %s", type(error).__name__, error)
        rows = await connection.fetch(self._sql.read_heads, asked, timeout=self._timeout_s)
        for row in rows:
            if row["branch_id"] in self.marks:
                self._marks.read_anew(row["branch_id"], row["revision"], row["written_at"])
        return []

    async def _ask(self, connection: Any, statement: str, asked: list[UUID], share: int) -> list[Any]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            rows: list[Any] = await connection.fetch(
                statement, asked, *self._marks.of(asked), share, BYTES_PER_READ, timeout=self._timeout_s
            )
        except TimeoutError:
            self._events_max = max(1, self._events_max // 2)
            log.warning("read timed out: the next is smaller events_max=%d", self._events_max)
            raise
        took_s = loop.time() - began
        self._is_quick = took_s < self._timeout_s / 8  # far from a half, or the size would go back and forth
        if took_s > self._timeout_s / 2:
            self._events_max = max(1, self._events_max // 2)
        elif self._is_quick:
            self._events_max = min(EVENTS_PER_READ, self._events_max * 2)
        return rows
