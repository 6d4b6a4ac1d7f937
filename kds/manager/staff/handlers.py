"""The staff of a branch, changed by who ranks higher: every change ends the logins it is about, and is kept."""

from __future__ import annotations

from uuid import UUID

import msgspec
from aiohttp import web

from kds.config import Config
from kds.errors import NotAllowed, NotFound, Unprocessable
from kds.manager.names import check_name
from kds.manager.staff.answers import (
    EmptyBody,
    Joining,
    MemberChange,
    MemberLink,
    NewMember,
    StaffChanges,
    StaffList,
)
from kds.manager.staff.queries import ManagedStaff
from kds.web.clients.proxies import public_origin
from kds.web.login.links import hash_token, link_to, new_token
from kds.web.login.passwords import PasswordChecker
from kds.web.login.ranks import outranks
from kds.web.requests import BODY, IDENTITY, path_id
from kds.web.responses import encoded_response
from kds.web.routes import route

_MEMBER = "/manager/staff/{staffId}"
_NO_MEMBER = "There is no such member of staff in this branch."


class StaffManagement:
    """/manager/staff and what was changed there."""

    def __init__(self, config: Config, queries: ManagedStaff, passwords: PasswordChecker) -> None:
        self._config = config
        self._queries = queries
        self._passwords = passwords

    @route("listStaff", "GET", "/manager/staff", "Who works here", StaffList, role="MANAGER")
    async def list_staff(self, request: web.Request) -> web.Response:
        """The members of the branch."""
        who = request[IDENTITY]
        members = await self._queries.members(who)
        for member in members:
            member["branches"] = msgspec.Raw(member["branches"].encode())
            member["mayChange"] = outranks(who.role, member["role"])
        return encoded_response({"staff": members})

    @route("addStaff", "POST", "/manager/staff", "Add a member", MemberLink, status=201, body=NewMember, role="MANAGER",
           errors=(429,))  # fmt: skip
    async def add(self, request: web.Request) -> web.Response:
        """Adds a member to the branch, who sets the password by the link."""
        who, wanted = request[IDENTITY], request[BODY]
        check_name(wanted.username)
        token, link = await self._new_link()
        outcome, member = await self._queries.add(who, wanted.username, wanted.role, link)
        _check(outcome)
        return encoded_response(
            {"staffId": member, "link": link_to(public_origin(request, self._config), token)}, status=201
        )

    @route("changeStaff", "PATCH", _MEMBER, "Another role, or none here; deactivate, bring back", dict,
           body=MemberChange, role="MANAGER")  # fmt: skip
    async def change(self, request: web.Request) -> web.Response:
        """Changes the role in the branch, or whether the login works at all."""
        wanted: MemberChange = request[BODY]
        if (wanted.role is msgspec.UNSET) == (wanted.active is msgspec.UNSET):
            raise Unprocessable("Send role or active, one of the two.")
        if wanted.active is not msgspec.UNSET:
            return await self._change(request, "active", "true" if wanted.active else "false")
        return await self._change(request, "role", wanted.role or None)

    @route("addBranchOfStaff", "POST", f"{_MEMBER}/branches", "Give a member a further branch", dict, body=Joining,
           role="MANAGER")  # fmt: skip
    async def join(self, request: web.Request) -> web.Response:
        """A further branch, one of those that the login manages."""
        wanted: Joining = request[BODY]
        return await self._change(request, "join", wanted.role, other=wanted.branchId)

    @route("endSessionsOfStaff", "POST", f"{_MEMBER}/end-sessions", "End every login of a member", dict, body=EmptyBody,
           role="MANAGER")  # fmt: skip
    async def end_sessions(self, request: web.Request) -> web.Response:
        """Ends them on every process; the password stays."""
        return await self._change(request, "end-sessions")

    @route("newPasswordOfStaff", "POST", f"{_MEMBER}/password", "A link for a new password; the present one ends",
           MemberLink, body=EmptyBody, role="MANAGER", errors=(429,))  # fmt: skip
    async def new_password(self, request: web.Request) -> web.Response:
        """Ends the present password and every login."""
        token, link = await self._new_link()
        await self._change(request, "password", link=link)
        origin = public_origin(request, self._config)
        return encoded_response({"staffId": path_id(request, "staffId"), "link": link_to(origin, token)})

    @route("staffChanges", "GET", "/manager/staff-changes", "Who changed what of the staff", StaffChanges,
           role="MANAGER")  # fmt: skip
    async def changes(self, request: web.Request) -> web.Response:
        """The last 500 of the branch."""
        return encoded_response({"changes": await self._queries.changes(request[IDENTITY])})

    async def _change(
        self,
        request: web.Request,
        action: str,
        wanted: str | None = None,
        *,
        other: UUID | None = None,
        link: tuple[str, bytes] = ("", b""),
    ) -> web.Response:
        member = path_id(request, "staffId")
        _check(await self._queries.change(request[IDENTITY], member, action, wanted, other=other, link=link))
        return encoded_response({})

    async def _new_link(self) -> tuple[str, tuple[str, bytes]]:
        token = new_token()
        return token, (await self._passwords.hash(new_token()), hash_token(token))


def _check(outcome: str) -> None:
    if outcome == "unknown":
        raise NotFound(_NO_MEMBER)
    if outcome == "unknown_branch":
        raise NotFound("There is no such branch for this login.")
    if outcome in {"outranked", "above", "elsewhere"}:
        raise NotAllowed(
            {
                "outranked": "Only who ranks higher may change this login.",
                "above": "Nobody gives a rank above the own.",
                "elsewhere": "This login works in another branch too, where you do not rank higher.",
            }[outcome],
            code=outcome,
        )
    if outcome != "done":
        words = {
            "joined": "They work in that branch already.",
            "only_branch": "They work in no other branch. Deactivate the login instead.",
            "inactive": "This login is not active. Bring it back first.",
        }
        raise Unprocessable(words[outcome], code=outcome)
