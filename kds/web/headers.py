"""The security headers of every answer: what a page of ours may load, and who may show it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from kds.config import Config
from kds.web.clients.proxies import is_secure

# of workers what is said of scripts holds
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types kds-service-worker"
)
SECURITY_HEADERS = {
    "Server": "kds",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # no page of another site shows what is ours; what CORS_ORIGINS allows is asked otherwise
    "Cross-Origin-Resource-Policy": "same-origin",
}
# what no page of ours asks for, a script that got into one cannot either; only of a document does a browser read it
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()"


def security_headers(config: Config) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The headers of every answer, as an on_response_prepare signal."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        if response.status == 101:
            # a WebSocket's handshake shows nothing that the others guard, and its headers last as long as the socket
            headers["Server"] = SECURITY_HEADERS["Server"]
            return
        headers.update(SECURITY_HEADERS)
        if response.content_type == "text/html":
            headers["Permissions-Policy"] = PERMISSIONS_POLICY
        headers.setdefault("Cache-Control", "no-cache")
        if config.cors_origins:
            headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))
        if is_secure(request, config):
            headers["Strict-Transport-Security"] = "max-age=31536000"

    return add
