"""Every open socket of the process, and how all of them end together."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Protocol

from aiohttp import WSCloseCode


class Endable(Protocol):
    """A socket that can be ended, see client_socket.py."""

    kind: str

    def end(self, code: int, reason: str) -> None:
        """Closes it."""


class OpenSockets:
    """Every open socket of the process, for the limits and for a graceful end."""

    def __init__(self) -> None:
        self._sockets: set[Endable] = set()
        self.kinds: Counter[str] = Counter()
        self._turns = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._sockets)

    async def turn(self) -> None:
        """Lets one handshake through in each round of the event loop, so that a thousand at once delay no event."""
        async with self._turns:
            await asyncio.sleep(0)

    def add(self, client: Endable) -> None:
        """A socket was accepted."""
        self._sockets.add(client)
        self.kinds[client.kind] += 1

    def remove(self, client: Endable) -> None:
        """A socket is over."""
        if client in self._sockets:
            self._sockets.remove(client)
            self.kinds[client.kind] -= 1

    def closing(self, task: asyncio.Task[None]) -> None:
        """Keeps a close until it is done."""
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def end_all(self) -> None:
        """Tells every client 1001, all at once, and waits until each has heard or was cut off."""
        for client in list(self._sockets):
            client.end(WSCloseCode.GOING_AWAY, "server restarts")
        if self._closing:
            await asyncio.wait(self._closing)
