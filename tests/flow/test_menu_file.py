"""A menu file: any menu that the database can hold is the same after `kds menu list` and `kds menu load`."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kds.commands.menu.cells import read_cell, write_cell
from kds.commands.menu.file import MenuFileError, list_menu, read_menu, write_menu
from kds.domain.exact_json import read_json, write_json
from kds.errors import KdsError
from tests.conftest import JWT_SECRET
from tests.flow.test_any_command_line import ask

STATIONS = ("Grill", "grill", " Cold", "=Fry", "[Pass]", "Ofen; links")
PIECES = [
    ";", "; ", ",", '"', "'", "\n", "\r", "\r\n", "\t", " ", "\u00a0", "=", "+", "-", "@", "\uff1d", "[", "]", "{",
    "+1.00", " +1", " -2.50", "a", "b", "milk", "NO", "\x1b[2J", "\u202e", "\u2028", "\ufeff", "\x85", "\\",
    "é", "e\u0301", "👩\u200d👩\u200d👧", "ميز", "\u200c", '["a"]', '"a"', "null", "0", "1e5", "TRUE",
]  # fmt: skip
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


def texts(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Any text that a column of so many characters takes."""
    return (
        st.lists(st.sampled_from(PIECES) | CHARACTERS, max_size=8)
        .map("".join)
        .filter(lambda text: least <= len(text) <= most)
    )


