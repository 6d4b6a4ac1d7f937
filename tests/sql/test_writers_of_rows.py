"""Which transaction wrote a row is known by half a number: rows of any age are told from those of this transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.orders import place


@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read"])
async def test_a_row_of_this_transaction_and_of_its_savepoints_is_known(
    db: Any, branch_id: str, isolation: str
) -> None:
    is_ours = "SELECT is_of_this_transaction(xmin) FROM orders WHERE id = $1"
    before = await place(db, branch_id)
    async with db.transaction(isolation=isolation):
        await db.fetchval("SELECT count(*) FROM orders")
        first = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", UUID(branch_id))
        async with db.transaction():
            second = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", UUID(branch_id))
            assert await db.fetchval(is_ours, second) is True
        assert [await db.fetchval(is_ours, order_id) for order_id in (before, first, second)] == [False, True, True]


async def test_a_row_of_any_age_is_looked_at(db: Any) -> None:
    """A row that was frozen keeps its number: two billion transactions later it looks as if it were still to come."""
    rows = await db.fetch(
        """SELECT behind, is_of_this_transaction(
             ((pg_current_xact_id()::text::bigint - behind + 4294967296 * 4) % 4294967296)::text::xid) AS is_ours
           FROM unnest(ARRAY[0, 1, 1000, 2147483647, 2147483648, 2147483649, 3000000000, 4294960000]) AS behind"""
    )
    assert [row["behind"] for row in rows if row["is_ours"]] == [0]
    assert (
        await db.fetchval("SELECT bool_or(is_of_this_transaction(x::text::xid)) FROM generate_series(0, 2) AS x")
        is False
    )
