"""86 and count-down in SQL: as the lines of an order are written, what is left of a dish goes down and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.orders import place
from tests.sql.stock import count, left

ConnectDb = Callable[[], Awaitable[Any]]


async def test_a_till_that_names_its_lines_takes_down_what_is_counted(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    await place(db, branch_id)
    await place(db, branch_id)
    assert await left(db, dishes["Chicken tikka"]) == (3, False)
    assert await left(db, dishes["Raita"]) == (None, False)
    assert await db.fetchval("SELECT count(*) FROM stock_moves") == 0


async def test_a_line_that_names_its_dish_by_id_is_of_no_other(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    await count(db, dishes["Raita"], 7)
    order_id = await place(db, branch_id, stations=())
    kot_id = await db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
    await db.execute(
        "INSERT INTO order_items (order_id, kot_id, name, menu_item_id, quantity) VALUES ($1, $2, 'Raita', $3, 4)",
        order_id, kot_id, dishes["Chicken tikka"],
    )  # fmt: skip
    assert (await left(db, dishes["Chicken tikka"]), await left(db, dishes["Raita"])) == ((3, False), (7, False))


async def test_a_dish_of_another_branch_has_a_count_of_its_own(
    db: Any, branch_id: str, dishes: dict[str, UUID], other_branch: UUID
) -> None:
    await count(db, dishes["Raita"], 7)
    await place(db, other_branch)
    assert await left(db, dishes["Raita"]) == (7, False)


async def test_a_till_is_never_refused_and_the_count_stays_at_0(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 3)
    orders = [await place(db, branch_id) for _ in range(3)]
    assert await left(db, dishes["Chicken tikka"]) == (0, True)
    for order_id in orders[:2]:  # 6 were sold of 3: the first three that come back bring nobody one
        await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", order_id)
    assert await left(db, dishes["Chicken tikka"]) == (1, False)


@pytest.mark.parametrize(
    ("change", "remaining"),
    [
        ("UPDATE order_items SET voided = true WHERE order_id = $1", 7),
        ("UPDATE order_items SET voided = true, done = true WHERE order_id = $1", 7),
        ("UPDATE order_items SET voided = true, void_reason = 'mistake' WHERE order_id = $1", 7),
        ("UPDATE order_items SET voided = true, void_reason = 'sold_out' WHERE order_id = $1", 5),
        ("UPDATE order_items SET quantity = 1 WHERE order_id = $1", 6),
        ("UPDATE order_items SET quantity = 5 WHERE order_id = $1", 2),
        ("UPDATE order_items SET name = 'Naan' WHERE order_id = $1", 7),
        ("UPDATE order_items SET done = true, note = 'hot' WHERE order_id = $1", 5),
        ("DELETE FROM order_items WHERE order_id = $1", 7),
        ("UPDATE kots SET status = 'CANCELLED' WHERE order_id = $1", 7),
        ("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", 7),
        ("UPDATE orders SET status = 'CANCELLED', cancel_reason = 'mistake' WHERE id = $1", 7),
        ("UPDATE orders SET status = 'CANCELLED', cancel_reason = 'sold_out' WHERE id = $1", 5),
        ("UPDATE orders SET status = 'READY' WHERE id = $1", 5),
        ("DELETE FROM kots WHERE order_id = $1", 7),
        ("DELETE FROM orders WHERE id = $1", 7),
        ("WITH i AS (DELETE FROM order_items WHERE order_id = $1) DELETE FROM kots WHERE order_id = $1", 7),
    ],
)
async def test_what_is_taken_back_is_left_again(
    db: Any, branch_id: str, dishes: dict[str, UUID], change: str, remaining: int
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    order_id = await place(db, branch_id)
    await db.execute(change, order_id)
    assert await left(db, dishes["Chicken tikka"]) == (remaining, False)


async def test_what_was_voided_comes_back_once(db: Any, branch_id: str, dishes: dict[str, UUID]) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    order_id = await place(db, branch_id)
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order_id)
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", order_id)
    await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    again = await place(db, branch_id)
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", again)
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1", again)
    assert await left(db, dishes["Chicken tikka"]) == (7, False)


async def test_a_void_of_what_is_sold_out_moves_nothing_however_it_is_undone(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    order_id = await place(db, branch_id)
    for change in (
        "UPDATE order_items SET voided = true, void_reason = 'sold_out' WHERE order_id = $1",
        "UPDATE order_items SET voided = false, void_reason = NULL WHERE order_id = $1",
        "UPDATE order_items SET voided = true, void_reason = 'sold_out' WHERE order_id = $1",
        "DELETE FROM order_items WHERE order_id = $1",
    ):
        await db.execute(change, order_id)
        assert await left(db, dishes["Chicken tikka"]) == (5, False), change


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_items SET voided = true WHERE order_id = $1 AND part_of IS NULL",
        "DELETE FROM order_items WHERE order_id = $1 AND part_of IS NULL",
        "DELETE FROM order_items WHERE order_id = $1",
        "UPDATE orders SET status = 'CANCELLED' WHERE id = $1",
        "DELETE FROM orders WHERE id = $1",
    ],
)
async def test_a_dish_that_is_cooked_at_two_stations_is_one_dish(
    db: Any, branch_id: str, dishes: dict[str, UUID], change: str, by_id: bool
) -> None:
    for dish in dishes.values():
        await count(db, dish, 7)
    order_id = await place(db, branch_id, stations=())
    kot_id = await db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
    add = """INSERT INTO order_items (order_id, kot_id, name, menu_item_id, quantity, part_of)
        VALUES ($1, $2, $3, $4, 2, $5) RETURNING id"""

    async def line(name: str, whole: UUID | None) -> UUID:
        item: UUID = await db.fetchval(add, order_id, kot_id, name, dishes[name] if by_id else None, whole)
        return item

    whole = await line("Chicken tikka", None)
    await line("Chicken tikka", whole)
    await line("Raita", whole)
    assert [await left(db, dish) for dish in dishes.values()] == [(5, False), (5, False)]
    await db.execute(change, order_id)
    assert [await left(db, dish) for dish in dishes.values()] == [(7, False), (7, False)]


async def test_what_was_eaten_does_not_come_back_when_old_orders_are_deleted(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    order_id = await place(db, branch_id)
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2::kitchen_status WHERE id = $1", order_id, status)
    await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    assert await left(db, dishes["Chicken tikka"]) == (5, False)


async def test_lines_that_are_written_anew_in_one_transaction_change_nothing(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 3)
    order_id = await place(db, branch_id)
    async with db.transaction():
        await db.execute(
            "INSERT INTO order_items (order_id, kot_id, name, quantity)"
            " SELECT order_id, kot_id, name, quantity FROM order_items WHERE order_id = $1",
            order_id,
        )
        await db.execute(
            "DELETE FROM order_items WHERE order_id = $1 AND line <= (SELECT min(line) + 1 FROM order_items)", order_id
        )
    assert await left(db, dishes["Chicken tikka"]) == (1, False)
    assert await db.fetchval("SELECT oversold FROM dish_stock") == 0


async def test_a_savepoint_that_is_rolled_back_takes_nothing(db: Any, branch_id: str, dishes: dict[str, UUID]) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    async with db.transaction():
        await place(db, branch_id)
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with db.transaction():
                await place(db, branch_id)
                await db.execute("SELECT 1 / 0")
    assert await left(db, dishes["Chicken tikka"]) == (5, False)


async def test_a_dish_comes_back_by_the_clock_of_the_database(db: Any, branch_id: str, dishes: dict[str, UUID]) -> None:
    await count(db, dishes["Raita"], sold_out=True, back_at="2099-01-01")
    assert await left(db, dishes["Raita"]) == (None, True)
    await count(db, dishes["Raita"], 1, back_at="2001-01-01")
    assert await left(db, dishes["Raita"]) == (None, False)
    await place(db, branch_id)
    assert await db.fetchval("SELECT remaining FROM dish_stock") == 1


async def test_the_menu_is_told_when_the_last_one_goes_and_when_one_comes_back_and_else_not(
    db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb
) -> None:
    await count(db, dishes["Chicken tikka"], 5)
    told: list[str] = []
    ears = await connect_db()
    await ears.add_listener("kds_control", lambda *said: told.append(said[-1]))

    async def heard(order: Callable[[], Awaitable[Any]]) -> list[str]:
        """What was said from here on until the one after it."""
        told.clear()
        await order()
        await db.execute("NOTIFY kds_control, 'end'")
        async with asyncio.timeout(30):
            while "end" not in told:
                await asyncio.sleep(0.01)
        return told[:-1]

    news = [f'{{"type" : "MENU_CHANGED", "branchId" : "{branch_id}"}}']
    orders: list[UUID] = []

    async def sell() -> None:
        orders.append(await place(db, branch_id))

    async def void() -> None:
        await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", orders.pop())

    async def lift() -> None:
        await db.execute("DELETE FROM dish_stock")

    assert [await heard(what) for what in (sell, sell, sell, sell)] == [[], [], news, []]
    assert [await heard(what) for what in (void, void, void, lift)] == [[], news, [], news]


async def test_a_renamed_dish_is_counted_by_its_new_name_and_a_deleted_one_no_more(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 7)
    await db.execute("UPDATE menu_items SET name = 'Yoghurt' WHERE id = $1", dishes["Raita"])
    await db.execute("UPDATE menu_items SET name = 'Raita' WHERE id = $1", dishes["Chicken tikka"])
    await place(db, branch_id)
    assert await left(db, dishes["Raita"]) == (7, False)
    await db.execute("DELETE FROM menu_items WHERE id = $1", dishes["Raita"])
    assert await db.fetchval("SELECT count(*) FROM dish_stock") == 0
