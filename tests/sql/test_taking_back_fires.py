"""take_back_fire() of sql/firing.sql: what a cook fired by mistake waits again as it did, and is fired once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements
from tests.sql.cooks import Cook, kots, lead
from tests.sql.firing import actions, fire, place, waits

SQL = load_statements()


WAITING = (
    "waits_for = '{HAND}'",
    "waits_for = '{TIME}', fire_at = now() + interval '40 minutes'",
    "waits_for = '{TOGETHER}', fire_at = now() + interval '5 minutes'",
    "waits_for = '{PAYMENT}'",
    "waits_for = '{TIME,PAYMENT}', fire_at = now() + interval '40 minutes'",
    "waits_for = '{HAND,TOGETHER,PAYMENT}', fire_at = now() + interval '1 hour'",
)


@pytest.mark.parametrize("kot", WAITING)
@pytest.mark.parametrize("by", ["order", "kot", "course"])
async def test_what_was_fired_by_mistake_waits_as_it_did(
    db: Any, branch_id: str, cook: Cook, kot: str, by: str
) -> None:
    order_id = await place(db, branch_id, kot)
    kot_id = await db.fetchval("SELECT id FROM kots WHERE order_id = $1", order_id)
    before = await kots(db, order_id)
    for _ in range(2):
        if by == "order":
            assert await cook.fires(order_id)
        elif by == "kot":
            assert await cook.fires_kot(kot_id)
        else:
            assert await cook.fires_course(order_id, 1)
        assert await waits(db, order_id) == [None]
        assert await (cook.takes_back_kot(kot_id) if by == "kot" else cook.takes_back(order_id))
        assert await waits(db, order_id) == [",".join(before[0][0])]
        await fire(db)  # the clock looks whether it was paid
        assert await kots(db, order_id) == before
        assert not await cook.takes_back(order_id)


async def test_the_clock_fires_what_was_taken_back_when_it_is_due_and_once(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "waits_for = '{TIME}', fire_at = now() + interval '40 minutes'")
    await cook.fires(order_id)
    await cook.takes_back(order_id)
    assert await fire(db) == 0
    await db.execute("UPDATE kots SET fire_at = now() WHERE order_id = $1", order_id)
    assert (await fire(db), await waits(db, order_id)) == (1, [None])
    assert (await fire(db), await actions(db, order_id)) == (0, 1)
    assert not await cook.takes_back(order_id)  # what the clock fires is the clock's


@pytest.mark.parametrize("kot", ["waits_for = '{TIME}'", "waits_for = '{TOGETHER}'"])
async def test_a_moment_that_has_passed_fires_it_at_once(db: Any, branch_id: str, cook: Cook, kot: str) -> None:
    order_id = await place(db, branch_id, f"{kot}, fire_at = clock_timestamp() + interval '50 milliseconds'")
    await cook.fires(order_id)
    await asyncio.sleep(0.06)
    assert await cook.takes_back(order_id)
    assert await waits(db, order_id) != [None]
    assert (await fire(db), await waits(db, order_id), await actions(db, order_id)) == (1, [None], 1)


async def test_a_payment_that_came_meanwhile_fires_it_at_once(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(
        db, branch_id, "course = 1, waits_for = '{PAYMENT}'", "course = 2, waits_for = '{HAND,PAYMENT}'"
    )
    await cook.fires(order_id)
    await db.execute("UPDATE orders SET paid_at = now() WHERE id = $1", order_id)
    assert await cook.takes_back(order_id)
    assert await waits(db, order_id) == ["TIME", "HAND"]
    assert (await fire(db), await waits(db, order_id)) == (1, [None, "HAND"])


async def test_a_payment_that_comes_after_fires_it(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "waits_for = '{PAYMENT}'")
    await cook.fires(order_id)
    await cook.takes_back(order_id)
    await db.execute("UPDATE orders SET paid_at = now() WHERE id = $1", order_id)
    assert await waits(db, order_id) == [None]


@pytest.mark.parametrize("fires", ["HAND", "READY", "MINUTES"])
async def test_a_course_waits_again_for_those_before_it(db: Any, branch_id: str, cook: Cook, fires: str) -> None:
    await db.execute("UPDATE branches SET courses_fire = $2::text::course_firing WHERE id = $1", UUID(branch_id), fires)
    order_id = await place(db, branch_id, "course = 1", "course = 2", "course = 3")
    await fire(db)
    before = await kots(db, order_id)
    assert await cook.fires_course(order_id, None)
    assert await waits(db, order_id) == [None, None, "COURSE"]
    assert await cook.takes_back(order_id)
    await fire(db)
    assert await kots(db, order_id) == before
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND course = 1", order_id)
    assert await waits(db, order_id) == [None, None if fires == "READY" else "COURSE", "COURSE"]


async def test_a_course_whose_moment_came_meanwhile_is_fired_by_the_clock(db: Any, branch_id: str, cook: Cook) -> None:
    await db.execute("UPDATE branches SET courses_fire = 'READY' WHERE id = $1", UUID(branch_id))
    order_id = await place(db, branch_id, "course = 1", "course = 2")
    await cook.fires_course(order_id, 2)
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND course = 1", order_id)
    assert await cook.takes_back(order_id)
    await fire(db)
    assert (await waits(db, order_id), await actions(db, order_id)) == ([None, None], 1)


async def test_an_order_for_later_leaves_the_boards_again(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "station = NULL", "course = 2", due="now() + interval '1 day'")
    before = await kots(db, order_id)
    assert before[0][1] is not None
    assert await lead(db, order_id) is None
    assert await cook.fires_course(order_id, 1)
    assert await lead(db, order_id) is not None
    assert await cook.takes_back(order_id)
    assert await lead(db, order_id) is None
    assert await kots(db, order_id) == before
    # it comes to the boards and is fired as if nothing had been
    await db.execute("UPDATE orders SET due_at = now() + interval '20 minutes' WHERE id = $1", order_id)
    await fire(db)
    assert await lead(db, order_id) == 900
    assert (await waits(db, order_id))[0] == "TIME"


async def test_of_an_order_for_later_what_goes_on_keeps_it_on_the_boards(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "station = 'A'", "station = 'B'", due="now() + interval '1 day'")
    first, second = [row["id"] for row in await db.fetch("SELECT id FROM kots WHERE order_id = $1", order_id)]
    await cook.fires_kot(first)
    await cook.fires_kot(second)
    assert await cook.takes_back_kot(first)
    due = await db.fetchval("SELECT due_at - make_interval(secs => lead_s) FROM orders WHERE id = $1", order_id)
    assert await db.fetchval("SELECT fire_at FROM kots WHERE id = $1", first) == due
    assert await db.fetchval("SELECT NOT held FROM kots WHERE id = $1", second)


BEGUN = {
    "somebody said so": "UPDATE kots SET started_at = now() WHERE order_id = $1",
    "a dish is done": "UPDATE order_items SET done = true WHERE order_id = $1",
    "it was ready and is recalled": "UPDATE kots SET status = 'READY' WHERE order_id = $1;"
    "UPDATE kots SET status = 'SENT' WHERE order_id = $1",
}


@pytest.mark.parametrize("begun", BEGUN)
async def test_what_another_cook_has_begun_meanwhile_stays_on_the_boards(
    db: Any, branch_id: str, cook: Cook, begun: str
) -> None:
    order_id = await place(db, branch_id, WAITING[1])
    assert await cook.fires(order_id)
    for statement in BEGUN[begun].split(";"):
        await db.execute(statement, order_id)
    assert not await cook.takes_back(order_id)
    assert await waits(db, order_id) == [None]


async def test_an_order_for_later_that_waited_for_a_cook_leaves_the_boards_again(
    db: Any, branch_id: str, cook: Cook
) -> None:
    order_id = await place(db, branch_id, WAITING[0])
    await db.execute("UPDATE orders SET due_at = now() + interval '20 hours' WHERE id = $1", order_id)
    await db.execute("UPDATE kots SET waits_for = '{HAND}', fire_at = NULL WHERE order_id = $1", order_id)
    assert await lead(db, order_id) is None
    assert await cook.fires(order_id)
    assert await lead(db, order_id) is not None
    assert await cook.takes_back(order_id)
    assert await waits(db, order_id) == ["HAND"]
    assert await lead(db, order_id) is None
