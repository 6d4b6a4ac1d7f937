"""Staff: log in, stay logged in."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.auth import Tokens
from kds.clients import counted_networks
from kds.config import Config
from kds.errors import NotLoggedIn
from kds.handlers.edge import bearer_token, json_response, parse, read_body
from kds.handlers.proxies import client_address
from kds.limits import GuessDelay
from kds.orders import WITHOUT_NUL
from kds.passwords import PasswordChecker
from kds.store import Store


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /staff/login."""

    username: Annotated[str, Meta(min_length=1, max_length=100, pattern=WITHOUT_NUL)]
    password: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class StaffHandlers:
    """POST /staff/login and /staff/refresh."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, passwords: PasswordChecker) -> None:
        self._config = config
        self._store = store
        self._tokens = tokens
        self._passwords = passwords
        self._guesses = GuessDelay()

    async def login(self, request: web.Request) -> web.Response:
        """A token for a name and a password; the same answer and time for an unknown name as for a wrong password."""
        credentials = parse(await read_body(request, self._config), Credentials)
        networks = counted_networks(client_address(request, self._config))
        keys = ("account " + credentials.username, *(f"address {network}" for network in networks))
        self._guesses.check(*keys)
        member = await self._store.staff_by_name(credentials.username)
        active = member is not None and member["active"]
        if not await self._passwords.matches(credentials.password, member["password_hash"] if active else None):
            self._guesses.failed(*keys)
            raise NotLoggedIn("The name or the password is not right.", code="wrong_credentials")
        self._guesses.succeeded(keys[0])
        return self._token_response(member)

    async def refresh(self, request: web.Request) -> web.Response:
        """A new token for one that is still valid, as long as the member is."""
        identity = self._tokens.verify(bearer_token(request))
        member = await self._store.staff(identity.staff_id)
        if member is None or not member["active"]:
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        return self._token_response(member)

    def _token_response(self, member: object) -> web.Response:
        row: dict[str, object] = dict(member)  # type: ignore[call-overload]
        token, expires = self._tokens.issue(row["id"], row["branch_id"], str(row["role"]))  # type: ignore[arg-type]
        answer = {"token": token, "role": row["role"], "branchId": row["branch_id"], "expiresAt": expires}
        return json_response(msgspec.json.encode(answer))
