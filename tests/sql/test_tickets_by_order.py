"""Which open orders have a ticket of a station, or a round of a flood, is asked of each alone: no past one is read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements

SQL = load_statements()
OPEN = 20
PAST = 20_000
ORDERS = """
WITH o AS (
  INSERT INTO orders (branch_id, status, order_number, business_day)
  SELECT $1, $2::kitchen_status, n, current_date - $3::integer FROM generate_series(1, $4::integer) AS n RETURNING id
)
INSERT INTO kots (order_id, station, round, round_id) SELECT id, 'Grill', 1, gen_random_uuid() FROM o
"""
READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'kots'"


@pytest.mark.parametrize("is_scan_refused", [False, True])
@pytest.mark.parametrize(
    "question",
    [SQL.list_stray_orders.replace("$2::text", "'Bar'"),
     "SELECT cancel_guest_rounds($1::uuid, ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 50)))"],
    ids=["station", "flood"],
)  # fmt: skip
async def test_past_tickets_are_not_read(db: Any, branch_id: str, question: str, is_scan_refused: bool) -> None:
    await db.execute("SET session_replication_role = replica; ALTER TABLE kots SET (autovacuum_enabled = off)")
    await db.execute(ORDERS, UUID(branch_id), "SENT", 0, OPEN)
    await db.execute("ANALYZE orders; ANALYZE kots")  # and not again before there are very many
    await db.execute(ORDERS, UUID(branch_id), "COMPLETED", 1, PAST)
    await db.execute("RESET session_replication_role")
    async with db.transaction():
        await db.execute(f"SET LOCAL enable_seqscan = {'off' if is_scan_refused else 'on'}")
        before = await db.fetchval(READ)
        assert await db.fetch(question, UUID(branch_id)) == []
        assert await db.fetchval(READ) - before <= OPEN