NUMBERS = [
    *map(int, ["9" * 4_000, "-1"]),
    *map(Decimal, ["9" * 5_000, "-" + "9" * 5_000, "1e400", "1e-400", "0.12345678901234567890", "1.10", "1e16000"]),
]
"""What jsonb keeps, and no float does."""
WORDS = texts(10) | st.integers() | st.decimals(-(10**6), 10**6, places=20) | st.booleans() | st.none()
MODIFIERS = st.fixed_dictionaries(
    {"name": texts(100, 1)},
    optional={
        "priceCents": st.integers(-500, 500) | st.integers(-(2**31) + 1, 2**31 - 1),
        "code": WORDS | st.lists(WORDS, max_size=3),
    },
)
DISHES = st.fixed_dictionaries(
    {
        "name": texts(500, 1),
        "section": texts(500),
        "station": st.none() | st.sampled_from(STATIONS),
        "price_cents": st.integers(0, 5_000) | st.integers(0, 2**31 - 1),
        "allergens": st.lists(texts(50), max_size=4),
        "modifiers": st.lists(
            MODIFIERS, max_size=4, unique_by=lambda each: unicodedata.normalize("NFC", str(each["name"]))
        ),
        "description": texts(5_000),
        "available": st.booleans(),
        "position": st.integers(-3, 3),
    }
)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
INSERT = (
    "INSERT INTO menu_items (branch_id, name, section, station, price_cents, allergens, modifiers, description,"
    " available, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
READ = (
    "SELECT name, section, station, price_cents, allergens, modifiers::text AS modifiers, description, available"
    " FROM menu_items WHERE branch_id = $1 ORDER BY position, name"
)
Dish = dict[str, Any]
LAST: Dish = {"description": "", "available": True, "position": 0}


@given(texts(100) | st.text(CHARACTERS))
def test_any_text_comes_back_from_its_cell_and_is_harmless_there(text: str) -> None:
    cell = write_cell(text)
    assert read_cell(cell) == text
    assert cell[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
    assert all(unicodedata.category(each) not in ("Cc", "Zl", "Zp") or each == "\n" for each in cell)


@pytest.mark.parametrize("text", ["'Nduja", '"Special"', "[new]", "['=x']", "a 'b", "NO; x", "d'Or", '"a" and "b"'])
def test_a_cell_of_a_file_of_before_means_what_it_meant(text: str) -> None:
    assert read_cell(text) == read_cell(f"  {text} ") == text


@given(st.lists(DISHES, min_size=1, max_size=4), CURRENCIES)
def test_a_written_menu_reads_as_it_was_or_is_refused_by_name(dishes: list[Dish], currency: str) -> None:
    try:
        text = list_menu(dishes, currency, STATIONS)
    except KdsError as refused:
        names = [unicodedata.normalize("NFC", dish["name"]) for dish in dishes]
        cheapest = [
            dish["price_cents"] + sum(min(0, each.get("priceCents", 0)) for each in dish["modifiers"])
            for dish in dishes
        ]
        assert len(set(names)) < len(names) or min(cheapest) < 0
        assert "line" in str(refused)
        return
    for dish, read in zip(dishes, read_menu(text, currency, STATIONS), strict=True):
        assert {column: read[column] for column in ("name", "section", "station", "price_cents", "description")} == {
            column: dish[column] for column in ("name", "section", "station", "price_cents", "description")
        }
        assert (read["allergens"], read.get("available", True)) == (dish["allergens"], dish["available"])
        assert [{"priceCents": 0, **each} for each in read["modifiers"]] == [
            {"priceCents": 0, **each} for each in dish["modifiers"]
        ]


async def write(dsn: str, dishes: list[Dish], currency: str) -> tuple[list[str], list[Dish]]:
    """A branch with what the schema takes of these dishes, and another with none; their ids, and the rows."""
    db = await asyncpg.connect(dsn)
    try:
        branches = [
            str(await db.fetchval("INSERT INTO branches (name, currency) VALUES ('B', $1) RETURNING id", currency))
            for _ in range(2)
        ]
        for branch in branches:
            await db.executemany(
                "INSERT INTO stations (branch_id, name) VALUES ($1, $2)", [(branch, s) for s in STATIONS]
            )
        for dish in dishes:
            row = {**dish, "modifiers": write_json(dish["modifiers"])}
            try:
                await db.execute(INSERT, branches[0], *row.values())
            except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as refused:
                event(f"refused: {refused.sqlstate}")
        return branches, await read(db, branches[0])
    finally:
        await db.close()


async def read(db: Any, branch: str) -> list[Dish]:
    """The dishes of a branch in their order; a modifier without a price costs nothing."""
    rows = [dict(row) for row in await db.fetch(READ, branch)]
    return [{**row, "modifiers": [{"priceCents": 0, **each} for each in read_json(row["modifiers"])]} for row in rows]


async def read_anew(dsn: str, branch: str) -> list[Dish]:
    """As read(), on a connection of its own."""
    db = await asyncpg.connect(dsn)
    try:
        return await read(db, branch)
    finally:
        await db.close()


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(DISHES, min_size=1, max_size=5, unique_by=lambda dish: unicodedata.normalize("NFC", str(dish["name"]))),
    CURRENCIES,
)
def test_any_menu_of_the_database_is_the_same_after_list_and_load(
    dsn: str, tmp_path: Path, dishes: list[Dish], currency: str
) -> None:
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
    (branch, empty), before = asyncio.run(write(dsn, dishes, currency))
    code, listed = ask(["menu", "list", branch], environment)
    assert code == 0, listed
    file = tmp_path / "menu.csv"
    file.write_bytes(listed.encode())
    for target in (branch, empty):
        code, printed = ask(["menu", "load", target, str(file), "--replace"], environment)
        assert code == 0, printed
        assert asyncio.run(read_anew(dsn, target)) == before
        assert ask(["menu", "list", target], environment) == (0, listed)
    cells = [cell for line in csv.reader(io.StringIO(listed, newline="")) for cell in line]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


def test_any_number_of_a_modifier_is_the_same_after_list_and_load(dsn: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
    dish: Dish = {"name": "", "section": "", "station": None, "price_cents": 1, "allergens": [], "modifiers": []}
    dishes = [
        {**dish, "name": f"Tea {place:02}", "modifiers": [{"name": "x", "code": number}], **LAST}
        for place, number in enumerate(NUMBERS)
    ]
    (branch, empty), before = asyncio.run(write(dsn, dishes, "EUR"))
    assert len(before) == len(NUMBERS), "the database holds them"
    code, listed = ask(["menu", "list", branch], environment)
    assert code == 0, listed
    file = tmp_path / "menu.csv"
    file.write_text(listed)
    code, printed = ask(["menu", "load", branch, str(file), "--replace"], environment)
    assert code == 0 and "0 added, 0 changed, 0 removed" in printed
    assert ask(["menu", "load", empty, str(file)], environment)[0] == 0
    assert asyncio.run(read_anew(dsn, empty)) == before


@pytest.mark.parametrize("depth", [*range(400, 1_000, 7), 10_000])
def test_what_is_nested_too_deep_is_refused_in_words(depth: int) -> None:
    for value in ("[" * depth + "]" * depth, '{""a"":' * depth + "1" + "}" * depth):
        for modifiers in (value, f'[{{""name"": {value}}}]', f'[{{""name"": ""x"", ""code"": {value}}}]'):
            with pytest.raises(MenuFileError, match=r"line 2: .* (no such list|holds more than|stands twice)"):
                read_menu(f'name,price,modifiers\nTea,1,"{modifiers}"\n', "EUR", [])


@pytest.mark.parametrize("names", [("Tea", "Tea"), ("caf\u00e9", "cafe\u0301")])
def test_two_dishes_of_one_name_are_not_listed(names: tuple[str, str]) -> None:
    dish: Dish = {"section": "", "station": None, "price_cents": 1, "allergens": [], "modifiers": [], "description": ""}
    with pytest.raises(KdsError, match="stands on line 2 already"):
        list_menu([{**dish, "name": name} for name in names], "EUR", [])


def test_two_modifiers_of_one_name_are_not_listed() -> None:
    dish: Dish = {"name": "Tea", "section": "", "station": None, "price_cents": 1, "allergens": [], "description": ""}
    modifiers = [{"name": name, "priceCents": 1} for name in ("caf\u00e9", "cafe\u0301")]
    with pytest.raises(KdsError, match=r"line 2: the modifier .* stands twice"):
        list_menu([{**dish, "modifiers": modifiers}], "EUR", [])


def test_a_modifier_with_a_semicolon_stays_one() -> None:
    dish: Dish = {"name": "Tea", "section": "", "station": None, "price_cents": 100, "allergens": [], "description": ""}
    modifiers = [{"name": "a; b", "priceCents": 0}, {"name": "oil +1.00", "priceCents": 0}]
    assert read_menu(write_menu([{**dish, "modifiers": modifiers}], "EUR"), "EUR", [])[0]["modifiers"] == modifiers


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('Tea,1.00,"NO tea -5.00; Cheap -9.99"', "costs -13.99 with all the modifiers that make it cheaper"),
        ("Tea,1.00,NO tea -1.01", "costs -0.01"),
        (f"{'x' * 501},1.00,", "the name has 501 characters, more than 500"),
        ('Tea,1.00,"' + "; ".join(f"m{n}" for n in range(101)) + '"', "101 modifiers, more than 100"),
        ('Tea,1.00,"[{""name"": ""x"", ""priceCents"": 1.5}]"', "no whole number for its priceCents"),
        ('Tea,1.00,"[{""name"": ""x"", ""priceCents"": true}]"', "no whole number"),
        ('Tea,1.00,"[{""priceCents"": 1}]"', "needs a name"),
        ('Tea,1.00,"[{""name"": ""x"", ""more"": {}}]"', "'x' holds more than texts, numbers and lists of them"),
        ('Tea,1.00,"[{""name"": ""x"", ""more"": [[]]}]"', "holds more than texts"),
        ('Tea,1.00,"[{""name"": {}}]"', "the modifier without a name holds more than texts"),
        ('"""\\ud800 """,1.00,', "half of one"),
        (
            'Tea,1.00,"[{""name"": ""x"", ""code"": NaN}]"',
            "the modifier 'x' holds a number that the database cannot keep",
        ),
        ('Tea,1.00,"[{""name"": ""x"", ""code"": -Infinity}]"', "a number that the database cannot keep"),
        ('Tea,1.00,"[{""name"": ""x"", ""code"": [1e999999999]}]"', "a number that the database cannot keep"),
        ('Tea,1.00,"[{""name"": ""x"", ""code"": 1e49999}]"', "the modifiers have more than 50000 bytes"),
        (f'Tea,1.00,"[{{""name"": ""x"", ""priceCents"": {"9" * 5_000}}}]"', "no whole number"),
        ('Tea,1.00,"[{""name"": ""x"", ""priceCents"": NaN}]"', "no whole number"),
        ("Tea,1.00,NO milk; ADD rum +1.00; NO milk", "the modifier 'NO milk' stands twice"),
        ("Tea,1.00,caf\u00e9; cafe\u0301 +1.00", "stands twice"),
        ("Tea\x1b[2J,1.00,", "a control character, U+001B, in name: remove it"),
        ("Tea,1.00,NO\x07milk", "a control character, U+0007, in modifiers"),
        ("Green\ttea,1.00,", "U+0009"),
    ],
)
def test_a_dish_that_the_menu_cannot_hold_is_named_with_its_line(row: str, said: str) -> None:
    with pytest.raises(MenuFileError, match="line 3: ") as refused:
        read_menu(f"name,price,modifiers\nNaan,3,\n{row}\n", "EUR", [])
    assert said in str(refused.value)


