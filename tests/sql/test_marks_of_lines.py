"""sql/marks.sql: lines that come to a ticket the kitchen has are told as added, those that go as voids."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from kds.guests.tracking import customer_view
from tests.orders import add_kot, kots_of, place
from tests.sql.marks import ITEM, marks, only_kot, told, voids
from tests.sql.marks import till as till


async def test_an_added_line_is_told(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute(ITEM, order_id, await only_kot(till, order_id), "Tea", 2)
    assert await marks(till, order_id) == {"Chicken tikka": None, "Raita": None, "Tea": {"added": True}}
    await till.execute("UPDATE order_items SET quantity = 3 WHERE order_id = $1 AND name = 'Tea'", order_id)
    assert (await marks(till, order_id))["Tea"] == {"added": True}


async def test_the_first_lines_of_a_ticket_are_no_change_whoever_commits_each_by_itself(
    till: Any, branch_id: str
) -> None:
    order_id = await till.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", UUID(branch_id))
    kot_id = await add_kot(till, order_id)  # its lines in one transaction, statement by statement
    assert set((await marks(till, order_id)).values()) == {None}
    await till.execute(ITEM, order_id, kot_id, "Tea", 1)
    assert (await marks(till, order_id))["Tea"] == {"added": True}


async def test_what_is_imported_with_its_times_is_no_change(till: Any, branch_id: str) -> None:
    async with till.transaction():
        await till.execute(
            "INSERT INTO orders (branch_id, placed_at) SELECT $1, now() - interval '5 min' FROM generate_series(1, 3)",
            UUID(branch_id),
        )
        await till.execute("INSERT INTO kots (order_id, sent_at) SELECT id, placed_at FROM orders")
        for _ in range(2):
            await till.execute("INSERT INTO order_items (order_id, kot_id, name) SELECT order_id, id, 'Tea' FROM kots")
        await till.execute("UPDATE order_items SET quantity = 2")
    assert await till.fetchval("SELECT count(*) FROM order_items WHERE changed IS NULL") == 6


async def test_a_deleted_line_is_a_void_until_it_was_seen(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    assert await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id) == "DELETE 1"
    assert await voids(till, order_id) == [("Raita", 1)]
    # nor is it gone when all lines are rewritten
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND voided", order_id)
    assert await voids(till, order_id) == [("Raita", 1)]
    await till.execute("UPDATE order_items SET acknowledged = true WHERE order_id = $1 AND voided", order_id)
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND voided", order_id)
    assert await till.fetchval("SELECT count(*) FROM order_items WHERE order_id = $1", order_id) == 1


async def test_what_is_left_of_a_deleted_line_is_neither_counted_nor_shown_to_the_guest(
    till: Any, branch_id: str
) -> None:
    order_id = await place(till, branch_id)
    count = (await told(till, order_id))["itemCount"]
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id)
    for _ in ("new", "seen"):
        order = await told(till, order_id)
        assert [i.get("deleted") for i in order["items"] if i["voided"]] == [True]
        assert order["itemCount"] == count - 1
        view = customer_view(UUID(branch_id), json.dumps(order))
        assert [i["name"] for i in view["items"]] == ["Chicken tikka"]
        await till.execute("UPDATE order_items SET acknowledged = true WHERE order_id = $1 AND voided", order_id)


async def test_a_line_that_was_added_and_is_deleted_is_a_void_but_not_within_one_transaction(
    till: Any, branch_id: str
) -> None:
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    async with till.transaction():
        await till.execute(ITEM, order_id, kot_id, "Tea", 1)
        await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Tea'", order_id)
    assert await voids(till, order_id) == []
    await till.execute(ITEM, order_id, kot_id, "Tea", 1)
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Tea'", order_id)
    assert await voids(till, order_id) == [("Tea", 1)]


@pytest.mark.parametrize(
    "statements",
    [
        ("DELETE FROM kots WHERE order_id = $1",),
        ("DELETE FROM orders WHERE id = $1",),
        (
            "DELETE FROM order_items WHERE order_id = $1",
            "DELETE FROM kots WHERE order_id = $1",
            "DELETE FROM orders WHERE id = $1",
        ),
    ],
)
async def test_nothing_is_left_of_a_line_whose_ticket_goes_with_it(
    till: Any, branch_id: str, statements: tuple[str, ...]
) -> None:
    order_id = await place(till, branch_id)
    async with till.transaction():
        for statement in statements:
            await till.execute(statement, order_id)
    assert await till.fetchval("SELECT count(*) FROM order_items WHERE order_id = $1", order_id) == 0


async def test_what_is_left_of_a_part_names_its_whole_only_while_that_is_there(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    kot_id = await only_kot(till, order_id)
    for name, is_cooked_again in (("Naan", False), ("Raita", True)):
        await till.execute(
            "INSERT INTO order_items (order_id, kot_id, name, part_of, refire)"
            " SELECT order_id, $2, $3, id, $4 FROM order_items WHERE order_id = $1 AND name = 'Chicken tikka'",
            order_id, kot_id, name, is_cooked_again,
        )  # fmt: skip
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Naan'", order_id)
    (naan,) = [item for item in (await told(till, order_id))["items"] if item["name"] == "Naan"]
    assert naan["voided"] and naan["partOf"]
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Chicken tikka'", order_id)
    items = (await told(till, order_id))["items"]
    assert len(await voids(till, order_id)) == 3
    assert {item["partOf"] for item in items if "partOf" in item} <= {item["itemId"] for item in items}


async def test_a_line_that_moves_to_another_ticket_is_a_void_here_and_added_there(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id, stations=["Fry", "Grill"])
    fry, grill = await kots_of(till, order_id)
    await till.execute("UPDATE order_items SET kot_id = $2 WHERE kot_id = $1 AND name = 'Raita'", fry, grill)
    items = (await told(till, order_id))["items"]
    moved = [(i["station"], i["voided"], i.get("changed")) for i in items if i["name"] == "Raita"]
    assert sorted(moved, key=str) == [("Fry", True, None), ("Grill", False, None), ("Grill", False, {"added": True})]
