"""Which branches wait to be read: the oldest first, and what was announced before what a sweep found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from uuid import UUID

NEWEST_UNKNOWN = 2**63
SWEPT_EVERY = 4
"""Each fourth place of a read is for what a sweep found: or a flood of announcements could keep it waiting for ever."""


class Backlog:
    """Two queues in one; a branch stands in one of them at most."""

    def __init__(self) -> None:
        self._heard: OrderedDict[UUID, int] = OrderedDict()
        self._swept: OrderedDict[UUID, int] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._heard or self._swept)

    def __len__(self) -> int:
        return len(self._heard) + len(self._swept)

    @property
    def has_swept(self) -> bool:
        """Whether the last sweep has not been read to its end."""
        return bool(self._swept)

    def hear(self, branch_id: UUID, newest: int = NEWEST_UNKNOWN) -> None:
        """A branch has news up to this revision; it keeps the place it has, or takes the last one."""
        newest = max(newest, self._swept.pop(branch_id, 0))
        self._heard[branch_id] = max(newest, self._heard.get(branch_id, 0))

    def find(self, branch_ids: Iterable[UUID]) -> None:
        """A sweep found news in these branches."""
        for branch_id in branch_ids:
            if branch_id not in self._heard:
                self._swept.setdefault(branch_id, NEWEST_UNKNOWN)

    def take(self, at_most: int, marks: Mapping[UUID, int]) -> list[UUID]:
        """The next branches, without those whose mark has reached the news already."""
        taken: list[UUID] = []
        while len(taken) < at_most and self:
            queue = self._swept if len(taken) % SWEPT_EVERY == SWEPT_EVERY - 1 or not self._heard else self._heard
            branch_id, newest = (queue or self._heard).popitem(last=False)
            mark = marks.get(branch_id)
            if mark is not None and newest > mark:
                taken.append(branch_id)
        return taken

    def put_back(self, branch_ids: Iterable[UUID]) -> None:
        """These were taken and not reached: they are the next ones, in this order."""
        for branch_id in reversed(list(branch_ids)):
            self.hear(branch_id)
            self._heard.move_to_end(branch_id, last=False)

    def drop(self, branch_id: UUID) -> None:
        """Nobody wants to know any more."""
        self._heard.pop(branch_id, None)
        self._swept.pop(branch_id, None)

    def clear(self) -> None:
        """As `drop`, for all."""
        self._heard.clear()
        self._swept.clear()
