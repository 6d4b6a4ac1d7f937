"""Who waits for a connection of the pool: first come, first served, and not in vain.

After an outage everybody comes at once. Who is refused then comes again, behind those who came later, so a line that
moves is worth waiting in. One that stands is not: what holds the connections holds them for everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

WAIT_MAX_S = 3.0
"""An order takes two turns, and our own pages give up after 8 s: what is placed for one that left is in vain."""
STANDING_MAX_S = 1.5
WAITING_MAX = 2000


class NoTurn(ConnectionError):
    """No connection was free in time."""


class Line:
    """At most `places` at once have a turn."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._moved_at = 0.0

    @property
    def is_free(self) -> bool:
        """Whether who comes now has a turn at once."""
        return self._free > 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One turn, when it comes.

        Raises:
            NoTurn: too many wait, or nobody had a turn for STANDING_MAX_S, or this one none for WAIT_MAX_S.
        """
        if self._free > 0:
            self._free -= 1
        elif len(self._waiting) >= WAITING_MAX:
            raise NoTurn(f"{WAITING_MAX} wait for a connection already")
        else:
            await self._wait()
        self._moved_at = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._give_turn()

    def send_away(self) -> None:
        """The database is away: nobody waits for what will not come."""
        while self._waiting:
            self._waiting.popleft().set_exception(NoTurn("the database is away"))

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        came_at = loop.time()
        turn = loop.create_future()
        self._waiting.append(turn)
        try:
            while not turn.done():
                ends_at = min(came_at + WAIT_MAX_S, max(came_at, self._moved_at) + STANDING_MAX_S)
                if loop.time() >= ends_at:
                    raise NoTurn(f"no connection was free in {loop.time() - came_at:.1f} s")
                await asyncio.wait({turn}, timeout=ends_at - loop.time())
            turn.result()
        except BaseException:
            if not turn.done():
                self._waiting.remove(turn)
            elif turn.exception() is None:
                self._give_turn()  # it came just as we left
            raise

    def _give_turn(self) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1
