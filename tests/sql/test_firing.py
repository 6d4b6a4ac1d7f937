"""sql/firing.sql: what a till writes of when a KOT is cooked, and that it is fired once, by whoever is first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.domain.firing import LOOK_AT
from kds.postgres.statements import load_statements
from tests.sql.conftest import Psql
from tests.sql.firing import actions, fire, place, waits
from tests.sql.roles import new_role, session_of

SQL = load_statements()


@pytest.fixture
async def till(dsn: str, psql: Psql) -> AsyncIterator[Any]:
    """A session of the role of a till, as sql/README.md makes it."""
    async with new_role(dsn, psql, "till") as name, session_of(dsn, name) as session:
        yield session


# What a till writes ---------------------------------------------------------------------------------------------------


async def test_a_till_that_knows_only_held_holds_and_fires(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "held = true")
    assert await waits(db, order_id) == ["HAND"]
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == [None]
    assert await db.fetchval("SELECT fired_at FROM kots WHERE order_id = $1", order_id) is not None
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == ["HAND"]
    assert await fire(db) == 0
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == [None]


async def test_a_kot_is_fired_when_nothing_is_left_to_wait_for(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "waits_for = '{PAYMENT,HAND,HAND}'")
    assert await waits(db, order_id) == ["HAND,PAYMENT"]
    await db.execute("UPDATE kots SET waits_for = array_remove(waits_for, 'HAND') WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == ["PAYMENT"]
    await db.execute("UPDATE kots SET waits_for = array_remove(waits_for, 'PAYMENT') WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == [None]
    assert (
        await db.fetchval("SELECT fired_at IS NOT NULL AND fire_at IS NULL FROM kots WHERE order_id = $1", order_id)
    ) is True


async def test_a_payment_fires_what_waits_for_that_alone(db: Any, branch_id: str) -> None:
    order_id = await place(
        db, branch_id, "course = 1, waits_for = '{PAYMENT}'", "course = 2, waits_for = '{HAND,PAYMENT}'"
    )
    await db.execute("UPDATE orders SET paid_at = now() WHERE id = $1", order_id)
    assert await waits(db, order_id) == [None, "HAND"]
    await db.execute("INSERT INTO kots (order_id, course, waits_for) VALUES ($1, 3, '{PAYMENT}')", order_id)
    assert await waits(db, order_id) == [None, "HAND", None]


async def test_a_time_alone_holds_a_kot_until_then(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "fire_at = now() + interval '1 hour'")
    assert await waits(db, order_id) == ["TIME"]
    assert await fire(db) == 0
    await db.execute("UPDATE kots SET fire_at = now() WHERE order_id = $1", order_id)
    assert await fire(db) == 1
    assert await waits(db, order_id) == [None] and await actions(db, order_id) == 1
    assert await fire(db) == 0


async def test_plain_sql_as_the_role_of_a_till(db: Any, branch_id: str, till: Any) -> None:
    order_id = await place(till, branch_id, "course = 1", "course = 2", due="now() + interval '90 minutes'")
    assert await waits(db, order_id) == ["TIME", "TIME,COURSE"]
    await till.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", order_id)
    await till.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
    assert await waits(db, order_id) == [None, None]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await till.fetchval(SQL.fire_due, UUID(branch_id), [order_id])


async def test_what_no_reader_can_hold_is_refused(db: Any, branch_id: str) -> None:
    for kot in ("course = 0", "course = 100", "fire_at = 'infinity'", "started_at = '10000-01-01'"):
        with pytest.raises(asyncpg.CheckViolationError):
            await place(db, branch_id, kot)
    with pytest.raises(asyncpg.CheckViolationError):
        await place(db, branch_id, due="'infinity'")
    order_id = await place(db, branch_id)
    for change in ("course = 0", "fire_at = '-infinity'", "started_at = 'infinity'"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"UPDATE kots SET {change} WHERE order_id = $1", order_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE orders SET due_at = 'infinity' WHERE id = $1", order_id)


async def test_a_guest_cannot_cancel_what_a_cook_has_begun(db: Any, branch_id: str) -> None:
    for cancel in ("cancel_unstarted_order($1)", "cancel_unstarted_round($1, NULL)"):
        order_id = await place(db, branch_id, "station = 'Grill', started_at = now()", "station = 'Cold'")
        assert await db.fetchval(f"SELECT {cancel}", order_id) is False
        await db.execute("UPDATE kots SET started_at = NULL WHERE order_id = $1", order_id)
        assert await db.fetchval(f"SELECT {cancel}", order_id) is True


async def test_what_is_imported_as_cooked_waits_for_nothing(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "status = 'READY', fire_at = now(), held = true")
    assert tuple(await db.fetchrow("SELECT held, waits_for, fire_at FROM kots WHERE order_id = $1", order_id)) == (
        False, None, None,
    )  # fmt: skip


async def test_a_course_is_part_of_the_key_and_of_its_round(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "station = 'Grill', course = 1", "station = 'Grill', course = 2")
    assert [row[0] for row in await db.fetch("SELECT round FROM kots WHERE order_id = $1", order_id)] == [1, 1]
    await db.execute("INSERT INTO kots (order_id, station, course) VALUES ($1, 'Grill', 2)", order_id)
    assert await db.fetchval("SELECT max(round) FROM kots WHERE order_id = $1 AND course = 2", order_id) == 2
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO kots (order_id, station, course, round) VALUES ($1, 'Grill', 2, 1)", order_id)


# Exactly once ---------------------------------------------------------------------------------------------------------


async def test_two_clocks_at_once_fire_each_once(db: Any, branch_id: str, connect_db: Any) -> None:
    orders = [await place(db, branch_id, "fire_at = now()") for _ in range(60)]
    others = [await connect_db() for _ in range(4)]

    async def until_nothing_is_due(connection: Any) -> None:
        while await connection.fetchval("SELECT EXISTS (SELECT FROM kots WHERE held AND fire_at <= now())"):
            await fire(connection)

    await asyncio.gather(*(until_nothing_is_due(other) for other in others))
    assert [await actions(db, order_id) for order_id in orders] == [1] * 60
    updates = "SELECT count(*) FROM events WHERE kind = 'ORDER_UPDATED' AND order_id = ANY ($1)"
    assert await db.fetchval(updates, orders) == 60


async def test_what_a_till_has_locked_is_left_for_the_next_time(db: Any, branch_id: str, connect_db: Any) -> None:
    locked, half, free = [await place(db, branch_id, "fire_at = now()") for _ in range(3)]
    till = await connect_db()
    transaction = till.transaction()
    await transaction.start()
    await till.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", locked)
    await till.execute("UPDATE kots SET station = 'Grill' WHERE order_id = $1", half)
    assert await asyncio.wait_for(fire(db), 5) == 1
    assert [await waits(db, order_id) for order_id in (locked, half, free)] == [["TIME"], ["TIME"], [None]]
    await transaction.rollback()
    assert await fire(db) == 2


async def test_replicated_rows_are_taken_as_they_are(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, due="now() + interval '5 hours'")
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(
            "INSERT INTO kots (order_id, round, course, held) VALUES ($1, 2, 2, false), ($1, 3, 2, true)", order_id
        )
        await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND round = 1", order_id)
    rows = await db.fetch("SELECT held, waits_for FROM kots WHERE order_id = $1 AND round > 1 ORDER BY round", order_id)
    assert [tuple(row) for row in rows] == [(False, None), (True, None)]
    assert await db.fetchval("SELECT count(*) FROM kitchen_actions WHERE order_id = $1", order_id) == 0
    # held without a reason is what the version before wrote: firing it works
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1 AND round = 3", order_id)
    assert (
        await db.fetchval("SELECT fired_at IS NOT NULL FROM kots WHERE order_id = $1 AND round = 3", order_id) is True
    )


async def test_the_clock_reads_what_is_due_and_one_more(db: Any, branch_id: str) -> None:
    await db.execute(
        """
        WITH many AS (INSERT INTO orders (branch_id, due_at, order_number, business_day)
          SELECT $1, now() + interval '10 hours', n, current_date + 1 FROM generate_series(1, 20000) AS n RETURNING id)
        INSERT INTO kots (order_id, round) SELECT id, 1 FROM many
        """,
        UUID(branch_id),
    )
    for _ in range(7):
        await place(db, branch_id, "fire_at = now()")
    await db.execute("ANALYZE kots; ANALYZE orders")
    async with db.transaction():
        plan = json.loads(
            await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL.read_due.replace('$1', str(LOOK_AT))}")
        )

    def rows_of(table: str, node: dict[str, Any]) -> int:
        mine = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
        return (mine if node.get("Relation Name") == table else 0) + sum(
            rows_of(table, part) for part in node.get("Plans", [])
        )

    assert (rows_of("kots", plan[0]["Plan"]), rows_of("orders", plan[0]["Plan"])) == (8, 7)


async def test_a_dba_sees_why_each_kot_waits(db: Any, dsn: str, branch_id: str, psql: Psql) -> None:
    await place(
        db,
        branch_id,
        "course = 1, held = true",
        "course = 2",
        "waits_for = '{PAYMENT,TOGETHER}', fire_at = '2030-01-01'",
    )
    await place(db, branch_id, due="now() + interval '5 hours'")
    said = [row["waits_until"] for row in await db.fetch("SELECT waits_until FROM waiting_kots")]
    assert {"a cook fires it", "a cook fires this course"} < set(said) and len(said) == 4
    assert any("the order is paid; it is 2030-01-01" in text for text in said)
    assert any("the clock works out at" in text for text in said)
    described = await psql(dsn, "-c", r"\d+ kots")
    assert "Why it is held" in described and "When the clock looks" in described and "kots_to_fire_idx" in described
