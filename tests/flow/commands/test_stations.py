"""`kds station` beside a kitchen that works: nobody waits for it, and no ticket stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.flow.commands.menus import Kds
from tests.orders import place
from tests.patience import eventually

pytestmark = pytest.mark.usefixtures("server")
MOVES = {
    "rename": (["rename", "Via Masala", "Cold", "Kalt"], "Kalt"),
    "remove": (["remove", "Via Masala", "Cold", "--to", "Grill"], "Grill"),
}


async def stations(db: Any, order_id: Any) -> list[str]:
    """Of the tickets of an order."""
    rows = await db.fetch("SELECT station FROM kots WHERE order_id = $1 ORDER BY 1", order_id)
    return [row["station"] for row in rows]


ALIKE = ("grill", " GRILL  ", "\uff27\uff52\uff49\uff4c\uff4c")
"""What cooks read as Grill: another case, spaces, full width."""


async def names(db: Any) -> list[str]:
    """Of all stations."""
    return [row["name"] for row in await db.fetch("SELECT name FROM stations ORDER BY name")]


@pytest.mark.parametrize("move", MOVES)
async def test_nobody_waits_for_it_and_who_comes_meanwhile_is_taken_along(
    kds: Kds, db: Any, server: Any, connect_db: Callable[[], Awaitable[Any]], move: str
) -> None:
    arguments, name = MOVES[move]
    held, free = [await place(db, server.branch_id, stations=("Cold",)) for _ in range(2)]
    till, cook = await connect_db(), await connect_db()
    await cook.execute("SET lock_timeout = '2s'")
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", held)
        command = asyncio.ensure_future(kds("station", *arguments))

        async def is_taken_along() -> bool:
            return await stations(db, free) == [name]

        await eventually(is_taken_along, within_s=60)
        await cook.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", free)
        await cook.execute("UPDATE menu_items SET price_cents = price_cents + 1 WHERE station = $1", name)
        # priced before the change, placed after it
        late = await place(db, server.branch_id, stations=("Cold",))
    code, printed = await command
    assert code == 0, printed
    assert [await stations(db, order_id) for order_id in (held, free, late)] == [[name]] * 3


async def test_what_stays_behind_is_told_and_taken_along_the_next_time(
    kds: Kds, db: Any, server: Any, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    held = await place(db, server.branch_id, stations=("Cold",))
    till = await connect_db()
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", held)
        code, printed = await kds("station", "rename", "Via Masala", "Cold", "Kalt")
        assert code == 1 and "1 open orders have tickets of Cold still" in printed
    assert (await kds("station", "rename", "Via Masala", "Cold", "Kalt"))[0] == 0
    assert await stations(db, held) == ["Kalt"]
    assert (await kds("station", "rename", "Via Masala", "Cold", "Kalt"))[0] == 1


async def test_courses_of_one_round_stay_of_one_round(kds: Kds, db: Any, server: Any) -> None:
    order_id = await place(db, server.branch_id, stations=("Grill",))
    await db.execute(
        "INSERT INTO kots (order_id, station, round, course) VALUES ($1, 'Cold', 1, 1), ($1, 'Cold', 1, 2), "
        "($1, 'Cold', 2, 1)",
        order_id,
    )
    assert (await kds("station", "remove", "Via Masala", "Cold", "--to", "Grill"))[0] == 0
    rows = await db.fetch("SELECT round, course FROM kots WHERE order_id = $1 ORDER BY 1, 2", order_id)
    assert [tuple(row) for row in rows] == [(1, None), (2, 1), (2, 2), (3, 1)]


async def test_a_ticket_that_no_station_shows_is_named_and_helped(kds: Kds, db: Any, server: Any) -> None:
    order_id = await place(db, server.branch_id, stations=("grill",))
    _, printed = await kds("doctor")
    assert "1 open tickets for the station 'grill', which it has not" in printed
    helping = next(line for line in printed.splitlines() if "kds station rename" in line)
    assert (await kds(*helping[helping.index("station") :].split()))[0] == 0
    assert await stations(db, order_id) == ["Grill"]
    _, printed = await kds("doctor")
    assert "'grill'" not in printed


@pytest.mark.parametrize("given", [(["add"], each) for each in ("Grill", *ALIKE)] + [(["rename"], ALIKE[0])])
async def test_a_station_that_cooks_cannot_tell_from_another_is_refused(
    kds: Kds, db: Any, given: tuple[list[str], str]
) -> None:
    ([action], name), before = given, await names(db)
    code, printed = await kds("station", action, "Via Masala", *(["Cold"] if action == "rename" else []), name)
    assert code == 1 and "has a station 'Grill' already" in printed and "Choose another name" in printed
    assert await names(db) == before


async def test_a_station_is_renamed_to_another_spelling_of_its_own_name(kds: Kds, db: Any) -> None:
    for old, new in (("Grill", "GRILL"), ("GRILL", "\uff27\uff32\uff29\uff2c\uff2c")):
        assert (await kds("station", "rename", "Via Masala", old, new))[0] == 0
        assert new in await names(db) and old not in await names(db)


async def test_its_own_name_again_changes_nothing(kds: Kds, db: Any, server: Any) -> None:
    order_id = await place(db, server.branch_id, stations=("Grill",))
    assert (await kds("station", "rename", "Via Masala", "Grill", "Grill"))[0] == 0
    assert await db.fetchval("SELECT round FROM kots WHERE order_id = $1", order_id) == 1


async def test_two_at_once_give_no_names_that_are_alike(kds: Kds, db: Any) -> None:
    before = await names(db)
    spellings = ("Bar", "BAR", "\uff22\uff41\uff52")
    added = await asyncio.gather(*(kds("station", "add", "Via Masala", each) for each in spellings))
    assert sorted(code for code, _ in added) == [0, 1, 1]
    assert len(await names(db)) == len(before) + 1
