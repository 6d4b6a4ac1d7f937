"""Whatever way a transaction is written or undone, its events are told once, and only of what was committed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.orders import IN_ONE_STATEMENT, events_of, place
from tests.sql.hints import Hints

# What does not happen is not told


async def test_a_rolled_back_order_is_no_event(db: Any, branch_id: str, hints: Hints) -> None:
    transaction = db.transaction()
    await transaction.start()
    await db.fetchval(IN_ONE_STATEMENT, branch_id)
    await transaction.rollback()
    assert await events_of(db, branch_id) == []
    assert await hints.all() == []


async def test_only_what_survives_its_savepoint_is_told(db: Any, branch_id: str, hints: Hints) -> None:
    old = await place(db, branch_id)
    await hints.all()
    async with db.transaction():
        with pytest.raises(ZeroDivisionError):
            async with db.transaction():
                await db.fetchval(IN_ONE_STATEMENT, branch_id)
                await db.execute("UPDATE orders SET note = 'never' WHERE id = $1", old)
                raise ZeroDivisionError
        async with db.transaction():
            new = await db.fetchval(IN_ONE_STATEMENT, branch_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", old), ("NEW_ORDER", new)]
    assert [hint["orderId"] for hint in await hints.all()] == [str(new)]


async def test_a_change_after_a_rolled_back_savepoint_of_the_same_order_is_told(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    async with db.transaction():
        with pytest.raises(ZeroDivisionError):
            async with db.transaction():
                await db.execute("UPDATE orders SET note = 'never' WHERE id = $1", order_id)
                raise ZeroDivisionError
        await db.execute("UPDATE order_items SET done = true WHERE order_id = $1", order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("ORDER_UPDATED", order_id)]


async def test_an_announcement_rolled_back_with_its_savepoint_is_made_again(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    async with db.transaction():
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(ZeroDivisionError):
            async with db.transaction():
                await db.execute("UPDATE orders SET note = 'never' WHERE id = $1", order_id)
                raise ZeroDivisionError
        await db.execute("UPDATE orders SET note = 'now' WHERE id = $1", order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("ORDER_UPDATED", order_id)]


# However it is written


async def test_constraints_set_immediate_lose_nothing(db: Any, branch_id: str, other_branch: UUID) -> None:
    async with db.transaction():
        first = await db.fetchval(IN_ONE_STATEMENT, branch_id)
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await db.execute("UPDATE orders SET note = 'later' WHERE id = $1", first)
        second = await db.fetchval(IN_ONE_STATEMENT, other_branch)
        await db.execute("SET CONSTRAINTS ALL DEFERRED")
        await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", second)
    assert await events_of(db, branch_id) == [("NEW_ORDER", first)]
    assert await events_of(db, other_branch) == [("NEW_ORDER", second)]


async def test_constraints_set_immediate_tell_each_order_once(db: Any, branch_id: str) -> None:
    first, second = await place(db, branch_id), await place(db, branch_id)
    async with db.transaction():
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for order_id in (first, second, first, second):
            await db.execute("UPDATE orders SET note = 'again' WHERE id = $1", order_id)
        await db.execute("DELETE FROM orders WHERE id = $1", first)
        await db.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", first, branch_id)
        third = await place(db, branch_id)
    told = (await events_of(db, branch_id))[2:]
    assert told == [("NEW_ORDER", first), ("ORDER_UPDATED", second), ("NEW_ORDER", third)]


async def test_replicated_rows_are_announced(db: Any, branch_id: str) -> None:
    await db.execute("SET session_replication_role = replica")
    order_id = await place(db, branch_id)
    changes = (
        "UPDATE orders SET note = 'from elsewhere' WHERE id = $1",
        "INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')",
        "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Bar'",
        "UPDATE order_items SET done = true WHERE order_id = $1",
        "INSERT INTO order_items (order_id, kot_id, name) SELECT $1, id, 'Water' FROM kots WHERE order_id = $1 LIMIT 1",
        "DELETE FROM kots WHERE order_id = $1 AND station = 'Bar'",
    )
    for change in changes:
        await db.execute(change, order_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)] + [("ORDER_UPDATED", order_id)] * len(changes)


@pytest.mark.parametrize("statement", ["TRUNCATE orders CASCADE", "TRUNCATE kots CASCADE", "TRUNCATE order_items"])
async def test_truncate_tells_every_branch_to_read_anew(
    db: Any, branch_id: str, other_branch: UUID, statement: str
) -> None:
    order_id = await place(db, branch_id)
    await db.execute(statement)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id), ("RESYNC", None)]
    assert await events_of(db, other_branch) == [("RESYNC", None)]


async def test_a_transaction_over_more_than_a_thousand_orders_resyncs_its_branches(
    db: Any, branch_id: str, other_branch: UUID
) -> None:
    await db.execute("INSERT INTO orders (branch_id) SELECT $1::uuid FROM generate_series(1, 1100)", branch_id)
    await db.execute("TRUNCATE events")
    await db.execute("INSERT INTO orders (branch_id) VALUES ($1)", other_branch)
    await db.execute("UPDATE orders SET priority = 1")
    kinds = [kind for kind, _ in await events_of(db, branch_id) + await events_of(db, other_branch)]
    assert (kinds.count("ORDER_UPDATED"), kinds.count("NEW_ORDER")) == (1000, 1)
    assert kinds.count("RESYNC") in (1, 2)
    last = await db.fetchval(
        "SELECT kind::text FROM events WHERE branch_id = $1 ORDER BY revision DESC LIMIT 1", branch_id
    )
    assert last == "RESYNC"


async def test_a_payload_of_any_size_commits(db: Any, branch_id: str, hints: Hints) -> None:
    order_id = await place(db, branch_id, note="n" * 9000)
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]
    assert len(await hints.all()) == 1


@pytest.mark.parametrize("setting", ["off", "local"])
async def test_an_asynchronous_writer_waits_for_the_disk_after_all(db: Any, branch_id: str, setting: str) -> None:
    await db.execute(f"SET synchronous_commit = {setting}")
    async with db.transaction():
        await db.fetchval(IN_ONE_STATEMENT, branch_id)
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert await db.fetchval("SHOW synchronous_commit") == "on"
    assert await db.fetchval("SHOW synchronous_commit") == setting
