"""What is shown of orders is found among those of years without a look at the others."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements

SQL = load_statements()
OVER = 20_000
SHOWN = 3 + 2 + 4
ORDERS = """
INSERT INTO orders (branch_id, status, acknowledged, completed_at, cancelled_at, placed_at, order_number, business_day)
SELECT $1, $2::text::kitchen_status, $3, CASE $2 WHEN 'COMPLETED' THEN t.at END, CASE $2 WHEN 'CANCELLED' THEN t.at END,
  t.at, $5 + n, current_date
FROM generate_series(1, $4::integer) AS n, LATERAL (SELECT now() - make_interval(mins => n) AS at) AS t
"""


@pytest.fixture
async def years(db: Any, branch_id: str) -> None:
    """Many orders that are over, and of those that are shown 3 SENT, 2 READY and 4 CANCELLED."""
    branch = UUID(branch_id)
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")  # as rows come that were written long ago
        await db.execute(ORDERS, branch, "COMPLETED", False, OVER, 100_000)
        await db.execute(ORDERS, branch, "CANCELLED", True, OVER, 200_000)
        await db.execute(ORDERS, branch, "CANCELLED", False, 4, 300_000)
        await db.execute(ORDERS, branch, "SENT", False, 3, 300_100)
        await db.execute(ORDERS, branch, "READY", False, 2, 300_200)
    await db.execute("ANALYZE orders")


@pytest.mark.usefixtures("years")
@pytest.mark.parametrize(
    ("statement", "arguments", "over"),
    [
        ("read_snapshot", [], 20),
        ("list_orders", ["{SENT,READY}"], 0),
        ("list_orders", ["{CANCELLED}"], 200),
        ("list_orders", ["{COMPLETED}"], 200),
    ],
)
async def test_no_order_is_looked_at_that_is_not_shown(
    db: Any, branch_id: str, statement: str, arguments: list[str], over: int
) -> None:
    told = getattr(SQL, statement).replace("$1", f"'{branch_id}'::uuid")
    for number, argument in enumerate(arguments, start=2):
        told = told.replace(f"${number}", f"'{argument}'::text[]")
    (plan,) = json.loads(await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {told}"))
    looked_at = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes(plan["Plan"])
        if node.get("Relation Name") == "orders" and node.get("Index Name") != "orders_pkey"
    )
    assert over <= looked_at <= over + 2 * SHOWN  # those of two kinds are found in one index


async def test_an_order_that_is_cancelled_was_not_completed(db: Any, branch_id: str) -> None:
    """Or the list of those that were cancelled would not have it."""
    placed = "INSERT INTO orders (branch_id, status, completed_at) VALUES ($1, 'CANCELLED', now()) RETURNING id"
    order_id = await db.fetchval(placed, UUID(branch_id))
    await db.execute("UPDATE orders SET completed_at = now() WHERE id = $1", order_id)
    listed = await db.fetch(SQL.list_orders, UUID(branch_id), ["CANCELLED"])
    assert [row["order_id"] for row in listed] == [order_id]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A node of a plan, and all below it."""
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]
