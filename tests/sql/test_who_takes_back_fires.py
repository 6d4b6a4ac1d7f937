"""take_back_fire() of sql/firing.sql: which fire it is that is taken back, by whom, and of two at once by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.patience import eventually
from tests.sql.cooks import Cook, kots
from tests.sql.firing import place, waits


async def test_only_the_last_fire_is_taken_back_then_the_one_before(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2", "course = 3")
    await cook.fires_course(order_id, 2)
    await cook.fires_course(order_id, 3)
    assert await cook.takes_back(order_id)
    assert await waits(db, order_id) == [None, None, "COURSE"]
    assert await cook.takes_back(order_id)
    assert await waits(db, order_id) == [None, "COURSE", "COURSE"]
    assert not await cook.takes_back(order_id)


async def test_what_was_cooking_before_the_fire_goes_on(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "station = 'A'", "station = 'B', held = true")
    await cook.fires(order_id)
    await cook.takes_back(order_id)
    assert await db.fetchval("SELECT array_agg(held ORDER BY station) FROM kots WHERE order_id = $1", order_id) == [
        False,
        True,
    ]


async def test_nothing_is_taken_back_of_what_another_fired_or_what_is_over(db: Any, branch_id: str, cook: Cook) -> None:
    other = Cook(db, branch_id)
    order_id = await place(db, branch_id, "waits_for = '{TIME}', fire_at = now() + interval '40 minutes'")
    await cook.fires(order_id)
    assert not await other.takes_back(order_id)
    await other.holds(order_id)
    await other.fires(order_id)
    assert not await cook.takes_back(order_id)  # fired since by the other
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    assert not await other.takes_back(order_id)
    elsewhere = await db.fetchval("INSERT INTO branches (name) VALUES ('Elsewhere') RETURNING id")
    assert not await Cook(db, str(elsewhere)).takes_back(order_id)


async def test_what_a_till_fires_is_not_a_cook_s_to_take_back(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "held = true")
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
    assert not await cook.takes_back(order_id)


async def test_of_two_who_take_back_at_once_one_does(
    db: Any, branch_id: str, cook: Cook, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    sessions = [await connect_db() for _ in range(2)]
    for turn in range(10):
        order_id = await place(db, branch_id, f"waits_for = '{{TIME}}', fire_at = now() + interval '{turn + 1} hours'")
        before = await kots(db, order_id)
        await cook.fires(order_id)
        both = [Cook(session, branch_id) for session in sessions]
        for one in both:
            one.staff_id = cook.staff_id  # one login at two screens
        took = await asyncio.gather(*(one.takes_back(order_id) for one in both))
        assert sorted(took) == [False, True]
        assert await kots(db, order_id) == before


async def test_a_fire_that_waited_for_the_clock_writes_down_what_it_found_then(
    db: Any, branch_id: str, cook: Cook, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    order_id = await place(db, branch_id, "waits_for = '{TIME}', fire_at = now() + interval '1 hour'")
    clock, presses = await connect_db(), Cook(await connect_db(), branch_id)
    presses.staff_id = cook.staff_id
    async with clock.transaction():
        await clock.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", order_id)
        await clock.execute("UPDATE kots SET fire_at = fire_at + interval '1 hour' WHERE order_id = $1", order_id)
        pressed = asyncio.create_task(presses.fires(order_id))
        await eventually(partial(db.fetchval, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))
    assert await pressed
    await cook.takes_back(order_id)
    assert await db.fetchval("SELECT fire_at > now() + interval '90 minutes' FROM kots WHERE order_id = $1", order_id)


async def test_the_service_may_and_a_till_may_not(db: Any, branch_id: str, cook: Cook) -> None:
    order_id = await place(db, branch_id, "held = true")
    await db.execute("CREATE ROLE nobody_at_all")
    try:
        await db.execute("SET ROLE nobody_at_all")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.fetchval("SELECT take_back_fire($1, NULL, $2, $1)", order_id, UUID(branch_id))
    finally:
        await db.execute("RESET ROLE")
        await db.execute("DROP ROLE nobody_at_all")
