"""`kds branch`, `station`, `staff` and `menu`: from an empty database to a kitchen that cooks."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from kds.commands import main
from kds.commands.menu.file import MenuFileError, read_menu, write_menu
from kds.domain.money import minor_units
from kds.server import Server
from tests.conftest import JWT_SECRET, Cluster, RunningServer, ServeProcess, config_for
from tests.orders import place
from tests.patience import PATIENCE_S, eventually
from tests.screen import open_screen, token_for

MENU = """name,section,station,price,allergens,modifiers,description
Chicken tikka,Mains,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,"Charred thigh, mint"
Raita,Sides,Cold,4.5,milk,,
"""
Kds = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def dsn_of_commands(dsn: str) -> str:
    """Where the commands work: the address as Heroku spells it."""
    return dsn.replace("postgresql://", "postgres://")


@pytest.fixture
def kds(dsn_of_commands: str) -> Kds:
    """Runs a command on the test's database; exit code and all it printed."""

    async def run(*arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kds", *arguments,
            env={**os.environ, "DATABASE_URL": dsn_of_commands, **environment},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate(typed.encode("utf-8", "surrogateescape"))
        printed = output.decode()
        assert "Traceback" not in printed
        assert process.returncode is not None
        return process.returncode, printed

    return run


@pytest.fixture
def menu_file(tmp_path: Path) -> Path:
    """A good menu for a branch with the stations Grill and Cold."""
    file = tmp_path / "menu.csv"
    file.write_text(MENU, encoding="utf-8")
    return file


async def dishes_of(db: Any, branch: str) -> list[Any]:
    """The menu of a branch by name, as it stands in the table."""
    rows = await db.fetch(
        "SELECT m.name, m.section, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers,"
        " m.description FROM menu_items AS m JOIN branches AS b ON b.id = m.branch_id"
        " WHERE b.name = $1 ORDER BY m.position",
        branch,
    )
    return [tuple(row.values()) for row in rows]


# The whole way


async def test_an_empty_database_becomes_a_kitchen_by_command(
    cluster: Cluster, menu_file: Path, http: ClientSession, kds: Kds
) -> None:
    name = "kds_by_command_" + uuid.uuid4().hex[:8]
    environment = {"DATABASE_URL": await cluster.create(name)}
    try:
        for arguments, typed in (
            (["migrate"], ""),
            (["branch", "add", "Nonna", "--timezone", "Europe/Rome", "--currency", "eur"], ""),
            (["station", "add", "Nonna", "Grill"], ""),
            (["station", "add", "nonna", "Cold"], ""),
            (["staff", "add", "Nonna", "gina"], "correct horse\n"),
            (["menu", "load", "Nonna", str(menu_file)], ""),
        ):
            code, printed = await kds(*arguments, typed=typed, **environment)
            assert code == 0, printed
        code, listed = await kds("branch", "list", **environment)
        assert code == 0 and "Grill, Cold" in listed and "Europe/Rome" in listed
        await check_that_it_cooks(http, environment["DATABASE_URL"], listed.splitlines()[1].split()[0])
    finally:
        await cluster.drop(name)


async def check_that_it_cooks(http: ClientSession, dsn: str, branch_id: str) -> None:
    """Serves the database: logs in, opens a screen, orders, and sees the order."""
    server = Server(config_for(dsn))
    await server.start()
    try:
        credentials = {"username": "gina", "password": "correct horse"}
        async with http.post(f"{server.url}/staff/login", json=credentials) as answer:
            assert answer.status == 200
            token = (await answer.json())["token"]
        async with http.get(f"{server.url}/public/branches/{branch_id}/menu") as answer:
            dish = (await answer.json())["items"][0]
        async with open_screen(http, server.url, token) as screen:
            lines = [{"menuItemId": dish["menuItemId"], "quantity": 1, "modifiers": ["ADD chilli oil"]}]
            order = {"branchId": branch_id, "table": "T1", "items": lines}
            async with http.post(f"{server.url}/public/order/place", json=order) as answer:
                assert (await answer.json())["totalCents"] == 1550
            assert (await screen.next())["items"][0]["station"] == "Grill"
    finally:
        await server.stop()


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
    assert (await kds("branch", "rename", "Nonna", ""))[0] == 1
    assert await db.fetchval("SELECT count(*) FROM branches WHERE name = 'NONNA'") == 1


# Staff


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "said"),
    [
        (["Via Masala", "gina"], "short\n", 1, "needs 8 to 200"),
        (["Via Masala", "gina"], "", 1, "needs 8 to 200"),
        (["Via Masala", "gina"], "with a bell \a\n", 1, "UTF-8"),
        (["Via Masala", "gina"], "not text \udcff\n", 1, "UTF-8"),
        (["Via Masala", "chef"], "long enough\n", 1, "taken"),
        (["Nowhere", "gina"], "long enough\n", 1, "no branch"),
        (["Via Masala", ""], "long enough\n", 2, "1 to 100"),
        (["Via Masala", "gina", "--role", "COOK"], "long enough\n", 2, "KITCHEN"),
    ],
)
async def test_a_login_that_cannot_be_added_says_why(
    kds: Kds, db: Any, arguments: list[str], typed: str, code: int, said: str
) -> None:
    exit_code, printed = await kds("staff", "add", *arguments, typed=typed)
    assert (exit_code, said in printed) == (code, True), printed
    assert await db.fetchval("SELECT count(*) FROM staff") == 3


