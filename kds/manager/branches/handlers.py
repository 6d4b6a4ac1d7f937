"""The branches of a login: those that it works in, and further ones of an owner."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kds.errors import NotAllowed
from kds.manager.branches.queries import ManagedBranches
from kds.manager.names import Name, check_name
from kds.web.login.answers import OwnBranch
from kds.web.requests import BODY, IDENTITY
from kds.web.responses import encoded_response
from kds.web.routes import route


class NewBranch(msgspec.Struct, forbid_unknown_fields=True):
    """A branch like that of the request."""

    name: Name


class OwnBranches(msgspec.Struct):
    """Those of the login."""

    branches: list[OwnBranch]


class BranchManagement:
    """/manager/branches."""

    def __init__(self, queries: ManagedBranches) -> None:
        self._queries = queries

    @route("ownBranches", "GET", "/manager/branches", "The branches of the login", OwnBranches, role="MANAGER")
    async def branches(self, request: web.Request) -> web.Response:
        """Where the login works."""
        return encoded_response({"branches": await self._queries.branches(request[IDENTITY])})

    @route("addBranch", "POST", "/manager/branches", "Add a branch", OwnBranch, status=201, body=NewBranch,
           role="OWNER")  # fmt: skip
    async def add(self, request: web.Request) -> web.Response:
        """A branch with the time zone, day and currency of this one; the login owns it at once."""
        wanted: NewBranch = request[BODY]
        check_name(wanted.name)
        branch_id = await self._queries.add(request[IDENTITY], wanted.name)
        if branch_id is None:
            raise NotAllowed("Only who owns this branch adds another like it.", code="outranked")
        return encoded_response({"branchId": branch_id, "name": wanted.name, "role": "OWNER"}, status=201)
