"""/manager/stations when what follows a change goes wrong: the change is told all the same, and what is left of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.errors import Unavailable
from kds.manager.stations import handlers as stations
from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from tests.conftest import RunningServer
from tests.flow.station_office import NAMES, Office, open_office, tickets
from tests.orders import place
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]


@pytest.fixture
async def office(http: ClientSession, server: RunningServer, db: Any, branch_id: str) -> Office:
    """Of the branch of the test."""
    return await open_office(http, server, db, branch_id)


async def change(office: Office, way: str) -> int:
    """Cold is gone; how many orders are left."""
    return await (office.rename("Cold", "Kalt") if way == "rename" else office.remove("Cold", to="Grill"))


@pytest.mark.parametrize("way", ["rename", "remove"])
async def test_a_station_added_meanwhile_under_the_old_name_keeps_its_tickets(
    office: Office, db: Any, connect_db: ConnectDb, way: str
) -> None:
    held, free = [await place(db, UUID(office.branch_id), stations=("Cold",)) for _ in range(2)]
    till = await connect_db()
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", held)
        asked = asyncio.ensure_future(change(office, way))

        async def is_taken_along() -> bool:
            return await tickets(db, free) != ["Cold"]

        await eventually(is_taken_along)
        assert await office.ask("POST", body={"name": "Cold"}) == (201, {"name": "Cold"})
        own = await place(db, UUID(office.branch_id), stations=("Cold",))
    await asked
    assert await tickets(db, own) == ["Cold"]
    assert (await office.told())["strays"] == []


async def test_what_belongs_to_a_station_is_neither_found_nor_moved(office: Office, db: Any) -> None:
    sql, branch_id = load_statements(), UUID(office.branch_id)
    order_id = await place(db, branch_id, stations=("Cold",))
    assert not await db.fetchval(sql.has_stray_orders, branch_id, "Cold")
    assert await db.fetch(sql.list_stray_orders, branch_id, "Cold") == []
    assert await db.execute(sql.move_tickets_of_order, order_id, "Cold", "Fry") == "UPDATE 0"
    await db.execute("DELETE FROM menu_items WHERE station = 'Cold'")
    await db.execute("DELETE FROM stations WHERE name = 'Cold'")
    assert await db.fetchval(sql.has_stray_orders, branch_id, "Cold")
    assert [row["id"] for row in await db.fetch(sql.list_stray_orders, branch_id, "Cold")] == [order_id]
    assert await db.execute(sql.move_tickets_of_order, order_id, "Cold", "Fry") == "UPDATE 1"


@pytest.mark.parametrize("way", ["rename", "remove"])
async def test_an_order_that_cannot_be_written_costs_only_itself(
    office: Office, db: Any, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    bad, good = [await place(db, UUID(office.branch_id), stations=("Cold",)) for _ in range(2)]
    await db.execute(f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE data_exception; END$$;
        CREATE TRIGGER zz_refuse BEFORE UPDATE OF station ON kots FOR EACH ROW
          WHEN (OLD.order_id = '{bad}') EXECUTE FUNCTION refuse()""")
    try:
        assert await change(office, way) == 1
        assert (await tickets(db, bad), await tickets(db, good)) == (["Cold"], ["Kalt" if way == "rename" else "Grill"])
        assert [line for line in caplog.messages if line.startswith(f"tickets not moved order={bad} ")]
    finally:
        await db.execute("DROP TRIGGER zz_refuse ON kots; DROP FUNCTION refuse()")
    assert await change(office, way) == 0


@pytest.mark.parametrize("way", ["rename", "remove"])
@pytest.mark.parametrize("fails", ["list_stray_orders", "lock_order"])
async def test_a_database_that_goes_away_after_the_change_leaves_the_tickets_for_the_next_time(
    office: Office, db: Any, monkeypatch: pytest.MonkeyPatch, way: str, fails: str
) -> None:
    orders = [await place(db, UUID(office.branch_id), stations=("Cold",)) for _ in range(2)]
    statement = getattr(load_statements(), fails)
    rows, together_unless_held = Pool.rows, Pool.together_unless_held

    async def refuse(pool: Pool, asked: Any, *arguments: object) -> Any:
        if fails == "lock_order":
            raise Unavailable
        return await together_unless_held(pool, asked, *arguments)

    async def refuse_list(pool: Pool, asked: str, *arguments: object) -> Any:
        if asked == statement:
            raise Unavailable
        return await rows(pool, asked, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Pool, "rows", refuse_list)
        patch.setattr(Pool, "together_unless_held", refuse)
        assert await change(office, way) == 2
    assert "Cold" not in await office.names()
    assert [await tickets(db, order_id) for order_id in orders] == [["Cold"]] * 2
    assert await change(office, way) == 0
    to = "Kalt" if way == "rename" else "Grill"
    assert [await tickets(db, order_id) for order_id in orders] == [[to]] * 2


async def test_what_the_change_itself_took_is_not_given_to_the_tickets_again(
    office: Office, db: Any, connect_db: ConnectDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await place(db, UUID(office.branch_id), stations=("Cold",))
    holder = await connect_db()
    with monkeypatch.context() as patch:
        patch.setattr(stations, "ANSWERS_WITHIN_S", 1.0)
        async with holder.transaction():
            await holder.execute("SELECT pg_advisory_xact_lock(493269111, hashtext($1))", office.branch_id)
            asked = asyncio.ensure_future(office.rename("Cold", "Kalt"))
            waiting = "SELECT count(*) > 0 FROM pg_locks WHERE classid = 493269111 AND NOT granted"
            await eventually(lambda: db.fetchval(waiting))
            await asyncio.sleep(stations.ANSWERS_WITHIN_S)
        assert await asked == 1
    assert "Kalt" in await office.names()
    assert await tickets(db, order_id) == ["Cold"]
    assert await office.rename("Cold", "Kalt") == 0
    assert await tickets(db, order_id) == ["Kalt"]


async def test_a_branch_that_is_gone_has_no_stations(http: ClientSession, server: RunningServer, db: Any) -> None:
    gone = Office(http, server.url, str(uuid4()))
    for method, path, body, query in (
        ("GET", "", None, {}),
        ("POST", "", {"name": "Bar"}, {}),
        ("PATCH", "", {"name": "Bar"}, {"station": "Grill"}),
        ("DELETE", "", None, {"station": "Grill"}),
        ("PUT", "/order", {"stations": []}, {}),
        ("PUT", "/order", {"stations": ["Grill"]}, {}),
    ):
        status, told = await gone.ask(method, path, body, **query)
        assert (status, told["error"]["code"]) == (404, "not_found")
        assert told["error"]["message"] == "This branch does not exist any more."


async def test_a_key_that_another_writer_breaks_is_told_for_what_it_is(office: Office, db: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError) as broken:
        await db.execute(load_statements().add_station, uuid4(), "Bar")
    for constraint, status in ((broken.value.constraint_name, 404), ("menu_items_station_fkey", 503)):
        await db.execute(f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
              RAISE foreign_key_violation USING CONSTRAINT = '{constraint}'; END$$;
            CREATE TRIGGER zz_refuse BEFORE INSERT OR DELETE ON stations FOR EACH ROW EXECUTE FUNCTION refuse()""")
        try:
            assert (await office.refusal("POST", body={"name": "Bar"}))[0] == status
            assert (await office.refusal("DELETE", station="Cold"))[0] == status
        finally:
            await db.execute("DROP TRIGGER zz_refuse ON stations; DROP FUNCTION refuse()")
    assert await office.names() == NAMES
