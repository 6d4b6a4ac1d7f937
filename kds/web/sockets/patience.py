"""Waits for a database that is not back yet: the link, which tells sockets to read anew, can be ahead of the pool."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from kds.errors import Unavailable

WITHIN_S = 10.0
FIRST_PAUSE_S = 0.25
LAST_PAUSE_S = 2.0
"""Each pause is twice the one before: ten thousand phones that ask at once leave the loop to the others."""


async def read_in_time(read: Callable[[], Awaitable[int | None]], *, is_over: Callable[[], bool]) -> int | None:
    """What `read` returns, asked again while the database is away; None once nobody waits for it, `is_over`.

    Raises:
        Unavailable: it was away for WITHIN_S.
    """
    loop = asyncio.get_running_loop()
    gives_up_at, pause_s = loop.time() + WITHIN_S, FIRST_PAUSE_S
    while not is_over():
        try:
            return await read()
        except Unavailable:
            if loop.time() > gives_up_at:
                raise
            await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
            pause_s = min(2 * pause_s, LAST_PAUSE_S)
    return None
