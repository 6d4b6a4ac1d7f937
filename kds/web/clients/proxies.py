"""Who asks, and under which name of ours: from the request, and from the proxies before it that are trusted."""

from __future__ import annotations

import logging

from aiohttp import web

from kds.config import Config
from kds.config.origins import normal_origin, origin_of_host
from kds.errors import Malformed, NotAllowed
from kds.web.clients.addresses import client_network

log = logging.getLogger(__name__)


def client_address(request: web.Request, config: Config) -> str:
    """Where the request comes from, see client_network(); behind trusted proxies, what the first of them says."""
    proxies = config.trust_proxy
    hop = _hop(request, "X-Forwarded-For", proxies) or _forwarded(_hop(request, "Forwarded", proxies), "for")
    return client_network(hop or request.remote or "unknown")


def is_secure(request: web.Request, config: Config) -> bool:
    """Whether the browser came over TLS, as far as we can know."""
    # only by that name: a kitchen may come over its own network, without TLS, to what guests reach with it
    if request.secure or origin_of_host(request.host, "https") == config.public_url:
        return True
    if not config.trust_proxy:
        return False
    # the first proxy is the one the browser spoke to
    schemes = request.headers.get("X-Forwarded-Proto", "") or _forwarded(
        request.headers.get("Forwarded", "").partition(",")[0], "proto"
    )
    return schemes.partition(",")[0].strip().lower() == "https"


def public_origin(request: web.Request, config: Config) -> str:
    """Where the world finds us: PUBLIC_URL; without it, where this browser found us.

    Raises:
        Malformed: the request names no host that could be printed.
    """
    if config.public_url:
        return config.public_url
    scheme = "https" if is_secure(request, config) else "http"
    origin = origin_of_host(_hop(request, "X-Forwarded-Host", config.trust_proxy), scheme)
    origin = origin or origin_of_host(request.host, scheme)
    if origin is None:
        raise Malformed("The request names no host.")
    return origin


def check_origin(request: web.Request, config: Config) -> None:
    """Refuses a WebSocket that another site's page opens; CORS does not guard those.

    Over TLS a page that came without it is another site's: anybody on the way could have written it. Where we cannot
    know that a proxy before us speaks TLS, both schemes are ours.

    Raises:
        NotAllowed: the Origin is neither ours nor listed.
    """
    written = request.headers.get("Origin")
    if written is None:
        return
    origin = normal_origin(written)
    schemes = ("https",) if is_secure(request, config) else ("https", "http")
    hosts = [request.host, _hop(request, "X-Forwarded-Host", config.trust_proxy)]
    ours = {origin_of_host(host, scheme) for host in hosts for scheme in schemes} | {config.public_url}
    if origin is None or (origin not in ours and origin not in config.cors_origins):
        log.info("origin refused origin=%s host=%s path=%s", written, request.host, request.path)
        raise NotAllowed("This page may not open a connection here.", code="foreign_origin")


def _hop(request: web.Request, header: str, proxies: int) -> str:
    """What the first of so many trusted proxies added: each adds on the right, what a client sent stands on the left.

    Of fewer hops the leftmost: the others left the header as it was.
    """
    # a proxy may add a line of its own below the one that the client sent
    hops = ",".join(request.headers.getall(header, [])).split(",")
    return hops[-min(proxies, len(hops))].strip() if proxies else ""


def _forwarded(hop: str, name: str) -> str:
    """A parameter of one hop of Forwarded (RFC 7239), of a proxy that writes no X-Forwarded-*; empty without.

    A proxy that does write them leaves what a client sent as Forwarded unread.
    """
    for pair in hop.split(";"):
        key, _, value = pair.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"')
    return ""
