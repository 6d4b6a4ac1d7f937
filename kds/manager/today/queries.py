"""What a manager asks about the branch now: sql/queries/manager.sql."""

from __future__ import annotations

from uuid import UUID

from kds.postgres.pool import Queries


class TodayQueries(Queries):
    """The one question of today."""

    async def today(self, branch_id: UUID) -> str | None:
        """What goes on in a branch now, as JSON: Today of answers.py; None when there is no such branch."""
        body: str | None = await self.pool.value(self._sql.read_today, branch_id)
        return body
