"""What readiness asks: sql/queries/web.sql."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import msgspec

from kds.errors import Unavailable
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.migrate.triggers import LostTriggers, lost_triggers
from kds.postgres.pool import DISK_FULL_FOR_S, Pool, Queries
from kds.postgres.shortage import Hoarder, read_hoarder


class HealthQueries(Queries):
    """The questions of readiness."""

    def __init__(self, pool: Pool, sql: SimpleNamespace) -> None:
        super().__init__(pool, sql)
        self._roles: dict[int, str] = {}

    async def schema_version(self) -> int:
        """The newest migration this database has."""
        return int(await self.pool.value(self._sql.read_schema_version))

    async def lost_triggers(self) -> LostTriggers:
        """Which triggers are not as they must be; none where the schema is not that of this code."""
        if await self.schema_version() != newest_version():
            return LostTriggers()
        return lost_triggers(await self.pool.rows(self._sql.read_triggers))

    async def check_room(self) -> None:
        """Whether what is written would find room, as far as can be told without writing.

        Raises:
            Unavailable: the lock table is full, or a write has just found the disk so.
        """
        row = await self.pool.row(self._sql.probe_locks)
        self._roles = msgspec.json.decode(row["roles"], type=dict[int, str])
        if time.monotonic() < self.pool.disk_was_full_at + DISK_FULL_FOR_S:
            raise Unavailable(short_of="disk space")

    async def hoarder(self) -> Hoarder | None:
        """Who holds most of the lock table; None when that cannot be read."""
        try:
            async with self.pool.connection() as connection:
                return await read_hoarder(connection, self._sql, self._roles)
        except Unavailable:
            return None

    async def batching(self) -> dict[str, Any]:
        """Which relay leads, in which state, how long since its last sign of life, and the last flips."""
        row = await self.pool.row(self._sql.read_batching)
        return {
            "state": row["state"],
            "leader": row["leader"],
            "heartbeatAgeS": round(row["heartbeat_age_s"], 3),
            "lastFlips": msgspec.Raw((row["flips"] or "[]").encode()),
        }