async def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(kds: Kds, dsn: str, db: Any) -> None:
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "staff", "add", "Via Masala", "gina", "--role", "manager",
        env={**os.environ, "DATABASE_URL": dsn}, stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    shown = ""
    for prompt in ("Password of gina: ", "The same again: "):
        while prompt not in shown:
            shown += await asyncio.to_thread(lambda: os.read(controller, 1024).decode())
        os.write(controller, b"correct horse\n")
    async with asyncio.timeout(PATIENCE_S):
        assert await process.wait() == 0
    shown += os.read(controller, 1024).decode()
    os.close(controller)
    assert "Added gina (MANAGER) to Via Masala" in shown and "correct horse" not in shown
    assert (await db.fetchval("SELECT password_hash FROM staff WHERE username = 'gina'")).startswith("$argon2id$")


async def test_deactivating_a_member_closes_their_screens_on_every_process(
    kds: Kds, http: ClientSession, serve_process: Callable[..., Awaitable[ServeProcess]]
) -> None:
    one, two = await serve_process(), await serve_process()
    async with http.post(f"{one.url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        token = (await answer.json())["token"]
    async with open_screen(http, one.url, token) as first, open_screen(http, two.url, token) as second:
        closed = asyncio.gather(first.close_code(), second.close_code())
        assert await kds("staff", "deactivate", "chef") == (0, "chef is deactivated\n")
        assert list(await closed) == [4503, 4503]
    code, printed = await kds("staff", "list", "Via Masala")
    assert code == 0 and ["chef", "KITCHEN", "no"] in [line.split()[:3] for line in printed.splitlines()]
    assert await kds("staff", "deactivate", "chef") == (0, "chef was not active\n")
    code, printed = await kds("staff", "deactivate", "nobody")
    assert code == 1 and "kds staff list" in printed


async def test_a_member_comes_back_and_gets_a_new_password(
    kds: Kds, http: ClientSession, server: RunningServer
) -> None:
    async def login(password: str) -> tuple[int, str]:
        body = {"username": "chef", "password": password}
        async with http.post(f"{server.url}/staff/login", json=body) as answer:
            return answer.status, (await answer.json()).get("token", "")

    await kds("staff", "deactivate", "chef")
    code, printed = await kds("staff", "add", "Via Masala", "chef", typed="correct horse\n")
    assert code == 1 and "kds staff activate" in printed
    assert await kds("staff", "activate", "chef") == (0, "chef is active again\n")
    assert await kds("staff", "activate", "chef") == (0, "chef was active already\n")
    _, token = await login("chef-demo")
    async with open_screen(http, server.url, token) as screen:
        closed = asyncio.create_task(screen.close_code())
        code, printed = await kds("staff", "password", "chef", typed="correct horse\n")
        assert code == 0 and "correct horse" not in printed
        assert await closed == 4503
    assert (await login("chef-demo"))[0] == 401
    status, token = await login("correct horse")
    assert status == 200
    code, printed = await kds("staff", "password", "chef", typed="correct horse\n")
    assert code == 1 and "that is the present password of chef" in printed and "kds staff end-sessions" in printed
    async with open_screen(http, server.url, token) as screen:
        closed = asyncio.create_task(screen.close_code())
        assert await kds("staff", "end-sessions", "chef") == (0, "chef is logged out everywhere\n")
        assert await closed == 4503
    assert (await login("correct horse"))[0] == 200
    for action in ("password", "activate", "end-sessions"):
        code, printed = await kds("staff", action, "nobody", typed="correct horse\n")
        assert code == 1 and "kds staff list" in printed
    code, printed = await kds("staff", "password", "chef", typed="chef1234\n")
    assert code == 1 and "the password is made of the user name" in printed


# Menus


async def test_a_menu_is_loaded_changed_and_replaced(kds: Kds, db: Any, tmp_path: Path, menu_file: Path) -> None:
    await kds("branch", "add", "Nonna")
    for station in ("Grill", "Cold"):
        await kds("station", "add", "Nonna", station)
    code, printed = await kds("menu", "load", "Nonna", str(menu_file))
    assert (code, printed) == (0, "Loaded 2 dishes into Nonna: 2 added, 0 changed, 0 removed\n")
    assert await dishes_of(db, "Nonna") == [
        (
            *("Chicken tikka", "Mains", "Grill", 1450, True, ["milk", "mustard"]),
            '[{"name": "NO yoghurt", "priceCents": 0}, {"name": "ADD chilli oil", "priceCents": 100}]',
            "Charred thigh, mint",
        ),
        ("Raita", "Sides", "Cold", 450, True, ["milk"], "[]", ""),
    ]

    await db.execute("UPDATE menu_items SET available = false WHERE name = 'Raita'")
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("price,name\n5,Raita\n3,Naan\n")
    code, printed = await kds("menu", "load", "Nonna", str(shorter))
    assert code == 0 and "1 added, 1 changed, 0 removed" in printed
    code, printed = await kds("menu", "load", "Nonna", str(shorter), "--replace")
    assert code == 0 and "0 added, 0 changed, 1 removed" in printed
    assert [(name, cents, there) for name, _, _, cents, there, *_ in await dishes_of(db, "Nonna")] == [
        ("Raita", 500, False),
        ("Naan", 300, True),
    ]


async def test_a_dish_is_changed_when_something_of_it_is_and_not_when_it_moves(
    kds: Kds, db: Any, tmp_path: Path, menu_file: Path
) -> None:
    await kds("branch", "add", "Nonna")
    for station in ("Grill", "Cold"):
        await kds("station", "add", "Nonna", station)
    await kds("menu", "load", "Nonna", str(menu_file))
    # as another program writes it; the same to whoever orders
    await db.execute(
        "UPDATE menu_items SET modifiers = modifiers #- '{0,priceCents}'"
        " WHERE name = 'Chicken tikka' AND branch_id = (SELECT id FROM branches WHERE name = 'Nonna')"
    )
    written = await db.fetch("SELECT id, xmin::text FROM menu_items ORDER BY id")
    header, dishes = MENU.split("\n", 1)
    file = tmp_path / "menu.csv"
    for text, said in (
        (MENU, "0 added, 0 changed"),
        (f"{header}\nNaan,Sides,Grill,3,,,\n{dishes}", "1 added, 0 changed"),
        (MENU.replace("oil +1.00", "oil +1.10"), "0 added, 1 changed"),
        (MENU.replace("oil +1.00", "oil +1.10"), "0 added, 0 changed"),
        (MENU.replace("milk; mustard", "mustard; milk"), "0 added, 1 changed"),
        (MENU.replace(",Cold,", ",,"), "0 added, 2 changed"),
    ):
        file.write_text(text)
        code, printed = await kds("menu", "load", "Nonna", str(file))
        assert code == 0 and said in printed, (text, printed)
        if text is MENU:
            assert await db.fetch("SELECT id, xmin::text FROM menu_items ORDER BY id") == written, "rows were written"


async def test_every_bad_line_is_named_and_nothing_is_loaded(kds: Kds, db: Any, tmp_path: Path) -> None:
    before = await dishes_of(db, "Via Masala")
    file = tmp_path / "menu.csv"
    file.write_text(
        "name,station,price,modifiers\n"
        "Good,Grill,1.00,\n"
        "Free,Grill,,\n"
        "Comma,Grill,1,50,\n"
        "\n"
        "Lost,Gril,1.00,\n"
        ",Grill,1.00,\n"
        "Good,Grill,2.00,\n"
        "Fine,Grill,1.234,\n"
        "Dear,Grill,99999999,\n"
        "Odd,Grill,1.00,ADD oil +1.0O\n"
        "Below,Grill,-1.00,\n"
    )
    code, printed = await kds("menu", "load", "Via Masala", str(file))
    assert code == 1
    assert [line.split(":")[0].strip() for line in printed.splitlines()[1:]] == [
        f"line {number}" for number in (3, 4, 6, 7, 8, 9, 10, 11, 12)
    ]
    assert "there is no station 'Gril' (there are: Grill, Fry, Cold)" in printed
    assert "'Good' stands on line 2 already" in printed
    assert await dishes_of(db, "Via Masala") == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"dish,price\n", "line 1: there is no column 'dish'; the column 'name' is missing"),
        (b"name;price\nRaita;1\n", "the column 'price' is missing"),
        (b"name,price\nRait\xe9,1\n", "line 2: not UTF-8"),
        ("name,price\nRaita,1\n".encode("utf-16"), "not UTF-8"),
        (b'name,price\nRaita,1\n"Naan,2\n', "line 3"),
        (b"name,price\nRa\0ita,1\n", "line 2: a NUL"),
    ],
)
async def test_a_file_that_is_no_menu_is_refused_in_plain_words(
    kds: Kds, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "menu.csv"
    file.write_bytes(content)
    code, printed = await kds("menu", "load", "Via Masala", str(file))
    assert (code, said in printed) == (1, True), printed


async def test_a_listed_menu_can_be_loaded_again(kds: Kds, db: Any, tmp_path: Path) -> None:
    before = await dishes_of(db, "Via Masala")
    code, printed = await kds("menu", "list", "Via Masala")
    assert code == 0
    file = tmp_path / "menu.csv"
    file.write_text("\ufeff" + printed)  # as a spreadsheet saves it
    code, printed = await kds("menu", "load", "Via Masala", str(file), "--replace")
    assert code == 0 and "0 added, 0 changed, 0 removed" in printed
    assert await dishes_of(db, "Via Masala") == before


_word = st.text(st.characters(codec="utf-8", exclude_characters=";+-", exclude_categories=["C", "Z"]), min_size=1)
_cents = st.integers(0, 2**31 - 1)
_dish = st.fixed_dictionaries(
    {
        "name": _word,
        "section": _word | st.just(""),
        "station": st.none() | st.just("Grill"),
        "price_cents": _cents,
        "allergens": st.lists(_word),
        "modifiers": st.lists(st.fixed_dictionaries({"name": _word.map(lambda w: w[:100]), "priceCents": _cents})),
        "description": _word | st.just(""),
    }
)


@given(st.lists(_dish, min_size=1, unique_by=lambda dish: str(dish["name"])), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_written_menu_reads_as_it_was(dishes: list[dict[str, Any]], currency: str) -> None:
    assert read_menu(write_menu(dishes, currency), currency, ["Grill"]) == dishes


@given(st.text(), st.sampled_from(["EUR", "JPY"]))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str, currency: str) -> None:
    try:
        dishes = read_menu("name,price,modifiers\n" + text, currency, [])
    except MenuFileError:
        return
    assert all(0 <= dish["price_cents"] < 2**31 for dish in dishes)


@pytest.mark.parametrize(("currency", "price", "cents"), [("EUR", "1.5", 150), ("JPY", "150", 150), ("KWD", "1", 1000)])
def test_a_price_has_the_decimals_of_its_currency(currency: str, price: str, cents: int) -> None:
    assert minor_units(currency) in (0, 2, 3)
    assert read_menu(f"name,price\nRaita,{price}", currency, [])[0]["price_cents"] == cents


# Plain errors


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "DATABASE_URL is not set"),
        ("mysql://localhost/x", "cannot reach the database"),
        ("postgresql://[broken/x", "cannot reach the database"),
        ("postgresql://u:secret-word@127.0.0.1:1/x", "cannot reach the database"),
    ],
)
async def test_no_database_is_a_plain_error_without_the_password(kds: Kds, url: str, said: str) -> None:
    code, printed = await kds("branch", "list", DATABASE_URL=url)
    assert (code, said in printed) == (1, True), printed
    assert "secret-word" not in printed


