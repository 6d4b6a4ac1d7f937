"""What a handshake brings beside its path: the login."""

from __future__ import annotations

from aiohttp import web

from kds.errors import NotLoggedIn


def socket_token(request: web.Request) -> str:
    """The login of a handshake: subprotocol `bearer.<JWT>`, which no log shows, or `?token=`.

    Raises:
        NotLoggedIn: there is none.
    """
    for protocol in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        name, _, token = protocol.strip().partition(".")
        if name == "bearer" and token:
            return token
    token = request.query.get("token", "")
    if not token:
        raise NotLoggedIn("Log in first.")
    return token
