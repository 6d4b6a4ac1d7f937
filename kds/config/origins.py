"""What an origin is, as a browser means it: however it is written, the same one has one text."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]")


def normal_origin(text: str) -> str | None:
    """An origin as browsers write it, `https://order.example.com`: lower case, no default port, no dot at the end.

    None when it is no origin: `null`, a path, a user, a host that cannot be.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    host = _normal_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or host is None or parts.path not in ("", "/"):
        return None
    if parts.query or parts.fragment or "@" in parts.netloc or text.strip().endswith(("?", "#")):
        return None
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def origin_of_host(host: str, scheme: str) -> str | None:
    """The origin that a Host header stands for; None when it holds no host."""
    return normal_origin(f"{scheme}://{host}")


def dotted_origin(origin: str) -> str:
    """The other way to write a normal origin: a page whose address has a dot after the host has an origin that does."""
    scheme, slashes, host = origin.partition("://")
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    return f"{scheme}{slashes}{name}{'' if name.startswith('[') else '.'}{colon}{port}"


def _normal_host(host: str) -> str | None:
    host = host.lower().removesuffix(".")
    if ":" in host:
        try:
            return f"[{IPv6Address(host)}]"
        except ValueError:
            return None
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return None
    return host if _HOST.fullmatch(host) else None
