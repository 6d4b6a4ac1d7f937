"""What a process does beside its requests: for as long as it lives, or for whoever waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

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


def start_shared(work: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
    """Begins what several may wait for, each with `asyncio.shield`, and any of them may leave.

    Whoever still waits gets its error. When all have left, nobody asks, and asyncio does not report it as forgotten.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_take_error)
    return task


def _take_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
