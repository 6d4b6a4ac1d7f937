"""After a flood of orders: what guests brought is taken back, by HTTP and by command, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.commands import communicate
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.door import Guests, said_of_ordering
from tests.flow.shared_table import Guest
from tests.flow.shared_table import dishes as dishes
from tests.flow.shared_table import guests as guests
from tests.flow.shared_table import rounds as rounds
from tests.flow.shared_table import table as table
from tests.orders import place as place_by_sql
from tests.patience import eventually
from tests.screen import token_for


async def test_a_flood_of_guests_is_taken_back_and_nothing_else(
    http: ClientSession, db: Any, server: RunningServer
) -> None:
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    guest = Guests(http, server, dish_id)
    flood = [UUID((await guest.order("takeaway"))[1]) for _ in range(5)]
    old, cooked, till = UUID((await guest.order())[1]), UUID((await guest.order())[1]), None
    till = await place_by_sql(db, server.branch_id)
    await db.execute("UPDATE orders SET placed_at = now() - interval '1 hour' WHERE id = $1", old)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", cooked)
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    for cancelled in (5, 0):
        async with http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 30}, headers=bearer) as answer:
            assert (answer.status, await answer.json()) == (200, {"cancelled": cancelled, "left": 0})
    rows = await db.fetch("SELECT id, status::text, acknowledged FROM orders")
    assert {row["id"]: row["status"] for row in rows} == {
        **dict.fromkeys(flood, "CANCELLED"), old: "SENT", cooked: "READY", till: "SENT"
    }  # fmt: skip
    assert all(row["acknowledged"] for row in rows if row["status"] == "CANCELLED")
    audit = await db.fetch("SELECT order_id, was, became, actor_kind::text FROM kitchen_actions")
    assert sorted(map(tuple, audit)) == sorted(
        [(cooked, "SENT", "READY", "sql"), *((order_id, "SENT", "CANCELLED", "staff") for order_id in flood)]
    )


HELD = {
    "its order": "SELECT FROM orders WHERE id = $1 FOR UPDATE",
    "its tickets": "SELECT FROM kots WHERE order_id = $1 FOR UPDATE",
    "its lines, which are counted": "SELECT FROM order_items WHERE order_id = $1 FOR UPDATE",
}


@pytest.mark.parametrize("held", HELD)
async def test_of_a_flood_what_somebody_holds_is_left_and_told_and_the_rest_is_taken_back(
    http: ClientSession, db: Any, server: RunningServer, connect_db: Any, held: str
) -> None:
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, 100)", dish_id)
    guest = Guests(http, server, dish_id)
    flood = [UUID((await guest.order("takeaway"))[1]) for _ in range(9)]
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    till = await connect_db()
    begun = till.transaction()
    await begun.start()
    await till.execute(HELD[held], flood[4])
    async with http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 30}, headers=bearer) as answer:
        assert (answer.status, await answer.json()) == (200, {"cancelled": 8, "left": 1})
    code, printed = await _kds(server.dsn, "branch", "cancel-orders", server.branch_id, "--minutes", "5", "--yes")
    assert code == 1 and "0 orders cancelled" in printed and "1 more: others hold them. Run it again" in printed
    assert [row["id"] for row in await db.fetch("SELECT id FROM orders WHERE status = 'SENT'")] == [flood[4]]
    await begun.rollback()
    async with http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 30}, headers=bearer) as answer:
        assert (answer.status, await answer.json()) == (200, {"cancelled": 1, "left": 0})
    assert await db.fetchval("SELECT remaining FROM dish_stock") == 100


async def test_of_a_flood_what_is_held_for_a_moment_is_taken_back_too(
    http: ClientSession, db: Any, server: RunningServer, connect_db: Any
) -> None:
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    flood = [UUID((await Guests(http, server, dish_id).order("takeaway"))[1]) for _ in range(3)]
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    till = await connect_db()
    async with till.transaction():
        await till.execute(HELD["its order"], flood[1])
        cancelling = asyncio.create_task(
            http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 30}, headers=bearer).__aenter__()
        )

        async def the_others_are_gone() -> bool:
            return bool(await db.fetchval("SELECT count(*) = 2 FROM orders WHERE status = 'CANCELLED'"))

        await eventually(the_others_are_gone)
    answer = await cancelling
    assert (answer.status, await answer.json()) == (200, {"cancelled": 3, "left": 0})
    answer.release()


@pytest.mark.usefixtures("rounds")
async def test_an_order_of_the_flood_goes_whole_with_its_rounds_and_counts_once(
    http: ClientSession, db: Any, server: RunningServer, guests: list[Guest]
) -> None:
    assert len(guests) == 3
    assert await _cancel_by_http(http, server) == {"cancelled": 1, "left": 0}
    assert await _tickets(db) == ["CANCELLED"] * 3


BEGUN = {
    "a ticket is ready": "UPDATE kots SET status = 'READY' WHERE id = $1",
    "a ticket is begun": "UPDATE kots SET started_at = now() WHERE id = $1",
    "a dish is finished": "UPDATE order_items SET done = true WHERE kot_id = $1",
}


async def _make_old(db: Any) -> UUID:
    """The order of the table is older than the flood; the rounds that guests joined to it are not."""
    order_id: UUID = await db.fetchval("SELECT id FROM orders")
    await db.execute("UPDATE orders SET placed_at = now() - interval '1 hour'")
    await db.execute("UPDATE kots SET sent_at = now() - interval '1 hour' WHERE round_id IS NULL")
    return order_id


async def _tickets(db: Any) -> list[str]:
    """The status of each ticket of the one order there is, in the order of its rounds."""
    return [row["status"] for row in await db.fetch("SELECT status::text FROM kots ORDER BY round, station")]


async def _cancel_by_http(http: ClientSession, server: RunningServer) -> dict[str, int]:
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    async with http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 30}, headers=bearer) as answer:
        assert answer.status == 200
        told: dict[str, int] = await answer.json()
        return told


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize("source", ["guest", "till"])
async def test_rounds_that_joined_an_older_order_are_taken_back_and_the_rest_of_it_is_not(
    http: ClientSession, db: Any, server: RunningServer, guests: list[Guest], dishes: list[Any], source: str
) -> None:
    await db.execute("UPDATE orders SET source = $1", source)
    order_id = await _make_old(db)
    for cancelled in (2, 0):
        assert await _cancel_by_http(http, server) == {"cancelled": cancelled, "left": 0}
    assert await _tickets(db) == ["SENT", "CANCELLED", "CANCELLED"]
    order = json.loads(await db.fetchval("SELECT order_object(id, branch_id) FROM orders"))
    assert (order["status"], order["acknowledged"]) == ("SENT", False)
    assert order["totalCents"] == 2 * dishes[0]["price_cents"]
    assert [item["acknowledged"] for item in order["items"]] == [item["voided"] for item in order["items"]]
    assert [(await guest.view())["status"] for guest in guests] == ["SENT", "CANCELLED", "CANCELLED"]
    audit = await db.fetch("SELECT order_id, action, was, became, actor_kind::text FROM kitchen_actions")
    assert [tuple(row) for row in audit] == [(order_id, "kot-status", "SENT", "CANCELLED", "staff")] * 2


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize("begun", BEGUN)
async def test_a_round_that_is_begun_or_older_is_cooked(
    http: ClientSession, db: Any, server: RunningServer, guests: list[Guest], begun: str
) -> None:
    await _make_old(db)
    assert len(guests) == 3
    await db.execute(BEGUN[begun], await db.fetchval("SELECT id FROM kots WHERE round = 2"))
    await db.execute("UPDATE kots SET sent_at = now() - interval '31 minutes' WHERE round = 3")
    before = await _tickets(db)
    assert await _cancel_by_http(http, server) == {"cancelled": 0, "left": 0}
    assert await _tickets(db) == before
    await db.execute("UPDATE kots SET sent_at = now() WHERE round = 3")
    assert await _cancel_by_http(http, server) == {"cancelled": 1, "left": 0}
    assert await _tickets(db) == [*before[:2], "CANCELLED"]


@pytest.mark.usefixtures("rounds")
async def test_an_order_of_which_only_rounds_were_left_goes_with_them(
    http: ClientSession, db: Any, server: RunningServer, guests: list[Guest]
) -> None:
    await _make_old(db)
    assert (await guests[0].cancel())[0] == 200
    await db.execute("UPDATE order_items SET acknowledged = true WHERE voided")
    assert await _cancel_by_http(http, server) == {"cancelled": 2, "left": 0}
    assert [tuple(row) for row in await db.fetch("SELECT status::text, acknowledged FROM orders")] == [
        ("CANCELLED", True)
    ]


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize("held", HELD)
async def test_joined_rounds_by_command_are_shown_first_and_those_that_somebody_holds_are_left_and_told(
    db: Any, server: RunningServer, guests: list[Guest], dishes: list[Any], connect_db: Any, held: str
) -> None:
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, 100)", dishes[1]["id"])
    command = ("branch", "cancel-orders", server.branch_id, "--minutes", "5")
    order_id = await _make_old(db)
    assert len(guests) == 3
    code, printed = await _kds(server.dsn, *command, typed="n\n")
    assert code == 1 and "Cancel 0 orders and 2 rounds of older orders that guests placed" in printed
    till = await connect_db()
    begun = till.transaction()
    await begun.start()
    await till.execute(HELD[held], order_id)
    code, printed = await _kds(server.dsn, *command, "--yes")
    assert code == 1 and "0 orders cancelled" in printed and "2 more: others hold them. Run it again" in printed
    assert await _tickets(db) == ["SENT"] * 3
    await begun.rollback()
    code, printed = await _kds(server.dsn, *command, typed="y\n")
    assert code == 0 and "0 orders and 2 rounds of older orders cancelled" in printed
    assert await _tickets(db) == ["SENT", "CANCELLED", "CANCELLED"]
    assert await db.fetchval("SELECT remaining FROM dish_stock") == 101
    audit = await db.fetch("SELECT DISTINCT action, actor_kind::text FROM kitchen_actions")
    assert [tuple(row) for row in audit] == [("kot-status", "sql")]


async def _kds(dsn: str, *arguments: str, typed: str = "") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", *arguments, env={**os.environ, "DATABASE_URL": dsn},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await communicate(process, typed.encode())
    assert process.returncode is not None and b"Traceback" not in output, output
    return process.returncode, output.decode()


async def test_the_door_by_command(http: ClientSession, db: Any, server: RunningServer) -> None:
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    guest, branch = Guests(http, server, dish_id), server.branch_id
    code, printed = await _kds(server.dsn, "branch", "set", branch, "--public-orders", "dine_in,takeaway")
    assert code == 0 and "guests may order dine_in, takeaway" in printed
    assert await guest.order("delivery") == (422, "order_type_refused")
    code, printed = await _kds(server.dsn, "branch", "set", branch, "--public-orders", "default",
                               "--guest-orders-open-max", "2")  # fmt: skip
    assert code == 0 and "guests may order default" in printed and "guest orders open max 2" in printed
    assert [(await guest.order("delivery"))[0] for _ in range(3)] == [201, 201, 429]
    assert (await _kds(server.dsn, "branch", "set", branch, "--public-orders", "dine in"))[0] == 2
    code, printed = await _kds(server.dsn, "branch", "pause", branch, "--minutes", "30")
    assert code == 0 and "paused until" in printed
    assert await guest.order() == (422, "ordering_paused")
    assert (await _kds(server.dsn, "branch", "open", branch))[0] == 0
    assert json.dumps(await said_of_ordering(http, server)) == json.dumps([{"open": True, "until": None}] * 2)
    code, printed = await _kds(server.dsn, "branch", "cancel-orders", branch, "--minutes", "5", typed="n\n")
    assert code == 1 and "Cancel 2 orders" in printed
    assert await db.fetchval("SELECT count(*) FROM orders WHERE status = 'SENT'") == 2
    code, printed = await _kds(server.dsn, "branch", "cancel-orders", branch, "--minutes", "5", typed="y\n")
    assert code == 0 and "2 orders cancelled" in printed
    assert await db.fetchval("SELECT count(*) FROM orders WHERE status = 'SENT'") == 0
