"""/manager/stations: a manager reads the stations of a branch, and changes them beside a kitchen that works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.station_office import NAMES, Office, open_office, tickets
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import open_screen, token_for

ConnectDb = Callable[[], Awaitable[Any]]
STRANGE = "..", "a/b?c=d&e", "窯 & co", "100%", "Crêpes+", "👩‍🍳"


@pytest.fixture
async def office(http: ClientSession, server: RunningServer, db: Any, branch_id: str) -> Office:
    """Of the branch of the test."""
    return await open_office(http, server, db, branch_id)


async def test_stations_come_change_and_go_and_their_dishes_and_tickets_follow(
    office: Office, db: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kds.manager.stations.handlers")
    order_id = await place(db, UUID(office.branch_id), stations=("Grill", "Cold"))
    over = await place(db, UUID(office.branch_id), stations=("Grill",))
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", over, status)
    assert await office.told() == {
        "stations": [
            {"name": "Grill", "dishes": 1, "tickets": 1},
            {"name": "Fry", "dishes": 1, "tickets": 0},
            {"name": "Cold", "dishes": 1, "tickets": 1},
        ],
        "strays": [],
    }
    assert await office.ask("POST", body={"name": " Bar "}) == (201, {"name": "Bar"})
    assert await office.names() == [*NAMES, "Bar"]
    assert await office.rename("Grill", "Tandoor") == 0
    assert await tickets(db, order_id) == ["Cold", "Tandoor"]
    assert await tickets(db, over) == ["Grill"]  # what is over keeps the name it was cooked under
    assert await office.remove("Tandoor", to="Bar") == 0
    assert await tickets(db, order_id) == ["Bar", "Cold"]
    assert await office.remove("Cold") == 0
    assert await tickets(db, order_id) == ["Bar", None]
    assert (await office.told())["stations"] == [
        {"name": "Fry", "dishes": 1, "tickets": 0},
        {"name": "Bar", "dishes": 1, "tickets": 1},
    ]
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(" branch=")[0] for line in told] == [
        "station added", "station renamed", "station removed", "station removed",
    ]  # fmt: skip
    assert all(f"branch={office.branch_id} staff=" in line for line in told)
    assert told[2].endswith("station='Tandoor' to='Bar'") and told[3].endswith("station='Cold' to=None")


async def test_stations_stand_as_they_are_put(office: Office, db: Any) -> None:
    await db.execute("UPDATE stations SET position = 2147483647 WHERE name = 'Cold'")
    assert (await office.ask("POST", body={"name": "Bar"}))[0] == 201
    wanted = ["Bar", "Cold", "Grill", "Fry"]
    assert await office.ask("PUT", "/order", {"stations": wanted}) == (200, {})
    assert await office.names() == wanted
    for wrong in (wanted[1:], [*wanted, "Bar"], [*wanted[1:], "Nowhere"], []):
        assert await office.refusal("PUT", "/order", {"stations": wrong}) == (409, "stations_changed")
    assert await office.names() == wanted
    assert (await office.ask("POST", body={"name": "Pass"}))[0] == 201
    assert await office.names() == [*wanted, "Pass"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "unprocessable"), ("  ", "unprocessable"), ("x" * 101, "unprocessable"), ("a\tb", "unprocessable"),
     ("\u202eGrill", "unprocessable"), ("Fry", "station_taken"), ("fry", "station_taken"),
     (" FRY ", "station_taken"), ("\uff26\uff52\uff59", "station_taken")],
)  # fmt: skip
async def test_a_name_that_cooks_cannot_read_or_tell_from_another_is_refused(
    office: Office, name: str, code: str
) -> None:
    assert await office.refusal("POST", body={"name": name}) == (422, code)
    assert await office.refusal("PATCH", body={"name": name}, station="Grill") == (422, code)
    assert await office.names() == NAMES


@pytest.mark.parametrize("name", STRANGE)
async def test_a_station_of_any_name_is_found_by_it(office: Office, db: Any, name: str) -> None:
    order_id = await place(db, UUID(office.branch_id), stations=("Grill",))
    assert await office.rename("Grill", name) == 0
    assert await tickets(db, order_id) == [name]
    assert await office.rename(name, name) == 0
    assert await office.remove(name, to="Fry") == 0
    assert await tickets(db, order_id) == ["Fry"]


async def test_what_is_not_there_is_told(office: Office, db: Any, server: RunningServer) -> None:
    other = Office(office.http, server.url, str(await add_branch(db)))
    assert (await other.ask("POST", body={"name": "Elsewhere"}))[0] == 201
    for name in ("Nowhere", "Elsewhere"):
        assert await office.refusal("PATCH", body={"name": "Bar"}, station=name) == (404, "not_found")
        assert await office.refusal("DELETE", station=name) == (404, "not_found")
        assert await office.refusal("DELETE", station="Fry", to=name) == (422, "unknown_station")
    assert await office.refusal("DELETE", station="Fry", to="Fry") == (422, "unknown_station")
    for query in ({}, {"station": ""}, {"station": "\0"}, {"station": "Fry", "to": ""}):
        assert (await office.refusal("DELETE", **query))[0] == 422
    assert await office.names() == NAMES
    assert await other.names() == ["Elsewhere"]


@pytest.mark.parametrize("way", ["rename", "remove"])
async def test_what_others_hold_is_told_stays_known_and_is_moved_the_next_time(
    office: Office, db: Any, connect_db: ConnectDb, way: str
) -> None:
    held, free = [await place(db, UUID(office.branch_id), stations=("Cold",)) for _ in range(2)]
    till = await connect_db()

    async def go() -> int:
        return await (office.rename("Cold", "Kalt") if way == "rename" else office.remove("Cold", to="Grill"))

    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", held)
        assert await go() == 1
        assert (await office.told())["strays"] == [{"name": "Cold", "orders": 1}]
    to = "Kalt" if way == "rename" else "Grill"
    assert (await tickets(db, held), await tickets(db, free)) == (["Cold"], [to])
    assert await go() == 0
    assert await tickets(db, held) == [to]
    assert (await office.told())["strays"] == []
    assert (await office.ask("DELETE", station="Cold"))[0] == 404


async def test_nobody_waits_for_it_and_who_comes_meanwhile_is_taken_along(
    office: Office, db: Any, connect_db: ConnectDb
) -> None:
    held, free = [await place(db, UUID(office.branch_id), stations=("Cold",)) for _ in range(2)]
    till, cook = await connect_db(), await connect_db()
    await cook.execute("SET lock_timeout = '2s'")
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", held)
        asked = asyncio.ensure_future(office.rename("Cold", "Kalt"))

        async def is_taken_along() -> bool:
            return await tickets(db, free) == ["Kalt"]

        await eventually(is_taken_along)
        await cook.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", free)
        await cook.execute("UPDATE menu_items SET price_cents = price_cents + 1 WHERE station = 'Kalt'")
        late = await place(db, UUID(office.branch_id), stations=("Cold",))  # priced before the change
    assert await asked == 0
    assert [await tickets(db, order_id) for order_id in (held, free, late)] == [["Kalt"]] * 3


async def test_open_boards_see_the_tickets_move(office: Office, db: Any, http: ClientSession) -> None:
    async with open_screen(http, office.url, token_for(JWT_SECRET, office.branch_id), since=0) as screen:
        await screen.until("SNAPSHOT")
        await place(db, UUID(office.branch_id), stations=("Cold",))
        assert (await screen.until("NEW_ORDER"))["kots"][0]["station"] == "Cold"
        assert await office.remove("Cold", to="Fry") == 0
        told = await screen.until("ORDER_UPDATED")
        assert told["kots"][0]["station"] == "Fry"


async def test_two_at_once_give_no_names_that_are_alike(office: Office, db: Any, connect_db: ConnectDb) -> None:
    holder = await connect_db()
    async with asyncio.TaskGroup() as tasks, holder.transaction():  # all wait to give a name
        await holder.execute("SELECT pg_advisory_xact_lock(493269111, hashtext($1))", office.branch_id)
        asked = [
            *(tasks.create_task(office.ask("POST", body={"name": name})) for name in ("Bar", "BAR")),
            tasks.create_task(office.ask("PATCH", body={"name": "\uff22\uff41\uff52"}, station="Fry")),
        ]
        waiting = "SELECT count(*) > 0 FROM pg_locks WHERE classid = 493269111 AND NOT granted"
        await eventually(lambda: db.fetchval(waiting))
    assert sorted(task.result()[0] in (200, 201) for task in asked) == [False, False, True]
    assert [each.casefold() for each in await office.names()].count("bar") <= 1


async def test_tickets_do_not_go_to_a_station_that_is_gone(office: Office, db: Any, connect_db: ConnectDb) -> None:
    order_id = await place(db, UUID(office.branch_id), stations=("Cold",))
    till = await connect_db()
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", order_id)
        asked = asyncio.ensure_future(office.remove("Cold", to="Fry"))
        await eventually(lambda: db.fetchval("SELECT NOT EXISTS (SELECT FROM stations WHERE name = 'Cold')"))
        gone = asyncio.ensure_future(office.remove("Fry"))
        await eventually(lambda: db.fetchval("SELECT NOT EXISTS (SELECT FROM stations WHERE name = 'Fry')"))
    left = await asked
    assert await gone == 0
    # it was on its way there already, and went on with the others, or it stayed
    assert await tickets(db, order_id) == (["Cold"] if left else [None])
    if left:
        assert await office.remove("Cold") == 0
    assert await tickets(db, order_id) == [None]
    assert (await office.told())["strays"] == []
