"""One read of a board for all screens that need it at the same revision.

A thousand screens that reconnect at once cost one query per branch and revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from kds.background import start_shared
from kds.kitchen.queries import Snapshot
from kds.relay.frames import text_frame


@dataclass(frozen=True)
class Board:
    """A snapshot and the frame that carries it."""

    epoch: str
    revision: int
    frame: bytes


class BoardCache:
    """Reads boards through `read`, `at_once` side by side, shares each read, and keeps the newest board of a branch.

    Hundreds of branches may need their boards at once: they wait here, for a connection they would wait too long.
    """

    def __init__(self, read: Callable[[UUID], Awaitable[Snapshot]], *, at_once: int) -> None:
        self._read = read
        self._places = asyncio.Semaphore(at_once)
        self._boards: dict[UUID, Board] = {}
        self._reading: dict[UUID, asyncio.Task[Board]] = {}
        self.reads = 0

    async def board(self, branch_id: UUID, *, epoch: str | None, at_least: int) -> Board:
        """The board of a branch at revision `at_least` or later.

        A kept board will do when it is not behind: every later event is still to be delivered live.
        """
        while True:
            board = self._boards.get(branch_id)
            if board is not None and board.epoch == epoch and board.revision >= at_least:
                return board
            task = self._reading.get(branch_id)
            began_before = task is not None
            if task is None:
                task = self._reading[branch_id] = start_shared(self._read_board(branch_id))
            board = await asyncio.shield(task)
            # A read that somebody else began may be older than what this screen needs; one of its own never is.
            if not began_before or board.revision >= at_least:
                return board

    def outdate(self, branch_id: UUID, revision: int) -> None:
        """A branch has come to this revision: an older board of it is of no use, and may be large."""
        board = self._boards.get(branch_id)
        if board is not None and board.revision < revision:
            del self._boards[branch_id]

    def forget(self, branch_id: UUID | None = None) -> None:
        """Drops the kept board of a branch, or of all when their history ended."""
        if branch_id is None:
            self._boards.clear()
        else:
            self._boards.pop(branch_id, None)

    async def _read_board(self, branch_id: UUID) -> Board:
        try:
            async with self._places:
                self.reads += 1
                snapshot = await self._read(branch_id)
            timestamp = f'"{snapshot.timestamp}"' if snapshot.timestamp else "null"
            message = (
                f'{{"type":"SNAPSHOT","revision":{snapshot.revision},"epoch":"{snapshot.epoch}",'
                f'"timestamp":{timestamp}{snapshot.later},"orders":[{",".join(snapshot.orders)}]}}'
            )
            board = Board(snapshot.epoch, snapshot.revision, text_frame(message.encode()))
            self._boards[branch_id] = board
            return board
        finally:
            del self._reading[branch_id]
