"""Writers of one dish at once: what is left is right whoever was first, none holds up another, and none deadlocks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.orders import place
from tests.patience import eventually
from tests.sql.stock import count, left

ConnectDb = Callable[[], Awaitable[Any]]

START = 20
LINE = "name = 'Chicken tikka' AND order_id = $1"
WRITES = {
    "voided": f"UPDATE order_items SET voided = true WHERE {LINE}",
    "no void": f"UPDATE order_items SET voided = false WHERE {LINE}",
    "one less": f"UPDATE order_items SET quantity = 1 WHERE {LINE}",
    "more": f"UPDATE order_items SET quantity = 5 WHERE {LINE}",
    "another dish": f"UPDATE order_items SET name = 'Raita' WHERE {LINE}",
    "deleted": f"DELETE FROM order_items WHERE {LINE}",
    "added": "INSERT INTO order_items (order_id, kot_id, name, quantity)"
    " SELECT order_id, id, 'Chicken tikka', 3 FROM kots WHERE order_id = $1",
}
ENDS = {
    "order cancelled": "UPDATE orders SET status = 'CANCELLED' WHERE id = $1",
    "KOT cancelled": "UPDATE kots SET status = 'CANCELLED' WHERE order_id = $1",
    "order deleted": "DELETE FROM orders WHERE id = $1",
    "KOT deleted": "DELETE FROM kots WHERE order_id = $1",
}


@pytest.mark.parametrize("comes_first", ["the line", "the end"])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("write", WRITES)
async def test_a_line_that_is_written_while_its_order_ends_gives_back_what_it_took_and_no_more(
    db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb, write: str, end: str, comes_first: str
) -> None:
    for dish_id in dishes.values():
        await count(db, dish_id, START)
    order_id = await place(db, branch_id)
    if write == "no void":
        await db.execute(WRITES["voided"], order_id)
    statements = [WRITES[write], ENDS[end]]
    if comes_first == "the end":
        statements.reverse()
    first, second = await connect_db(), await connect_db()

    async def waits_or_is_done() -> bool:
        return follows.done() or await waits(db, second)

    begun = first.transaction()
    await begun.start()
    await first.execute(statements[0], order_id)
    follows = asyncio.create_task(second.execute(statements[1], order_id))
    await eventually(waits_or_is_done)
    await begun.commit()
    try:
        await follows
    except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError):
        assert write == "added"  # to what is no more
        assert comes_first == "the end"
    await check_what_is_left(db)


@pytest.mark.parametrize("line", ["of a held ticket", "with parts"])
async def test_a_line_that_is_being_written_and_an_order_that_is_cancelled_never_deadlock(
    db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb, line: str
) -> None:
    for dish_id in dishes.values():
        await count(db, dish_id, START)
    order_id = await place(db, branch_id)
    whole = await db.fetchval(f"SELECT id FROM order_items WHERE {LINE}", order_id)
    if line == "with parts":
        await db.execute(
            "INSERT INTO order_items (id, order_id, kot_id, name, quantity, part_of)"
            " SELECT '00000000-0000-4000-8000-000000000000', order_id, kot_id, 'Raita', 2, id FROM order_items"
            " WHERE id = $1",
            whole,
        )
    else:
        await db.execute("UPDATE kots SET held = true WHERE order_id = $1", order_id)
    till, other = await connect_db(), await connect_db()

    async def other_waits() -> bool:
        return await waits(db, other)

    async with till.transaction():
        # Where an UPDATE of it stands before the first of its triggers.
        await till.execute("SELECT FROM order_items WHERE id = $1 FOR NO KEY UPDATE", whole)
        cancels = asyncio.create_task(other.execute(ENDS["order cancelled"], order_id))
        await eventually(other_waits)
        await till.execute("UPDATE order_items SET quantity = 1 WHERE id = $1", whole)
    await cancels
    assert await db.fetchval("SELECT status FROM orders WHERE id = $1", order_id) == "CANCELLED"
    await check_what_is_left(db)


async def waits(db: Any, session: Any) -> bool:
    """Whether a session waits for a lock."""
    waiting: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock')",
        session.get_server_pid(),
    )
    return waiting


async def check_what_is_left(db: Any) -> None:
    """Of each dish there is what was there at first, but for what is still to be cooked or served."""
    live = await db.fetch(
        "SELECT i.name, sum(i.quantity) AS quantity FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id"
        " WHERE NOT i.voided AND k.status IN ('SENT', 'READY') GROUP BY i.name"
    )
    sold = {row["name"]: row["quantity"] for row in live}
    for row in await db.fetch("SELECT name, remaining, oversold FROM dish_stock"):
        assert (row["remaining"] + sold.get(row["name"], 0), row["oversold"]) == (START, 0), row["name"]


async def test_a_slow_till_holds_up_nobody_who_sells_the_same_dish(
    db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    slow = await connect_db()
    transaction = slow.transaction()
    await transaction.start()
    await place(slow, branch_id)
    async with asyncio.timeout(30):
        await place(db, branch_id)
    assert await left(db, dishes["Chicken tikka"]) == (5, False)
    await transaction.commit()
    assert await left(db, dishes["Chicken tikka"]) == (3, False)


async def test_baskets_in_any_order_and_over_two_branches_cannot_deadlock(
    db: Any, branch_id: str, dishes: dict[str, UUID], other_branch: UUID, connect_db: ConnectDb
) -> None:
    rows = await db.fetch(
        "INSERT INTO menu_items (branch_id, name, price_cents)"
        " SELECT $1, n, 100 FROM unnest(ARRAY['Chicken tikka', 'Raita']) AS n RETURNING id",
        other_branch,
    )
    counted = [*dishes.values(), *(row["id"] for row in rows)]
    for dish_id in counted:
        await count(db, dish_id, 10_000)

    async def sell(number: int) -> None:
        connection = await connect_db()
        branches = [UUID(branch_id), other_branch][:: 1 if number % 2 else -1]
        for _ in range(10):
            async with connection.transaction():
                for branch in branches:
                    order_id = await place(connection, branch, stations=("Grill", "Cold"))
                    await connection.execute(
                        "UPDATE order_items SET voided = true WHERE order_id = $1 AND name = 'Raita'", order_id
                    )

    async with asyncio.timeout(120):
        await asyncio.gather(*(sell(number) for number in range(6)))
    # 6 tills, 10 times, 2 KOTs, 2 of the one and the other voided, in each branch
    assert [(await left(db, dish_id))[0] for dish_id in counted] == [9760, 10000, 9760, 10000]


async def test_a_dish_that_is_lifted_and_a_till_that_chose_the_number_of_its_order_cannot_deadlock(
    db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    counts = "SELECT counts_dishes FROM branches WHERE id = $1"
    till = await connect_db()
    async with till.transaction():
        order_id = await till.fetchval(
            "INSERT INTO orders (branch_id, order_number) VALUES ($1, 500) RETURNING id", UUID(branch_id)
        )
        kot_id = await till.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
        await till.execute(
            "INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Chicken tikka')", order_id, kot_id
        )
        await asyncio.wait_for(db.execute("DELETE FROM dish_stock"), 10)  # waits for no till
    # what is left true costs a look at each order, until the next dish
    assert await db.fetchval(counts, UUID(branch_id)) is True
    await count(db, dishes["Raita"], 7)
    await db.execute("DELETE FROM dish_stock")
    assert await db.fetchval(counts, UUID(branch_id)) is False
