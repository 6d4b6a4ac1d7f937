"""How long a kitchen takes is what it took until dishes were READY, whenever they are fetched, for phones and clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from kds.postgres.statements import load_statements
from tests.orders import place

SQL = load_statements()
NOW = timedelta(0)


async def cooked(db: Any, branch_id: str, took_s: int, *, ago: timedelta, fetched_ago: timedelta | None = None) -> UUID:
    """An order that was READY so long ago, and is fetched since, or not."""
    order_id = await place(db, branch_id)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    await db.execute(
        "UPDATE kots SET sent_at = now() - $2::interval - make_interval(secs => $3), ready_at = now() - $2::interval"
        " WHERE order_id = $1",
        order_id, ago, took_s,
    )  # fmt: skip
    if fetched_ago is not None:
        await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", order_id)
        await db.execute("UPDATE orders SET completed_at = now() - $2::interval WHERE id = $1", order_id, fetched_ago)
    return order_id


async def pace(db: Any, branch_id: str) -> tuple[int | None, float | None]:
    """Nine of ten as the clock has it, in seconds, and as phones are told."""
    (whole,) = [row for row in await db.fetch(SQL.read_pace, UUID(branch_id)) if row["is_whole"]]
    return await db.fetchval("SELECT cooking_p90_s($1)", UUID(branch_id)), whole["p90_s"]


async def test_what_was_ready_long_before_it_was_fetched_is_not_of_the_last_hours(db: Any, branch_id: str) -> None:
    for _ in range(6):
        await cooked(db, branch_id, 3000, ago=timedelta(hours=5), fetched_ago=NOW)
        await cooked(db, branch_id, 3000, ago=timedelta(hours=5))
        await cooked(db, branch_id, 600, ago=timedelta(hours=1), fetched_ago=NOW)
    assert await pace(db, branch_id) == (600, 3000)


async def test_what_nobody_fetched_for_weeks_is_no_measure(db: Any, branch_id: str) -> None:
    for _ in range(6):
        await cooked(db, branch_id, 3000, ago=timedelta(days=8))
        await cooked(db, branch_id, 3000, ago=timedelta(days=8), fetched_ago=NOW)
    assert await pace(db, branch_id) == (None, None)
    for _ in range(6):
        await cooked(db, branch_id, 600, ago=timedelta(days=6))
    assert await pace(db, branch_id) == (600, 600)


async def test_of_many_open_orders_the_last_two_hundred_count(db: Any, branch_id: str) -> None:
    await cooked(db, branch_id, 600, ago=NOW)
    await db.execute("UPDATE orders SET placed_at = now() - interval '2 hours'")
    for _ in range(200):
        await cooked(db, branch_id, 60, ago=NOW)
    (whole,) = [row for row in await db.fetch(SQL.read_pace, UUID(branch_id)) if row["is_whole"]]
    assert (whole["kots"], whole["median_s"], whole["p90_s"]) == (200, 60, 60)
    assert await db.fetchval("SELECT max(cooked_s) FROM cooked_lately($1)", UUID(branch_id)) == 60


async def test_a_ticket_that_was_recalled_is_not_ready(db: Any, branch_id: str) -> None:
    for _ in range(6):
        order_id = await cooked(db, branch_id, 600, ago=NOW)
        await db.execute("UPDATE orders SET status = 'SENT' WHERE id = $1", order_id)
    assert await pace(db, branch_id) == (None, None)
