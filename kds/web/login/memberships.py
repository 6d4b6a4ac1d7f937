"""In which branch a request works: the one it names, checked against the membership, or the login's own.

What was found is kept for the generation of the login: a changed membership begins another one (sql/members.sql), and
that the logins before are over is told on kds_control and read by every process. What was not found is asked again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from uuid import UUID

from aiohttp import web

from kds.errors import Malformed, NotFound
from kds.web.identity import Identity
from kds.web.login.queries import LoginQueries

PARAMETER = "branch"
KEPT_MAX = 10_000
_NO_BRANCH = "There is no such branch for this login."


class Memberships:
    """The roles of members in branches other than their own."""

    def __init__(self, queries: LoginQueries) -> None:
        self._queries = queries
        self._kept: OrderedDict[tuple[UUID, int, UUID], str] = OrderedDict()

    async def chosen(self, identity: Identity, request: web.Request) -> Identity:
        """The same member in the branch of `?branch=`, with the role there.

        Raises:
            Malformed: it names several.
            NotFound: there is no such branch, or none of this member: the two look the same.
            Unavailable: it could not be asked.
        """
        asked = request.query.getall(PARAMETER, ())
        if not asked:
            return identity
        if len(asked) > 1:
            raise Malformed("Name one branch.", code="bad_branch")
        branch_id = _read(asked[0])
        if branch_id == identity.branch_id:
            return identity
        role = await self._role(identity, branch_id)
        # the login of a pickup board lasts long and stays on a TV: it is that, wherever
        if role is None or (identity.role == "PICKUP" and role != "PICKUP"):
            raise NotFound(_NO_BRANCH)
        return replace(identity, branch_id=branch_id, role=role)

    async def _role(self, identity: Identity, branch_id: UUID) -> str | None:
        if identity.generation is None:  # from before there were generations, so nothing ends what is kept of it
            return await self._queries.role_in(identity.staff_id, branch_id)
        key = (identity.staff_id, identity.generation, branch_id)
        role = self._kept.pop(key, None) or await self._queries.role_in(identity.staff_id, branch_id)
        if role is not None:
            self._kept[key] = role
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return role


def _read(text: str) -> UUID:
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound(_NO_BRANCH) from None
    if str(found) != text.lower():
        raise NotFound(_NO_BRANCH)
    return found
