"""Orders as a POS writes them: plain SQL on any connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

DISHES = (("Chicken tikka", 2, 1450), ("Raita", 1, 450))
NOBODYS_ID = UUID("3c8e4a0e-1f52-4a53-9d3a-6b7f5f0f9f11")
"""The id of nothing: always the same, because every worker of a parallel run must find the same tests."""
IN_ONE_STATEMENT = """
    WITH o AS (INSERT INTO orders (branch_id, table_label) VALUES ($1, 'T1') RETURNING id),
         k AS (INSERT INTO kots (order_id) SELECT id FROM o RETURNING id, order_id)
    INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
    SELECT k.order_id, k.id, dish.* FROM k, (VALUES ('Chicken tikka', 2, 1450), ('Raita', 1, 450)) AS dish
    RETURNING order_id"""
"""An order with its KOT and its items; its id."""


async def place(
    db: Any,
    branch_id: str | UUID,
    *,
    table: str = "T1",
    stations: Sequence[str | None] = (None,),
    note: str | None = None,
) -> UUID:
    """Writes an order with one KOT per station and two items on each, in one transaction; its id."""
    async with db.transaction():
        order_id: UUID = await db.fetchval(
            "INSERT INTO public.orders (branch_id, table_label, note) VALUES ($1, $2, $3) RETURNING id",
            branch_id, table, note,
        )  # fmt: skip
        for station in stations:
            await add_kot(db, order_id, station)
    return order_id


async def add_kot(db: Any, order_id: UUID, station: str | None = None) -> UUID:
    """Adds a KOT with two items; its id."""
    kot_id: UUID = await db.fetchval(
        "INSERT INTO public.kots (order_id, station) VALUES ($1, $2) RETURNING id", order_id, station
    )
    await db.executemany(
        "INSERT INTO public.order_items (order_id, kot_id, name, quantity, price_cents) VALUES ($1, $2, $3, $4, $5)",
        [(order_id, kot_id, *dish) for dish in DISHES],
    )
    return kot_id


async def add_branch(db: Any, name: str = "Elsewhere") -> UUID:
    """A second branch; its id."""
    branch_id: UUID = await db.fetchval("INSERT INTO branches (name) VALUES ($1) RETURNING id", name)
    return branch_id


async def kots_of(db: Any, order_id: UUID) -> list[UUID]:
    """The KOTs of an order by station."""
    return [row["id"] for row in await db.fetch("SELECT id FROM kots WHERE order_id = $1 ORDER BY station", order_id)]


async def statuses(db: Any, order_id: UUID) -> tuple[str, list[str]]:
    """The status of an order, and those of its KOTs by station and round."""
    kots = await db.fetch("SELECT status::text FROM kots WHERE order_id = $1 ORDER BY station, round", order_id)
    status: str = await db.fetchval("SELECT status::text FROM orders WHERE id = $1", order_id)
    return status, [row["status"] for row in kots]


async def events_of(db: Any, branch_id: str | UUID) -> list[tuple[str, UUID | None]]:
    """Kind and order of every event of a branch, in order of revision."""
    rows = await db.fetch("SELECT kind::text, order_id FROM events WHERE branch_id = $1 ORDER BY revision", branch_id)
    return [(row["kind"], row["order_id"]) for row in rows]
