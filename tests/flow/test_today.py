"""GET /manager/today: what each number counts, and what it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import ClientSession

from kds.manager.today.answers import OrdersNow, Today
from tests.busy_day import become, enter_day, finish, place_ago
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.members import Member
from tests.flow.test_memberships import MANAGER, join
from tests.orders import add_branch, add_kot, kots_of, place
from tests.patience import eventually
from tests.screen import open_screen, token_for

HOURS_INTO_THE_DAY = 12
NOTHING = {"sent": 0, "held": 0, "late": 0, "ready": 0, "later": 0}
Look = Callable[..., Awaitable[Today]]


@pytest.fixture
async def look(http: ClientSession, server: RunningServer, db: Any, branch_id: str) -> Look:
    """Asks as a manager; the business day of the branch began hours ago, whenever the tests run."""
    await enter_day(db, UUID(branch_id), HOURS_INTO_THE_DAY)

    async def ask() -> Today:
        bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}"}
        async with http.get(f"{server.url}/manager/today", headers=bearer) as answer:
            assert answer.status == 200, await answer.text()
            return msgspec.json.decode(await answer.read(), type=Today)

    return ask


def counts(orders: OrdersNow) -> dict[str, int]:
    """Without the limits."""
    told: dict[str, int] = msgspec.to_builtins(orders)
    return {name: told[name] for name in NOTHING}


async def test_a_branch_with_nothing_says_so(look: Look, db: Any, branch_id: str) -> None:
    await db.execute("DELETE FROM age_thresholds WHERE branch_id = $1", UUID(branch_id))
    await db.execute("UPDATE menu_items SET available = true")
    told = await look()
    assert counts(told.orders) == NOTHING
    assert told.orders.lateAfterS == {"dine_in": 600, "takeaway": 600, "delivery": 600}
    assert (told.finished.tickets, told.finished.medianS) == (0, None)
    assert abs(datetime.now(UTC) - told.finished.since - timedelta(hours=HOURS_INTO_THE_DAY)) < timedelta(minutes=10)
    assert (told.earlier.count, told.earlier.orders, told.dishes) == (0, [], [])
    assert (told.ordering.open, told.ordering.until) == (True, None)
    assert (told.screens.count, told.screens.screens) == (0, [])


async def test_each_open_order_counts_where_the_board_shows_it(look: Look, db: Any, branch_id: str) -> None:
    await place_ago(db, branch_id, 2)
    await become(db, await place_ago(db, branch_id, 50), "READY")
    held = await place_ago(db, branch_id, 50)
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1", held)
    later = await place_ago(db, branch_id, 50)
    await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", later)
    for acknowledged in (False, True):
        cancelled = await place_ago(db, branch_id, 50)
        await become(db, cancelled, "CANCELLED")
        await db.execute("UPDATE orders SET acknowledged = $2 WHERE id = $1", cancelled, acknowledged)
    await finish(db, branch_id, 5)
    await db.execute("INSERT INTO orders (branch_id) VALUES ($1)", UUID(branch_id))  # its tickets are yet to come
    assert counts((await look()).orders) == {"sent": 3, "held": 1, "late": 0, "ready": 1, "later": 1}


async def test_late_is_what_the_board_calls_late(look: Look, db: Any, branch_id: str) -> None:
    await db.execute(
        "INSERT INTO age_thresholds (branch_id, order_type, due_s, late_s) VALUES ($1, 'delivery', 300, 1800)"
        " ON CONFLICT (branch_id, order_type) DO UPDATE SET late_s = 1800",
        UUID(branch_id),
    )
    limit_s = (await look()).orders.lateAfterS
    assert limit_s["delivery"] == 1800
    dine_in = limit_s["dine_in"] / 60
    await place_ago(db, branch_id, dine_in - 1)
    await place_ago(db, branch_id, dine_in + 1)
    for minutes in (29, 31):
        delivery = await place_ago(db, branch_id, minutes)
        await db.execute("UPDATE orders SET order_type = 'delivery' WHERE id = $1", delivery)
    assert counts((await look()).orders) == {**NOTHING, "sent": 4, "late": 2}

    # a further round of an old order is not born late, nor is a ticket that was fired just now
    rounds = await place_ago(db, branch_id, 50)
    await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", rounds)
    await add_kot(db, rounds)
    fired = await place_ago(db, branch_id, 50)
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1", fired)
    await db.execute("UPDATE kots SET held = false WHERE order_id = $1", fired)
    assert counts((await look()).orders) == {**NOTHING, "sent": 6, "late": 2}

    # of two tickets the older one counts, and one that is held has no age
    two = await place_ago(db, branch_id, 50, stations=("Grill", "Cold"))
    assert (await look()).orders.late == 3
    await db.execute("UPDATE kots SET held = true WHERE id = $1", (await kots_of(db, two))[0])
    assert (await look()).orders.late == 3
    await db.execute("UPDATE kots SET sent_at = now() WHERE id = $1", (await kots_of(db, two))[1])
    told = (await look()).orders
    assert (told.late, told.held, told.sent) == (2, 0, 7)


async def test_the_median_is_of_tickets_that_were_finished_today(look: Look, db: Any, branch_id: str) -> None:
    for minutes in (4, 6, 20):
        await finish(db, branch_id, minutes)
    told = (await look()).finished
    assert (told.tickets, told.medianS) == (3, 360)
    await finish(db, branch_id, 90, ago_minutes=HOURS_INTO_THE_DAY * 60 + 1)  # of the day before
    await finish(db, branch_id, 121)  # forgotten
    await finish(db, branch_id, 0)  # imported
    cancelled = await place_ago(db, branch_id, 90)
    await become(db, cancelled, "READY", "CANCELLED")
    assert (await look()).finished == told
    # a ticket that waits for the rest of its order is finished; what was fired counts from then
    part = await place_ago(db, branch_id, 60, stations=("Grill", "Cold"))
    kot = (await kots_of(db, part))[0]
    await db.execute("UPDATE kots SET status = 'READY' WHERE id = $1", kot)
    await db.execute("UPDATE kots SET fired_at = ready_at - interval '10 minutes' WHERE id = $1", kot)
    told = (await look()).finished
    assert (told.tickets, told.medianS) == (4, 480)


async def test_of_a_day_of_many_orders_the_last_count_and_since_when_is_said(
    look: Look, db: Any, branch_id: str
) -> None:
    await finish(db, branch_id, 30, ago_minutes=300)
    for minutes in (10, 8, 6):
        await finish(db, branch_id, 6, ago_minutes=minutes)
    assert (await look()).finished.tickets == 4
    await db.execute(
        "WITH o AS (INSERT INTO orders (branch_id, status, completed_at)"
        " SELECT $1, 'COMPLETED', now() - interval '9 minutes' FROM generate_series(1, 1998) RETURNING id)"
        " INSERT INTO kots (order_id, status, sent_at, ready_at, completed_at)"
        " SELECT id, 'COMPLETED', now() - interval '11 minutes', now() - interval '9 minutes', now() FROM o",
        UUID(branch_id),
    )
    told = (await look()).finished
    assert (told.tickets, told.medianS) == (2000, 120)
    assert timedelta(minutes=8) < datetime.now(UTC) - told.since < timedelta(minutes=10)


async def test_what_is_open_since_an_earlier_day_is_told_with_its_age(look: Look, db: Any, branch_id: str) -> None:
    today = await place_ago(db, branch_id, 60)
    day = await db.fetchval("SELECT business_day FROM orders WHERE id = $1", today)
    old = {}
    for number, (days, steps) in enumerate(
        [(1, ()), (2, ("READY",)), (3, ("CANCELLED",)), (4, ("READY", "COMPLETED"))]
    ):
        order_id = await place_ago(db, branch_id, days * 24 * 60)
        await become(db, order_id, *steps)
        await db.execute(
            "UPDATE orders SET business_day = $2, order_number = $3 WHERE id = $1",
            order_id, day - timedelta(days=days), 700 + number,
        )  # fmt: skip
        old[number] = order_id
    await db.execute("UPDATE orders SET display_number = 'B 17' WHERE id = $1", old[0])
    later = await place(db, branch_id)
    await db.execute("UPDATE orders SET due_at = now() + interval '3 days' WHERE id = $1", later)
    told = (await look()).earlier
    assert told.count == 2
    assert [(o.orderId, o.orderNumber, o.displayNumber, o.status) for o in told.orders] == [
        (old[1], 701, None, "READY"),
        (old[0], 700, "B 17", "SENT"),
    ]
    assert [round(o.ageS / 3600) for o in told.orders] == [48, 24]


async def test_dishes_that_are_sold_out_or_counted_are_told_and_no_others(look: Look, db: Any, branch_id: str) -> None:
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    names = ("Raita", "Naan", "Tikka", "Dal", "Kebab", "Lassi")
    ids = {
        name: await db.fetchval(
            "INSERT INTO menu_items (branch_id, name, price_cents, position, available) VALUES ($1, $2, 100, $3, $4)"
            " RETURNING id",
            UUID(branch_id), name, place, name != "Dal",
        )
        for place, name in enumerate(names)
    }  # fmt: skip
    back = datetime.now(UTC) + timedelta(hours=1)
    for name, sold_out, remaining, back_at in (
        ("Naan", False, 7, None), ("Tikka", True, None, back), ("Kebab", False, 0, None),
        ("Lassi", True, None, datetime.now(UTC) - timedelta(minutes=1)),
    ):  # fmt: skip
        await db.execute(
            "INSERT INTO dish_stock (menu_item_id, sold_out, remaining, back_at) VALUES ($1, $2, $3, $4)",
            ids[name], sold_out, remaining, back_at,
        )  # fmt: skip
    assert [(d.name, d.soldOut, d.remaining, d.backAt) for d in (await look()).dishes] == [
        ("Naan", False, 7, None), ("Tikka", True, None, back), ("Dal", True, None, None), ("Kebab", True, 0, None),
    ]  # fmt: skip


async def test_a_pause_is_told_until_it_is_over(look: Look, db: Any, branch_id: str) -> None:
    for paused, until, told in (
        (True, None, (False, None)),
        (True, timedelta(minutes=15), (False, True)),
        (True, timedelta(minutes=-1), (True, None)),
        (False, timedelta(minutes=15), (True, None)),
    ):
        end = await db.fetchval(
            "UPDATE branches SET ordering_paused = $2, ordering_paused_until = now() + $3::interval WHERE id = $1"
            " RETURNING ordering_paused_until",
            UUID(branch_id), paused, until,
        )  # fmt: skip
        ordering = (await look()).ordering
        assert (ordering.open, ordering.until) == (told[0], end if told[1] else None)


async def test_a_screen_is_told_while_it_is_connected(
    look: Look, http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    chef = Member(http, server.url)
    await chef.login({"username": "chef", "password": "chef-demo"})
    async with (
        open_screen(http, server.url, chef.token),
        open_screen(http, server.url, token_for(JWT_SECRET, branch_id)),
    ):

        async def are_there() -> bool:
            return (await look()).screens.count == 2

        await eventually(are_there)
        told = (await look()).screens.screens
        assert sorted(screen.username or "" for screen in told) == ["", "chef"]
        assert all(abs(datetime.now(UTC) - screen.connectedAt) < timedelta(minutes=1) for screen in told)
        await db.execute(
            "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at)"
            " VALUES ('of a dead process', $1, 'gone', now() - interval '1 second')",
            UUID(branch_id),
        )
        assert (await look()).screens.count == 2

    async def are_gone() -> bool:
        return (await look()).screens.count == 0

    await eventually(are_gone)


async def test_nothing_of_another_branch_is_counted_until_that_one_is_asked_for(
    look: Look, http: ClientSession, server: RunningServer, db: Any
) -> None:
    second = await add_branch(db)
    before = await look()
    await place_ago(db, second, 50)
    await become(db, await place_ago(db, second, 50), "READY")
    old = await place_ago(db, second, 60 * 24 * 3)
    await db.execute("UPDATE orders SET business_day = business_day - 3 WHERE id = $1", old)
    later = await place(db, second)
    await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", later)
    await finish(db, second, 8)
    await db.execute("UPDATE branches SET ordering_paused = true WHERE id = $1", second)
    await db.execute(
        "INSERT INTO age_thresholds (branch_id, order_type, due_s, late_s) VALUES ($1, 'dine_in', 60, 120)", second
    )
    await db.execute(
        "INSERT INTO menu_items (branch_id, name, price_cents, available) VALUES ($1, 'Figs', 1, false)", second
    )
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance) VALUES ('there', $1, 'x')", second
    )
    assert await look() == before

    manager = Member(http, server.url)
    await manager.login(MANAGER)
    bearer = {"Authorization": f"Bearer {manager.token}"}
    path = f"{server.url}/manager/today?branch={second}"
    async with http.get(path, headers=bearer) as answer:
        assert answer.status == 404
    await join(db, "manager", second, "KITCHEN")

    async def is_refused() -> bool:
        async with http.get(path, headers=bearer) as answer:
            return answer.status == 403

    await eventually(is_refused)
    await join(db, "manager", second, "MANAGER")
    await manager.login(MANAGER)
    async with http.get(path, headers={"Authorization": f"Bearer {manager.token}"}) as answer:
        told = msgspec.json.decode(await answer.read(), type=Today)
    assert counts(told.orders) == {"sent": 2, "held": 0, "late": 2, "ready": 1, "later": 1}
    assert told.orders.lateAfterS["dine_in"] == 120
    assert (told.earlier.count, told.ordering.open, told.screens.count) == (1, False, 1)
    assert [dish.name for dish in told.dishes] == ["Figs"]
