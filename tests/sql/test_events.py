"""sql/remember.sql, announce.sql, triggers.sql: a small row per transaction and order, in commit order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.orders import IN_ONE_STATEMENT, add_kot, events_of, kots_of, place
from tests.patience import eventually
from tests.sql.hints import Hints

ConnectDb = Callable[[], Awaitable[Any]]


# One event per transaction and order


async def test_an_order_with_kots_and_items_is_one_event_and_one_hint(db: Any, branch_id: str, hints: Hints) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]
    (hint,) = await hints.all()
    assert hint == {
        "type": "NEW_ORDER",
        "branchId": branch_id,
        "orderId": str(order_id),
        "status": "SENT",
        "revision": hint["revision"],
    }
    assert await db.fetchval("SELECT revision FROM events") == hint["revision"]


async def test_an_order_in_one_statement_is_one_event(db: Any, branch_id: str, hints: Hints) -> None:
    order_id = await db.fetchval(IN_ONE_STATEMENT, branch_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]
    assert len(await hints.all()) == 1


async def test_a_change_of_everything_is_one_event(db: Any, branch_id: str, hints: Hints) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    await hints.all()
    async with db.transaction():
        await db.execute("UPDATE order_items SET done = true WHERE order_id = $1", order_id)
        await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order_id)
        await db.execute("UPDATE orders SET note = 'hurry' WHERE id = $1", order_id)
        await add_kot(db, order_id, "Oven")
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("ORDER_UPDATED", order_id)]
    assert [hint["type"] for hint in await hints.all()] == ["ORDER_UPDATED"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET note = 'new' WHERE id = $1",
        "UPDATE orders SET status = 'READY' WHERE id = $1",
        "UPDATE kots SET status = 'READY' WHERE order_id = $1",
        "UPDATE order_items SET done = true WHERE order_id = $1",
        "UPDATE order_items SET note = 'cold' WHERE order_id = $1",
        "UPDATE kots SET sent_at = now() WHERE order_id = $1",
        "UPDATE kots SET status = 'CANCELLED' WHERE order_id = $1 AND station = 'Fry'",
        "DELETE FROM kots WHERE order_id = $1 AND station = 'Fry'",
        "DELETE FROM order_items WHERE order_id = $1",
        "DELETE FROM kots WHERE order_id = $1",
        "INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')",
        "INSERT INTO order_items (order_id, kot_id, name) SELECT $1, id, 'Water' FROM kots WHERE order_id = $1",
    ],
)
async def test_whatever_a_screen_shows_is_announced(db: Any, branch_id: str, change: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    await db.execute(change, order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("ORDER_UPDATED", order_id)]


@pytest.mark.parametrize(
    "changes",
    [
        ("UPDATE order_items SET voided = true WHERE order_id = $1", "UPDATE orders SET total_cents = 1 WHERE id = $1"),
        ("UPDATE kots SET held = true WHERE order_id = $1", "UPDATE orders SET note = 'hold it' WHERE id = $1"),
        ("DELETE FROM order_items WHERE order_id = $1", "UPDATE orders SET note = 'no items' WHERE id = $1"),
        (
            "UPDATE kots SET status = 'READY' WHERE order_id = $1",
            "UPDATE order_items SET done = true WHERE order_id = $1",
        ),
        ("INSERT INTO kots (order_id, round) VALUES ($1, 2)", "UPDATE orders SET note = 'more' WHERE id = $1"),
    ],
)
async def test_an_order_and_a_part_of_it_changed_in_one_statement_are_one_event(
    db: Any, branch_id: str, changes: tuple[str, str]
) -> None:
    order_id = await place(db, branch_id)
    first, second = changes
    await db.execute(f"WITH first AS ({first} RETURNING 1), second AS ({second} RETURNING 1) SELECT 1", order_id)
    await db.execute(f"WITH second AS ({second} RETURNING 1) {first.replace('2)', '3)')}", order_id)
    assert await events_of(db, branch_id) == [
        ("NEW_ORDER", order_id),
        ("ORDER_UPDATED", order_id),
        ("ORDER_UPDATED", order_id),
    ]


@pytest.mark.parametrize("constraints", ["DEFERRED", "IMMEDIATE"])
async def test_a_statement_that_names_the_kot_before_its_order_is_one_event(
    db: Any, branch_id: str, constraints: str
) -> None:
    order_id = uuid4()
    async with db.transaction():
        await db.execute(f"SET CONSTRAINTS ALL {constraints}")
        await db.execute(
            "WITH k AS (INSERT INTO kots (order_id) VALUES ($1) RETURNING order_id)"
            " INSERT INTO orders (id, branch_id) SELECT order_id, $2 FROM k",
            order_id, branch_id,
        )  # fmt: skip
        await db.execute("UPDATE orders SET note = 'and a note' WHERE id = $1", order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]


async def test_an_item_for_an_old_order_is_announced_beside_a_new_order(db: Any, branch_id: str) -> None:
    old = await place(db, branch_id)
    (old_kot,) = await kots_of(db, old)
    async with db.transaction():
        new = await place(db, branch_id)
        await db.execute("INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Water')", old, old_kot)
    assert (await events_of(db, branch_id))[1:] == [("NEW_ORDER", new), ("ORDER_UPDATED", old)]


async def test_items_of_several_orders_in_one_statement_announce_each(db: Any, branch_id: str) -> None:
    orders = [await place(db, branch_id), await place(db, branch_id)]
    await db.execute("INSERT INTO order_items (order_id, kot_id, name) SELECT order_id, id, 'Water' FROM kots")
    assert sorted((await events_of(db, branch_id))[2:]) == sorted(("ORDER_UPDATED", order) for order in orders)


async def test_a_deleted_order_is_announced_as_removed_and_nothing_else(db: Any, branch_id: str, hints: Hints) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    await hints.all()
    async with db.transaction():
        await db.execute("UPDATE orders SET note = 'last words' WHERE id = $1", order_id)
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("ORDER_REMOVED", order_id)]
    assert (await hints.all())[-1]["type"] == "ORDER_REMOVED"


async def test_an_order_that_came_and_went_in_one_transaction_is_removed(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order_id = await db.fetchval(IN_ONE_STATEMENT, branch_id)
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    assert await events_of(db, branch_id) == [("ORDER_REMOVED", order_id)]


async def test_a_removed_order_that_comes_back_is_new(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    async with db.transaction():
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
        await db.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", order_id, branch_id)
    kinds = [kind for kind, _ in await events_of(db, branch_id)]
    assert kinds[0] == "NEW_ORDER" and kinds[-1] in ("NEW_ORDER", "ORDER_REMOVED") and len(kinds) == 2


async def test_two_orders_changed_in_turns_are_one_event_each(db: Any, branch_id: str) -> None:
    one, other = await place(db, branch_id), await place(db, branch_id)
    async with db.transaction():
        for note in ("a", "b", "c"):
            for order_id in (one, other):
                await db.execute("UPDATE orders SET note = $2 WHERE id = $1", order_id, note)
                await db.execute("UPDATE order_items SET note = $2 WHERE order_id = $1", order_id, note)
    assert sorted(await events_of(db, branch_id)) == sorted(
        [("NEW_ORDER", one), ("NEW_ORDER", other), ("ORDER_UPDATED", one), ("ORDER_UPDATED", other)]
    )


async def test_an_order_not_inserted_after_all_is_no_event(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await db.execute(
        "INSERT INTO orders (id, branch_id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", order_id, branch_id
    )
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]


async def test_copied_orders_are_announced(db: Any, branch_id: str) -> None:
    await db.copy_records_to_table(
        "orders", records=[(UUID(branch_id), "T1")] * 3, columns=["branch_id", "table_label"]
    )
    assert [kind for kind, _ in await events_of(db, branch_id)] == ["NEW_ORDER"] * 3


# Order


async def test_the_later_revision_commits_later(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    another = await connect_db()
    async with db.transaction():
        first = await db.fetchval(IN_ONE_STATEMENT, branch_id)
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        second = asyncio.create_task(another.fetchval(IN_ONE_STATEMENT, branch_id))
        waiting = "SELECT count(*) FROM pg_locks WHERE classid = 493269100 AND NOT granted"
        await eventually(lambda: db.fetchval(waiting))
        assert not second.done()
    committed_later = await second
    assert await events_of(db, branch_id) == [("NEW_ORDER", first), ("NEW_ORDER", committed_later)]


async def test_a_writer_of_another_branch_does_not_wait(
    db: Any, branch_id: str, other_branch: UUID, connect_db: ConnectDb
) -> None:
    another = await connect_db()
    await another.execute("SET statement_timeout = '5s'")
    async with db.transaction():
        await db.fetchval(IN_ONE_STATEMENT, branch_id)
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await another.fetchval(IN_ONE_STATEMENT, other_branch)


async def test_transactions_over_several_branches_do_not_deadlock(db: Any, connect_db: ConnectDb) -> None:
    branches = [
        row["id"]
        for row in await db.fetch("INSERT INTO branches (name) VALUES ('A'), ('B'), ('C'), ('D') RETURNING id")
    ]
    orders = {branch: await place(db, branch) for branch in branches}
    await db.execute("TRUNCATE events")

    async def write(connection: Any, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(40):
            async with connection.transaction():
                # rows in one order, as every writer must; the branches' locks come in whatever order they are hashed
                for branch in sorted(dice.sample(branches, 2)):
                    await connection.execute("UPDATE orders SET note = 'x' WHERE id = $1", orders[branch])
                await place(connection, dice.choice(branches))

    await asyncio.gather(*[write(await connect_db(), seed) for seed in range(6)])
    assert await db.fetchval("SELECT count(*) FROM events WHERE kind = 'NEW_ORDER'") == 240


@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_a_branch_can_be_written_by_many_at_strict_isolation(
    branch_id: str, connect_db: ConnectDb, isolation: Any
) -> None:
    async def write(connection: Any) -> int:
        written = 0
        while written < 10:
            try:
                async with connection.transaction(isolation=isolation):
                    await connection.fetchval(IN_ONE_STATEMENT, branch_id)
                written += 1
            except asyncpg.SerializationError:
                assert isolation == "serializable"  # only SERIALIZABLE may ask for another try
        return written

    writers = [await connect_db() for _ in range(6)]
    assert sum(await asyncio.gather(*(write(writer) for writer in writers))) == 60
