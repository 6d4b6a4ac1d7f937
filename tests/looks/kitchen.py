"""Kitchens as a photographer would arrange them: branches with tickets of every kind, written with the ages they need.

The triggers look away while the rows are written, because the ages lie in the past.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from kds.demo.menu import STATIONS
from kds.postgres.migrate.migrate import migrate

_TABLES = ("orders", "kots", "order_items")


@dataclass(frozen=True)
class Dish:
    """One line of a ticket."""

    name: str
    station: str = "Grill"
    quantity: int = 1
    modifiers: tuple[str, ...] = ()
    note: str | None = None
    allergens: tuple[str, ...] = ()
    done: bool = False
    voided: bool = False
    round: int = 1


@dataclass(frozen=True)
class Order:
    """One order; ages in seconds. `age_s` is the age of the newest round, and of the first without one before it."""

    number: int
    table: str
    age_s: int
    dishes: Sequence[Dish]
    type: str = "dine_in"
    customer: str | None = None
    note: str | None = None
    priority: int = 0
    status: str = "SENT"
    pass_s: int = 0
    held: bool = False
    recalled: bool = False
    ready_stations: tuple[str, ...] = ()
    served_rounds: tuple[int, ...] = ()


@dataclass
class Kitchen:
    """A branch and what is cooked there."""

    orders: list[Order] = field(default_factory=list)
    name: str = "Via Masala"
    locality: str = "Riverside"
    stations: tuple[str, ...] = STATIONS
    branch_id: UUID = field(default_factory=uuid4)


async def write_kitchens(db: Any, dsn: str, kitchens: Sequence[Kitchen]) -> None:
    """Writes them all; `db` is a superuser's connection to the migrated database at `dsn`."""
    for kitchen in kitchens:
        await _write_branch(db, kitchen)
    for table in _TABLES:
        await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for kitchen in kitchens:
        for order in kitchen.orders:
            await _write_order(db, kitchen.branch_id, order)
    await migrate(dsn, lambda line: None)  # puts the triggers back


async def _write_branch(db: Any, kitchen: Kitchen) -> None:
    await db.execute(
        "INSERT INTO branches (id, name, locality, timezone) VALUES ($1, $2, $3, 'Europe/Rome')",
        kitchen.branch_id,
        kitchen.name,
        kitchen.locality,
    )
    await db.executemany(
        "INSERT INTO stations (branch_id, name, position) VALUES ($1, $2, $3)",
        [(kitchen.branch_id, name, position) for position, name in enumerate(kitchen.stations)],
    )


async def _write_order(db: Any, branch_id: UUID, order: Order) -> None:
    order_id = uuid4()
    await db.execute(
        """INSERT INTO orders (id, branch_id, order_number, business_day, table_label, order_type, customer_name, note,
          priority, status, placed_at, ready_at, completed_at, cancelled_at)
        VALUES ($1, $2, $3, current_date, $4, $5, $6, $7, $8, $9::kitchen_status, now() - $10 * interval '1 second',
          CASE WHEN $9 IN ('READY', 'COMPLETED') THEN now() - $11 * interval '1 second' END,
          CASE WHEN $9 = 'COMPLETED' THEN now() - $11 * interval '1 second' END,
          CASE WHEN $9 = 'CANCELLED' THEN now() END)""",
        order_id, branch_id, order.number, order.table, order.type, order.customer, order.note,
        order.priority, order.status, order.age_s + (600 if order.served_rounds else 0), order.pass_s,
    )  # fmt: skip
    kots = {(dish.station, dish.round): uuid4() for dish in order.dishes}
    for (station, number), kot_id in kots.items():
        status = _status_of_kot(order, station, number)
        await db.execute(
            """INSERT INTO kots (id, order_id, station, round, status, sent_at, ready_at, held, recalled)
            VALUES ($1, $2, $3, $4, $5::kitchen_status, now() - $6 * interval '1 second',
              CASE WHEN $5 <> 'SENT' THEN now() - $7 * interval '1 second' END, $8, $9)""",
            kot_id, order_id, station, number, status, order.age_s + (600 if number in order.served_rounds else 0),
            order.pass_s, order.held, order.recalled,
        )  # fmt: skip
    await db.executemany(
        """INSERT INTO order_items (order_id, kot_id, name, quantity, modifiers, note, allergens, done, voided)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        [
            (order_id, kots[dish.station, dish.round], dish.name, dish.quantity, list(dish.modifiers), dish.note,
             list(dish.allergens), dish.done, dish.voided)
            for dish in order.dishes
        ],
    )  # fmt: skip


def _status_of_kot(order: Order, station: str, number: int) -> str:
    if number in order.served_rounds:
        return "COMPLETED"
    return "READY" if station in order.ready_stations else order.status


def session_of(token: str, branch_id: UUID, expires_at: str) -> str:
    """What the page keeps of a login."""
    return json.dumps({"token": token, "role": "KITCHEN", "branchId": str(branch_id), "expiresAt": expires_at})