async def test_a_database_without_a_schema_names_the_command(kds: Kds, empty_dsn: str) -> None:
    code, printed = await kds("branch", "list", DATABASE_URL=empty_dsn)
    assert code == 1 and "Run: kds migrate" in printed


async def test_a_role_without_rights_is_a_plain_error(kds: Kds, dsn: str, db: Any) -> None:
    role = "waiter_" + uuid.uuid4().hex[:8]
    await db.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'waiter'")
    parts = urlsplit(dsn)
    url = urlunsplit(parts._replace(netloc=f"{role}:waiter@{parts.netloc.rpartition('@')[2]}"))
    try:
        await db.execute(f"GRANT SELECT ON schema_migrations TO {role}")
        code, printed = await kds("branch", "list", DATABASE_URL=url)
        assert code == 1 and "permission denied for table" in printed
    finally:
        await db.execute(f"DROP OWNED BY {role}")
        await db.execute(f"DROP ROLE {role}")


async def test_a_name_cannot_steer_the_terminal(kds: Kds, db: Any) -> None:
    await db.execute("UPDATE branches SET locality = E'\\x1b[2J'")
    code, printed = await kds("branch", "list")
    assert code == 0 and "\x1b" not in printed


@pytest.mark.parametrize(
    "command",
    ["branch", "branch add", "branch rename", "branch set", "branch list", "ages", "ages set", "ages list",
     "station", "station add", "station rename", "station remove",
     "station list", "staff",
     "staff add", "staff deactivate", "staff activate", "staff password", "staff end-sessions", "staff list",
     "menu", "menu load", "menu list", "tail", "doctor"],
)  # fmt: skip
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0 and capsys.readouterr().out.startswith("usage: kds")


