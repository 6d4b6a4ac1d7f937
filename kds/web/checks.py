"""What a route declares, checked before its handler is asked: ids of the path, login, Idempotency-Key, body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from kds.config import Config
from kds.errors import NotAllowed
from kds.web.login.memberships import Memberships
from kds.web.login.ranks import may_act_as
from kds.web.login.tokens import Tokens
from kds.web.requests import (
    BODY,
    BODY_BYTES,
    IDENTITY,
    KEY,
    PATH_IDS,
    bearer_token,
    idempotency_key,
    parse,
    read_body,
    read_id,
)
from kds.web.responses import Handler
from kds.web.routes import ANY_ROLE, Bound, Check, Route
from kds.web.sockets.handshake import socket_token
from kds.web.sockets.open_sockets import OpenSockets


class Checks:
    """Those of every route of a process; what they find is left in the request, for the handler."""

    def __init__(self, config: Config, tokens: Tokens, memberships: Memberships, open_sockets: OpenSockets) -> None:
        self._config = config
        self._tokens = tokens
        self._memberships = memberships
        self._open = open_sockets
        self._steps: dict[Check, Callable[[Route, web.Request], Awaitable[None]]] = {
            Check.IDS: self._ids,
            Check.LOGIN: self._login,
            Check.KEY: self._key,
            Check.BODY: self._body,
        }

    def checked(self, bound: Bound) -> Handler:
        """A handler that is asked when all that its route declares is as it should be."""
        route, handler = bound.route, bound.handler
        steps = [self._steps[check] for check in route.checks]
        if not steps and not route.socket:
            return handler

        async def answer(request: web.Request) -> web.StreamResponse:
            if route.socket:
                await self._open.turn()
            for step in steps:
                await step(route, request)
            return await (self._open.let_in(request, handler) if route.socket else handler(request))

        return answer

    async def _ids(self, route: Route, request: web.Request) -> None:
        request[PATH_IDS] = {name: read_id(request.match_info[name]) for name in route.path_names}

    async def _login(self, route: Route, request: web.Request) -> None:
        token = socket_token(request) if route.socket else bearer_token(request)
        identity = self._tokens.verify(token)
        if route.takes_branch:
            identity = await self._memberships.chosen(identity, request)
        if route.role not in {None, ANY_ROLE} and not may_act_as(identity.role, str(route.role)):
            raise NotAllowed(f"This needs a login of role {route.role}.")
        request[IDENTITY] = identity

    async def _key(self, _route: Route, request: web.Request) -> None:
        key = idempotency_key(request)
        if key is not None:
            request[KEY] = key

    async def _body(self, route: Route, request: web.Request) -> None:
        at_most = self._config.body_limit_bytes if route.largest_body is None else route.largest_body
        body = await read_body(request, at_most=at_most, stall_s=self._config.request_stall_s)
        request[BODY_BYTES] = body
        request[BODY] = parse(body, route.body or object)
