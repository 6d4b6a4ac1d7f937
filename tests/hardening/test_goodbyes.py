"""How a socket ends: who is told to go hears why, whatever still waits to be read; who goes by itself is no fault."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from kds.app import OPEN_SOCKETS
from tests.conftest import JWT_SECRET, RunningServer
from tests.hardening.wire import frame, handshake
from tests.orders import place
from tests.patience import eventually
from tests.screen import token_for

SMALL = 4096


class SlowScreen:
    """A plain screen on a raw socket with room for little, which reads when it is told to."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        self.socket.settimeout(10)

    async def open(self) -> None:
        """Connects; the server's side gets as little room."""
        await asyncio.to_thread(self.socket.connect, ("127.0.0.1", self._server.server.port))
        await handshake(_Sink(self.socket), token_for(JWT_SECRET, self._server.branch_id))  # type: ignore[arg-type]
        await asyncio.to_thread(self._read_until, lambda data: data.endswith(b"\r\n\r\n"))
        await eventually(self._is_joined)
        sockets: Any = self._server.server._app[OPEN_SOCKETS]._sockets
        (client,) = sockets
        self.transport: Any = client.subscriber.transport
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)

    async def _is_joined(self) -> bool:
        return self._server.server.open_sockets == 1

    def _read_until(self, is_whole: Callable[[bytes], bool]) -> bytes:
        data = b""
        while not is_whole(data) and (more := self.socket.recv(65_536)):
            data += more
        return data

    def close_codes(self) -> list[int]:
        """Reads all frames to the end, and answers the close frame."""
        data = self._read_until(lambda data: bool(_codes(data)))
        self.socket.sendall(frame(0x88, _codes(data)[0].to_bytes(2, "big")))
        return _codes(data + self._read_until(lambda data: False))


class _Sink:
    """What handshake() writes to."""

    def __init__(self, to: socket.socket) -> None:
        self._to = to

    def write(self, data: bytes) -> None:
        """Sends it."""
        self._to.sendall(data)


def _codes(data: bytes) -> list[int]:
    """The codes of all close frames in a stream of whole or cut frames."""
    codes: list[int] = []
    at = 0
    while at + 2 <= len(data):
        opcode, size, head = data[at] & 0x0F, data[at + 1] & 0x7F, 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[at + 2 : at + head], "big")
        payload = data[at + head : at + head + size]
        if opcode == 8 and len(payload) == size:
            codes.append(int.from_bytes(payload[:2], "big"))
        at += head + size
    return codes


async def test_who_is_told_to_go_hears_why_after_all_that_waits(server: RunningServer, db: Any) -> None:
    screen = SlowScreen(server)
    await screen.open()

    async def much_waits() -> bool:
        await place(db, server.branch_id, note="n" * 150)
        return int(screen.transport.get_write_buffer_size()) > 2 * SMALL

    await eventually(much_waits)
    # what a client says before it has read is no reason to reset what it has not read
    screen.socket.sendall(frame(0x8A, b"unasked pong") * 3)
    await db.execute("TRUNCATE orders CASCADE")  # a plain screen must read the list again
    await eventually(lambda: _left(server))
    assert await asyncio.to_thread(screen.close_codes) == [4010]
    assert screen.transport.is_closing()
    screen.socket.close()


async def _left(server: RunningServer) -> bool:
    return server.server.open_sockets == 0


async def test_who_does_not_answer_is_cut_off_and_holds_no_descriptor(server: RunningServer, db: Any) -> None:
    screen = SlowScreen(server)
    await screen.open()
    await db.execute("TRUNCATE orders CASCADE")
    await eventually(lambda: _left(server))

    async def is_cut() -> bool:
        return bool(screen.transport.get_extra_info("socket").fileno() == -1)

    await eventually(is_cut)
    screen.socket.close()


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999, None])
async def test_who_goes_by_itself_is_answered_with_its_own_code(server: RunningServer, code: int | None) -> None:
    screen = SlowScreen(server)
    await screen.open()
    screen.socket.sendall(frame(0x88, b"" if code is None else code.to_bytes(2, "big")))
    data = await asyncio.to_thread(screen._read_until, lambda data: False)
    assert _codes(data) == [code or 1000]
    screen.socket.close()
