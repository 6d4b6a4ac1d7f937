"""Reads what is past the marks: bounded, whatever waits; one order at a time where it must be; of this history alone.

A part of step 3 of the story; kds/relay/listening/listener.py owns the link and asks, its callbacks hear what was
found.

The mark of a branch is the only delivery cursor: revisions grow in commit order within a branch, so reading past the
mark finds every event once and in order, and no hint needs to be trusted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Protocol
from uuid import UUID

from kds.postgres.connect import DATA_ERRORS
from kds.postgres.statements import one_by_one
from kds.relay.broken import BrokenOrders
from kds.relay.event import Event
from kds.relay.listening.backlog import Backlog
from kds.relay.meters import Meters

log = logging.getLogger(__name__)

EVENTS_PER_READ = 500
"""In all, as read_events has it. More is no faster, and holds the loop, the database and the memory longer."""
EVENTS_PER_BRANCH = 100
"""Of one branch, so that a flood in it does not make the others wait; less when many branches wait."""
BYTES_PER_READ = 4 * 1024 * 1024
"""Of order objects; the one that passes it is the last."""
BEHIND_MAX = 100
"""A branch that is further behind than this, and than its board is long, is read anew: that is shorter."""
EVENTS_PER_TURN = 50
"""Told before the event loop gets a turn."""


class Told(Protocol):
    """Whom the reader tells."""

    @property
    def on_event(self) -> Callable[[Event], None]:
        """An event of a branch, in the order of its revisions."""

    @property
    def on_resync(self) -> Callable[[UUID, int], None]:
        """A branch must be read anew; its revision is now this."""


class EventReader:
    """The marks of the branches that are watched, and what waits to be read past them."""

    def __init__(
        self, sql: SimpleNamespace, tell: Told, meters: Meters, broken: BrokenOrders, *, timeout_s: float
    ) -> None:
        self._sql = sql
        self._tell = tell
        self._meters = meters
        self._broken = broken
        self._timeout_s = timeout_s
        self.backlog = Backlog()
        self.marks: dict[UUID, int] = {}
        self.reads = 0
        self._written_at: dict[UUID, int] = {}
        """Of the event at the mark, in microseconds: the same revision written at another time is another history."""
        self._told: dict[UUID, int] = {}
        """The last revision that was told, where the mark is past it: what stands between them could not be."""
        self._newest = 0
        self._events_max = EVENTS_PER_READ

    def start(self, branch_id: UUID, revision: int, written_at: int) -> None:
        """Reads this branch from here on."""
        self.marks[branch_id] = revision
        self._written_at[branch_id] = written_at
        self._told.pop(branch_id, None)

    def forget(self, branch_id: UUID) -> None:
        """Reads this branch no longer."""
        self.marks.pop(branch_id, None)
        self._written_at.pop(branch_id, None)
        self._told.pop(branch_id, None)
        self.backlog.drop(branch_id)

    def forget_all(self) -> None:
        """What is known belongs to another history."""
        for kept in (self.marks, self._written_at, self._told, self.backlog):
            kept.clear()
        self._newest = 0

    def hear(self, branch_id: UUID, newest: int) -> None:
        """A branch has news, it is said."""
        mark = self.marks.get(branch_id)
        if mark is not None and newest > mark:
            self.backlog.hear(branch_id, newest)

    async def plan(self, connection: Any) -> None:
        """Parses and plans what the first event needs, or it would be several times slower than the next."""
        await connection.fetch(self._sql.read_events, [], [], [], 1, 1, timeout=self._timeout_s)

    # Comparing: what nobody announced

    async def compare(self, connection: Any) -> bool:
        """Compares every mark with the head of its branch, in one statement; false when this is another history."""
        newest = await connection.fetchval(self._sql.read_newest_revision, timeout=self._timeout_s)
        if newest < self._newest:
            log.warning("history rewound: everything is read anew newest=%d was=%d", newest, self._newest)
            return False
        self._newest = newest
        self.backlog.find(await self._compare(connection, list(self.marks)))
        return True

    async def _compare(self, connection: Any, branch_ids: list[UUID]) -> list[UUID]:
        """The branches with news to read, in the order given; those that are better read anew have been told so."""
        marks = [self.marks[branch_id] for branch_id in branch_ids]
        written = [self._written_at[branch_id] for branch_id in branch_ids]
        rows = await connection.fetch(
            self._sql.compare_heads, branch_ids, marks, written, BEHIND_MAX, timeout=self._timeout_s
        )
        news: list[UUID] = []
        for row in rows:
            branch_id = row["branch_id"]
            if branch_id not in self.marks:
                continue  # nobody watches it any more
            if row["is_rewound"] or row["is_long"]:
                if row["is_rewound"]:
                    log.warning(
                        "history rewound: a branch is read anew branch=%s head=%d was=%d",
                        branch_id,
                        row["revision"],
                        self.marks[branch_id],
                    )
                self.start(branch_id, row["revision"], row["written_at"])
                self.backlog.drop(branch_id)
                self.call(self._tell.on_resync, branch_id, row["revision"])
            else:
                news.append(branch_id)
        return news

    # Reading

    async def read(self, connection: Any) -> None:
        """One read of those that wait longest, and the telling of what it found."""
        asked = self.backlog.take(self._events_max, self.marks)
        if not asked:
            return
        self.reads += 1
        share = min(EVENTS_PER_BRANCH, -(-self._events_max // len(asked)))
        rows = await self._fetch(connection, asked, share)
        self._meters.read(len(rows), sum(len(row["body"] or "") for row in rows))
        self._keep_unread(asked, rows, share)
        rewound = {row["branch_id"] for row in rows if row["kind"] == "REWOUND"}
        for number, row in enumerate(rows, start=1):
            if row["branch_id"] not in rewound:
                self._deliver(row)
            if number % EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
        full = self._full(rows) if share == EVENTS_PER_BRANCH else set()
        looked_at = [branch_id for branch_id in full | rewound if branch_id in self.marks]
        if looked_at:
            await self._compare(connection, looked_at)

    def _keep_unread(self, asked: list[UUID], rows: list[Any], share: int) -> None:
        events = [row for row in rows if row["bytes"] is not None]
        for branch_id, count in Counter(row["branch_id"] for row in events).items():
            if count >= share:
                self.backlog.hear(branch_id)
        if events and (len(events) >= EVENTS_PER_READ or events[-1]["bytes"] > BYTES_PER_READ):
            last = events[-1]["branch_id"]
            self.backlog.hear(last)
            self.backlog.put_back(asked[asked.index(last) + 1 :])

    def _full(self, rows: list[Any]) -> set[UUID]:
        counts = Counter(row["branch_id"] for row in rows)
        return {branch_id for branch_id, count in counts.items() if count >= EVENTS_PER_BRANCH}

    async def _fetch(self, connection: Any, asked: list[UUID], share: int) -> list[Any]:
        """What is new in these branches; an order that cannot be made costs itself, whatever the fault of its data."""
        try:
            return await self._ask(connection, self._sql.read_events, asked, share)
        except DATA_ERRORS as error:
            log.warning("orders are read one by one error=%s: %s", type(error).__name__, error)
        try:
            return await self._ask(connection, one_by_one(self._sql.read_events), asked, share)
        except DATA_ERRORS as error:
            # no order is to blame: an event is
            log.error("events not read: the branches are read anew error=%s: %s", type(error).__name__, error)
        rows = await connection.fetch(self._sql.read_heads, asked, timeout=self._timeout_s)
        for row in rows:
            if row["branch_id"] in self.marks:
                self.start(row["branch_id"], row["revision"], row["written_at"])
                self.call(self._tell.on_resync, row["branch_id"], row["revision"])
        return []

    async def _ask(self, connection: Any, statement: str, asked: list[UUID], share: int) -> list[Any]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        marks = [self.marks[branch_id] for branch_id in asked]
        written = [self._written_at[branch_id] for branch_id in asked]
        try:
            rows: list[Any] = await connection.fetch(
                statement, asked, marks, written, share, BYTES_PER_READ, timeout=self._timeout_s
            )
        except TimeoutError:
            self._events_max = max(1, self._events_max // 2)
            log.warning("read timed out: the next is smaller events_max=%d", self._events_max)
            raise
        took_s = loop.time() - began
        if took_s > self._timeout_s / 2:
            self._events_max = max(1, self._events_max // 2)
        elif took_s < self._timeout_s / 8:  # far from a half, or it would go back and forth
            self._events_max = min(EVENTS_PER_READ, self._events_max * 2)
        return rows

    # Telling

    def _deliver(self, row: Any) -> None:
        branch_id, revision = row["branch_id"], row["revision"]
        mark = self.marks.get(branch_id)
        if mark is None or revision <= mark:
            return
        self.marks[branch_id] = revision
        self._written_at[branch_id] = row["written_at"]
        if row["kind"] == "RESYNC":
            self._told.pop(branch_id, None)
            self.call(self._tell.on_resync, branch_id, revision)
        elif row["fault"] is not None:
            # Nothing is told, not even that it is gone: it is still there. The next event follows on what was told.
            self._told.setdefault(branch_id, mark)
            self._broken.note(branch_id, row["order_id"], row["fault"])
        else:
            prev = self._told.pop(branch_id, mark)
            event = Event(branch_id, revision, prev, row["kind"], row["order_id"], row["timestamp"], row["body"])
            if not self.call(self._tell.on_event, event):
                self.call(self._tell.on_resync, branch_id, revision)

    def call(self, callback: Callable[..., None], *arguments: object) -> bool:
        """Tells; whether that went well. A reader that fails for those it tells would be deaf for all."""
        try:
            callback(*arguments)
        except Exception:
            log.exception("callback failed: the link is kept callback=%s", getattr(callback, "__name__", callback))
            return False
        return True
