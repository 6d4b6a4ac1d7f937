"""What logins ask: members of staff, their sessions, and what ended: sql/queries/web.sql."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from kds.postgres.pool import Queries
from kds.web.identity import Identity


class LoginQueries(Queries):
    """The questions of logins."""

    async def staff_by_name(self, username: str) -> Any:
        """id, branch_id, username, password_hash, role, active, generation; None when unknown."""
        return await self.pool.row(self._sql.read_staff_by_name, username)

    async def staff(self, staff_id: UUID) -> Any:
        """As staff_by_name."""
        return await self.pool.row(self._sql.read_staff, staff_id)

    async def session(self, identity: Identity) -> Any:
        """The member and the session of a token at one moment, None when there is no such member.

        id, branch_id, username, role, active, generation; revoked_at (None when never); turn, ended and age_s of the
        session (None when it was neither renewed nor signed out).
        """
        return await self.pool.row(self._sql.read_session, identity.staff_id, identity.session_id)

    async def role_in(self, staff_id: UUID, branch_id: UUID) -> str | None:
        """The role of a member in a branch; None when they do not work there, or there is no such branch."""
        role: str | None = await self.pool.value(self._sql.read_role_in, staff_id, branch_id)
        return role

    async def memberships(self, staff_id: UUID) -> list[Any]:
        """username, active, generation, branch_id, name and role: a row for each branch that the member works in."""
        return await self.pool.rows(self._sql.read_memberships, staff_id)

    async def session_end(self, branch_id: UUID, logged_in_at: datetime) -> datetime | None:
        """When a session that began then ends: at a start of the branch's day; None when its branch or zone is gone."""
        try:
            end: datetime | None = await self.pool.value(self._sql.read_session_end, branch_id, logged_in_at)
        except asyncpg.InvalidParameterValueError:  # a time zone that this server has no more: see kds doctor
            return None
        return end

    async def endings(self, since: str) -> list[Any]:
        """What ended since a snapshot: one row at least, with snapshot, epoch and clock; see read_endings.

        It waits for no connection of the pool: what is over cannot wait for what is not.
        """
        return await self.pool.rows_at_once(self._sql.read_endings, since)

    async def tell_clock(self, instance: str, apart_s: float) -> None:
        """Tells `kds doctor` how far the database's clock is ahead of this process's."""
        await self.pool.value(self._sql.tell_clock, instance, apart_s)

    async def note_sessions(self, used: list[Identity]) -> None:
        """Notes which turn of these sessions is in use: those before it are over."""
        ids, staff, turns = zip(*((each.session_id, each.staff_id, each.turn) for each in used), strict=True)
        await self.pool.execute(self._sql.note_sessions, list(ids), list(staff), list(turns))

    async def end_session(self, identity: Identity) -> bool:
        """Signs a session out, everywhere; whether there is such a member."""
        count = await self.pool.execute(self._sql.end_session, identity.session_id, identity.staff_id, identity.turn)
        return count > 0

    async def change_password(self, staff_id: UUID, password_hash: str, new_hash: str) -> Any:
        """As staff_by_name, after the change; None when the password is another by now, or the member is not active."""
        return await self.pool.row(self._sql.change_password, staff_id, password_hash, new_hash)

    async def link(self, token_hash: bytes) -> Any:
        """username, branch_id and role of whose password this link sets; None when it is used, over, or none."""
        return await self.pool.row(self._sql.read_staff_link, token_hash)

    async def use_link(self, token_hash: bytes, new_hash: str) -> Any:
        """As staff_by_name, after the change, which ends the link; None when it is over by now."""
        return await self.pool.row(self._sql.use_staff_link, token_hash, new_hash)

    async def prune_endings(self) -> int:
        """Forgets endings that can meet no token any more; how many went."""
        return int(await self.pool.value(self._sql.prune_endings))