async def test_a_list_that_nobody_reads_to_the_end_is_no_error(kds: Kds, dsn: str) -> None:
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m kds menu list 'Via Masala' | true", env={**os.environ, "DATABASE_URL": dsn}, stderr=-1
    )
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_the_views_of_the_dba_tell_the_truth(server: RunningServer, http: ClientSession, db: Any) -> None:
    first = await place(db, server.branch_id, stations=("Grill", "Cold"))
    await place(db, server.branch_id, stations=("Grill",))
    await db.execute("UPDATE kots SET sent_at = now() - interval '8 minutes' WHERE order_id = $1", first)
    ages = await db.fetch("SELECT station, open_kots, due, late FROM kot_ages ORDER BY station")
    assert [tuple(row) for row in ages] == [("Cold", 1, 1, 0), ("Grill", 2, 1, 0)]
    busy = await db.fetchrow("SELECT sum(events)::int, sum(new_orders)::int, max(branch) FROM events_per_minute")
    assert tuple(busy) == (3, 2, "Via Masala")

    async def is_listed() -> object:
        return await db.fetchval("SELECT screens = 1 AND processes = 1 FROM screens_per_branch")

    assert not await is_listed()
    async with open_screen(http, server.url, token_for(JWT_SECRET, server.branch_id)):
        await eventually(is_listed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name;price\nRaita;4,50\n", "semicolons"),
        ("name\tprice\nRaita\t4.50\n", "tabs"),
        ('name,price\nRaita,"4,50"\n', "write '4.50'"),
        ("name,price\nRaita,4,50\n", "a point"),
    ],
)
def test_a_file_of_a_european_spreadsheet_is_told_what_to_change(text: str, said: str) -> None:
    with pytest.raises(MenuFileError) as refused:
        read_menu(text, "EUR", [])
    assert said in str(refused.value)
