"""What a manager asks and does about the codes of tables: sql/queries/manager.sql."""

from __future__ import annotations

from uuid import UUID

from kds.domain.queries import BranchQueries


class TableQueries(BranchQueries):
    """The questions of the table sheet."""

    async def renew_table_codes(self, branch_id: UUID, tables: list[str]) -> None:
        """Makes the codes of these tables anew; those printed so far end with that, at every process."""
        await self.pool.execute(self._sql.renew_table_codes, branch_id, tables)
