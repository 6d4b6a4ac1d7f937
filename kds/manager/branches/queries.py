"""What managers ask and do about branches: sql/queries/manager.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kds.domain.text import find_alike
from kds.errors import Unprocessable
from kds.postgres.pool import Queries
from kds.web.identity import Identity


class ManagedBranches(Queries):
    """The questions about the branches that a login works in."""

    async def branches(self, who: Identity) -> list[dict[str, Any]]:
        """branchId, name and role of each branch that the member works in."""
        return [dict(row) for row in await self.pool.rows(self._sql.list_own_branches, who.staff_id)]

    async def add(self, who: Identity, name: str) -> UUID | None:
        """A branch like the present one, of the same owner; None when they own it no more.

        Raises:
            Unprocessable: the owner works in a branch of this name, or one that nobody could tell from it.
        """

        async def add(connection: Any) -> UUID | None:
            await connection.execute(self._sql.lock_names, "branches")
            own = [row["name"] for row in await connection.fetch(self._sql.list_own_branches, who.staff_id)]
            if there := find_alike(name, own):
                raise Unprocessable(f"You work in {there!r} already. Choose another name.", code="branch_taken")
            added: UUID | None = await connection.fetchval(self._sql.add_own_branch, who.staff_id, who.branch_id, name)
            return added

        return await self.pool.together(add)
