"""How many requests one address may send, counted before anything is read, asked or written.

Each part of the API has its own count, so that guests who flood one door leave the others open; and staff who share an
address with them, a restaurant's Wi-Fi has but one, pass by a count of their own. Whether the process lives is not
counted: a balancer that shares an address with a flood must not take it for dead.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Middleware

from kds.config import Config
from kds.errors import NotLoggedIn, TooMany, Unavailable
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import client_address
from kds.web.identity import Identity
from kds.web.login.tokens import Tokens
from kds.web.rate_limit import RateLimit
from kds.web.requests import bearer_token
from kds.web.responses import Handler
from kds.web.sockets.handshake import socket_token

LIFE = "/healthz"


def limit_requests(config: Config, tokens: Tokens) -> Middleware:
    """A middleware that answers 429 to an address that asks too often."""
    limit = RateLimit(config.requests_per_address_per_minute, "Too many requests from here. Try again in a moment.")

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == LIFE:
            return await handler(request)
        try:
            for network, share in counted_networks(client_address(request, config)).items():
                limit.take(f"{_part(request)} {network}", share)
        except TooMany:
            identity = _identity(request, tokens)
            if identity is None:
                raise
            limit.take(f"staff {identity.staff_id}")
        return await handler(request)

    return check


def _part(request: web.Request) -> str:
    """The first word of the route's path: `public`, `kitchen`, `static`, ...; one for all that has no route."""
    resource = request.match_info.route.resource
    return resource.canonical.split("/", 2)[1] if resource is not None else "none"


def _identity(request: web.Request, tokens: Tokens) -> Identity | None:
    for token in (bearer_token, socket_token):
        try:
            return tokens.verify(token(request))
        except (NotLoggedIn, Unavailable):
            continue
    return None
