"""A cook takes a fire back: the clock, the course or the payment fires it later, once, beside other cooks."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession

from tests.conftest import RunningServer
from tests.flow.client import Client
from tests.patience import eventually
from tests.sql.firing import actions, place, waits


async def log_in(server: RunningServer, http: ClientSession, name: str) -> Client:
    """A member of the demo's staff."""
    who = {"username": name, "password": f"{name}-demo"}
    async with http.post(f"{server.url}/staff/login", json=who) as answer:
        assert answer.status == 200
        return Client(http, server.url, (await answer.json())["token"])


@pytest.fixture
async def cook(server: RunningServer, http: ClientSession) -> Client:
    """The demo's chef."""
    return await log_in(server, http, "chef")


async def hold(client: Client, order_id: UUID, key: str | None = None, **body: bool) -> tuple[int, Any]:
    """Holds, fires or takes back all of an order; the status and the order."""
    headers = {} if key is None else {"Idempotency-Key": key}
    status, answer, _ = await client.call("PATCH", f"/kitchen/order/{order_id}/hold", body, **headers)
    return status, answer.get("order", answer)


async def fired_by_the_clock(db: Any, order_id: UUID) -> None:
    """Waits until nothing of it waits any more, and sees that the clock did that once."""

    async def is_fired() -> bool:
        return await waits(db, order_id) == [None] * len(await waits(db, order_id))

    await eventually(is_fired)
    assert await actions(db, order_id) == 1


async def test_what_was_taken_back_is_fired_by_the_clock_at_its_time_and_once(
    db: Any, branch_id: str, cook: Client
) -> None:
    order_id = await place(db, branch_id, "waits_for = '{TIME}', fire_at = now() + interval '3 seconds'")
    due = await db.fetchval("SELECT fire_at FROM kots WHERE order_id = $1", order_id)
    assert (await hold(cook, order_id, held=False))[0] == 200
    status, now = await hold(cook, order_id, held=True, undo=True)
    assert (status, now["kots"][0]["held"], now["kots"][0]["waitsFor"]) == (200, True, ["TIME"])
    await fired_by_the_clock(db, order_id)
    assert await db.fetchval("SELECT fired_at >= $2 FROM kots WHERE order_id = $1", order_id, due)


async def test_what_came_due_before_it_was_taken_back_is_fired_at_once(db: Any, branch_id: str, cook: Client) -> None:
    order_id = await place(db, branch_id, "waits_for = '{TOGETHER}', fire_at = now() + interval '1 second'")
    await hold(cook, order_id, held=False)

    async def is_past() -> bool:
        return bool(
            await db.fetchval("SELECT placed_at + interval '1 second' < now() FROM orders WHERE id = $1", order_id)
        )

    await eventually(is_past)
    assert (await hold(cook, order_id, held=True, undo=True))[0] == 200
    await fired_by_the_clock(db, order_id)


async def test_a_course_and_a_payment_that_come_meanwhile_fire_it_at_once(
    db: Any, branch_id: str, cook: Client
) -> None:
    await db.execute("UPDATE branches SET courses_fire = 'READY' WHERE id = $1", UUID(branch_id))
    coursed, paid = (
        await place(db, branch_id, "course = 1", "course = 2"),
        await place(db, branch_id, "waits_for = '{PAYMENT}'"),
    )
    for order_id in (coursed, paid):
        await hold(cook, order_id, held=False)
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND course = 1", coursed)
    await db.execute("UPDATE orders SET paid_at = now() WHERE id = $1", paid)
    for order_id in (coursed, paid):
        assert (await hold(cook, order_id, held=True, undo=True))[0] == 200
        await fired_by_the_clock(db, order_id)


