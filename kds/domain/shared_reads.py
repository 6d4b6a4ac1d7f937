"""One read for all who ask for the same at once, none older than its question, and one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from uuid import UUID

from kds.background import start_shared

T = TypeVar("T")


class SharedReads(Generic[T]):
    """Reads of one key follow each other: who asks while one runs shares the next.

    So what comes back later was read later, and no client is shown an older state after a newer one.
    """

    def __init__(self, read: Callable[[UUID], Awaitable[T]]) -> None:
        self._read = read
        self._next: dict[UUID, asyncio.Task[T]] = {}
        self._running: dict[UUID, asyncio.Task[T]] = {}

    async def read(self, key: UUID) -> T:
        """As `read`, begun from now on."""
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = start_shared(self._follow(key, self._running.get(key)))
        return await asyncio.shield(task)

    async def _follow(self, key: UUID, earlier: asyncio.Task[T] | None) -> T:
        if earlier is not None:
            await asyncio.wait([earlier])
        task = self._running[key] = self._next.pop(key)
        try:
            return await self._read(key)
        finally:
            if self._running.get(key) is task:
                del self._running[key]
