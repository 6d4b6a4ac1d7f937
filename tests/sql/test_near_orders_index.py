"""The clock asks once a second which promised orders come near: what was promised and sent before costs it nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from kds.domain.firing import LOOK_AT
from kds.postgres.statements import load_statements

SQL = load_statements()
SENT_LONG_AGO = 20_000
NEAR = 3
PROMISED = """
INSERT INTO orders (branch_id, due_at, lead_s, status, order_number, business_day)
SELECT $1, now() - make_interval(mins => n), 900, $2::kitchen_status, n, current_date - 100
FROM generate_series(1, $3::integer) AS n
"""
COMING = """
INSERT INTO orders (branch_id, due_at, order_number, business_day)
SELECT $1, now() + make_interval(mins => n), n, current_date FROM generate_series(1, $2::integer) AS n
"""


@pytest.mark.parametrize("status", ["SENT", "COMPLETED"])
async def test_what_was_promised_and_sent_long_ago_is_not_looked_at(db: Any, branch_id: str, status: str) -> None:
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")  # as rows come that were written long ago
        await db.execute(PROMISED, UUID(branch_id), status, SENT_LONG_AGO)
        await db.execute(COMING, UUID(branch_id), NEAR)
    await db.execute("ANALYZE orders")
    pages = "pg_relation_size('orders_near_idx') / current_setting('block_size')::integer"
    assert await db.fetchval(f"SELECT {pages}") == 2  # its head, and one of rows
    (reads,) = [node for node in await plan_of(db) if node.get("Index Name") == "orders_near_idx"]
    assert (reads["Actual Rows"], reads.get("Rows Removed by Filter", 0)) == (NEAR, 0)
    later = await db.fetchrow("SELECT orders, next_at > now() AS is_to_come FROM orders_for_later($1)", UUID(branch_id))
    assert tuple(later) == (NEAR, True)


async def plan_of(db: Any) -> list[dict[str, Any]]:
    """The nodes of the plan by which the clock reads what is due."""
    statement = SQL.read_due.replace("$1", str(LOOK_AT))
    (plan,) = json.loads(await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"))
    nodes, waiting = [], [plan["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.pop("Plans", [])
        nodes.append(node)
    return nodes