async def test_of_two_cooks_only_the_one_who_fired_takes_it_back(
    db: Any, branch_id: str, cook: Client, server: RunningServer, http: ClientSession
) -> None:
    other = await log_in(server, http, "manager")
    for _ in range(5):
        order_id = await place(db, branch_id, "waits_for = '{TIME}', fire_at = now() + interval '1 hour'")
        fired = await asyncio.gather(hold(cook, order_id, held=False), hold(other, order_id, held=False))
        assert [status for status, _ in fired] == [200, 200]
        took = await asyncio.gather(
            hold(cook, order_id, held=True, undo=True), hold(other, order_id, held=True, undo=True)
        )
        # who did not fire it is refused, or finds it taken back
        assert 200 in [status for status, _ in took] and {status for status, _ in took} <= {200, 409}
        assert await waits(db, order_id) == ["TIME"]
        undone = await db.fetch(
            "SELECT a.staff_id = f.staff_id AS is_own FROM kitchen_actions AS a JOIN kitchen_actions AS f "
            "ON f.order_id = a.order_id AND f.waited IS NOT NULL WHERE a.order_id = $1 AND a.undo AND a.changed",
            order_id,
        )
        assert [row["is_own"] for row in undone] == [True]


async def test_a_repeat_takes_back_nothing_more(db: Any, branch_id: str, cook: Client) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2", "course = 3")
    for course in (2, 3):
        await cook.call("PATCH", f"/kitchen/order/{order_id}/fire", {"course": course})
    key = str(uuid4())
    for _ in range(2):
        assert (await hold(cook, order_id, key=key, held=True, undo=True))[0] == 200
        assert await waits(db, order_id) == [None, None, "COURSE"]
    assert (await hold(cook, order_id, key=key, held=True))[0] == 422  # the key of something else
    assert (await hold(cook, order_id, key=str(uuid4()), held=True, undo=True))[0] == 200
    assert await waits(db, order_id) == [None, "COURSE", "COURSE"]


async def test_with_nothing_of_its_own_to_take_back_a_cook_is_told_so(db: Any, branch_id: str, cook: Client) -> None:
    order_id = await place(db, branch_id, "held = true")
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
    key = str(uuid4())
    for _ in range(2):
        status, now = await hold(cook, order_id, key=key, held=True, undo=True)
        assert (status, now["kots"][0]["held"]) == (409, False)
    kot_id = now["kots"][0]["kotId"]
    status, answer, _ = await cook.call("PATCH", f"/kitchen/kot/{kot_id}/hold", {"held": True, "undo": True})
    assert status == 409 and "another fired it" in answer["error"]["message"]
    assert (await hold(cook, order_id, held=True))[0] == 200  # by hand it can be held
    assert await waits(db, order_id) == ["HAND"]


@pytest.mark.parametrize("undo", [True, False])
async def test_a_course_that_was_taken_back_or_held_is_fired_again_at_once(
    db: Any, branch_id: str, cook: Client, undo: bool
) -> None:
    order_id = await place(db, branch_id, "course = 1", "course = 2", "course = 3")
    fire = f"/kitchen/order/{order_id}/fire"
    second = await db.fetchval("SELECT id FROM kots WHERE order_id = $1 AND course = 2", order_id)
    for _ in range(3):
        status, now, _ = await cook.call("PATCH", fire, {})
        assert (status, [kot["held"] for kot in now["kots"]]) == (200, [False, False, True])
        # who presses once more means the same
        status, now, _ = await cook.call("PATCH", fire, {})
        assert (status, [kot["held"] for kot in now["kots"]]) == (200, [False, False, True])
        body = {"held": True, "undo": True} if undo else {"held": True}
        assert (await cook.call("PATCH", f"/kitchen/kot/{second}/hold", body))[0] == 200
        assert await db.fetchval("SELECT held FROM kots WHERE id = $1", second)
    assert await db.fetchval("SELECT held FROM kots WHERE order_id = $1 AND course = 3", order_id)


async def test_one_kot_is_taken_back_alone(db: Any, branch_id: str, cook: Client) -> None:
    order_id = await place(
        db, branch_id, "station = 'A', waits_for = '{PAYMENT}'", "station = 'B', waits_for = '{PAYMENT}'"
    )
    await hold(cook, order_id, held=False)
    first = await db.fetchval("SELECT id FROM kots WHERE order_id = $1 AND station = 'A'", order_id)
    status, _, _ = await cook.call("PATCH", f"/kitchen/kot/{first}/hold", {"held": True, "undo": True})
    held = await db.fetchval("SELECT array_agg(held ORDER BY station) FROM kots WHERE order_id = $1", order_id)
    assert (status, held) == (200, [True, False])
