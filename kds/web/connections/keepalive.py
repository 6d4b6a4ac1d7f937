"""Lets the system end connections whose other side is gone."""

from __future__ import annotations

import socket as sockets
from typing import Any


def guard_against_dead_peers(connection: Any) -> None:
    """Lets the system end a connection whose other side is gone, or takes nothing, within 25 s; None is left alone.

    What accepts connections hands it on to each of them.
    """
    if connection is None or connection.family not in {sockets.AF_INET, sockets.AF_INET6}:
        return
    options = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 20_000}
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
    connection.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    for name, value in options.items():
        if hasattr(sockets, name):  # Linux has all of them; elsewhere the pings alone find a dead peer
            connection.setsockopt(sockets.IPPROTO_TCP, getattr(sockets, name), value)
