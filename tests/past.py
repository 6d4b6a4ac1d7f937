"""A restaurant's past: so many completed orders, written set-based while the triggers look away."""

from __future__ import annotations

from typing import Any

from kds.postgres.migrate.migrate import migrate

_QUIET = ("orders", "kots", "order_items")
_FILL = (
    """INSERT INTO orders (id, branch_id, table_label, status, order_number, business_day, placed_at, ready_at,
      completed_at)
    SELECT gen_random_uuid(), $1, 'T1', 'COMPLETED', g, current_date - 2 - g / 100, past.t, past.t, past.t
    FROM generate_series(1, $2::integer) AS g, LATERAL (SELECT now() - g * interval '1 year' / $2 AS t) AS past""",
    """INSERT INTO kots (id, order_id, station, round, status, sent_at, ready_at, completed_at)
    SELECT o.id, o.id, 'Grill', 1, 'COMPLETED', o.placed_at, o.ready_at, o.completed_at FROM orders AS o
    WHERE o.branch_id = $1 AND $2 > 0""",
    """INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
    SELECT o.id, o.id, 'Raita', 1, 450 FROM orders AS o WHERE o.branch_id = $1 AND $2 > 0""",
)


async def fill_past(db: Any, dsn: str, branch_id: str, orders: int) -> None:
    """A year of past orders of a branch that has none; `db` is a superuser's connection to `dsn`.

    Numbered in days before yesterday's, for yesterday's business day lasts until the morning.
    """
    for table in _QUIET:
        await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await db.execute("SET session_replication_role = replica")  # the foreign keys hold by themselves
    for statement in _FILL:
        await db.execute(statement, branch_id, orders)
    await db.execute("RESET session_replication_role")
    await migrate(dsn, lambda line: None)  # puts the triggers back
    await db.execute("VACUUM ANALYZE")
