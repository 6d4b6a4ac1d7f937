"""Finds which branches have news by comparing two snapshots of PostgreSQL, skipping nothing and seeing nothing twice.

Sequences and commit times do not order commits; snapshots do. See sql/queries/relay.sql, poll_events.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class News:
    """What committed between two polls: the branches, and how many events."""

    branch_ids: list[UUID]
    events: int


class DifferenceCursor:
    """The snapshot of the last poll; says where to look, never what was delivered: that is the marks' to know."""

    USABLE_S = 5.0
    """An older snapshot would find all of a long quiet time again; looking everywhere once is cheaper."""

    def __init__(self, sql: SimpleNamespace, *, timeout_s: float) -> None:
        self._sql = sql
        self._timeout_s = timeout_s
        self._snapshot: str | None = None
        self._taken_at = 0.0

    async def start(self, connection: Any) -> None:
        """Begins here: everything that commits from now on is found by `poll`."""
        self._snapshot = await connection.fetchval(self._sql.take_snapshot, timeout=self._timeout_s)
        self._taken_at = asyncio.get_running_loop().time()

    def forget(self) -> None:
        """The snapshot belongs to a server or a history that is gone."""
        self._snapshot = None

    async def poll(self, connection: Any, *, wake_others: bool = False) -> News | None:
        """What committed since the last poll; None when there is none to compare with: then anything may be new."""
        now = asyncio.get_running_loop().time()
        if self._snapshot is None or now - self._taken_at > self.USABLE_S:
            await self.start(connection)
            return None
        row = await connection.fetchrow(self._sql.poll_events, self._snapshot, wake_others, timeout=self._timeout_s)
        self._snapshot, self._taken_at = row["snapshot"], now
        return News(row["branch_ids"], row["events"])
