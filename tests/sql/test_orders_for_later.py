"""sql/firing.sql: an order that is promised for later is off the boards until it comes near, and is fired in time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements
from tests.sql.firing import actions, fire, move, place, waits

SQL = load_statements()


async def test_an_order_for_later_is_worked_out_when_it_comes_near_and_fired_in_time(db: Any, branch_id: str) -> None:
    roast = await db.fetchval(
        "INSERT INTO menu_items (branch_id, name, price_cents, prep_s) VALUES ($1, 'Roast', 100, 1500) RETURNING id",
        UUID(branch_id),
    )
    order_id = await place(db, branch_id, due="now() + interval '5 hours'", dish=roast)
    row = """
        SELECT o.lead_s, k.fire_at - now() AS fires_in, o.due_at - now() AS due_in
        FROM orders AS o JOIN kots AS k ON k.order_id = o.id WHERE o.id = $1"""
    found = await db.fetchrow(row, order_id)
    assert found["lead_s"] is None and timedelta(hours=2.9) < found["fires_in"] <= timedelta(hours=3)
    assert await fire(db) == 0
    # the first look, two hours before: too early to say
    await move(db, order_id, "2 hours")
    assert await fire(db) == 1
    found = await db.fetchrow(row, order_id)
    assert found["lead_s"] is None and found["due_in"] - found["fires_in"] == timedelta(hours=1)
    assert await waits(db, order_id) == ["TIME"]
    # an hour before it comes to the boards, and is said when it is fired
    await move(db, order_id, "1 hour")
    assert await fire(db) == 1
    found = await db.fetchrow(row, order_id)
    assert found["lead_s"] == 1500 and found["due_in"] - found["fires_in"] == timedelta(seconds=1500)
    assert await waits(db, order_id) == ["TIME"] and await actions(db, order_id) == 0
    assert await fire(db) == 0
    # whatever the kitchen is measured at from now on
    await db.execute("UPDATE menu_items SET prep_s = 3000")
    await move(db, order_id, "25 minutes")
    assert await fire(db) == 1
    assert await waits(db, order_id) == [None] and await actions(db, order_id) == 1


async def test_a_slow_kitchen_begins_earlier(db: Any, branch_id: str) -> None:
    for minutes in range(10, 20):
        done = await place(db, branch_id, f"sent_at = now() - interval '{minutes + 1} minutes'")
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", done)
        await db.execute(
            "UPDATE kots SET ready_at = sent_at + make_interval(mins => $2) WHERE order_id = $1", done, minutes
        )
    assert await db.fetchval("SELECT cooking_p90_s($1)", UUID(branch_id)) == 1086
    order_id = await place(db, branch_id, due="now() + interval '50 minutes'")
    await fire(db)
    assert await db.fetchval("SELECT lead_s FROM orders WHERE id = $1", order_id) == 1086
    assert await db.fetchval("SELECT cooking_p90_s($1)", UUID(branch_id)) == 1086


async def test_a_kitchen_that_was_closed_begins_as_early_as_in_the_last_week(db: Any, branch_id: str) -> None:
    for minutes in range(20, 26):
        done = await place(db, branch_id, "sent_at = now() - interval '2 days'")
        for status in ("READY", "COMPLETED"):
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", done, status)
        await db.execute(
            "UPDATE kots SET ready_at = sent_at + make_interval(mins => $2) WHERE order_id = $1", done, minutes
        )
        await db.execute("UPDATE orders SET completed_at = now() - interval '2 days' WHERE id = $1", done)
    assert await db.fetchval("SELECT cooking_p90_s($1)", UUID(branch_id)) == 24.5 * 60
    await db.execute("UPDATE orders SET completed_at = now() - interval '8 days'")
    assert await db.fetchval("SELECT cooking_p90_s($1)", UUID(branch_id)) is None


async def test_a_time_that_a_till_wrote_is_not_moved_by_the_promise(db: Any, branch_id: str) -> None:
    order_id = await place(
        db, branch_id, "station = 'Grill', fire_at = now() + interval '40 minutes'", "station = 'Cold'",
        due="now() + interval '50 minutes'",
    )  # fmt: skip
    read = "SELECT fire_at FROM kots WHERE order_id = $1 AND station = 'Grill'"
    at = await db.fetchval(read, order_id)
    assert await fire(db) == 1
    assert await db.fetchval("SELECT lead_s FROM orders WHERE id = $1", order_id) == 900
    assert await db.fetchval(read, order_id) == at
    await db.execute("UPDATE orders SET due_at = due_at + interval '5 hours' WHERE id = $1", order_id)
    assert await db.fetchval(read, order_id) == at
    await db.execute("UPDATE kots SET fire_at = now() WHERE station = 'Grill'")
    assert await fire(db) == 1
    assert sorted(map(str, await waits(db, order_id))) == ["None", "TIME"]


@pytest.mark.parametrize("table", ["kots", "orders"])
async def test_what_was_ready_before_its_time_and_is_recalled_is_on_the_boards(
    db: Any, branch_id: str, table: str
) -> None:
    order_id = await place(db, branch_id, due="now() + interval '5 hours'")
    for status in ("READY", "SENT"):
        await db.execute(f"UPDATE {table} SET status = '{status}'")
    rows = await db.fetch(SQL.read_snapshot, UUID(branch_id))
    assert [(row["order_id"], row["later"]) for row in rows] == [(order_id, 0)]


async def test_boards_count_what_is_for_later(db: Any, branch_id: str) -> None:
    later = await place(db, branch_id, due="now() + interval '3 hours'")
    near = await place(db, branch_id, due="now() + interval '30 minutes'")
    await fire(db)
    for statement, arguments in ((SQL.read_snapshot, ()), (SQL.list_orders, (["SENT"],))):
        rows = await db.fetch(statement, UUID(branch_id), *arguments)
        assert [(row["order_id"], row["later"], row["next_at"] is not None) for row in rows] == [(near, 1, True)]
    (row,) = await db.fetch(SQL.read_later, UUID(branch_id), 100)
    assert (row["order_id"], row["later"]) == (later, 1)
    body = json.loads(row["body"])
    assert (body["later"], body["kots"][0]["waitsFor"]) == (True, ["TIME"]) and body["dueAt"] == row["next_at"]
    # fired early it is on the boards, and what else of it waits is fired in time
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1", later)
    rows = await db.fetch(SQL.read_snapshot, UUID(branch_id))
    assert {row["order_id"] for row in rows} == {near, later} and rows[0]["later"] == 0


async def test_of_what_is_for_later_a_list_reads_a_thousand_at_most(db: Any, branch_id: str) -> None:
    async with db.transaction():
        await db.execute(
            "INSERT INTO orders (branch_id, due_at) SELECT $1, now() + make_interval(hours => 30, secs => n)"
            " FROM generate_series(1, 1010) AS n", UUID(branch_id),
        )  # fmt: skip
    later = await db.fetchrow("SELECT orders, next_at = (SELECT min(due_at) FROM orders) FROM orders_for_later($1)",
                              UUID(branch_id))  # fmt: skip
    assert tuple(later) == (1000, True)


async def test_number_and_business_day_are_those_of_the_time_it_is_due(db: Any, branch_id: str) -> None:
    await db.execute(
        "UPDATE branches SET timezone = 'Europe/Rome', day_starts_at = '04:00' WHERE id = $1", UUID(branch_id)
    )
    today = await place(db, branch_id)
    tomorrow = await place(db, branch_id, due="now() + interval '24 hours'")
    again = await place(db, branch_id, due="now() + interval '24 hours'")
    read = """
        SELECT order_number, business_day - (SELECT business_day FROM orders WHERE id = $2) AS days
        FROM orders WHERE id = $1"""
    assert tuple(await db.fetchrow(read, tomorrow, today)) == (1, 1)
    assert tuple(await db.fetchrow(read, again, today)) == (2, 1)
    await db.execute("UPDATE orders SET due_at = due_at + interval '24 hours' WHERE id = $1", again)
    assert tuple(await db.fetchrow(read, again, today)) == (1, 2)
    await db.execute("UPDATE orders SET due_at = due_at + interval '1 second' WHERE id = $1", again)
    assert tuple(await db.fetchrow(read, again, today)) == (1, 2)


async def test_an_order_that_is_promised_for_no_time_any_more_is_one_of_today(db: Any, branch_id: str) -> None:
    today = await place(db, branch_id)
    order_id = await place(db, branch_id, due="now() + interval '24 hours'")
    await db.execute("UPDATE orders SET due_at = NULL WHERE id = $1", order_id)
    read = "SELECT order_number, business_day FROM orders WHERE id = $1"
    number, day = await db.fetchrow(read, today)
    assert tuple(await db.fetchrow(read, order_id)) == (number + 1, day)


async def test_an_order_is_fired_before_its_time_though_nothing_was_measured(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, due="now() + interval '50 minutes'")
    assert await fire(db) == 1
    assert await db.fetchval("SELECT lead_s FROM orders WHERE id = $1", order_id) == 900


async def test_another_promise_holds_what_no_cook_has_begun(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "station = 'Grill'", "station = 'Cold', started_at = now()")
    await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", order_id)
    held = await db.fetch("SELECT station FROM kots WHERE order_id = $1 AND held", order_id)
    assert [row["station"] for row in held] == ["Grill"]
    await db.execute("UPDATE orders SET due_at = NULL WHERE id = $1", order_id)
    assert await waits(db, order_id) == [None, None]


async def test_another_promise_leaves_on_the_boards_what_is_begun(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "station = 'Grill'", "station = 'Cold', started_at = now()")
    cooked = await place(db, branch_id, "station = 'Grill'", "station = 'Cold'")
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Cold'", cooked)
    untouched = await place(db, branch_id, "station = 'Grill'")
    await db.execute("UPDATE orders SET due_at = now() + interval '5 hours'")
    rows = await db.fetch(SQL.read_snapshot, UUID(branch_id))
    assert {row["order_id"] for row in rows} == {order_id, cooked} and rows[0]["later"] == 1
    # what waits of them is fired in time, once it is known when
    fires = """
        SELECT k.fire_at = o.due_at - make_interval(secs => o.lead_s)
        FROM kots AS k JOIN orders AS o ON o.id = k.order_id WHERE k.held AND o.id <> $1"""
    assert [row[0] for row in await db.fetch(fires, untouched)] == [True, True]


async def test_an_order_that_is_promised_while_it_is_written_waits(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order_id = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", UUID(branch_id))
        await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", order_id)
        await db.execute("INSERT INTO kots (order_id) VALUES ($1)", order_id)
    assert await waits(db, order_id) == ["TIME"]
    assert [row["kind"] for row in await db.fetch("SELECT kind FROM events WHERE order_id = $1", order_id)] == [
        "NEW_ORDER"
    ]
    await move(db, order_id, "1 minute")
    assert await fire(db) == 1


async def test_a_promised_order_comes_to_the_boards_whatever_it_waits_for(db: Any, branch_id: str) -> None:
    kots: tuple[tuple[str, ...], ...] = (
        ("held = true",),
        ("waits_for = '{PAYMENT}'",),
        ("waits_for = '{HAND,PAYMENT}'",),
    )
    orders = [await place(db, branch_id, *kot, due="now() + interval '5 hours'") for kot in kots]
    async with db.transaction():
        orders.append(
            await db.fetchval(
                "INSERT INTO orders (branch_id, due_at) VALUES ($1, now() + interval '5 hours') RETURNING id",
                UUID(branch_id),
            )
        )
    assert await fire(db) == 0
    assert await db.fetchval("SELECT orders FROM orders_for_later($1)", UUID(branch_id)) == 4
    for order_id in orders:
        await move(db, order_id, "1 hour")
    assert await fire(db) == 4
    assert {row["order_id"] for row in await db.fetch(SQL.read_snapshot, UUID(branch_id))} == set(orders)
    assert [await waits(db, order_id) for order_id in orders] == [["HAND"], ["PAYMENT"], ["HAND,PAYMENT"], []]
    assert await fire(db) == 0


async def test_a_round_added_to_a_promised_order_waits_with_it(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, due="now() + interval '5 hours'")
    await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Cold')", order_id)
    assert await waits(db, order_id) == ["TIME", "TIME"]


async def test_a_round_added_to_an_order_that_was_fired_early_waits_no_more(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "station = 'Grill'", due="now() + interval '5 hours'")
    await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Cold'), ($1, 'Fry')", order_id)
    assert await waits(db, order_id) == ["TIME"] * 3
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1 AND station = 'Grill'", order_id)
    await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Grill')", order_id)
    held = await db.fetch("SELECT held FROM kots WHERE order_id = $1 ORDER BY station, round", order_id)
    assert [row["held"] for row in held] == [True, True, False, False]


async def test_a_promised_order_is_one_event_when_it_is_placed(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2", due="now() + interval '5 hours'")
    events = await db.fetch("SELECT kind FROM events WHERE order_id = $1", order_id)
    assert [row["kind"] for row in events] == ["NEW_ORDER"]
