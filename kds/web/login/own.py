"""What a login may know of itself, whatever its role: a page asks it before it knows in which branch to work."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kds.errors import NotLoggedIn
from kds.web.login.answers import OwnLogin
from kds.web.login.queries import LoginQueries
from kds.web.requests import IDENTITY
from kds.web.responses import json_response
from kds.web.routes import route


class OwnLoginHandler:
    """GET /staff/me."""

    def __init__(self, queries: LoginQueries) -> None:
        self._queries = queries

    @route("ownLogin", "GET", "/staff/me", "Who this login is, and where it works", OwnLogin, role="any", errors=(503,))
    async def own_login(self, request: web.Request) -> web.Response:
        """The name, and each branch with the role there; of a pickup board, which is that wherever, only those."""
        identity = request[IDENTITY]
        rows = await self._queries.memberships(identity.staff_id)
        if not rows or not rows[0]["active"] or identity.generation not in {None, rows[0]["generation"]}:
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        branches = [
            {"branchId": row["branch_id"], "name": row["name"], "role": row["role"]}
            for row in rows
            if identity.role != "PICKUP" or row["role"] == "PICKUP"
        ]
        return json_response(msgspec.json.encode({"username": rows[0]["username"], "branches": branches}))
