"""Staff: log in, stay logged in, log out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.config import Config
from kds.errors import NotFound, NotLoggedIn, Unprocessable, WeakPassword
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import client_address
from kds.web.identity import Identity
from kds.web.login.answers import LinkOwner, Login, PasswordRefused
from kds.web.login.endings import SessionChange
from kds.web.login.guess_limits import Asker, Guesses
from kds.web.login.links import TOKEN_MAX, hash_token
from kds.web.login.password_rules import password_fault
from kds.web.login.passwords import PasswordChecker
from kds.web.login.queries import LoginQueries
from kds.web.login.tokens import Tokens
from kds.web.requests import BODY, IDENTITY, WITHOUT_NUL, bearer_token
from kds.web.responses import encoded_response, json_response
from kds.web.routes import route


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /staff/login."""

    username: Annotated[str, Meta(min_length=1, max_length=100, pattern=WITHOUT_NUL)]
    password: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /staff/password."""

    password: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
    newPassword: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class LinkToken(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /staff/welcome/name: the token of the link, behind its #."""

    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_MAX, pattern=WITHOUT_NUL)]


class Welcome(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /staff/welcome: the token of the link, behind its #."""

    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_MAX, pattern=WITHOUT_NUL)]
    newPassword: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class StaffHandlers:
    """POST /staff/login, /staff/refresh, /staff/logout, /staff/password, /staff/welcome and /staff/welcome/name."""

    def __init__(self, config: Config, queries: LoginQueries, tokens: Tokens, passwords: PasswordChecker) -> None:
        self._config = config
        self._queries = queries
        self._tokens = tokens
        self._passwords = passwords
        self._guesses = Guesses()

    @route("login", "POST", "/staff/login", "Log in", Login, body=Credentials, errors=(401, 429, 503))
    async def login(self, request: web.Request) -> web.Response:
        """A token for a name and a password; the same answer and time for an unknown name as for a wrong password.

        A device that was logged in before shows it by the token of then, expired or ended, and is not kept waiting for
        what strangers guess.
        """
        credentials: Credentials = request[BODY]
        asker = await self._asker(request, credentials.username)
        async with self._guesses.guess(asker) as guess:
            member = await self._queries.staff_by_name(credentials.username)
            active = member is not None and member["active"]
            guess.is_right = await self._passwords.matches(
                credentials.password, member["password_hash"] if active else None, rank=guess.rank
            )
        if not guess.is_right:
            raise NotLoggedIn("The name or the password is not right.", code="wrong_credentials")
        return self._token_response(member, await self._session_end(member, datetime.now(UTC)))

    @route(
        "changePassword",
        "POST",
        "/staff/password",
        "Set another password, and end every other login",
        Login,
        body=NewPassword,
        refusal=PasswordRefused,
        role="any",
        errors=(422, 429, 503),
    )
    async def change_password(self, request: web.Request) -> web.Response:
        """Sets another password for who knows the present one; ends every other login of this member."""
        identity = request[IDENTITY]
        change: NewPassword = request[BODY]
        member = await self._queries.staff(identity.staff_id)
        if member is None or not member["active"] or identity.generation not in {None, member["generation"]}:
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        networks = _networks(request, self._config)
        async with self._guesses.guess(Asker(member["username"], networks, identity.session_id)) as guess:
            guess.is_right = await self._passwords.matches(change.password, member["password_hash"], rank=guess.rank)
        if not guess.is_right:
            raise Unprocessable("The present password is not right.", code="wrong_password")
        if change.newPassword == change.password:
            raise Unprocessable("The new password is the present one. Choose another.", code="same_password")
        if fault := password_fault(change.newPassword, member["username"]):
            raise WeakPassword(f"The new password {fault}.", fault.reason)
        new_hash = await self._passwords.hash(change.newPassword)
        # asked before: nothing may fail once the password is new
        ends = await self._session_end(member, datetime.now(UTC))
        changed = await self._queries.change_password(member["id"], member["password_hash"], new_hash)
        if changed is None:
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        return self._token_response(changed, ends)

    @route(
        "useLink",
        "POST",
        "/staff/welcome",
        "Set the password by a link that works once",
        Login,
        body=Welcome,
        refusal=PasswordRefused,
        errors=(404, 422, 429, 503),
    )
    async def welcome(self, request: web.Request) -> web.Response:
        """Sets the password of whom the link was made for, and logs them in; a weak one leaves the link as it is.

        Raises:
            NotFound: the link was used, is over, or is none of ours.
            WeakPassword: the password is one that is guessed first.
        """
        welcome: Welcome = request[BODY]
        token_hash = hash_token(welcome.token)
        member = await self._queries.link(token_hash)
        if member is None:
            raise _no_link()
        if fault := password_fault(welcome.newPassword, member["username"]):
            raise WeakPassword(f"The password {fault}.", fault.reason)
        new_hash = await self._passwords.hash(welcome.newPassword)
        ends = await self._session_end(member, datetime.now(UTC))
        changed = await self._queries.use_link(token_hash, new_hash)
        if changed is None:
            raise _no_link()
        return self._token_response(changed, ends)

    @route(
        "readLink",
        "POST",
        "/staff/welcome/name",
        "Whose password a link sets, and whether it still does",
        LinkOwner,
        body=LinkToken,
        errors=(404, 503),
    )
    async def link_owner(self, request: web.Request) -> web.Response:
        """The name for which a browser keeps the password; the link stays as it is.

        Raises:
            NotFound: the link was used, is over, or is none of ours.
        """
        member = await self._queries.link(hash_token(request[BODY].token))
        if member is None:
            raise _no_link()
        return encoded_response({"username": member["username"]})

    async def _asker(self, request: web.Request, username: str) -> Asker:
        networks = _networks(request, self._config)
        try:
            earlier = self._tokens.recognise(bearer_token(request))
        except NotLoggedIn:
            earlier = None
        # only who shows a token of ours is looked up before it is known whether they may try at all
        member = None if earlier is None else await self._queries.staff(earlier.staff_id)
        is_theirs = earlier is not None and member is not None and member["username"] == username
        return Asker(username, networks, earlier.session_id if earlier is not None and is_theirs else None)

    @route("refresh", "POST", "/staff/refresh", "Stay logged in", Login, role="any", errors=(503,))
    async def refresh(self, request: web.Request) -> web.Response:
        """A new token for one that is still valid, as long as the member is; using it ends the one given."""
        identity = request[IDENTITY]
        row = await self._queries.session(identity)
        if row is None or not row["active"] or not self._is_present(identity, row):
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        self._guesses.remember(row["username"], _networks(request, self._config))
        ends = await self._session_end(row, datetime.fromtimestamp(identity.logged_in_at, UTC))
        return self._token_response(row, ends, after=identity)

    @route("logout", "POST", "/staff/logout", "End this session everywhere", dict, role="any", errors=(503,))
    async def logout(self, request: web.Request) -> web.Response:
        """Ends the session of this token on every process, with its screens; a renewed token of it, too."""
        identity = request[IDENTITY]
        if not await self._queries.end_session(identity):
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        over = SessionChange(identity.session_id, identity.staff_id, identity.turn, ended=True, age_s=0.0)
        self._tokens.endings.learn([], [over], is_whole=False)
        return json_response(b"{}")

    def _is_present(self, identity: Identity, row: Any) -> bool:
        """Whether the token still stands by what the database says now, which this process may not have heard yet."""
        if identity.generation is not None:
            if identity.generation != row["generation"]:
                return False
        elif row["revoked_at"] is not None and identity.issued_at <= row["revoked_at"].timestamp():
            return False
        if row["turn"] is None:
            return True
        is_replaced = row["turn"] > identity.turn and row["age_s"] > self._config.refresh_grace_s
        return not row["ended"] and not is_replaced

    async def _session_end(self, member: Any, began: datetime) -> datetime | None:
        return None if member["role"] == "PICKUP" else await self._queries.session_end(member["branch_id"], began)

    def _token_response(self, member: Any, ends: datetime | None, *, after: Identity | None = None) -> web.Response:
        token, expires = self._tokens.issue(
            member["id"],
            member["branch_id"],
            member["role"],
            generation=member["generation"],
            after=after,
            session_end=ends,
        )
        answer = {
            "token": token,
            "role": member["role"],
            "branchId": member["branch_id"],
            "expiresAt": expires,
            "sessionEndsAt": ends,
        }
        return encoded_response(answer)


def _no_link() -> NotFound:
    return NotFound("This link was used, or its hour is over. Ask for a new one.", code="link_over")


def _networks(request: web.Request, config: Config) -> tuple[str, ...]:
    """Where the request comes from, the nearest network first."""
    return tuple(counted_networks(client_address(request, config)))
