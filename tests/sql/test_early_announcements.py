"""A writer that has only some of the deferred triggers fire before COMMIT: one event for each order all the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.orders import events_of

CHANGES = {
    "orders_announce_update": "UPDATE orders SET note = 'no nuts' WHERE id = $1",
    "kots_announce_update": "UPDATE kots SET held = true WHERE order_id = $1",
    "order_items_announce_update": "UPDATE order_items SET note = 'no nuts' WHERE order_id = $1",
    "order_items_announce_delete": "DELETE FROM order_items WHERE order_id = $1",
}


async def write(db: Any, branch_id: str) -> UUID:
    """An order with a KOT and a line; its id."""
    order_id, kot_id = uuid4(), uuid4()
    await db.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", order_id, UUID(branch_id))
    await db.execute("INSERT INTO kots (id, order_id) VALUES ($1, $2)", kot_id, order_id)
    await db.execute("INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Tea')", order_id, kot_id)
    return order_id


@pytest.mark.parametrize("trigger", CHANGES)
async def test_a_change_that_is_announced_before_its_new_order_is_that_order(
    db: Any, branch_id: str, trigger: str
) -> None:
    async with db.transaction():
        order_id = await write(db, branch_id)
        await db.execute(CHANGES[trigger], order_id)
        await db.execute(f"SET CONSTRAINTS {trigger} IMMEDIATE")
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]


async def test_what_comes_after_that_is_in_the_one_event_too(db: Any, branch_id: str) -> None:
    async with db.transaction():
        await db.execute("SET CONSTRAINTS orders_announce_update IMMEDIATE")
        orders = []
        for _ in range(2):
            orders.append(order_id := await write(db, branch_id))
            await db.execute(CHANGES["orders_announce_update"], order_id)
            await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')", order_id)
    assert sorted(await events_of(db, branch_id)) == sorted(("NEW_ORDER", order_id) for order_id in orders)


async def test_a_savepoint_that_is_rolled_back_takes_the_early_event_with_it(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order_id = await write(db, branch_id)
        savepoint = db.transaction()
        await savepoint.start()
        await db.execute(CHANGES["orders_announce_update"], order_id)
        await db.execute("SET CONSTRAINTS orders_announce_update IMMEDIATE")
        await savepoint.rollback()
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]
