"""Stations of a branch: what one may be called, and what goes along when it gets another name or is removed.

Its dishes do at once. Its open tickets do afterwards, each order in a short transaction, beside a kitchen that works:
nobody is waited for for long, and who comes meanwhile is taken along.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from kds.domain.text import NAME_MAX, find_alike, is_label
from kds.errors import Unavailable

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""For those who hold an order."""
QUIET_S = 1.5
"""So long nothing may come to the old station: an order that was priced before the change is placed after it."""
PAUSE_S = 0.2

Find = Callable[[], Awaitable[Sequence[UUID]]]
Move = Callable[[UUID], Awaitable[bool]]


class StationFault(ValueError):
    """A station cannot be changed so."""


class BadStationName(StationFault):
    """Nobody could read it, or no screen has room for it."""


class StationTaken(StationFault):
    """Cooks could not tell it from another one, `there`."""

    def __init__(self, there: str) -> None:
        super().__init__(there)
        self.there = there


class UnknownStation(StationFault):
    """The branch has no station `name`, nor open tickets of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class OwnHeir(StationFault):
    """A station cannot take over from itself."""


class StationsChanged(StationFault):
    """Others than these are to be put in order."""


class TicketsRefused(StationFault):
    """PostgreSQL does not let those of an order go: why, in words for the log."""


class OpenStations:
    """The stations of a branch, in a transaction of their own."""

    def __init__(self, connection: Any, sql: SimpleNamespace, branch_id: UUID) -> None:
        self._connection = connection
        self._sql = sql
        self._branch_id = branch_id

    async def names(self) -> list[str]:
        """As boards show them."""
        rows = await self._connection.fetch(self._sql.list_stations, self._branch_id)
        return [row["name"] for row in rows]

    async def add(self, name: str) -> str:
        """Adds one, the last; its name as it is kept.

        Raises:
            BadStationName, StationTaken
        """
        name = _checked(name)
        await self._lock()
        there = find_alike(name, await self.names())
        if there is not None or not await self._connection.fetchval(self._sql.add_station, self._branch_id, name):
            raise StationTaken(there or name)
        return name

    async def rename(self, name: str, new_name: str) -> str:
        """Gives one another name, its dishes follow; the name as it is kept. Then its tickets are to be moved.

        One that was renamed already, or that a till alone calls so, has tickets that can still follow.

        Raises:
            BadStationName, StationTaken, UnknownStation
        """
        new_name = _checked(new_name)
        await self._lock()
        names = await self.names()
        if name not in names:
            if new_name in names and await self.has_strays(name):
                return new_name
            raise UnknownStation(name)
        there = find_alike(new_name, names, own=name)
        if there is not None:
            raise StationTaken(there)
        await self._connection.execute(self._sql.rename_station, self._branch_id, name, new_name)
        return new_name

    async def remove(self, name: str, to: str | None) -> None:
        """Removes one, its dishes go to another; None: to the kitchen as a whole. Then its tickets are to be moved.

        Raises:
            UnknownStation: of this one there is neither a station nor a ticket, or the other is none.
            OwnHeir
        """
        if to == name:
            raise OwnHeir
        await self._lock()
        names = await self.names()
        if to is not None and to not in names:
            raise UnknownStation(to)
        if name not in names and not await self.has_strays(name):
            raise UnknownStation(name)
        # before its dishes: whoever adds one meanwhile has done so by then, or finds it gone
        await self._connection.execute(self._sql.lock_station, self._branch_id, name)
        await self._connection.execute(self._sql.move_dishes, self._branch_id, name, to)
        await self._connection.execute(self._sql.remove_station, self._branch_id, name)

    async def order(self, names: Sequence[str]) -> None:
        """They stand so.

        Raises:
            StationsChanged: these are not the stations of the branch, each once.
        """
        await self._lock()
        if sorted(names) != sorted(await self.names()):
            raise StationsChanged
        await self._connection.execute(self._sql.order_stations, self._branch_id, list(names))

    async def has_strays(self, name: str) -> bool:
        """Whether an open order has a ticket of this name, which no station has."""
        found: bool = await self._connection.fetchval(self._sql.has_stray_orders, self._branch_id, name)
        return found

    async def count_strays(self, name: str) -> int:
        """How many open orders have one."""
        return len(await self._connection.fetch(self._sql.list_stray_orders, self._branch_id, name))

    async def _lock(self) -> None:
        await self._connection.execute(self._sql.lock_names, str(self._branch_id))


async def move_tickets_of(connection: Any, sql: SimpleNamespace, order_id: UUID, name: str, to: str | None) -> bool:
    """In a transaction of its own: the order is locked before its tickets, as every writer does. Whether any moved."""
    await connection.execute(sql.lock_order, order_id)
    moved: str = await connection.execute(sql.move_tickets_of_order, order_id, name, to)
    return moved != "UPDATE 0"


async def take_along(
    find: Find, move: Move, *, expected: int = 0, patience_s: float = PATIENCE_S, at_most_s: float | None = None
) -> int:
    """Moves the tickets of what there is to `find`, until nothing comes any more; how many orders are left.

    `move` does one order; False, and nothing of it is done, when somebody holds it, or nothing can go there any more.
    The station is changed by then, so a database that is `Unavailable` leaves the rest for the next time: `expected`
    orders, while not even `find` has told. One order that is refused, TicketsRefused, costs only itself.
    """
    began = heard = time.monotonic()
    left = expected
    refused: set[UUID] = set()
    try:
        async with asyncio.timeout(at_most_s) as limit:
            while True:
                orders = await find()
                left = len(orders)
                refused &= set(orders)
                waiting = [order_id for order_id in orders if order_id not in refused]
                for order_id in waiting:
                    left -= await _move(move, order_id, refused)
                now = time.monotonic()
                heard = now if waiting else heard
                if left > len(refused) and now - began > patience_s:
                    return left
                if not waiting and now - heard > QUIET_S:
                    return left
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        if not limit.expired():
            raise
        log.warning("tickets left orders=%d after_s=%s", left, at_most_s)
    except Unavailable as error:
        log.warning("tickets left orders=%d error=%s", left, error)
    return left


async def _move(move: Move, order_id: UUID, refused: set[UUID]) -> bool:
    try:
        return await move(order_id)
    except TicketsRefused as error:
        refused.add(order_id)
        log.error("tickets not moved order=%s error=%s", order_id, error)
        return False


def _checked(name: str) -> str:
    name = name.strip()
    if not is_label(name, NAME_MAX):
        raise BadStationName(name)
    return name
