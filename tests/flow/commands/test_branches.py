"""`kds branch`, `kds station`, `kds ages`: what a branch decides, and what goes along when it changes."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.commands.menus import Kds
from tests.orders import place
from tests.screen import open_screen, token_for

# Branches and stations


async def test_a_second_branch_of_a_name_is_refused(kds: Kds, db: Any) -> None:
    code, printed = await kds("branch", "add", "via masala")
    assert code == 1 and "already" in printed
    assert await db.fetchval("SELECT count(*) FROM branches") == 1


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--timezone", "Mars/Olympus"], 1, "Europe/Rome"),
        (["--currency", "euro"], 2, "ISO 4217"),
        (["--currency", "EUX"], 2, "'EUX' is no currency of ISO 4217"),
        (["--currency", "XAU"], 2, "ISO 4217"),
        (["--colour", "red"], 2, "unrecognized arguments"),
    ],
)
async def test_a_wrong_setting_of_a_branch_is_named(kds: Kds, flags: list[str], code: int, said: str) -> None:
    exit_code, printed = await kds("branch", "add", "Nonna", *flags)
    assert (exit_code, said in printed) == (code, True), printed


@pytest.mark.parametrize(
    ("flags", "code", "said", "columns"),
    [
        (["--signed-tables", "yes"], 0, "signed tables yes, rounds no, pickup names no", (True, False, False)),
        (["--signed-tables", "yes", "--rounds", "yes"], 0, "rounds yes", (True, True, False)),
        (["--pickup-names", "yes"], 0, "pickup names yes", (False, False, True)),
        (["--rounds", "yes"], 1, "rounds need signed tables", (False, False, False)),
        ([], 1, "nothing to change", (False, False, False)),
        (["--rounds", "maybe"], 2, "maybe", (False, False, False)),
    ],
)
async def test_a_branch_changes_what_it_decides(
    kds: Kds, db: Any, flags: list[str], code: int, said: str, columns: tuple[bool, ...]
) -> None:
    await kds("branch", "add", "Nonna")
    exit_code, printed = await kds("branch", "set", "nonna", *flags)
    assert (exit_code, said in printed) == (code, True), printed
    row = await db.fetchrow("SELECT requires_table_token, adds_rounds, pickup_names FROM branches WHERE name = 'Nonna'")
    assert tuple(row) == columns


async def test_a_branch_is_found_by_id_and_by_name_but_not_by_an_ambiguous_one(kds: Kds, db: Any) -> None:
    ids = [str(await db.fetchval("INSERT INTO branches (name) VALUES ('Twin') RETURNING id")) for _ in range(2)]
    code, printed = await kds("station", "add", "twin", "Grill")
    assert code == 1 and all(branch_id in printed for branch_id in ids)
    code, printed = await kds("station", "add", ids[0].upper(), "Grill")
    assert code == 0, printed
    code, printed = await kds("station", "list", "Nowhere")
    assert code == 1 and "kds branch list" in printed


async def test_the_ages_of_an_order_type_are_what_every_board_is_told(
    kds: Kds, server: RunningServer, http: Any
) -> None:
    assert (await kds("ages", "set", "Via Masala", "takeaway", "2.5", "8"))[0] == 0
    assert (await kds("ages", "set", "Via Masala", "takeaway", "4", "8"))[1].strip().endswith("late after 8 min")
    code, printed = await kds("ages", "list", "Via Masala")
    assert [line.split() for line in printed.splitlines()[1:]] == [
        ["dine_in", "5", "10"], ["takeaway", "4", "8"], ["delivery", "5", "10"]
    ]  # fmt: skip
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    async with http.get(f"{server.url}/kitchen/branch", headers=headers) as answer:
        assert (await answer.json())["thresholds"]["takeaway"] == {"dueS": 240, "lateS": 480}
    code, printed = await kds("ages", "set", "Via Masala", "delivery", "9", "5")
    assert code == 1 and "LATE as more minutes" in printed
    assert (await kds("ages", "set", "Via Masala", "delivery", "none", "5"))[0] == 2


async def test_stations_stand_in_the_order_they_were_added(kds: Kds) -> None:
    await kds("branch", "add", "Nonna")
    for station in ("Wok", "Cold", "Bar"):
        assert (await kds("station", "add", "Nonna", station))[0] == 0
    code, printed = await kds("station", "list", "Nonna")
    assert (code, [line.split()[0] for line in printed.splitlines()]) == (0, ["STATION", "Wok", "Cold", "Bar"])
    code, printed = await kds("station", "add", "Nonna", "Cold")
    assert code == 1 and "already" in printed


async def test_a_station_takes_its_dishes_and_open_tickets_along(
    kds: Kds, db: Any, server: RunningServer, http: ClientSession
) -> None:
    order_id = await place(db, server.branch_id, stations=("Grill", "Cold"))
    ended = await place(db, server.branch_id, stations=("Grill",))
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE kots SET status = $2::kitchen_status WHERE order_id = $1", ended, status)

    async def stations_of(order: Any) -> list[tuple[str | None, int]]:
        rows = await db.fetch("SELECT station, round FROM kots WHERE order_id = $1 ORDER BY sent_at, station", order)
        return sorted((row["station"] or "", row["round"]) for row in rows)

    async def dishes(station: str | None) -> int:
        count: int = await db.fetchval("SELECT count(*) FROM menu_items WHERE station IS NOT DISTINCT FROM $1", station)
        return count

    grilled, cold, anywhere = await dishes("Grill"), await dishes("Cold"), await dishes(None)
    token = token_for(JWT_SECRET, server.branch_id)
    async with open_screen(http, server.url, token) as screen:
        code, printed = await kds("station", "rename", "Via Masala", "Grill", "Tandoor")
        assert code == 0 and "choose its station anew" in printed
        told = await screen.next()
        assert (told["type"], told["orderId"]) == ("ORDER_UPDATED", str(order_id))
        assert {kot["station"] for kot in told["kots"]} == {"Tandoor", "Cold"}
    assert await stations_of(order_id) == [("Cold", 1), ("Tandoor", 1)]
    assert await stations_of(ended) == [("Grill", 1)]
    assert await dishes("Tandoor") == grilled
    # where it meets a ticket of the same order it becomes a further round
    assert (await kds("station", "remove", "Via Masala", "Tandoor", "--to", "Cold"))[0] == 0
    assert await stations_of(order_id) == [("Cold", 1), ("Cold", 2)]
    assert await dishes("Cold") == grilled + cold
    assert (await kds("station", "remove", "Via Masala", "Cold"))[0] == 0
    assert await stations_of(order_id) == [("", 1), ("", 2)]
    assert await dishes(None) == grilled + cold + anywhere
    for arguments in (["rename", "Via Masala", "Nowhere", "X"], ["remove", "Via Masala", "Nowhere"],
                      ["rename", "Via Masala", "Pass", "Bar"]):  # fmt: skip
        code, printed = await kds("station", *arguments)
        assert code == 1 and "station" in printed


async def test_a_branch_is_renamed_to_what_no_other_is_called(kds: Kds, db: Any) -> None:
    await kds("branch", "add", "Nonna")
    assert await kds("branch", "rename", "nonna", "NONNA") == (0, "Branch Nonna is NONNA now\n")
    code, printed = await kds("branch", "rename", "Nonna", "via masala")
    assert code == 1 and "already" in printed
    assert "'Via Masala'" in printed
    code, printed = await kds("branch", "add", "\uff36ia  masala")
    assert code == 1 and "there is a branch 'Via Masala' already" in printed and "choose another name" in printed
    assert (await kds("branch", "rename", "Nonna", ""))[0] == 1
    assert await db.fetchval("SELECT count(*) FROM branches WHERE name = 'NONNA'") == 1
