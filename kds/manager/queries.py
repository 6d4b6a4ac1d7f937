"""What a manager asks and does: sql/queries/manager.sql."""

from __future__ import annotations

from uuid import UUID

from kds.domain.queries import BranchQueries


class ManagerQueries(BranchQueries):
    """The questions of managers."""

    async def renew_table_codes(self, branch_id: UUID, tables: list[str]) -> None:
        """Makes the codes of these tables anew; those printed so far end with that, at every process."""
        await self.pool.execute(self._sql.renew_table_codes, branch_id, tables)

    async def today(self, branch_id: UUID) -> str | None:
        """What goes on in a branch now, as JSON: Today of today_answers.py; None when there is no such branch."""
        body: str | None = await self.pool.value(self._sql.read_today, branch_id)
        return body
