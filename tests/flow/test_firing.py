"""Firing by the clock of the database: by several servers at once, some of them killed, and never before its time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import open_screen, token_for

PLACE_MANY = """
    WITH placed AS (INSERT INTO orders (branch_id) SELECT $1 FROM generate_series(1, $2) RETURNING id),
    sent AS (INSERT INTO kots (order_id, round, fire_at) SELECT id, 1, $3 FROM placed RETURNING id, order_id)
    INSERT INTO order_items (order_id, kot_id, name) SELECT order_id, id, 'Tea' FROM sent"""
WRONG_CLOCK = """
import time
right = time.time
time.time = lambda: right() + {seconds}
"""


async def test_a_thousand_are_fired_once_by_four_servers_of_which_two_are_killed(
    db: Any, branch_id: str, serve_process: Any, tmp_path: Path
) -> None:
    clocks = []
    for seconds in (-3600, -1, 1, 3600):
        folder = tmp_path / f"clock{seconds}"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(WRONG_CLOCK.format(seconds=seconds))
        clocks.append(str(folder))
    servers = await asyncio.gather(*(serve_process(PYTHONPATH=clock) for clock in clocks))
    branches = [UUID(branch_id), await add_branch(db)]
    due = await db.fetchval("SELECT clock_timestamp() + interval '5 seconds'")
    for branch in branches:
        await db.execute(PLACE_MANY, branch, 500, due)
    count = "SELECT count(*) FROM kots AS k JOIN orders AS o ON o.id = k.order_id WHERE o.branch_id = ANY ($1) AND "

    def is_fired(least: int) -> Callable[[], Coroutine[Any, Any, bool]]:
        async def are_there() -> bool:
            fired: int = await db.fetchval(count + "k.fired_at >= $2", branches, due)
            return fired >= least

        return are_there

    await eventually(is_fired(1), 60)
    for server in servers[1:3]:
        server.process.send_signal(signal.SIGKILL)
    await eventually(is_fired(1000), 60)
    assert await db.fetchval(count + "(k.held OR k.fired_at < $2)", branches, due) == 0
    fired = await db.fetch(
        "SELECT count(*) AS times FROM kitchen_actions WHERE action = 'fire' AND branch_id = ANY ($1) "
        "GROUP BY order_id",
        branches,
    )
    assert [row["times"] for row in fired] == [1] * 1000
    events = "SELECT count(*) FROM events WHERE kind = 'ORDER_UPDATED' AND branch_id = ANY ($1)"
    assert await db.fetchval(events, branches) == 1000
    late = await db.fetchval("SELECT max(k.fired_at) - $1 FROM kots AS k", due)
    print(f"1,000 KOTs due at once were fired within {late.total_seconds():.2f} s")


async def test_what_was_due_while_no_server_ran_is_fired_when_one_does(
    db: Any, branch_id: str, start_server: Any
) -> None:
    await db.execute(PLACE_MANY, UUID(branch_id), 120, await db.fetchval("SELECT now() - interval '1 hour'"))
    assert await db.fetchval("SELECT count(*) FROM waiting_kots WHERE is_overdue") == 120
    await start_server()

    async def is_done() -> bool:
        return not await db.fetchval("SELECT EXISTS (SELECT FROM waiting_kots)")

    await eventually(is_done, 30)


async def test_one_that_cannot_be_fired_costs_only_itself(db: Any, branch_id: str, start_server: Any) -> None:
    await db.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;"
        "CREATE TRIGGER refuse BEFORE UPDATE OF held, waits_for ON kots FOR EACH ROW WHEN (OLD.station = 'Broken') "
        "EXECUTE FUNCTION refuse()"
    )
    await db.execute("INSERT INTO stations (branch_id, name) VALUES ($1, 'Broken')", UUID(branch_id))
    broken = await place(db, branch_id)
    await db.execute("UPDATE kots SET fire_at = now() + interval '1 hour' WHERE order_id = $1", broken)
    await db.execute("UPDATE kots SET station = 'Broken' WHERE order_id = $1", broken)
    await db.execute("UPDATE kots SET fire_at = now() WHERE order_id = $1", broken)
    await db.execute(PLACE_MANY, UUID(branch_id), 20, await db.fetchval("SELECT now()"))
    await start_server()

    async def is_done() -> bool:
        return bool(await db.fetchval("SELECT array_agg(station) = '{Broken}' FROM waiting_kots"))

    await eventually(is_done, 30)


async def test_a_branch_that_somebody_holds_stops_no_other(
    db: Any, branch_id: str, start_server: Any, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    held, stripe = UUID(branch_id), "SELECT branch_stripe($1)"
    other = await add_branch(db)
    while await db.fetchval(stripe, other) == await db.fetchval(stripe, held):
        other = await add_branch(db)
    due = await db.fetchval("SELECT now() - interval '1 hour'")
    await db.execute(PLACE_MANY, held, 2, due)
    await db.execute(PLACE_MANY, other, 2, due + timedelta(minutes=1))
    waiting = "SELECT count(*) FROM kots AS k JOIN orders AS o ON o.id = k.order_id WHERE k.held AND o.branch_id = $1"
    till = await connect_db()
    async with till.transaction():
        await till.execute("SELECT pg_advisory_xact_lock(493269100, branch_stripe($1))", held)
        await start_server()

        async def is_fired() -> bool:
            return not await db.fetchval(waiting, other)

        await eventually(is_fired, 30)
        assert await db.fetchval(waiting, held) == 2

    async def is_all_fired() -> bool:
        return not await db.fetchval(waiting, held)

    await eventually(is_all_fired, 30)


async def test_a_board_counts_what_is_for_later_and_gets_it_when_it_is_near(
    db: Any, branch_id: str, server: RunningServer, http: ClientSession
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(method: str, path: str, body: Any = None) -> Any:
        async with http.request(method, f"{server.url}{path}", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    before = await ask("GET", "/kitchen/orders")
    assert "later" not in before and await ask("GET", "/kitchen/orders/later") == {
        "count": 0,
        "nextAt": None,
        "orders": [],
    }
    async with db.transaction():
        order_id = await place(db, branch_id)
        await db.execute("UPDATE orders SET due_at = now() + interval '3 hours' WHERE id = $1", order_id)
    due_at = await db.fetchval("SELECT utc(due_at) FROM orders WHERE id = $1", order_id)
    listed = await ask("GET", "/kitchen/orders")
    assert listed["later"] == {"count": 1, "nextAt": due_at} and len(listed["orders"]) == len(before["orders"])
    later = await ask("GET", "/kitchen/orders/later")
    assert (later["count"], later["nextAt"], [order["orderId"] for order in later["orders"]]) == (
        1,
        due_at,
        [str(order_id)],
    )
    async with open_screen(http, server.url, token, since=0) as screen:
        _, snapshot = await screen.take(2)
        assert snapshot["later"] == {"count": 1, "nextAt": due_at}
        assert str(order_id) not in {order["orderId"] for order in snapshot["orders"]}
        # half an hour before by a new promise: the clock works out when it is fired, and the screens get it
        await db.execute("UPDATE orders SET due_at = now() + interval '30 minutes' WHERE id = $1", order_id)
        message = await screen.next()
        while message.get("later"):
            message = await screen.next()
        assert message["orderId"] == str(order_id) and message["kots"][0]["waitsFor"] == ["TIME"]
        # expo fires it early, once for a key
        fired = await ask("PATCH", f"/kitchen/order/{order_id}/fire", {})
        assert [kot["held"] for kot in fired["kots"]] == [False] and "waitsFor" not in fired["kots"][0]
        assert (await screen.next())["kots"][0]["firedAt"] is not None
    assert "later" not in await ask("GET", "/kitchen/orders")


async def test_expo_fires_the_course_that_is_named_or_the_first_that_waits(
    db: Any, branch_id: str, server: RunningServer, http: ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    async with db.transaction():
        order_id = await place(db, branch_id)
        await db.execute("INSERT INTO kots (order_id, course) VALUES ($1, 2), ($1, 3), ($1, 4)", order_id)

    async def fire(body: Any, key: str) -> list[int]:
        """The courses that wait after it."""
        url = f"{server.url}/kitchen/order/{order_id}/fire"
        async with http.patch(url, json=body, headers={**headers, "Idempotency-Key": key}) as answer:
            assert answer.status == 200, await answer.text()
            return [kot["course"] for kot in (await answer.json())["kots"] if kot["held"]]

    assert await fire({"course": 3}, "mains") == [2, 4]
    assert await fire({}, "next") == [4]
    assert await fire({}, "next") == [4]  # sent again
    async with http.get(f"{server.url}/kitchen/order/{order_id}/history", headers=headers) as answer:
        done = [(action["action"], action["became"]) for action in (await answer.json())["actions"]]
    assert done == [("fire", "3"), ("fire", "next")]


async def test_two_cooks_who_fire_the_next_course_at_once_fire_one(
    db: Any, branch_id: str, server: RunningServer, http: ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    async with db.transaction():
        order_id = await place(db, branch_id)
        await db.execute("INSERT INTO kots (order_id, course) VALUES ($1, 2), ($1, 3), ($1, 4)", order_id)

    async def fire() -> list[int]:
        """The courses that wait after it."""
        async with http.patch(f"{server.url}/kitchen/order/{order_id}/fire", json={}, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return [kot["course"] for kot in (await answer.json())["kots"] if kot["held"]]

    assert [await fire(), await fire()] == [[3, 4], [3, 4]]
    await db.execute("UPDATE kitchen_actions SET at = at - interval '4 seconds'")
    assert await asyncio.gather(*(fire() for _ in range(4))) == [[4]] * 4


async def test_a_second_cook_does_not_make_the_next_course_ready(
    db: Any, branch_id: str, server: RunningServer, http: ClientSession
) -> None:
    async with db.transaction():
        order_id = await place(db, branch_id)
        await db.execute("UPDATE kots SET course = 1 WHERE order_id = $1", order_id)
        await db.execute("INSERT INTO kots (order_id, course) VALUES ($1, 2)", order_id)
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    answers = []
    for _ in range(2):
        async with http.patch(
            f"{server.url}/kitchen/order/{order_id}/status",
            json={"from": "SENT", "status": "READY"},
            headers=headers,
        ) as answer:
            body = await answer.json()
            now = body.get("order", body)
            answers.append((answer.status, [kot["status"] for kot in sorted(now["kots"], key=lambda k: k["course"])]))
    assert answers == [(200, ["READY", "SENT"]), (409, ["READY", "SENT"])]
    assert await db.fetchval("SELECT count(*) FROM kitchen_actions WHERE order_id = $1 AND changed", order_id) == 1
