"""The pool through which every room asks PostgreSQL.

A database that is away, full or locked becomes `Unavailable` here, once, so that no handler needs to know asyncpg.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

import asyncpg

from kds.errors import Unavailable
from kds.postgres.connect import LOST_ERRORS, connect_as_pool, create_pool
from kds.postgres.shortage import shortage

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

ACQUIRE_TIMEOUT_S = 1.5
COMMAND_TIMEOUT_S = 4.0
DISK_FULL_FOR_S = 10.0
"""For so long after a write that found the disk full nobody is sent here; what is read goes on. Open screens are noted
more often than that, so it is known again in time."""
CONFLICT_RETRIES = 5
"""Deadlocks and serialization failures are nobody's fault: the transaction runs again."""
GIVE_WAY_MS = 300
"""A cook's action waits so long for a lock, then lets go of its own and comes again. PostgreSQL looks for a deadlock
after deadlock_timeout, 1 s, so the other, a till that locked the parts first, is never the one that it ends."""
GIVE_WAY_RETRIES = 10


class _GaveWay(Exception):
    """Somebody else held a lock for GIVE_WAY_MS."""


_AGAIN: tuple[type[BaseException], ...] = (
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidCachedStatementError,  # a migration changed a table after the statement was prepared
    _GaveWay,
)


@dataclass(frozen=True)
class PoolUse:
    """The connections of the pool: open, idle, at most; who waits for one; how often the database was not to be had."""

    size: int
    idle: int
    size_max: int
    waiting: int
    refusals: int


class Pool:
    """`size` connections that are made when they are first asked something; not `direct` means through a pooler."""

    def __init__(self, url: str, *, size: int, direct: bool) -> None:
        self._url = url
        self._size = size
        self._direct = direct
        self._pool: Any = None
        self._asking = 0
        self._refusals = 0
        self.disk_was_full_at = -math.inf
        """By time.monotonic()."""

    async def open(self) -> None:
        """Makes the pool; connects only when first asked something."""
        self._pool = await create_pool(
            self._url, size=self._size, command_timeout_s=COMMAND_TIMEOUT_S, direct=self._direct
        )

    async def close(self) -> None:
        """Gives all connections back, by force when a query hangs."""
        try:
            async with asyncio.timeout(2.0):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One connection of the pool.

        Raises:
            Unavailable: none is free in time, or the database cannot work now.
        """
        self._asking += 1
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection
        except LOST_ERRORS as error:
            self._refusals += 1
            log.warning("database refused error=%s: %s", type(error).__name__, error)
            raise self._unavailable(error) from error
        finally:
            self._asking -= 1

    def _unavailable(self, error: BaseException) -> Unavailable:
        short_of = shortage(error)
        if short_of == "disk space":
            self.disk_was_full_at = time.monotonic()
        return Unavailable(short_of=short_of)

    def use(self) -> PoolUse:
        """How much of the pool is in use just now."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        waiting = max(0, self._asking - (size - idle))
        return PoolUse(size, idle, self._pool.get_max_size(), waiting, self._refusals)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One transaction: committed when the block ends, undone when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        """All rows of a statement."""
        return await self._run("fetch", statement, *arguments)  # type: ignore[no-any-return]

    async def row(self, statement: str, *arguments: object) -> Any:
        """Its first row, None when it has none."""
        return await self._run("fetchrow", statement, *arguments)

    async def value(self, statement: str, *arguments: object) -> Any:
        """The first value of its first row, None when it has none."""
        return await self._run("fetchval", statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> int:
        """How many rows the statement touched."""
        return int((await self._run("execute", statement, *arguments)).rpartition(" ")[2])

    async def _run(self, method: str, statement: str, *arguments: object) -> Any:
        async def ask() -> Any:
            async with self.connection() as connection:
                return await getattr(connection, method)(statement, *arguments)

        return await self.again(ask)

    async def again(self, work: Callable[[], Awaitable[_Result]], retries: int = CONFLICT_RETRIES) -> _Result:
        """Does something that is a transaction by itself, anew when others were in its way.

        Raises:
            Unavailable: they were every time.
        """
        for attempt in range(retries):
            try:
                return await work()
            except _AGAIN:
                pass
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name != "orders_number_key":  # another writer chose the number that was drawn
                    raise
            await asyncio.sleep(0.01 * 2 ** min(attempt, CONFLICT_RETRIES))
        raise Unavailable("Too many changes at once. Try again.")

    async def give_way(self, method: str, statement: str, *arguments: object) -> Any:
        """As value and its like, for what locks an order and then its parts."""

        async def change() -> Any:
            async with self.connection() as connection:
                try:
                    async with connection.transaction():
                        await connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                        return await getattr(connection, method)(statement, *arguments)
                except asyncpg.LockNotAvailableError as error:
                    raise _GaveWay from error

        return await self.again(change, GIVE_WAY_RETRIES)

    async def rows_at_once(self, statement: str, *arguments: object) -> list[Any]:
        """As rows; when every connection is taken it takes one of its own, for what cannot wait until one is free."""
        use = self.use()
        if use.idle > 0 or use.size < use.size_max:
            return await self.rows(statement, *arguments)
        try:
            connection = await connect_as_pool(
                self._url, "kds", timeout_s=ACQUIRE_TIMEOUT_S, command_timeout_s=COMMAND_TIMEOUT_S
            )
            try:
                return list(await connection.fetch(statement, *arguments))
            finally:
                connection.terminate()
        except LOST_ERRORS as error:
            raise self._unavailable(error) from error


class Queries:
    """The questions of a room: its statements, as sql/queries has them, asked through the pool of the process."""

    def __init__(self, pool: Pool, sql: SimpleNamespace) -> None:
        self.pool = pool
        self._sql = sql
