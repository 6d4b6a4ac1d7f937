"""How long each turn of the event loop takes, in CPU time: what else runs on the machine counts for nothing.

The server runs in this process's loop, whoever asks it runs in a thread with plain sockets: every turn is the server's.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

REPEATS = 3


@contextmanager
def _measured() -> Iterator[list[float]]:
    """The CPU seconds of every callback that the loop runs, without passes of the garbage collector."""
    seconds: list[float] = []
    run: Any = asyncio.Handle._run

    def measure(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        seconds.append(time.thread_time() - began)

    gc.collect()
    gc.disable()
    asyncio.Handle._run = measure  # type: ignore[assignment, method-assign]
    try:
        yield seconds
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.enable()


async def longest_turn_ms(url: str, request: bytes) -> float:
    """The longest turn that this request costs, whole and of its connection's end: the least of some tries, after one.

    The first try is not counted: it fills what is kept. The least is what the request itself needs.
    """
    await asyncio.to_thread(ask, url, request)
    found: list[float] = []
    for _ in range(REPEATS):
        with _measured() as seconds:
            await asyncio.to_thread(ask, url, request)
        found.append(1000 * max(seconds))
    return min(found)


def ask(url: str, request: bytes, timeout_s: float = 30.0) -> bytes:
    """Sends bytes and reads until the server closes; the request says that it should."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout_s) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def get(path: str, *headers: str) -> bytes:
    """A GET as bytes, after which the server closes."""
    lines = "".join(f"{line}\r\n" for line in ("Host: x", "Connection: close", *headers))
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


Request = Callable[[], bytes]
