"""Open tickets follow their station: a few at a time beside a kitchen that works, and until none comes any more."""

from __future__ import annotations

import asyncio
import contextlib
import time
from uuid import UUID

import asyncpg

from kds.commands.database import Database
from kds.postgres.pool import GIVE_WAY_MS

IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
"""Somebody holds a ticket of the order, or is just adding one to it."""
PATIENCE_S = 5.0
"""For those who hold an order."""
QUIET_S = 1.5
"""So long nothing may come to the old station: an order that was priced before the change is placed after it."""
PAUSE_S = 0.2


async def has_tickets(database: Database, branch_id: UUID, station: str) -> bool:
    """Whether an open order has a ticket of this station, or of none by this name."""
    return bool(await database.connection.fetch(database.sql.list_orders_of_station, branch_id, station))


async def move_tickets(database: Database, branch_id: UUID, station: str, to: str | None) -> int:
    """Moves the open tickets of a station to another, None is the kitchen as a whole; how many orders are left.

    One order in each transaction, locked before its tickets as every writer does; nobody is waited for for long.
    """
    began = heard = time.monotonic()
    while True:
        orders = await database.connection.fetch(database.sql.list_orders_of_station, branch_id, station)
        left = 0
        for order in orders:
            left += not await _move(database, order["id"], station, to)
        now = time.monotonic()
        heard = now if orders else heard
        if left and now - began > PATIENCE_S:
            return left
        if not orders and now - heard > QUIET_S:
            return 0
        await asyncio.sleep(PAUSE_S)


async def _move(database: Database, order_id: UUID, station: str, to: str | None) -> bool:
    with contextlib.suppress(*IN_THE_WAY):
        async with database.connection.transaction():
            await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
            await database.connection.execute(database.sql.lock_order, order_id)
            await database.connection.execute(database.sql.move_tickets_of_order, order_id, station, to)
        return True
    return False
