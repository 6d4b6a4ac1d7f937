"""A process of its own that holds many phones' sockets and tells when each hears of a change.

`python -m tests.bench.phones URL CONNECTING`: reads lines of "ORDER_ID TOKEN" up to an empty one, prints "ready" when
all are open, then "ORDER_ID SECONDS" for the first change of each order, by the machine's monotonic clock. Ends at the
end of standard input. Raw sockets: a client library would need more memory than the server.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import uvloop

from kds.process import raise_descriptor_limit

_CHANGE = b'"status":"READY"'
_PING = 0x89
_MASKED_PONG = b"\x8a\x80\0\0\0\0"


class Phone(asyncio.Protocol):
    """One WebSocket: answers pings, hears the frame that says READY."""

    def __init__(self, host: str, order_id: str, token: str, opened: asyncio.Future[bool]) -> None:
        self._head = (
            f"GET /public/order/{order_id}/live?token={token} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        ).encode()
        self._order_id = order_id
        self._opened = opened
        self._waiting = b""
        self._is_open = False
        self._has_told = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the handshake."""
        # uvloop's transport is an asyncio.Transport only in what it does
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        """Takes the handshake, then whole frames."""
        data = self._waiting + data
        if not self._is_open:
            head, mark, data = data.partition(b"\r\n\r\n")
            if not mark:
                self._waiting = head
                return
            self._is_open = head.startswith(b"HTTP/1.1 101")
            self._opened.set_result(self._is_open)
            if not self._is_open:
                self._transport.close()
                return
        while (size := frame_size(data)) and len(data) >= size:
            self._hear(data[:size])
            data = data[size:]
        self._waiting = data

    def _hear(self, frame: bytes) -> None:
        if frame[0] == _PING:
            self._transport.write(_MASKED_PONG)
        elif not self._has_told and _CHANGE in frame:
            self._has_told = True
            print(self._order_id, time.monotonic(), flush=True)


def frame_size(data: bytes, start: int = 0) -> int:
    """The size of the frame at `start`, head included; 0 when its head is not whole. Server frames are not masked."""
    if len(data) < start + 2:
        return 0
    length = data[start + 1]
    if length < 126:
        return 2 + length
    width = 2 if length == 126 else 8
    head = start + 2 + width
    return 2 + width + int.from_bytes(data[start + 2 : head], "big") if len(data) >= head else 0


async def hold(url: str, connecting: int, links: list[tuple[str, str]]) -> None:
    """Opens all sockets, so many at a time, and holds them until standard input ends."""
    loop = asyncio.get_running_loop()
    address = urlsplit(url)
    host, port = str(address.hostname), int(address.port or 80)
    turns = asyncio.Semaphore(connecting)

    async def open_one(order_id: str, token: str) -> None:
        is_open = False
        while not is_open:  # a busy server says 503: a phone tries again
            async with turns:
                opened: asyncio.Future[bool] = loop.create_future()
                await loop.create_connection(partial(Phone, address.netloc, order_id, token, opened), host, port)
                is_open = await opened

    await asyncio.gather(*(open_one(*link) for link in links))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    raise_descriptor_limit()
    wanted = [(line.split()[0], line.split()[1]) for line in iter(sys.stdin.readline, "\n")]
    uvloop.run(hold(sys.argv[1], int(sys.argv[2]), wanted))
