"""Compares the marks with the heads of their branches: what nobody announced is found, and what is no longer true."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from kds.relay.listening.backlog import Backlog
from kds.relay.listening.marks import Marks

log = logging.getLogger(__name__)

BEHIND_MAX = 100
"""A branch that is further behind than this, and than its board is long, is read anew: that is shorter."""


class Heads:
    """The newest event of each watched branch, and of all: a part of the reader, whose marks and backlog these are."""

    def __init__(self, sql: SimpleNamespace, marks: Marks, backlog: Backlog, *, timeout_s: float) -> None:
        self._sql = sql
        self._marks = marks
        self._backlog = backlog
        self._timeout_s = timeout_s
        self._newest = 0

    def forget(self) -> None:
        """What is known belongs to another history."""
        self._newest = 0

    async def compare(self, connection: Any) -> bool:
        """Compares every mark with the head of its branch, in one statement; false when this is another history."""
        newest = await connection.fetchval(self._sql.read_newest_revision, timeout=self._timeout_s)
        if newest < self._newest:
            log.warning("history rewound: everything is read anew newest=%d was=%d", newest, self._newest)
            return False
        self._newest = newest
        self._backlog.find(await self.compare_some(connection, list(self._marks.revisions)))
        return True

    async def compare_some(self, connection: Any, branch_ids: list[UUID]) -> list[UUID]:
        """The branches with news to read, in the order given; those that are better read anew have been told so."""
        rows = await connection.fetch(
            self._sql.compare_heads, branch_ids, *self._marks.of(branch_ids), BEHIND_MAX, timeout=self._timeout_s
        )
        news: list[UUID] = []
        for row in rows:
            branch_id = row["branch_id"]
            mark = self._marks.revisions.get(branch_id)
            if mark is None:
                continue  # nobody watches it any more
            if row["is_rewound"]:
                log.warning(
                    "history rewound: a branch is read anew branch=%s head=%d was=%d", branch_id, row["revision"], mark
                )
            if row["is_rewound"] or row["is_long"]:
                self._backlog.drop(branch_id)
                self._marks.read_anew(branch_id, row["revision"], row["written_at"])
            else:
                news.append(branch_id)
        return news
