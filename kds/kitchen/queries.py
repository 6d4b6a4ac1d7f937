"""What the kitchen asks: its boards, the door for guests, and the rows of its screens: sql/queries/kitchen.sql."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from kds.domain.flood import TakenBack, take_back, what_guests_place
from kds.domain.queries import BranchQueries, bodies, later

LATER_MAX = 100
"""Orders for later that a board lists."""


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
    later: str = ""


class KitchenQueries(BranchQueries):
    """The questions of the board."""

    async def snapshot(self, branch_id: UUID) -> Snapshot:
        """The whole board of a branch, read at one moment."""
        rows = await self.orders(self._sql.read_snapshot, branch_id, branch_id)
        if all(row["fault"] is None for row in rows):
            self._broken.clear(branch_id)
        first = rows[0]
        return Snapshot(first["epoch"], first["revision"], first["timestamp"], bodies(rows), later(first))

    async def later(self, branch_id: UUID) -> str:
        """What is promised for later than boards show, the next of it: KitchenLater of answers.py as JSON."""
        rows = await self.orders(self._sql.read_later, branch_id, branch_id, LATER_MAX)
        next_at = f'"{rows[0]["next_at"]}"' if rows[0]["later"] else "null"
        return f'{{"count":{rows[0]["later"]},"nextAt":{next_at},"orders":[{",".join(bodies(rows))}]}}'

    async def missed(self, branch_id: UUID, since: int, epoch: str, at: str | None, at_most: int) -> Missed:
        """What changed after `since`; not resumable when that is another history, too old, or too much."""
        rows = await self.orders(self._sql.read_missed, branch_id, branch_id, since, epoch, at, at_most + 1)
        events = [row for row in rows if row["revision"] is not None]
        resumable = rows[0]["resumable"] and len(events) <= at_most and all(row["kind"] != "RESYNC" for row in events)
        told = [row for row in events if row["fault"] is None]
        return Missed(rows[0]["epoch"], rows[0]["head"], resumable, told)

    async def pause_ordering(self, branch_id: UUID, *, paused: bool, minutes: int | None) -> Any:
        """Closes the door for guests, for so many minutes or until it is opened; is_paused and paused_until."""
        return await self.pool.row(self._sql.pause_ordering, branch_id, paused, minutes)

    async def cancel_guest_orders(self, branch_id: UUID, age: timedelta, staff_id: UUID) -> TakenBack:
        """Cancels what guests placed so lately and no cook has finished; orders and joined rounds in one count."""
        orders, rounds = [
            await self._take_back(*statements, branch_id, age, staff_id) for statements in what_guests_place(self._sql)
        ]
        return TakenBack(orders.cancelled + rounds.cancelled, orders.left + rounds.left)

    async def _take_back(
        self, listing: str, cancelling: str, branch_id: UUID, age: timedelta, staff_id: UUID
    ) -> TakenBack:
        async def find() -> list[UUID]:
            return [row["id"] for row in await self.pool.rows(listing, branch_id, age)]

        async def cancel(found: Sequence[UUID]) -> int | None:
            done: int | None = await self.pool.unless_held("fetchval", cancelling, branch_id, found, staff_id)
            return done

        return await take_back(find, cancel)

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
