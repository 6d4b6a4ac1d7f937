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
from kds.postgres.hosts import Primary
from kds.postgres.line import Line
from kds.postgres.shortage import shortage

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

ACQUIRE_TIMEOUT_S = 1.5
RETURN_TIMEOUT_S = 10.0
ASK_AGAIN_S = 0.25
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
AGAIN_FOR_S = 4.5
"""All attempts together, waits for a connection included: a page gives up after 8 s, and must not be answered for
nothing, nor may those who press in vain on one locked order keep the pool from all others."""


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

    def __init__(self, url: str, *, size: int, direct: bool, primary: Primary | None = None) -> None:
        self._url = url
        self._primary = primary or Primary()
        self._size = size
        self._direct = direct
        self._pool: Any = None
        self._line = Line(size)
        self._is_away = False
        self._returning: asyncio.Task[None] | None = None
        self._refusals = 0
        self.disk_was_full_at = -math.inf
        """By time.monotonic()."""

    async def open(self) -> None:
        """Makes the pool; connects only when first asked something."""
        self._pool = await create_pool(
            self._url,
            size=self._size,
            command_timeout_s=COMMAND_TIMEOUT_S,
            direct=self._direct,
            primary=self._primary,
        )

    async def close(self) -> None:
        """Gives all connections back, by force when a query hangs."""
        if self._returning is not None:
            self._returning.cancel()
            await asyncio.wait({self._returning})
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
        try:
            async with self._line.turn():
                connection = await self._take()
                try:
                    yield connection
                finally:
                    await self._pool.release(connection)
        except LOST_ERRORS as error:
            self._refusals += 1
            log.warning("database refused error=%s: %s", type(error).__name__, error)
            raise self._unavailable(error) from error

    async def _take(self) -> Any:
        """A connection that is there, or a new one; while the database is away only `_await_return` asks for one."""
        if self._is_away:
            raise ConnectionError("the database is away")
        try:
            return await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except LOST_ERRORS:
            if self._pool.get_size() == 0 and not self._is_away:
                self._is_away = True
                self._line.send_away()
                self._returning = asyncio.create_task(self._await_return(), name="database away")
            raise

    async def _await_return(self) -> None:
        """Connects for all who are refused meanwhile.

        Thousands that come again and again, each asking every host, would keep a standby from becoming the primary, and
        this process from finding it: what they leave of it is too little for a link to be made as fast as one of them
        can wait.
        """
        try:
            while True:
                try:
                    async with self._pool.acquire(timeout=RETURN_TIMEOUT_S):
                        return
                except LOST_ERRORS as error:
                    log.info("database away error=%s: %s", type(error).__name__, error)
                    await asyncio.sleep(ASK_AGAIN_S)
        finally:
            self._is_away = False

    def _unavailable(self, error: BaseException) -> Unavailable:
        short_of = shortage(error)
        if short_of == "disk space":
            self.disk_was_full_at = time.monotonic()
        return Unavailable(short_of=short_of)

    def use(self) -> PoolUse:
        """How much of the pool is in use just now."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        return PoolUse(size, idle, self._pool.get_max_size(), self._line.waiting, self._refusals)

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
            Unavailable: they were every time, or for AGAIN_FOR_S.
        """
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + AGAIN_FOR_S
        for attempt in range(retries):
            try:
                return await work()
            except _AGAIN:
                pass
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name != "orders_number_key":  # another writer chose the number that was drawn
                    raise
            if loop.time() > gives_up_at:
                break
            await asyncio.sleep(0.01 * 2 ** min(attempt, CONFLICT_RETRIES))
        raise Unavailable("Too many changes at once. Try again.")

    async def give_way(self, method: str, statement: str, *arguments: object) -> Any:
        """As value and its like, for what locks an order and then its parts."""
        return await self.again(lambda: self._change(method, statement, *arguments), GIVE_WAY_RETRIES)

    async def unless_held(self, method: str, statement: str, *arguments: object) -> Any:
        """As give_way, but does not come again: None, and nothing was done, when somebody else held a lock."""
        return await self.together_unless_held(lambda connection: getattr(connection, method)(statement, *arguments))

    async def together(self, work: Callable[[Any], Awaitable[_Result]]) -> _Result:
        """As give_way, for `work` that asks several statements, each of which sees what is committed by then."""
        return await self.again(lambda: self._together(work), GIVE_WAY_RETRIES)

    async def together_unless_held(self, work: Callable[[Any], Awaitable[_Result]]) -> _Result | None:
        """As unless_held, for `work` as together does it."""

        async def change() -> _Result | None:
            try:
                return await self._together(work)
            except _GaveWay:
                return None

        return await self.again(change)

    async def _change(self, method: str, statement: str, *arguments: object) -> Any:
        return await self._together(lambda connection: getattr(connection, method)(statement, *arguments))

    async def _together(self, work: Callable[[Any], Awaitable[_Result]]) -> _Result:
        async with self.connection() as connection:
            try:
                async with connection.transaction(isolation="read_committed"):
                    await connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                    return await work(connection)
            except asyncpg.LockNotAvailableError as error:
                raise _GaveWay from error

    async def rows_at_once(self, statement: str, *arguments: object) -> list[Any]:
        """As rows; when every connection is taken it takes one of its own, for what cannot wait until one is free."""
        if self._line.is_free:
            return await self.rows(statement, *arguments)
        try:
            connection = await connect_as_pool(
                self._url,
                "kds",
                timeout_s=ACQUIRE_TIMEOUT_S,
                command_timeout_s=COMMAND_TIMEOUT_S,
                primary=self._primary,
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
