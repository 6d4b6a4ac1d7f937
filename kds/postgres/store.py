"""Everything the HTTP side asks PostgreSQL, one method per question, through one pool.

A database that is away, full or locked becomes `Unavailable` here, once, so that no handler needs to know asyncpg.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from kds.domain.pace import NO_PACE, Pace, StationPace
from kds.errors import Unavailable
from kds.postgres.connect import DATA_ERRORS, LOST_ERRORS, connect_as_pool, create_pool
from kds.postgres.shortage import Hoarder, read_hoarder, shortage
from kds.postgres.statements import one_by_one
from kds.relay.broken import BrokenOrders
from kds.web.login.identity import Identity

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

ACQUIRE_TIMEOUT_S = 1.5
COMMAND_TIMEOUT_S = 4.0
DISK_FULL_FOR_S = 10.0
"""For so long after a write that found the disk full nobody is sent here; what is read goes on. Open screens are noted
more often than that, so it is known again in time."""
CANCEL_AT_ONCE = 200
"""Orders in one transaction: more would hold the branch's lock for long."""
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
class Missed:
    """What a resuming screen has to be told; not resumable means by a snapshot."""

    epoch: str
    head: int
    resumable: bool
    events: list[Any]


@dataclass(frozen=True)
class PoolUse:
    """The connections of the pool: open, idle, at most; who waits for one; how often the database was not to be had."""

    size: int
    idle: int
    size_max: int
    waiting: int
    refusals: int


@dataclass(frozen=True)
class Snapshot:
    """A board, whole: order objects as JSON texts, at a revision whose event was written at `timestamp`."""

    epoch: str
    revision: int
    timestamp: str | None
    orders: list[str]


@dataclass(frozen=True)
class OrderList:
    """Orders of a branch as JSON texts, at a revision."""

    epoch: str
    revision: int
    orders: list[str]


