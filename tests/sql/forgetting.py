"""Orders full of what a guest said, where it stands, and one who forgets it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kds.postgres.statements import load_statements
from tests.orders import place

SQL = load_statements()
WORD = "Xyzzy"
"""What a guest says, and nobody else."""


async def holders(db: Any) -> set[str]:
    """Every column of the database in which the word stands, of any type."""
    found = set()
    columns = await db.fetch(
        "SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 "
        "AND NOT a.attisdropped"
    )
    for table, column in columns:
        if await db.fetchval(f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE $1)', f"%{WORD}%"):
            found.add(f"{table}.{column}")
    return found


async def say_everything(db: Any, branch_id: str) -> list[UUID]:
    """Orders that have the word wherever it can stand: one that is over, one cancelled, one still open."""
    orders = []
    for ends in ("COMPLETED", "CANCELLED", None):
        async with db.transaction():
            order_id = await place(db, branch_id, note=f"{WORD} first", stations=("Fry", "Grill"))
            await db.execute("UPDATE order_items SET note = $2 WHERE order_id = $1", order_id, f"{WORD} at first")
        orders.append(order_id)
        await db.execute("UPDATE orders SET customer_name = $2, note = $2 WHERE id = $1", order_id, f"{WORD} Rossi")
        await db.execute("UPDATE order_items SET note = $2 WHERE order_id = $1", order_id, f"no {WORD}")
        await db.execute("UPDATE order_items SET note = $2 WHERE order_id = $1", order_id, f"{WORD} again")
        await db.execute("UPDATE orders SET note = $2, table_label = 'T9' WHERE id = $1", order_id, f"{WORD} last")
        await db.execute(
            "DELETE FROM order_items "
            "WHERE id = (SELECT id FROM order_items WHERE order_id = $1 AND quantity = 2 LIMIT 1)",
            order_id,
        )
        await db.execute(  # and the void that stayed, as a till does that writes an order anew
            "DELETE FROM order_items WHERE order_id = $1 AND voided", order_id
        )
        if ends is not None:
            await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
            await db.execute("UPDATE orders SET status = $2::text::kitchen_status WHERE id = $1", order_id, ends)
    await db.execute("UPDATE orders SET acknowledged = true WHERE status = 'CANCELLED'")
    return orders


async def age(db: Any, orders: list[UUID], days: int) -> None:
    """They are so many days older."""
    await db.execute(
        "UPDATE orders SET business_day = business_day - $2::integer, placed_at = placed_at - d.days, "
        "completed_at = completed_at - d.days, cancelled_at = cancelled_at - d.days "
        "FROM make_interval(days => $2) AS d (days) WHERE id = ANY ($1)",
        orders, days,
    )  # fmt: skip
    await db.execute(
        "UPDATE kots SET sent_at = sent_at - d.days, fired_at = fired_at - d.days"
        " FROM make_interval(days => $2) AS d (days) WHERE order_id = ANY ($1)",
        orders, days,
    )  # fmt: skip


async def fill_boards(db: Any, branch_id: str) -> None:
    """Twenty orders were completed since: the boards show those."""
    await db.execute(
        "WITH o AS (INSERT INTO orders (branch_id, status) "
        "SELECT $1, 'COMPLETED' FROM generate_series(1, 20) RETURNING id) "
        "INSERT INTO kots (order_id, status) SELECT id, 'COMPLETED' FROM o",
        UUID(branch_id),
    )


async def keep_for(db: Any, branch_id: str, days: int | None) -> None:
    """The branch says for how many days words are kept."""
    await db.execute(SQL.set_forgetting, UUID(branch_id), days)


async def forget(db: Any, branch_id: str, at_once: int = 100) -> int:
    """All that has had its time, in bites; at how many orders it looked."""
    looked_at = 0
    while bite := await db.fetchval(SQL.forget_some, UUID(branch_id), at_once):
        looked_at += bite
    return looked_at


async def numbers(db: Any) -> Any:
    """Whatever a report could count."""
    return await db.fetch(
        "SELECT o.id, o.order_number, o.status, o.table_label, o.placed_at, o.ready_at, o.completed_at, "
        "o.cancelled_at, (SELECT array_agg((k.id, k.status, k.station, k.sent_at, k.ready_at) ORDER BY k.id)::text "
        "FROM kots AS k WHERE k.order_id = o.id), (SELECT array_agg((i.id, i.name, i.quantity, i.price_cents, "
        "i.voided, i.done, i.modifiers, (i.changed ? 'deleted') IS TRUE) ORDER BY i.id)::text FROM order_items AS i "
        "WHERE i.order_id = o.id), "
        "(SELECT count(*) FROM kitchen_actions AS a WHERE a.order_id = o.id) FROM orders AS o ORDER BY o.id"
    )


async def events(db: Any) -> int:
    """How many there are."""
    return int(await db.fetchval("SELECT count(*) FROM events"))
