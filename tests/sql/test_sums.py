"""sql/sums.sql: the written sum of a guest's order follows what is voided, once; what a till writes is the till's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kds.postgres.statements import load_statements
from tests.patience import eventually

ORDER = """
    WITH o AS (INSERT INTO orders (branch_id, table_label, total_cents, source) VALUES ($1, 'T1', $2, 'guest')
        RETURNING id),
      k AS (INSERT INTO kots (order_id, station) SELECT id, 'Grill' FROM o RETURNING id, order_id),
      i AS (INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
        SELECT order_id, id, name, quantity, cents
        FROM k, (VALUES ('Tikka', 1, 1450), ('Naan', 3, 550)) AS l (name, quantity, cents))
    SELECT id FROM o"""
VOID = "UPDATE order_items SET voided = true WHERE order_id = $1 AND name = $2"
UNDO = "UPDATE order_items SET voided = false WHERE order_id = $1 AND name = $2"


@pytest.fixture
async def order(db: Any, branch_id: str) -> Any:
    return await db.fetchval(ORDER, branch_id, 3100)


async def _sum(db: Any, order: Any) -> Any:
    return await db.fetchval("SELECT total_cents FROM orders WHERE id = $1", order)


async def test_a_void_in_plain_sql_comes_off_the_sum_once_and_back_with_its_undo(db: Any, order: Any) -> None:
    for statement, total in ((VOID, 1650), (VOID, 1650), (UNDO, 3100), (UNDO, 3100), (VOID, 1650)):
        await db.execute(statement, order, "Tikka")
        assert await _sum(db, order) == total
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order)
    assert await _sum(db, order) == 0


async def test_all_voids_of_one_transaction_come_off_whatever_the_session_did_before(
    order: Any, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    new = await connect_db()
    await new.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order)
    assert await _sum(new, order) == 0


@pytest.mark.parametrize("source", [None, "till"])
async def test_a_till_sums_its_own_order_and_a_cook_takes_off_what_is_voided_there(
    db: Any, order: Any, source: str | None
) -> None:
    await db.execute("UPDATE orders SET source = $2 WHERE id = $1", order, source)
    await db.execute("UPDATE orders SET total_cents = 1650 WHERE id = $1", order)
    await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) == 1650
    item, branch = await db.fetchrow(
        "SELECT i.id, o.branch_id FROM order_items AS i JOIN orders AS o ON o.id = i.order_id "
        "WHERE i.order_id = $1 AND i.name = 'Naan'",
        order,
    )
    await db.execute(load_statements().void_item, item, order, branch, None, None, None)
    assert await _sum(db, order) == 0


async def test_a_sum_that_no_till_writes_stays_unwritten(db: Any, branch_id: str) -> None:
    order = await db.fetchval(ORDER, branch_id, None)
    await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) is None
    assert (
        await db.fetchval("""SELECT order_object(id, branch_id) -> 'totalCents' FROM orders WHERE id = $1""", order)
        == "1650"
    )


@pytest.mark.parametrize(("written", "left"), [(1000, 0), (-200, -200), (0, 0)])
async def test_a_sum_is_never_taken_below_nothing(db: Any, branch_id: str, written: int, left: int) -> None:
    order = await db.fetchval(ORDER, branch_id, written)
    await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) == left


async def test_a_sum_that_the_column_cannot_hold_any_more_is_that_of_the_lines(db: Any, order: Any) -> None:
    await db.execute(VOID, order, "Tikka")
    await db.execute("UPDATE orders SET total_cents = 2147483647 WHERE id = $1", order)
    await db.execute(UNDO, order, "Tikka")
    assert await _sum(db, order) is None


@pytest.mark.parametrize("first", ["sum", "void", "both"])
async def test_the_sum_that_a_till_writes_with_the_void_is_the_tills(db: Any, order: Any, first: str) -> None:
    written = "UPDATE orders SET total_cents = 1500 WHERE id = $1"
    if first == "both":
        await db.execute(
            """WITH v AS (
              UPDATE order_items SET voided = true WHERE order_id = $1 AND name = 'Tikka' RETURNING order_id)
            UPDATE orders SET total_cents = 1500 FROM v WHERE id = v.order_id""",
            order,
        )
    else:
        async with db.transaction():
            if first == "sum":
                await db.execute(written, order)
            await db.execute(VOID, order, "Tikka")
            if first == "void":
                await db.execute(written, order)
    assert await _sum(db, order) == 1500
    await db.execute(VOID, order, "Naan")  # a later transaction
    assert await _sum(db, order) == 0


async def test_a_sum_of_one_order_says_nothing_of_another(db: Any, branch_id: str, order: Any) -> None:
    other = await db.fetchval(ORDER, branch_id, 3100)
    async with db.transaction():
        await db.execute("UPDATE orders SET total_cents = 1500 WHERE id = $1", other)
        await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) == 1650


async def test_who_writes_the_sums_of_very_many_orders_writes_all(db: Any, branch_id: str) -> None:
    orders = [await db.fetchval(ORDER, branch_id, 3100) for _ in range(110)]
    async with db.transaction():
        await db.execute("UPDATE orders SET total_cents = 1500 WHERE id = ANY ($1)", orders)
        await db.execute("UPDATE order_items SET voided = true WHERE order_id = ANY ($1) AND name = 'Tikka'", orders)
    assert await db.fetchval("SELECT count(*) FROM orders WHERE total_cents = 1500") == 110


async def test_an_order_that_comes_with_a_void_has_the_sum_it_came_with(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order = await db.fetchval(ORDER, branch_id, 1650)
        await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) == 1650


async def test_another_quantity_with_the_void_is_not_what_was_in_the_sum(db: Any, order: Any) -> None:
    await db.execute("UPDATE order_items SET voided = true, quantity = 1 WHERE order_id = $1 AND name = 'Naan'", order)
    assert await _sum(db, order) == 1450


async def test_two_voids_at_once_both_come_off(db: Any, order: Any, connect_db: Callable[[], Awaitable[Any]]) -> None:
    other = await connect_db()
    async with db.transaction():
        await db.execute(VOID, order, "Tikka")
        second = asyncio.create_task(other.execute(VOID, order, "Naan"))
        await _waits(await connect_db(), other)
    await second
    assert await _sum(db, order) == 0


async def test_the_same_void_twice_at_once_comes_off_once(
    db: Any, order: Any, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    other = await connect_db()
    async with db.transaction():
        await db.execute(VOID, order, "Tikka")
        second = asyncio.create_task(other.execute(VOID, order, "Tikka"))
        await _waits(await connect_db(), other)
    await second
    assert await _sum(db, order) == 1650


async def _waits(watcher: Any, connection: Any) -> None:
    pid = connection.get_server_pid()
    await eventually(lambda: watcher.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid))


async def test_parts_and_what_is_cooked_again_cost_nothing(db: Any, order: Any) -> None:
    await db.execute(
        """INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents, part_of, refire)
        SELECT order_id, kot_id, name, quantity, 0, id, again
        FROM order_items, unnest('{false,true}'::boolean[]) AS again
        WHERE order_id = $1 AND name = 'Tikka'""",
        order,
    )
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1 AND part_of IS NOT NULL", order)
    assert await _sum(db, order) == 3100
    await db.execute(
        "UPDATE order_items SET voided = true WHERE order_id = $1 AND name = 'Tikka' AND part_of IS NULL", order
    )
    assert await _sum(db, order) == 1650


async def test_an_order_that_is_cancelled_keeps_its_sum_and_a_void_of_it_does_not(db: Any, order: Any) -> None:
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", order)
    assert await _sum(db, order) == 3100
    await db.execute(VOID, order, "Tikka")
    assert await _sum(db, order) == 1650


async def test_a_till_that_may_write_no_sum_voids(db: Any, order: Any) -> None:
    """As README.md beside sql/ grants it: a right on the column `voided` alone."""
    await db.execute("CREATE ROLE till_of_sums; GRANT UPDATE (voided), SELECT ON order_items TO till_of_sums")
    try:
        await db.execute("SET ROLE till_of_sums")
        await db.execute(VOID, order, "Tikka")
        await db.execute("RESET ROLE")
        assert await _sum(db, order) == 1650
    finally:
        await db.execute("RESET ROLE; DROP OWNED BY till_of_sums; DROP ROLE till_of_sums")


async def test_the_service_of_the_version_before_takes_a_dish_off_once(db: Any, order: Any) -> None:
    await db.execute(
        """WITH changed AS (
          UPDATE order_items SET voided = true WHERE order_id = $1 AND name = 'Tikka' AND NOT voided
          RETURNING order_id, quantity::bigint * price_cents AS cents
        )
        UPDATE orders AS o SET total_cents = greatest(o.total_cents - c.cents, least(o.total_cents, 0))
        FROM changed AS c         WHERE o.id = c.order_id AND o.total_cents IS NOT NULL""",
        order,
    )
    assert await _sum(db, order) == 1650
