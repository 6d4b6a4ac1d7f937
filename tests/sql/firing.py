"""Orders whose KOTs wait, one turn of the clock that fires them, and what is seen of both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kds.domain.firing import LOOK_AT
from kds.postgres.statements import load_statements

SQL = load_statements()


async def fire(db: Any) -> int:
    """One turn of the clock; at how many orders it looked."""
    looked_at = 0
    for row in await db.fetch(SQL.read_due, LOOK_AT):
        if row["branch_id"] is not None:
            looked_at += await db.fetchval(SQL.fire_due, row["branch_id"], row["orders"]) or 0
    return looked_at


async def place(db: Any, branch_id: Any, *kots: str, due: str = "NULL", dish: UUID | None = None) -> UUID:
    """An order with these KOTs, each written as `course = 2, held = true`; `due` is SQL."""
    async with db.transaction():
        order_id: UUID = await db.fetchval(
            f"INSERT INTO orders (branch_id, due_at) VALUES ($1, {due}) RETURNING id", UUID(str(branch_id))
        )
        for number, kot in enumerate(kots or ("",)):
            given = dict(part.split(" = ", 1) for part in kot.split(", ") if part)
            columns, values = ", ".join(["order_id", *given]), ", ".join(["$1", *given.values()])
            kot_id = await db.fetchval(f"INSERT INTO kots ({columns}) VALUES ({values}) RETURNING id", order_id)
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, name, menu_item_id) VALUES ($1, $2, $3, $4)",
                order_id, kot_id, f"Dish {number}", dish,
            )  # fmt: skip
    return order_id


async def waits(db: Any, order_id: UUID) -> list[Any]:
    """For what its KOTs wait, by course: None is fired."""
    rows = await db.fetch(
        "SELECT waits_for, held FROM kots WHERE order_id = $1 ORDER BY course NULLS FIRST, id", order_id
    )
    assert all(row["held"] == (row["waits_for"] is not None) for row in rows)
    return [row["waits_for"] and ",".join(row["waits_for"]) for row in rows]


async def actions(db: Any, order_id: UUID) -> int:
    """How often the clock fired it."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM kitchen_actions WHERE order_id = $1 AND action = 'fire' AND actor_kind = 'clock'",
            order_id,
        )
    )


async def move(db: Any, order_id: UUID, due_in: str) -> None:
    """As if time had passed until an order is due in so long; its triggers are not asked."""
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        passed = await db.fetchval(
            "SELECT due_at - (now() + $2::text::interval) FROM orders WHERE id = $1", order_id, due_in
        )
        await db.execute("UPDATE orders SET due_at = due_at - $2::interval WHERE id = $1", order_id, passed)
        await db.execute("UPDATE kots SET fire_at = fire_at - $2::interval WHERE order_id = $1", order_id, passed)
