"""Waits for a condition with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 15.0


async def eventually(condition: Callable[[], Awaitable[object]], within_s: float = PATIENCE_S) -> None:
    """Returns when the condition holds.

    Raises:
        TimeoutError: it does not hold in time.
    """
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.02)
