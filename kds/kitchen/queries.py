"""What the kitchen asks: its boards, what a cook does, and the rows of its screens: sql/queries/kitchen.sql."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from kds.domain.queries import BranchQueries, bodies, well

CANCEL_AT_ONCE = 200
"""Orders in one transaction: more would hold the branch's lock for long."""


@dataclass(frozen=True)
class Missed:
    """What a resuming screen has to be told; not resumable means by a snapshot."""

    epoch: str
    head: int
    resumable: bool
    events: list[Any]


@dataclass(frozen=True)
class Snapshot:
    """A board, whole: order objects as JSON texts, at a revision whose event was written at `timestamp`."""

    epoch: str
    revision: int
    timestamp: str | None
    orders: list[str]


class KitchenQueries(BranchQueries):
    """The questions of the board."""

    async def snapshot(self, branch_id: UUID) -> Snapshot:
        """The whole board of a branch, read at one moment."""
        rows = await self.orders(self._sql.read_snapshot, branch_id, branch_id)
        if all(row["fault"] is None for row in rows):
            self._broken.clear(branch_id)
        first = rows[0]
        return Snapshot(first["epoch"], first["revision"], first["timestamp"], bodies(rows))

    async def missed(self, branch_id: UUID, since: int, epoch: str, at: str | None, at_most: int) -> Missed:
        """What changed after `since`; not resumable when that is another history, too old, or too much."""
        rows = await self.orders(self._sql.read_missed, branch_id, branch_id, since, epoch, at, at_most + 1)
        events = [row for row in rows if row["revision"] is not None]
        resumable = rows[0]["resumable"] and len(events) <= at_most and all(row["kind"] != "RESYNC" for row in events)
        told = [row for row in events if row["fault"] is None]
        return Missed(rows[0]["epoch"], rows[0]["head"], resumable, told)

    async def act(self, statement: str, *arguments: object) -> bool:
        """Runs a compare-and-set of sql/queries/kitchen.sql; whether it changed anything."""
        try:
            done = await self.pool.give_way("execute", getattr(self._sql, statement), *arguments)
            return int(done.rpartition(" ")[2]) > 0
        except asyncpg.UniqueViolationError:  # the same key at the same moment: the other one does it
            return False

    async def acted(self, statement: str, branch_id: UUID, *arguments: object) -> Any:
        """How things stand after it; None when the branch has no such thing, or one whose order is broken."""
        return well(await self.orders(getattr(self._sql, statement), branch_id, *arguments))

    async def history(self, order_id: UUID, branch_id: UUID) -> str | None:
        """What cooks did to an order, as JSON; None when the branch has no such order."""
        body: str | None = await self.pool.value(self._sql.read_history, order_id, branch_id)
        return body

    async def pause_ordering(self, branch_id: UUID, *, paused: bool, minutes: int | None) -> Any:
        """Closes the door for guests, for so many minutes or until it is opened; is_paused and paused_until."""
        return await self.pool.row(self._sql.pause_ordering, branch_id, paused, minutes)

    async def cancel_guest_orders(self, branch_id: UUID, age: timedelta, staff_id: UUID) -> int:
        """Cancels what guests placed so lately and no cook has finished; how many orders."""
        cancelled = 0
        while count := await self.pool.execute(self._sql.cancel_guest_orders, branch_id, age, staff_id, CANCEL_AT_ONCE):
            cancelled += count
        return cancelled

    async def keep_screens(self, instance: str, screens: list[tuple[Any, ...]], lease: timedelta) -> None:
        """Writes or renews rows of (connection_id, branch_id, staff_id, connected_at, last_activity)."""
        ids, branches, staff, connected, active = (list(column) for column in zip(*screens, strict=True))
        await self.pool.execute(self._sql.keep_screens, ids, branches, staff, instance, connected, active, lease)

    async def drop_screens(self, instance: str, ids: list[str]) -> None:
        """Deletes the rows of screens that left this process."""
        await self.pool.execute(self._sql.drop_screens, ids, instance)

    async def drop_expired_screens(self) -> int:
        """Deletes the rows of dead processes; how many there were."""
        return await self.pool.execute(self._sql.drop_expired_screens)

    async def prune_actions(self, older_than: timedelta) -> int:
        """Deletes the audit rows of long ago; how many."""
        return await self.pool.execute(self._sql.prune_actions, older_than)
