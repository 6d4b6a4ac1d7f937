"""How long each turn of the event loop takes, in CPU time: what else runs on the machine counts for nothing.

The server runs in this process's loop, whoever asks it runs in a thread with plain sockets: every turn is the server's.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

REPEATS = 3
SILENCE_S = 0.1


class Turns:
    """Measures requests, one after the other."""

    def __init__(self, url: str, longest_s: list[float]) -> None:
        self._url = url
        self._longest_s = longest_s

    async def longest_ms(self, request: bytes) -> float:
        """The longest turn that this request costs, with the end of its connection: the least of some tries.

        The least, for the first may fill what is kept, and any may meet work of the relay.
        """
        return min([await self.once_ms(request) for _ in range(1 + REPEATS)])

    async def once_ms(self, request: bytes) -> float:
        """The longest turn of one try."""
        self._longest_s[0] = 0.0
        await asyncio.to_thread(ask, self._url, request)
        await asyncio.sleep(0)  # what comes after the last byte
        return 1000 * self._longest_s[0]


@contextmanager
def measured(url: str) -> Iterator[Turns]:
    """Measures every callback that the loop runs, without passes of the garbage collector."""
    longest_s = [0.0]
    run: Any = asyncio.Handle._run

    def measure(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        longest_s[0] = max(longest_s[0], time.thread_time() - began)

    gc.collect()
    gc.disable()
    asyncio.Handle._run = measure  # type: ignore[assignment, method-assign]
    try:
        yield Turns(url, longest_s)
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.enable()


def ask(url: str, request: bytes) -> bytes:
    """Sends bytes; what the server says until it closes, or, on a WebSocket, until it says nothing for a moment."""
    parts = urlsplit(url)
    answer = b""
    with socket.create_connection((parts.hostname, parts.port), 30) as connection:
        connection.sendall(request)
        if b"Upgrade: websocket" in request:
            connection.settimeout(SILENCE_S)
        try:
            while data := connection.recv(65_536):
                answer += data
        except (TimeoutError, ConnectionError):
            pass  # an open socket is silent; a request that is no HTTP may be cut off
    return answer
