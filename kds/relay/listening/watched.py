"""Which branches are watched, and from which mark on each of them is relayed."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from kds.errors import Unavailable
from kds.relay.listening.reader import EventReader


class WatchedBranches:
    """Those that somebody watches; true while there is one. `wake` is set when the mark of one is to be read."""

    def __init__(self, sql: SimpleNamespace, reader: EventReader, *, wake: asyncio.Event, timeout_s: float) -> None:
        self._sql = sql
        self._reader = reader
        self._wake = wake
        self._timeout_s = timeout_s
        self._watchers: Counter[UUID] = Counter()
        self.unmarked: dict[UUID, asyncio.Future[None]] = {}
        """Whose mark must be read first; each future ends when it is."""

    def __bool__(self) -> bool:
        return bool(self._watchers)

    async def watch(self, branch_id: UUID) -> None:
        """As Listener.watch."""
        self._watchers[branch_id] += 1
        try:
            await self.marked(branch_id)
        except BaseException:
            self.unwatch(branch_id)
            raise

    async def marked(self, branch_id: UUID) -> int:
        """As Listener.marked."""
        if branch_id not in self._reader.marks:
            marked = self.unmarked.get(branch_id)
            if marked is None:
                marked = self.unmarked[branch_id] = asyncio.get_running_loop().create_future()
                self._wake.set()
            try:
                async with asyncio.timeout(self._timeout_s):
                    await asyncio.shield(marked)
            except TimeoutError:
                raise Unavailable from None
        return self._reader.marks[branch_id]

    def unwatch(self, branch_id: UUID) -> None:
        """As Listener.unwatch."""
        self._watchers[branch_id] -= 1
        if self._watchers[branch_id] <= 0:
            del self._watchers[branch_id]
            self._reader.forget(branch_id)
            self.unmarked.pop(branch_id, None)

    def forget_marks(self) -> None:
        """Another history begins: the mark of each watched branch is read anew."""
        loop = asyncio.get_running_loop()
        for branch_id in self._reader.marks:
            self.unmarked[branch_id] = loop.create_future()
        self._reader.forget_all()

    async def read_heads(self, connection: Any) -> None:
        """Reads the marks that are missing: the head of each branch, from which on it is relayed."""
        branch_ids = list(self.unmarked)
        rows = await connection.fetch(self._sql.read_heads, branch_ids, timeout=self._timeout_s)
        for row in rows:
            marked = self.unmarked.pop(row["branch_id"], None)
            if marked is None:
                continue  # nobody waits any more
            if row["branch_id"] in self._watchers:
                self._reader.start(row["branch_id"], row["revision"], row["written_at"])
            if not marked.done():
                marked.set_result(None)