class Store:
    """The questions of the service, asked through a pool of `size` connections; `broken` is told what it comes upon."""

    def __init__(self, url: str, sql: SimpleNamespace, broken: BrokenOrders, *, size: int, direct: bool) -> None:
        self._url = url
        self._sql = sql
        self._broken = broken
        self._size = size
        self._direct = direct
        self._pool: Any = None
        self._asking = 0
        self._refusals = 0
        self._disk_was_full_at = -math.inf
        self._roles: dict[int, str] = {}

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
            self._disk_was_full_at = time.monotonic()
        return Unavailable(short_of=short_of)

    def pool_use(self) -> PoolUse:
        """How much of the pool is in use just now."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        waiting = max(0, self._asking - (size - idle))
        return PoolUse(size, idle, self._pool.get_max_size(), waiting, self._refusals)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """One transaction: committed when the block ends, undone when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def _rows(self, statement: str, *arguments: object) -> list[Any]:
        return await self._run("fetch", statement, *arguments)  # type: ignore[no-any-return]

    async def _row(self, statement: str, *arguments: object) -> Any:
        return await self._run("fetchrow", statement, *arguments)

    async def _value(self, statement: str, *arguments: object) -> Any:
        return await self._run("fetchval", statement, *arguments)

    async def _execute(self, statement: str, *arguments: object) -> int:
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

    async def _give_way(self, method: str, statement: str, *arguments: object) -> Any:
        """As _run, for what locks an order and then its parts."""

        async def change() -> Any:
            async with self.connection() as connection:
                try:
                    async with connection.transaction():
                        await connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                        return await getattr(connection, method)(statement, *arguments)
                except asyncpg.LockNotAvailableError as error:
                    raise _GaveWay from error

        return await self.again(change, GIVE_WAY_RETRIES)

    # Branch and staff

    async def branch(self, branch_id: UUID) -> Any:
        """The branch with its stations and age thresholds (JSON text), None when there is none."""
        return await self._row(self._sql.read_branch, branch_id)

    async def staff_by_name(self, username: str) -> Any:
        """id, branch_id, username, password_hash, role, active, generation; None when unknown."""
        return await self._row(self._sql.read_staff_by_name, username)

    async def staff(self, staff_id: UUID) -> Any:
        """As staff_by_name."""
        return await self._row(self._sql.read_staff, staff_id)

    async def session(self, identity: Identity) -> Any:
        """The member and the session of a token at one moment, None when there is no such member.

        id, branch_id, username, role, active, generation; revoked_at (None when never); turn, ended and age_s of the
        session (None when it was neither renewed nor signed out).
        """
        return await self._row(self._sql.read_session, identity.staff_id, identity.session_id)

    async def session_end(self, branch_id: UUID, logged_in_at: datetime) -> datetime | None:
        """When a session that began then ends: at a start of the branch's day; None when its branch or zone is gone."""
        try:
            end: datetime | None = await self._value(self._sql.read_session_end, branch_id, logged_in_at)
        except asyncpg.InvalidParameterValueError:  # a time zone that this server has no more: see kds doctor
            return None
        return end

    async def endings(self, since: str) -> list[Any]:
        """What ended since a snapshot: one row at least, with snapshot, epoch and clock; see read_endings.

        When every connection of the pool is taken it takes one of its own: what is over cannot wait for what is not.
        """
        use = self.pool_use()
        if use.idle > 0 or use.size < use.size_max:
            return await self._rows(self._sql.read_endings, since)
        try:
            connection = await connect_as_pool(
                self._url, "kds", timeout_s=ACQUIRE_TIMEOUT_S, command_timeout_s=COMMAND_TIMEOUT_S
            )
            try:
                return list(await connection.fetch(self._sql.read_endings, since))
            finally:
                connection.terminate()
        except LOST_ERRORS as error:
            raise self._unavailable(error) from error

    async def tell_clock(self, instance: str, apart_s: float) -> None:
        """Tells `kds doctor` how far the database's clock is ahead of this process's."""
        await self._value(self._sql.tell_clock, instance, apart_s)

    async def note_sessions(self, used: list[Identity]) -> None:
        """Notes which turn of these sessions is in use: those before it are over."""
        ids, staff, turns = zip(*((each.session_id, each.staff_id, each.turn) for each in used), strict=True)
        await self._execute(self._sql.note_sessions, list(ids), list(staff), list(turns))

    async def end_session(self, identity: Identity) -> bool:
        """Signs a session out, everywhere; whether there is such a member."""
        return bool(await self._execute(self._sql.end_session, identity.session_id, identity.staff_id, identity.turn))

    async def change_password(self, staff_id: UUID, password_hash: str, new_hash: str) -> Any:
        """As staff_by_name, after the change; None when the password is another by now, or the member is not active."""
        return await self._row(self._sql.change_password, staff_id, password_hash, new_hash)

    # The board

    async def list_orders(self, branch_id: UUID, statuses: Iterable[str]) -> OrderList:
        """The orders of a branch with one of these statuses, open ones all, ended ones the last."""
        rows = await self._orders(self._sql.list_orders, branch_id, branch_id, list(statuses))
        return OrderList(rows[0]["epoch"], rows[0]["revision"], _bodies(rows))

    async def snapshot(self, branch_id: UUID) -> Snapshot:
        """The whole board of a branch, read at one moment."""
        rows = await self._orders(self._sql.read_snapshot, branch_id, branch_id)
        if all(row["fault"] is None for row in rows):
            self._broken.clear(branch_id)
        first = rows[0]
        return Snapshot(first["epoch"], first["revision"], first["timestamp"], _bodies(rows))

    async def missed(self, branch_id: UUID, since: int, epoch: str, at: str | None, at_most: int) -> Missed:
        """What changed after `since`; not resumable when that is another history, too old, or too much."""
        rows = await self._orders(self._sql.read_missed, branch_id, branch_id, since, epoch, at, at_most + 1)
        events = [row for row in rows if row["revision"] is not None]
        resumable = rows[0]["resumable"] and len(events) <= at_most and all(row["kind"] != "RESYNC" for row in events)
        told = [row for row in events if row["fault"] is None]
        return Missed(rows[0]["epoch"], rows[0]["head"], resumable, told)

    async def _orders(self, statement: str, branch_id: UUID | None, *arguments: object) -> list[Any]:
        """Rows with the `body` of an order each, or the `fault` that left it out; read one by one when they must be."""
        if branch_id is not None and self._broken.are_in(branch_id):
            rows = await self._rows(one_by_one(statement), *arguments)
        else:
            try:
                rows = await self._rows(statement, *arguments)
            except DATA_ERRORS as error:
                log.warning("orders are read one by one error=%s: %s", type(error).__name__, error)
                rows = await self._rows(one_by_one(statement), *arguments)
        for row in rows:
            if row["fault"] is not None:
                self._broken.note(row.get("branch_id", branch_id), row["order_id"], row["fault"])
        return rows

    # Cooks

    async def act(self, statement: str, *arguments: object) -> bool:
        """Runs a compare-and-set of sql/queries/kitchen.sql; whether it changed anything."""
        try:
            done = await self._give_way("execute", getattr(self._sql, statement), *arguments)
            return int(done.rpartition(" ")[2]) > 0
        except asyncpg.UniqueViolationError:  # the same key at the same moment: the other one does it
            return False

    async def acted(self, statement: str, branch_id: UUID, *arguments: object) -> Any:
        """How things stand after it; None when the branch has no such thing, or one whose order is broken."""
        return _well(await self._orders(getattr(self._sql, statement), branch_id, *arguments))

    async def history(self, order_id: UUID, branch_id: UUID) -> str | None:
        """What cooks did to an order, as JSON; None when the branch has no such order."""
        body: str | None = await self._value(self._sql.read_history, order_id, branch_id)
        return body

    # Customers

    async def door(self, branch_id: UUID, open_max: int, table: str) -> Any:
        """What a guest's order to this table must pass, as read_door tells it; None when there is no such branch."""
        return await self._row(self._sql.read_door, branch_id, open_max, table)

    async def table_generations(self, branch_id: UUID, tables: list[str]) -> dict[str, int]:
        """Up to which generation the codes of these tables were renewed."""
        rows = await self._rows(self._sql.read_table_generations, branch_id, tables)
        return {row["table_label"]: row["generation"] for row in rows}

    async def renew_table_codes(self, branch_id: UUID, tables: list[str]) -> None:
        """Makes the codes of these tables anew; those printed so far end with that, at every process."""
        await self._execute(self._sql.renew_table_codes, branch_id, tables)

    async def pause_ordering(self, branch_id: UUID, *, paused: bool, minutes: int | None) -> Any:
        """Closes the door for guests, for so many minutes or until it is opened; is_paused and paused_until."""
        return await self._row(self._sql.pause_ordering, branch_id, paused, minutes)

    async def cancel_guest_orders(self, branch_id: UUID, age: timedelta, staff_id: UUID) -> int:
        """Cancels what guests placed so lately and no cook has finished; how many orders."""
        cancelled = 0
        while count := await self._execute(self._sql.cancel_guest_orders, branch_id, age, staff_id, CANCEL_AT_ONCE):
            cancelled += count
        return cancelled

    async def menu(self, branch_id: UUID) -> tuple[Any, list[Any], int]:
        """The branch (None when there is none) and its dishes in menu order, `modifiers` as JSON text, of one moment.

        The number of that moment comes last: what another process reads later has no lower one.
        """

        async def read() -> tuple[Any, list[Any], int]:
            async with self.connection() as connection, connection.transaction(isolation="repeatable_read"):
                branch = await connection.fetchrow(self._sql.read_branch, branch_id)
                dishes = await connection.fetch(self._sql.read_menu, branch_id)
                return branch, list(dishes), int(await connection.fetchval(self._sql.read_moment))

        return await self.again(read)

    async def dishes(self, branch_id: UUID, ids: list[UUID], connection: Any = None) -> list[Any]:
        """Those of these dishes that are on the branch's menu.

        Inside a transaction give its connection: who holds one and waits for another starves the pool.
        """
        if connection is not None:
            return list(await connection.fetch(self._sql.read_dishes, branch_id, ids))
        return await self._rows(self._sql.read_dishes, branch_id, ids)

    async def tracked_order(self, order_id: UUID, round_id: UUID | None) -> Any:
        """What a tracking link opens, as read_tracked_order tells it; None when there is none, or it is broken."""
        return _well(await self._orders(self._sql.read_tracked_order, None, order_id, round_id))

    async def pace(self, branch_id: UUID) -> Pace:
        """How fast the branch cooked its last tickets."""
        stations: dict[str | None, StationPace] = {}
        whole = NO_PACE.whole
        for row in await self._rows(self._sql.read_pace, branch_id):
            pace = StationPace(row["kots"], row["median_s"] or 0.0, row["p90_s"] or 0.0)
            if row["is_whole"]:
                whole = pace
            else:
                stations[row["station"]] = pace
        return Pace(stations, whole)

    async def cancel_unstarted_round(self, order_id: UUID, round_id: UUID | None) -> bool:
        """Cancels what belongs to a tracking link, when the kitchen has finished nothing of it; whether it did."""
        return bool(await self._give_way("fetchval", self._sql.cancel_unstarted_round, order_id, round_id))

    async def place_order(self, order: tuple[object, ...], connection: Any = None) -> int:
        """Writes an order as sql/functions.sql, place_order(), inside a transaction where one is given; its number."""
        if connection is not None:
            return int(await connection.fetchval(self._sql.place_order, *order))
        return int(await self._value(self._sql.place_order, *order))

    async def place_guest_round(self, order: tuple[object, ...], connection: Any = None) -> tuple[UUID, int]:
        """As place_order, by place_guest_round(): the order it became part of, and its number."""
        if connection is not None:
            row = await connection.fetchrow(self._sql.place_guest_round, *order)
        else:
            row = await self._row(self._sql.place_guest_round, *order)
        return row["order_id"], row["order_number"]

    async def claim_key(self, connection: Any, branch_id: UUID, key: str, request_hash: bytes) -> Any:
        """Takes an idempotency key inside a transaction: None when it is ours now, else request_hash and answer."""
        if await connection.fetchval(self._sql.claim_key, branch_id, key, request_hash):
            return None
        return await connection.fetchrow(self._sql.read_answer, branch_id, key)

    async def earlier_answer(self, branch_id: UUID, key: str) -> Any:
        """request_hash and answer of a key that was used; None of one that was not."""
        return await self._row(self._sql.read_answer, branch_id, key)

    async def keep_answer(self, connection: Any, branch_id: UUID, key: str, answer: str) -> None:
        """Keeps the answer beside its key, in the transaction of the order."""
        await connection.execute(self._sql.keep_answer, branch_id, key, answer)

    # Screens and upkeep

    async def keep_screens(self, instance: str, screens: list[tuple[Any, ...]], lease: timedelta) -> None:
        """Writes or renews rows of (connection_id, branch_id, staff_id, connected_at, last_activity)."""
        ids, branches, staff, connected, active = (list(column) for column in zip(*screens, strict=True))
        await self._execute(self._sql.keep_screens, ids, branches, staff, instance, connected, active, lease)

    async def drop_screens(self, instance: str, ids: list[str]) -> None:
        """Deletes the rows of screens that left this process."""
        await self._execute(self._sql.drop_screens, ids, instance)

    async def drop_expired_screens(self) -> int:
        """Deletes the rows of dead processes; how many there were."""
        return await self._execute(self._sql.drop_expired_screens)

    async def prune_events(self, older_than: timedelta, at_most: int) -> int:
        """Deletes old events; how many went."""
        return int(await self._value(self._sql.prune_events, older_than, at_most))

    async def prune_actions(self, older_than: timedelta) -> int:
        """Deletes the audit rows of long ago; how many."""
        return await self._execute(self._sql.prune_actions, older_than)

    async def prune_endings(self) -> int:
        """Forgets endings that can meet no token any more; how many went."""
        return int(await self._value(self._sql.prune_endings))

    async def prune_keys(self) -> int:
        """Deletes idempotency keys older than a day; how many went."""
        return await self._execute(self._sql.prune_keys)

    async def schema_version(self) -> int:
        """The newest migration this database has."""
        return int(await self._value(self._sql.read_schema_version))

    async def check_room(self) -> None:
        """Whether what is written would find room, as far as can be told without writing.

        Raises:
            Unavailable: the lock table is full, or a write has just found the disk so.
        """
        row = await self._row(self._sql.probe_locks)
        self._roles = msgspec.json.decode(row["roles"], type=dict[int, str])
        if time.monotonic() < self._disk_was_full_at + DISK_FULL_FOR_S:
            raise Unavailable(short_of="disk space")

    async def hoarder(self) -> Hoarder | None:
        """Who holds most of the lock table; None when that cannot be read."""
        try:
            async with self.connection() as connection:
                return await read_hoarder(connection, self._sql, self._roles)
        except Unavailable:
            return None

    async def batching(self) -> dict[str, Any]:
        """Which relay leads, in which state, how long since its last sign of life, and the last flips."""
        row = await self._row(self._sql.read_batching)
        return {
            "state": row["state"],
            "leader": row["leader"],
            "heartbeatAgeS": round(row["heartbeat_age_s"], 3),
            "lastFlips": msgspec.Raw((row["flips"] or "[]").encode()),
        }


def _bodies(rows: list[Any]) -> list[str]:
    return [row["body"] for row in rows if row["body"] is not None]


def _well(rows: list[Any]) -> Any:
    return rows[0] if rows and rows[0]["body"] is not None else None
