"""sql/marks.sql: what changed of what the kitchen has is told until it was seen; as a till writes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.orders import add_kot, kots_of, place
from tests.sql.marks import ITEM, marks, only_kot, told, voids
from tests.sql.marks import till as till

ConnectDb = Callable[[], Awaitable[Any]]


# A line that changes


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ("quantity = 3", {"quantity": 1}),
        ("name = 'Raita, large'", {"name": "Raita"}),
        ("modifiers = '{NO mint}'", {"modifiers": []}),
        ("note = 'quick'", {"note": None}),
        ("allergens = '{milk}'", {"allergens": []}),
        ("quantity = 2, note = 'quick'", {"quantity": 1, "note": None}),
    ],
)
async def test_what_a_line_was_is_told_beside_what_it_is(
    till: Any, branch_id: str, change: str, mark: dict[str, Any]
) -> None:
    order_id = await place(till, branch_id)
    assert set(marks_before := await marks(till, order_id)) == {"Chicken tikka", "Raita"}
    assert set(marks_before.values()) == {None}
    await till.execute(f"UPDATE order_items SET {change} WHERE order_id = $1 AND name = 'Raita'", order_id)
    items = (await told(till, order_id))["items"]
    assert [item.get("changed") for item in items] == [None, mark]
    assert "changed" not in items[0]


@pytest.mark.parametrize(
    "change", ["price_cents = 1", "done = true", "note = ''", "quantity = quantity", "voided = true"]
)
async def test_what_no_cook_needs_to_know_is_no_change(till: Any, branch_id: str, change: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute(f"UPDATE order_items SET {change} WHERE order_id = $1 AND name = 'Raita'", order_id)
    assert not any("changed" in item for item in (await told(till, order_id))["items"])


async def test_the_first_value_stays_and_one_that_comes_back_takes_the_mark_away(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    for quantity in (2, 3):
        await till.execute(
            "UPDATE order_items SET quantity = $2 WHERE order_id = $1 AND name = 'Raita'", order_id, quantity
        )
        assert (await marks(till, order_id))["Raita"] == {"quantity": 1}
    await till.execute(
        "UPDATE order_items SET quantity = 1, note = 'x' WHERE order_id = $1 AND name = 'Raita'", order_id
    )
    assert (await marks(till, order_id))["Raita"] == {"note": None}
    await till.execute("UPDATE order_items SET note = NULL WHERE order_id = $1 AND name = 'Raita'", order_id)
    assert (await marks(till, order_id))["Raita"] is None


async def test_each_change_has_a_later_time_so_that_seen_is_meant_for_one_of_them(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    times = []
    for quantity in (2, 3):
        times.append(
            await till.fetchval(
                "UPDATE order_items SET quantity = $2 WHERE order_id = $1 AND name = 'Raita'"
                " RETURNING changed ->> 'at'",
                order_id, quantity,
            )
        )  # fmt: skip
    assert times[0] < times[1]


async def test_a_change_before_the_order_was_told_is_none(till: Any, branch_id: str) -> None:
    async with till.transaction():
        order_id = await place(till, branch_id)
        await till.execute("UPDATE order_items SET quantity = 5 WHERE order_id = $1", order_id)
        await till.execute("UPDATE orders SET table_label = 'T9', note = 'x' WHERE id = $1", order_id)
        await till.execute(ITEM, order_id, await only_kot(till, order_id), "Tea", 1)
        await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Raita'", order_id)
    order = await told(till, order_id)
    assert [item["name"] for item in order["items"]] == ["Chicken tikka", "Tea"]
    assert not any("changed" in part for part in (*order["items"], *order["kots"]))


async def test_a_change_of_a_round_in_its_own_transaction_is_none(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id, stations=["Grill"])
    async with till.transaction():
        kot_id = await add_kot(till, order_id, "Fry")
        await till.execute("UPDATE order_items SET quantity = 5 WHERE kot_id = $1", kot_id)
        await till.execute(ITEM, order_id, kot_id, "Tea", 1)
    assert set((await marks(till, order_id)).values()) == {None}


@pytest.mark.parametrize("status", ["SENT", "READY", "COMPLETED", "CANCELLED"])
async def test_what_is_over_is_not_marked(till: Any, branch_id: str, status: str) -> None:
    order_id = await place(till, branch_id)
    for step in {"COMPLETED": ("READY", "COMPLETED")}.get(status, (status,)):
        await till.execute("UPDATE kots SET status = $2 WHERE order_id = $1", order_id, step)
    await till.execute("UPDATE order_items SET quantity = 7 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute("UPDATE orders SET table_label = 'T9' WHERE id = $1", order_id)
    order = await told(till, order_id)
    is_shown = status in ("SENT", "READY")
    assert [item.get("changed") for item in order["items"]] == [None, {"quantity": 1} if is_shown else None]
    assert order["kots"][0].get("changed") == ({"table": "T1"} if is_shown else None)


async def test_what_is_held_is_not_marked(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute("UPDATE kots SET held = true WHERE order_id = $1", order_id)
    await till.execute("UPDATE order_items SET quantity = 7 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute("UPDATE orders SET table_label = 'T9' WHERE id = $1", order_id)
    await till.execute(ITEM, order_id, await only_kot(till, order_id), "Tea", 1)
    await till.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Chicken tikka'", order_id)
    order = await told(till, order_id)
    assert not any("changed" in part for part in (*order["items"], *order["kots"]))
    assert [item["name"] for item in order["items"]] == ["Raita", "Tea"]


async def test_a_change_that_meets_the_firing_of_its_ticket_is_told(till: Any, db: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1", order_id)
    async with db.transaction():
        await db.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
        changing = asyncio.create_task(
            till.execute("UPDATE order_items SET quantity = 7 WHERE order_id = $1 AND name = 'Raita'", order_id)
        )
        while not await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not changing.done(), "it did not wait for the cook"
            await asyncio.sleep(0)
    await changing
    assert (await marks(till, order_id))["Raita"] == {"quantity": 1}


# Seen


async def test_null_takes_a_mark_off_and_nothing_else_can_be_written(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute("UPDATE order_items SET changed = '{\"quantity\": 9}' WHERE order_id = $1", order_id)
    await till.execute('UPDATE kots SET changed = \'{"table": "T9"}\' WHERE order_id = $1', order_id)
    await till.execute("INSERT INTO kots (order_id, station, changed) VALUES ($1, 'Fry', '5')", order_id)
    await till.execute(
        "INSERT INTO order_items (order_id, kot_id, name, changed)"
        " SELECT $1, id, 'Chips', '{\"deleted\": 5}' FROM kots WHERE order_id = $1 AND station = 'Fry'", order_id,
    )  # fmt: skip
    order = await told(till, order_id)
    assert not any("changed" in part for part in (*order["items"], *order["kots"]))
    await till.execute("UPDATE order_items SET quantity = 3 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute('UPDATE order_items SET changed = \'{"name": "x"}\' WHERE order_id = $1', order_id)
    assert (await marks(till, order_id))["Raita"] == {"quantity": 1}
    await till.execute("UPDATE order_items SET changed = NULL WHERE order_id = $1", order_id)
    assert (await marks(till, order_id))["Raita"] is None


async def test_a_row_that_is_written_back_whole_takes_no_mark_away(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id)
    await till.execute("UPDATE order_items SET quantity = 3 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await till.execute(
        "UPDATE order_items SET quantity = 3, note = 'x', changed = NULL WHERE order_id = $1 AND name = 'Raita'",
        order_id,
    )
    assert (await marks(till, order_id))["Raita"] == {"quantity": 1, "note": None}


async def test_a_void_that_is_taken_back_is_told_as_added_once_it_had_left_the_ticket(
    till: Any, branch_id: str
) -> None:
    order_id = await place(till, branch_id)
    line = "WHERE order_id = $1 AND name = 'Raita'"
    await till.execute(f"UPDATE order_items SET voided = true {line}", order_id)
    await till.execute(f"UPDATE order_items SET voided = false {line}", order_id)
    assert (await marks(till, order_id))["Raita"] is None
    await till.execute(f"UPDATE order_items SET voided = true {line}", order_id)
    await till.execute(f"UPDATE order_items SET acknowledged = true {line}", order_id)
    await till.execute(f"UPDATE order_items SET voided = false {line}", order_id)
    assert (await marks(till, order_id))["Raita"] == {"added": True}
    await till.execute(f"UPDATE order_items SET voided = true {line}", order_id)
    assert await voids(till, order_id) == [("Raita", 1)]


# The order


async def test_a_moved_table_and_another_note_are_told_once_for_each_ticket(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id, table="T4", stations=["Fry", "Grill"])
    await till.execute("UPDATE orders SET table_label = 'T7' WHERE id = $1", order_id)
    await till.execute("UPDATE orders SET table_label = 'T8', note = 'no nuts' WHERE id = $1", order_id)
    assert [k["changed"] for k in (await told(till, order_id))["kots"]] == [{"table": "T4", "note": None}] * 2
    fry, _ = await kots_of(till, order_id)
    await till.execute("UPDATE kots SET changed = NULL WHERE id = $1", fry)
    await till.execute("UPDATE orders SET table_label = 'T4', note = NULL WHERE id = $1", order_id)
    # the grill never heard of it; the fry station saw T8
    kots = (await told(till, order_id))["kots"]
    assert [k.get("changed") for k in kots] == [{"table": "T8", "note": "no nuts"}, None]


async def test_a_round_that_comes_later_is_not_told_what_was_before_it(till: Any, branch_id: str) -> None:
    order_id = await place(till, branch_id, stations=["Grill"])
    await till.execute("UPDATE orders SET table_label = 'T7' WHERE id = $1", order_id)
    await add_kot(till, order_id, "Fry")
    assert [k.get("changed") for k in (await told(till, order_id))["kots"]] == [None, {"table": "T1"}]


# Where the rows come from elsewhere


async def test_a_replica_makes_no_marks_of_its_own(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    kot_id = await only_kot(db, order_id)
    await db.execute("SET session_replication_role = replica")
    await db.execute("UPDATE order_items SET quantity = 9 WHERE order_id = $1 AND name = 'Raita'", order_id)
    await db.execute("UPDATE orders SET table_label = 'T9' WHERE id = $1", order_id)
    await db.execute(ITEM, order_id, kot_id, "Tea", 1)
    await db.execute("DELETE FROM order_items WHERE order_id = $1 AND name = 'Chicken tikka'", order_id)
    # what the origin marked comes with the row
    await db.execute(
        "INSERT INTO order_items (order_id, kot_id, name, changed)"
        " VALUES ($1, $2, 'Naan', '{\"added\": true, \"at\": \"x\"}')",
        order_id, kot_id,
    )  # fmt: skip
    rows = await db.fetch("SELECT name, changed::text FROM order_items WHERE order_id = $1 ORDER BY name", order_id)
    assert [tuple(row) for row in rows] == [("Naan", '{"at": "x", "added": true}'), ("Raita", None), ("Tea", None)]
    assert await db.fetchval("SELECT count(*) FROM kots WHERE changed IS NOT NULL") == 0
