"""Every open socket of the process: how each is let in and lives on, and how all of them end together."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any, Protocol

from aiohttp import WSCloseCode, web

from kds.web.responses import Handler

log = logging.getLogger(__name__)


class Endable(Protocol):
    """A socket that can be ended, see client_socket.py."""

    kind: str

    @property
    def response(self) -> web.WebSocketResponse:
        """Its handshake, as aiohttp answers it."""

    def end(self, code: int, reason: str) -> None:
        """Closes it."""


RESTART = "server restarts"
ACCEPTED: web.RequestKey[asyncio.Future[Endable]] = web.RequestKey("accepted", asyncio.Future)
"""Set by the socket that has answered the handshake."""


class OpenSockets:
    """Every open socket of the process, for the limits and for a graceful end."""

    def __init__(self) -> None:
        self._sockets: set[Endable] = set()
        self.kinds: Counter[str] = Counter()
        self._turns = asyncio.Lock()
        self._lives: dict[asyncio.Future[web.StreamResponse], Endable] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._is_ending = False

    def __len__(self) -> int:
        return len(self._sockets)

    async def turn(self) -> None:
        """Lets one handshake through in each round of the event loop, so that a thousand at once delay no event."""
        async with self._turns:
            await asyncio.sleep(0)

    async def let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers a handshake as the handler of a socket does, which lives on in a task of its own.

        For aiohttp the request is over then: what it keeps of one that lasts, its head, what reads it, and a dozen
        frames, is as large as a socket.
        """
        accepted: asyncio.Future[Endable] = asyncio.get_running_loop().create_future()
        request[ACCEPTED] = accepted
        life = asyncio.ensure_future(handler(request))
        either: tuple[asyncio.Future[Any], ...] = (accepted, life)
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not accepted.done():
                return await life
            client = accepted.result()
            self._lives[life] = client
            life.add_done_callback(self._end_life)
            if self._is_ending:
                client.end(WSCloseCode.GOING_AWAY, RESTART)
            return client.response
        except asyncio.CancelledError:
            life.cancel()
            raise
        finally:
            del life, either  # an error leads to this frame: it would be a circle

    def _end_life(self, life: asyncio.Future[web.StreamResponse]) -> None:
        client = self._lives.pop(life)
        if not life.cancelled() and (error := life.exception()) is not None:
            log.error("socket fault: the client connects anew", exc_info=error)
            client.end(WSCloseCode.INTERNAL_ERROR, "fault of ours")

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
        self._is_ending = True
        for client in list(self._sockets):
            client.end(WSCloseCode.GOING_AWAY, RESTART)
        while self._closing or self._lives:
            lasting: set[asyncio.Future[Any]] = {*self._closing, *self._lives}
            await asyncio.wait(lasting)
