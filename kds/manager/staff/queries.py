"""What managers ask and do about staff: sql/queries/manager.sql; the rules of ranks are in sql/managing.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kds.domain.usernames import find_username_alike
from kds.errors import Unprocessable
from kds.postgres.pool import Queries
from kds.web.identity import Identity


class ManagedStaff(Queries):
    """The questions about the staff of a branch, that of the identity."""

    async def members(self, who: Identity) -> list[dict[str, Any]]:
        """As the answer has them, `branches` as JSON text."""
        return [dict(row) for row in await self.pool.rows(self._sql.list_members, who.branch_id, who.staff_id)]

    async def changes(self, who: Identity) -> list[dict[str, Any]]:
        """The last changes, the newest first."""
        return [dict(row) for row in await self.pool.rows(self._sql.list_staff_changes, who.branch_id)]

    async def change(
        self,
        who: Identity,
        member: UUID,
        action: str,
        wanted: str | None = None,
        *,
        other: UUID | None = None,
        link: tuple[str, bytes] = ("", b""),
    ) -> str:
        """Does it, or says why not: see change_staff() of sql/managing.sql; `link` are hash and token of a password."""
        what = (who.staff_id, who.branch_id, member, action, wanted, other, *link)
        return str(await self.pool.again(lambda: self.pool.value(self._sql.change_member, *what)))

    async def add(self, who: Identity, username: str, role: str, link: tuple[str, bytes]) -> tuple[str, UUID | None]:
        """Adds a member, or says why not: see add_staff().

        Raises:
            Unprocessable: somebody has this name, or one that nobody could tell from it. Not which: it may be a login
                of others.
        """

        async def add(connection: Any) -> Any:
            await connection.execute(self._sql.lock_names, "staff")
            there = await find_username_alike(connection, self._sql, username)
            row = await connection.fetchrow(self._sql.add_member, who.staff_id, who.branch_id, username, role, *link)
            # after the question who may: what was added is taken back
            if row["outcome"] == "taken" or (row["outcome"] == "done" and there is not None):
                message = "This name, or one that nobody could tell from it, is taken. Choose another."
                raise Unprocessable(message, code="username_taken")
            return row

        row = await self.pool.together(add)
        return row["outcome"], row["member"]