@pytest.mark.parametrize("column", ["name", "price", "station", "modifiers", "available"])
def test_what_a_message_quotes_of_a_file_is_cut(column: str) -> None:
    cells = {"name": "Tea", "price": "1", "station": "", "modifiers": "", "available": "", column: "x" * 30_000}
    with pytest.raises(MenuFileError, match="line 2: ") as refused:
        read_menu(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", "EUR", [])
    assert len(str(refused.value)) < 300


def test_a_name_of_two_lines_is_read_as_a_spreadsheet_writes_it() -> None:
    (dish,) = read_menu('name,price\r\n"Pizza\nMargherita",9\r\n', "EUR", [])
    assert dish["name"] == "Pizza\nMargherita"


@pytest.mark.parametrize(
    "file", ["/nowhere/menu.csv", "/", "/dev/null", sys.executable, "/proc/self/mem", "x" * 300, "/etc/passwd/menu.csv"]
)
def test_a_file_that_cannot_be_read_is_named(dsn: str, file: str) -> None:
    code, printed = ask(["menu", "load", "Via Masala", file], {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET})
    assert code == 1 and ("cannot read" in printed or "not UTF-8" in printed or "the file is empty" in printed), printed


async def test_a_file_says_what_is_sold_out_where_it_says_anything(
    dsn: str, db: Any, branch_id: str, tmp_path: Path
) -> None:
    names = [row["name"] for row in await db.fetch("SELECT name FROM menu_items ORDER BY position LIMIT 3")]
    await db.execute("UPDATE menu_items SET available = name = $1", names[0])
    file = tmp_path / "menu.csv"
    file.write_text(
        "name,price,available\n" + "".join(f"{n},1,{a}\n" for n, a in zip(names, ("no", "yes", ""), strict=True))
    )
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
    code, printed = await asyncio.to_thread(ask, ["menu", "load", branch_id, str(file), "--replace"], environment)
    assert code == 0, printed
    rows = await db.fetch("SELECT available FROM menu_items WHERE branch_id = $1 ORDER BY position", branch_id)
    assert [row["available"] for row in rows] == [False, True, False]
