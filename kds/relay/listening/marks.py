"""How far each watched branch has been told, and the telling that moves it on.

The mark of a branch is the only delivery cursor: revisions grow in commit order within a branch, so reading past the
mark finds every event once and in order, and no hint needs to be trusted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from kds.relay.broken_orders import BrokenOrders
from kds.relay.event import Event

log = logging.getLogger(__name__)


class Told(Protocol):
    """Who hears what was read."""

    @property
    def on_event(self) -> Callable[[Event], None]:
        """An event of a branch, in the order of its revisions."""

    @property
    def on_resync(self) -> Callable[[UUID, int], None]:
        """A branch must be read anew; its revision is now this."""


class Marks:
    """Of each watched branch the last revision that was read, and when it was written."""

    def __init__(self, tell: Told, broken: BrokenOrders) -> None:
        self._tell = tell
        self._broken = broken
        self.revisions: dict[UUID, int] = {}
        self._written_at: dict[UUID, int] = {}
        """Of the event at the mark, in microseconds: the same revision written at another time is another history."""
        self._told: dict[UUID, int] = {}
        """The last revision that was told, where the mark is past it: what stands between them could not be."""

    def start(self, branch_id: UUID, revision: int, written_at: int) -> None:
        """Tells of this branch what is past this event."""
        self.revisions[branch_id] = revision
        self._written_at[branch_id] = written_at
        self._told.pop(branch_id, None)

    def forget(self, branch_id: UUID) -> None:
        """Nobody watches this branch any more."""
        for kept in (self.revisions, self._written_at, self._told):
            kept.pop(branch_id, None)

    def forget_all(self) -> None:
        """What is known belongs to another history."""
        for kept in (self.revisions, self._written_at, self._told):
            kept.clear()

    def of(self, branch_ids: list[UUID]) -> tuple[list[int], list[int]]:
        """The revisions at the marks of these watched branches, and when they were written."""
        return [self.revisions[each] for each in branch_ids], [self._written_at[each] for each in branch_ids]

    def read_anew(self, branch_id: UUID, revision: int, written_at: int) -> None:
        """Moves a mark over all that is before this event, and tells that the branch must be read anew."""
        self.start(branch_id, revision, written_at)
        call(self._tell.on_resync, branch_id, revision)

    def deliver(self, row: Any) -> None:
        """Tells one event as it was read, unless it is not past the mark."""
        branch_id, revision = row["branch_id"], row["revision"]
        mark = self.revisions.get(branch_id)
        if mark is None or revision <= mark:
            return
        self.revisions[branch_id] = revision
        self._written_at[branch_id] = row["written_at"]
        if row["kind"] == "RESYNC":
            self._told.pop(branch_id, None)
            call(self._tell.on_resync, branch_id, revision)
        elif row["fault"] is not None:
            # Nothing is told, not even that it is gone: it is still there. The next event follows on what was told.
            self._told.setdefault(branch_id, mark)
            self._broken.note(branch_id, row["order_id"], row["fault"])
        else:
            prev = self._told.pop(branch_id, mark)
            event = Event(branch_id, revision, prev, row["kind"], row["order_id"], row["timestamp"], row["body"])
            if not call(self._tell.on_event, event):
                call(self._tell.on_resync, branch_id, revision)


def call(callback: Callable[..., None], *arguments: object) -> bool:
    """Tells; whether that went well. A reader that fails for those it tells would be deaf for all."""
    try:
        callback(*arguments)
    except Exception:
        log.exception("callback failed: the link is kept callback=%s", getattr(callback, "__name__", callback))
        return False
    return True
