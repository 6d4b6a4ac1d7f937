"""sql/rewriting.sql: a till that deletes all lines and inserts them again changed only what differs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.orders import place
from tests.sql.marks import ITEM, marks, only_kot, told, voids
from tests.sql.marks import till as till


async def rewrite(
    till: Any, order_id: UUID, *, first: str = "DELETE", same_ids: bool = False, change: str = ""
) -> None:
    """Deletes all lines of an order and inserts them again, as a till does; change: a further SELECT item."""
    kept = "i.id" if same_ids else "gen_random_uuid()"
    columns = "id, order_id, kot_id, name, quantity, price_cents, modifiers, note, allergens"
    insert = f"""INSERT INTO order_items ({columns})
        SELECT {kept}, i.order_id, i.kot_id, i.name, {change or "i.quantity"}, i.price_cents,
          i.modifiers, i.note, i.allergens
        FROM kept AS i ORDER BY i.line"""
    delete = "DELETE FROM order_items AS i USING kept AS k WHERE i.id = k.id"
    async with till.transaction():
        await till.execute(
            f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM order_items WHERE order_id = '{order_id}'"
        )
        for statement in (delete, insert) if first == "DELETE" else (insert, delete):
            await till.execute(statement)


async def lines(db: Any, order_id: UUID) -> list[tuple[Any, ...]]:
    """What a cook sees of each line."""
    items = (await told(db, order_id))["items"]
    return [(i["name"], i["quantity"], i["done"], i["voided"], i["acknowledged"], i.get("changed")) for i in items]


@pytest.mark.parametrize("status", ["SENT", "READY"])
@pytest.mark.parametrize("same_ids", [False, True])
async def test_lines_that_are_deleted_and_inserted_again_are_as_they_were(
    till: Any, branch_id: str, status: str, same_ids: bool
) -> None:
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    for _ in range(2):
        await till.execute(ITEM, order_id, kot_id, "Tea", 1)  # two lines alike
    await till.execute("UPDATE order_items SET changed = NULL WHERE order_id = $1", order_id)
    await till.execute("UPDATE order_items SET done = true WHERE order_id = $1 AND name = 'Chicken tikka'", order_id)
    await till.execute("UPDATE order_items SET quantity = 3 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute("UPDATE kots SET status = $2 WHERE order_id = $1", order_id, status)
    before = await lines(till, order_id)
    at = await till.fetchval(
        "SELECT changed ->> 'at' FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id
    )
    await rewrite(till, order_id, same_ids=same_ids)
    assert await lines(till, order_id) == before
    assert at == await till.fetchval(
        "SELECT changed ->> 'at' FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id
    )


async def test_lines_that_are_inserted_again_before_the_old_ones_go_are_as_they_were(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute("UPDATE order_items SET done = true WHERE order_id = $1 AND name = 'Raita'", order_id)
    before = await lines(till, order_id)
    await rewrite(till, order_id, first="INSERT")
    assert await lines(till, order_id) == before


@pytest.mark.parametrize("same_ids", [False, True])
async def test_of_lines_that_come_again_what_differs_is_told(till: Any, branch_id: str, same_ids: bool) -> None:
    order_id = await place(till, branch_id)
    await rewrite(till, order_id, same_ids=same_ids, change="CASE i.name WHEN 'Raita' THEN 4 ELSE i.quantity END")
    assert await lines(till, order_id) == [
        ("Chicken tikka", 2, False, False, False, None),
        ("Raita", 4, False, False, False, {"quantity": 1}),
    ]


async def test_what_does_not_come_again_is_a_void_and_what_was_seen_as_a_void_does_not_ring_again(
    till: Any, branch_id: str
) -> None:
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    await till.execute(ITEM, order_id, kot_id, "Tea", 1)
    await till.execute(
        "UPDATE order_items SET voided = true, acknowledged = true WHERE order_id = $1 AND name = 'Raita'", order_id
    )
    async with till.transaction():
        await till.execute("DELETE FROM order_items WHERE order_id = $1", order_id)
        await till.execute(ITEM, order_id, kot_id, "Naan", 1)
        await till.execute(
            "INSERT INTO order_items (order_id, kot_id, name, voided) VALUES ($1, $2, 'Raita', true)", order_id, kot_id
        )
        await till.execute(ITEM, order_id, kot_id, "Tea", 1)
    assert await voids(till, order_id) == [("Chicken tikka", 2)]
    assert await marks(till, order_id) == {"Naan": {"added": True}, "Tea": {"added": True}}


async def test_of_what_was_rewritten_and_goes_in_the_same_transaction_a_void_is_left(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute("UPDATE order_items SET quantity = 3 WHERE order_id = $1 AND name = 'Raita'", order_id)
    async with till.transaction():
        await rewrite(till, order_id)
        await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id)
    assert await voids(till, order_id) == [("Raita", 3)]
    assert await marks(till, order_id) == {"Chicken tikka": None}


async def test_what_comes_back_in_another_transaction_is_told(till: Any, branch_id: str) -> None:
    """By then a cook may have thrown it away."""
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute(ITEM, order_id, kot_id, "Raita", 1)
    assert await voids(till, order_id) == [("Raita", 1)]
    assert (await marks(till, order_id))["Raita"] == {"added": True}


async def test_a_savepoint_that_is_undone_undoes_what_it_left(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    async with till.transaction():
        with pytest.raises(asyncpg.CheckViolationError):
            async with till.transaction():
                await till.execute("DELETE FROM order_items WHERE order_id = $1", order_id)
                await till.execute(ITEM, order_id, kot_id, "Raita", 0)
        async with till.transaction():
            await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id)
        await till.execute(ITEM, order_id, kot_id, "Raita", 1)
    assert await voids(till, order_id) == []
    assert await marks(till, order_id) == {"Chicken tikka": None, "Raita": None}
