"""A process of its own that holds many WebSockets of one branch and tells how late each message came.

`python -m tests.bench.readers HOST:PORT SOCKETS KIND PATH...`: prints "ready" when all are open, each with the next of
the paths; at the end of standard input it prints `{"messages": n, "p50_ms": ..., "p99_ms": ..., "closed": n}`. A
message carries the second of the machine's monotonic clock at which its writer began, as `AT[seconds]`. KIND is plain,
socket.io, or storm: then all connect at once, and what is measured is the time from each connect to its snapshot.
Raw sockets, the same for every server. They stand for other machines, so they shall not cost the server's CPU: they
do not preempt it on its core, and they acknowledge what they read themselves, also after they have answered a ping.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import sys
import time
from functools import partial
from typing import cast

import uvloop

from kds.process import raise_descriptor_limit
from tests.bench.phones import frame_size

_PING = 0x89
_MASKED_PONG = b"\x8a\x80\0\0\0\0"
_ENGINE_PING, _ENGINE_PONG = b"2", b"\x81\x81\0\0\0\x003"
_SOCKET_CONNECT, _SOCKET_CONNECTED = b"\x81\x82\0\0\0\x0040", b"40"
_MARK = b"AT["
_SNAPSHOT = b'"type":"SNAPSHOT"'
CONNECTING = 16


class Reader(asyncio.Protocol):
    """One WebSocket."""

    def __init__(
        self, request: bytes, late_s: list[float], opened: asyncio.Future[bool], kind: str, began: float
    ) -> None:
        self._request = request
        self._late_s = late_s
        self._opened = opened
        self._is_socket_io = kind == "socket.io"
        self._is_storm = kind == "storm"
        self._began = began
        self._is_upgraded = False
        self._waiting = b""
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the handshake."""
        # uvloop's transport is an asyncio.Transport only in what it does
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, _error: Exception | None) -> None:
        """A server that closes has lost."""
        self.is_closed = True

    def data_received(self, data: bytes) -> None:
        """Takes the handshake, then whole frames."""
        data = self._waiting + data if self._waiting else data
        if not self._is_upgraded:
            head, mark, data = data.partition(b"\r\n\r\n")
            if not mark:
                self._waiting = head
                return
            self._is_upgraded = head.startswith(b"HTTP/1.1 101")
            if not self._is_upgraded:
                self._settle(opened=False)
                return
            if self._is_socket_io:
                self._transport.write(_SOCKET_CONNECT)
            elif not self._is_storm:
                self._settle(opened=True)
        now, start = time.monotonic(), 0
        while (size := frame_size(data, start)) and len(data) >= start + size:
            self._hear(data, start, start + size, now)
            start += size
        self._waiting = data[start:]

    def _hear(self, data: bytes, start: int, end: int, now: float) -> None:
        if data[start] == _PING:
            self._say(_MASKED_PONG)
            return
        if data.find(_SNAPSHOT, start, end) >= 0:
            if self._is_storm:
                self._late_s.append(now - self._began)
                self._settle(opened=True)
            return
        at = data.find(_MARK, start, end)
        if at >= 0:
            at += len(_MARK)
            self._late_s.append(now - float(data[at : data.index(b"]", at)]))
        elif self._is_socket_io:
            self._answer(data[start:end][2:])

    def _answer(self, packet: bytes) -> None:
        if packet.startswith(_SOCKET_CONNECTED):
            self._settle(opened=True)
        elif packet == _ENGINE_PING:
            self._say(_ENGINE_PONG)

    def _say(self, frame: bytes) -> None:
        self._transport.write(frame)
        if hasattr(socket, "TCP_QUICKACK"):  # or the next ACKs would wait, and be made while the server sends
            self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _settle(self, *, opened: bool) -> None:
        if not self._opened.done():
            self._opened.set_result(opened)
        if not opened:
            self._transport.close()


async def hold(address: str, count: int, kind: str, paths: list[str]) -> dict[str, float]:
    """Opens all, waits for the end of standard input, and sums up."""
    loop = asyncio.get_running_loop()
    host, port = address.rsplit(":", 1)
    late_s: list[float] = []
    readers: list[Reader] = []
    turns = asyncio.Semaphore(count if kind == "storm" else CONNECTING)

    async def open_one(path: str) -> None:
        is_open, began = False, time.monotonic()
        while not is_open:  # a busy server says 503
            request = (
                f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
            ).encode()
            async with turns:
                opened: asyncio.Future[bool] = loop.create_future()
                make = partial(Reader, request, late_s, opened, kind, began)
                _, reader = await loop.create_connection(make, host, int(port))
                is_open = await opened
        readers.append(reader)

    await asyncio.gather(*(open_one(paths[number % len(paths)]) for number in range(count)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    late_s.sort()
    p50, p99 = (round(1000 * late_s[len(late_s) * share // 100], 2) if late_s else 0.0 for share in (50, 99))
    closed = sum(reader.is_closed for reader in readers)
    return {"messages": len(late_s), "p50_ms": p50, "p99_ms": p99, "closed": closed}


if __name__ == "__main__":
    raise_descriptor_limit()
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    print(json.dumps(uvloop.run(hold(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]))), flush=True)
