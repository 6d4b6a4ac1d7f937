"""sql/forgetting.sql: the words of guests go when they have had their time, and no pass leaves any out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements
from tests.orders import place
from tests.sql.forgetting import WORD, age, forget, holders, keep_for, say_everything

SQL = load_statements()


async def test_nothing_is_forgotten_before_its_time_or_where_nobody_said_one(db: Any, branch_id: str) -> None:
    orders = await say_everything(db, branch_id)
    await age(db, orders, 30)
    assert await forget(db, branch_id) == 0
    await keep_for(db, branch_id, 30)
    assert await forget(db, branch_id) == 0
    await age(db, orders[:1], 1)
    assert await forget(db, branch_id) == 1
    assert await db.fetchval("SELECT count(*) FROM orders WHERE note LIKE $1", f"%{WORD}%") == 2
    await keep_for(db, branch_id, 29)  # a shorter time goes on from there
    assert await forget(db, branch_id) == 2
    assert await holders(db) == set()


async def test_what_is_promised_for_later_counts_from_then(db: Any, branch_id: str) -> None:
    await keep_for(db, branch_id, 1)
    async with db.transaction():
        order_id = await db.fetchval(
            "INSERT INTO orders (branch_id, note, placed_at, due_at) VALUES ($1, $2, now() - interval '40 days', "
            "now() + interval '1 hour') RETURNING id",
            UUID(branch_id), WORD,
        )  # fmt: skip
        await db.execute("INSERT INTO kots (order_id) VALUES ($1)", order_id)
    assert await forget(db, branch_id) == 0
    await db.execute(
        "UPDATE orders SET business_day = business_day - 40 WHERE id = $1", order_id
    )  # as a till may choose it
    assert await forget(db, branch_id) == 1
    assert await holders(db) == {"orders.note"}


@pytest.mark.parametrize("time", ["infinity", "-infinity", "294276-12-31"])
@pytest.mark.parametrize(
    "column", ["placed_at", "due_at", "completed_at", "cancelled_at", "sent_at", "fired_at", "fire_at"]
)
async def test_a_time_that_is_none_keeps_no_words(db: Any, branch_id: str, column: str, time: str) -> None:
    orders = await say_everything(db, branch_id)
    await age(db, orders, 40)
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")  # as rows of before
        table = "kots" if column in ("sent_at", "fired_at", "fire_at") else "orders"
        await db.execute(f"UPDATE {table} SET {column} = '{time}'")
    await keep_for(db, branch_id, 30)
    assert await forget(db, branch_id) == 3
    assert await holders(db) == set()


async def a_day_later(db: Any, days: int = 1) -> None:
    """The last pass was begun so many days ago."""
    await db.execute("UPDATE forgetting SET begun_at = begun_at - make_interval(days => $1)", days)


async def test_it_goes_on_where_it_was_and_looks_back_once_a_day(db: Any, branch_id: str) -> None:
    orders = [(await place(db, branch_id, note=f"{WORD} {number}")) for number in range(7)]
    await age(db, orders, 40)
    await keep_for(db, branch_id, 30)
    assert [await db.fetchval(SQL.forget_some, UUID(branch_id), 3) for _ in range(4)] == [3, 3, 1, 0]
    late = await place(db, branch_id, note=f"{WORD} imported")
    await age(db, [late], 50)
    assert await forget(db, branch_id) == 0
    await a_day_later(db)
    assert await forget(db, branch_id) == 8
    assert await holders(db) == set()
    assert await forget(db, branch_id) == 0


async def test_what_was_too_young_is_forgotten_a_day_later(db: Any, branch_id: str) -> None:
    finished_late = await place(db, branch_id, note=WORD)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", finished_late)
    await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", finished_late)
    await age(db, [finished_late], 45)
    await db.execute(
        "UPDATE orders SET completed_at = now() - interval '29 days 20 hours' WHERE id = $1", finished_late
    )
    await keep_for(db, branch_id, 30)
    assert await forget(db, branch_id) == 1
    assert await holders(db) == {"orders.note"}
    await db.execute("UPDATE orders SET completed_at = completed_at - interval '1 day' WHERE id = $1", finished_late)
    assert await forget(db, branch_id) == 0
    await a_day_later(db)
    assert await forget(db, branch_id) == 1
    assert await holders(db) == set()


async def test_a_pass_looks_back_the_further_the_more_seldom_also_where_days_were_left_out(db: Any) -> None:
    rows = await db.fetch(
        "SELECT last, today, days_looked_back(to_timestamp(last * 86400.0), to_timestamp(today * 86400.0 + 86399)) "
        "FROM generate_series(20000, 20130) AS last, generate_series(last + 1, 20130) AS today"
    )
    for last, today, days in rows:
        assert days == 32 * max(day & -day for day in range(last + 1, today + 1))


async def test_a_day_s_pass_looks_again_at_so_many_days_alone(db: Any, branch_id: str) -> None:
    await keep_for(db, branch_id, 30)
    orders = {days: await place(db, branch_id) for days in (40, 70, 100, 200, 400, 1200)}
    for days, order_id in orders.items():
        await age(db, [order_id], days)
    assert await forget(db, branch_id) == 6
    for days_ago in (1, 2, 5, 20, 64):
        await a_day_later(db, days_ago)
        days_back = await db.fetchval("SELECT days_looked_back(begun_at, now()) FROM forgetting")
        assert await forget(db, branch_id) == sum(days - 30 <= days_back for days in orders)
        assert await forget(db, branch_id) == 0


async def test_a_pass_that_was_not_done_is_gone_on_with_the_next_day(db: Any, branch_id: str) -> None:
    orders = [await place(db, branch_id, note=WORD) for _ in range(4)]
    await age(db, orders, 4000)
    await keep_for(db, branch_id, 30)
    assert await db.fetchval(SQL.forget_some, UUID(branch_id), 2) == 2
    await a_day_later(db)
    assert await forget(db, branch_id) >= 2
    assert await holders(db) == set()


async def test_a_longer_time_and_then_a_shorter_one_leave_nothing_out(db: Any, branch_id: str) -> None:
    await keep_for(db, branch_id, 400)
    orders = [await place(db, branch_id, note=WORD) for _ in range(3)]
    for order_id, days in zip(orders, (500, 300, 100), strict=True):
        await age(db, [order_id], days)
    assert await forget(db, branch_id) == 1
    await a_day_later(db)
    await keep_for(db, branch_id, 30)
    assert await forget(db, branch_id) >= 2
    assert await holders(db) == set()
