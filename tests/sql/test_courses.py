"""sql/firing.sql: a course waits for those before it, for its minutes, or for a cook's hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.sql.firing import fire, place, waits


async def test_by_hand_a_course_waits_until_it_is_fired(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2")
    await fire(db)
    assert await waits(db, order_id) == [None, "COURSE"]
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND course = 1", order_id)
    assert await fire(db) == 0 and await waits(db, order_id) == [None, "COURSE"]
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1 AND course = 2", order_id)
    assert await waits(db, order_id) == [None, None]


async def test_a_course_is_fired_when_those_before_are_ready(db: Any, branch_id: str) -> None:
    await db.execute("UPDATE branches SET courses_fire = 'READY' WHERE id = $1", UUID(branch_id))
    order_id = await place(
        db, branch_id, "course = 3", "course = 2", "station = 'Grill', course = 1", "station = 'Cold', course = 1"
    )
    await fire(db)
    assert await waits(db, order_id) == [None, None, "COURSE", "COURSE"]
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Grill'", order_id)
    assert await waits(db, order_id) == [None, None, "COURSE", "COURSE"]
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Cold'", order_id)
    assert await waits(db, order_id) == [None, None, None, "COURSE"]
    await db.execute("UPDATE kots SET status = 'CANCELLED' WHERE order_id = $1 AND course = 2", order_id)
    assert await waits(db, order_id) == [None, None, None, None]


async def test_a_course_is_fired_so_many_minutes_after_the_one_before(db: Any, branch_id: str) -> None:
    await db.execute("UPDATE branches SET courses_fire = 'MINUTES', course_minutes = 20 WHERE id = $1", UUID(branch_id))
    order_id = await place(db, branch_id, "course = 1", "course = 2, sent_at = now()", "course = 3")
    await fire(db)
    assert await waits(db, order_id) == [None, "COURSE", "COURSE"]
    due = await db.fetchval("SELECT fire_at - now() FROM kots WHERE order_id = $1 AND course = 2", order_id)
    assert timedelta(minutes=19) < due <= timedelta(minutes=20)
    await db.execute(
        "UPDATE kots SET sent_at = now() - interval '21 minutes' WHERE order_id = $1 AND course = 1", order_id
    )
    await db.execute("UPDATE kots SET fire_at = now() WHERE order_id = $1 AND course = 2", order_id)
    assert await fire(db) == 1
    assert await waits(db, order_id) == [None, None, "COURSE"]
    due = await db.fetchval("SELECT fire_at - now() FROM kots WHERE order_id = $1 AND course = 3", order_id)
    assert timedelta(minutes=19) < due <= timedelta(minutes=20)


async def test_a_course_with_none_before_it_is_fired_at_once(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "course = 2")
    assert await waits(db, order_id) == ["COURSE"]
    await fire(db)
    assert await waits(db, order_id) == [None]


async def test_an_order_that_is_ready_leaves_the_next_course_uncooked(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2")
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    status = await db.fetch("SELECT status FROM kots WHERE order_id = $1 ORDER BY course", order_id)
    assert [row[0] for row in status] == ["READY", "SENT"]
    assert await db.fetchval("SELECT status FROM orders WHERE id = $1", order_id) == "SENT"
    # a second cook, or the same tap again
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    status = await db.fetch("SELECT status FROM kots WHERE order_id = $1 ORDER BY course", order_id)
    assert [row[0] for row in status] == ["READY", "SENT"]
    assert await db.fetchval("SELECT status FROM orders WHERE id = $1", order_id) == "SENT"
    # a cook's own hold is no course: who says READY means it too
    held = await place(db, branch_id, "station = 'Grill'", "station = 'Cold', held = true")
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", held)
    assert await db.fetchval("SELECT status FROM orders WHERE id = $1", held) == "READY"
