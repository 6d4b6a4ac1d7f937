"""Many WebSockets on plain sockets, and every way to end them; whoever calls does so in a thread."""

from __future__ import annotations

import base64
import os
import socket
import struct
from collections.abc import Callable

from tests.hardening.wire import frame

GOODBYE = frame(0x88, (1000).to_bytes(2, "big"))
PATIENCE_S = 30


def open_wave(port: int, path: str, count: int, first: bytes) -> list[socket.socket]:
    """So many sockets, each of which has heard `first`, a part of what the server says."""
    wave = [socket.create_connection(("127.0.0.1", port), PATIENCE_S) for _ in range(count)]
    for each in wave:
        key = base64.b64encode(os.urandom(16)).decode()
        each.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
    for each in wave:
        heard = b""
        while first not in heard:
            data = each.recv(65_536)
            assert data, heard
            heard += data
    return wave


def _read_to_the_end(wave: list[socket.socket]) -> None:
    for each in wave:
        try:
            while each.recv(65_536):
                pass
        except ConnectionError:
            pass  # an end too
        each.close()


def reset(wave: list[socket.socket]) -> None:
    """The device loses its power."""
    for each in wave:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()


def hang_up(wave: list[socket.socket]) -> None:
    """The page is closed without a word."""
    for each in wave:
        each.close()


def saying(data: bytes) -> Callable[[list[socket.socket]], None]:
    """Says something after which the server ends the socket."""

    def leave(wave: list[socket.socket]) -> None:
        for each in wave:
            each.sendall(data)
        _read_to_the_end(wave)

    return leave


def answer_goodbyes(wave: list[socket.socket]) -> None:
    """Waits for the server's close frames and answers them, as a browser does."""
    for each in wave:
        heard = b""
        while b"\x88" not in heard and (data := each.recv(65_536)):
            heard += data
        each.sendall(GOODBYE)
    _read_to_the_end(wave)


WAYS: dict[str, Callable[[list[socket.socket]], None]] = {
    "reset": reset,
    "hang up": hang_up,
    "goodbye": saying(GOODBYE),
    "not masked": saying(frame(0x81, b"x", masked=False)),
    "a broken frame": saying(frame(0xF1, b"x")),
    "binary": saying(frame(0x82, b"x")),
    "many pings": saying(frame(0x89, b"") * 200),
    "many messages": saying(frame(0x81, b"x") * 10),
    "a large message": saying(frame(0x81, b"x" * 5000)),
}
