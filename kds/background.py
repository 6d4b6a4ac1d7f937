"""What a process does beside its requests, for as long as it lives: no error ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

log = logging.getLogger(__name__)

RETRY_S = 1.0


async def forever(doing: str, turn: Callable[[], Awaitable[object]], *, retry_s: float = RETRY_S) -> NoReturn:
    """Takes one `turn` after the other; one that fails is logged with what it was `doing`, and the next comes.

    A turn waits for something, or it would leave the event loop to nobody. Only cancelling ends this.
    """
    while True:
        try:
            await turn()
        except Exception:
            log.exception("background work failed: it goes on doing=%s retry_s=%.1f", doing.replace(" ", "-"), retry_s)
            await asyncio.sleep(retry_s)
