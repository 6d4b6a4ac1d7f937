"""`kds menu`: a file becomes the menu of a branch, all of it or nothing."""

from __future__ import annotations

import asyncio
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kds.commands.menu.file import MenuFileError, read_menu, write_menu
from kds.domain.money import minor_units
from tests.flow.commands.menus import MENU, Kds, dishes_of

_word = st.text(st.characters(codec="utf-8", exclude_characters=";+-", exclude_categories=["C", "Z"]), min_size=1)


_cents = st.integers(0, 2**31 - 1)


_dish = st.fixed_dictionaries(
    {
        "name": _word,
        "section": _word | st.just(""),
        "station": st.none() | st.just("Grill"),
        "price_cents": _cents,
        "allergens": st.lists(_word),
        "modifiers": st.lists(
            st.fixed_dictionaries({"name": _word.map(lambda w: w[:100]), "priceCents": _cents}),
            unique_by=lambda each: unicodedata.normalize("NFC", str(each["name"])),
        ),
        "description": _word | st.just(""),
    }
)


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


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"name,price\nRait\xe9,1\n", "line 2: not UTF-8"), (b"\xff", "line 1: not UTF-8"), (b"", "the file is empty")],
)
async def test_a_pipe_that_holds_no_menu_is_read_once_and_refused(
    kds: Kds, tmp_path: Path, content: bytes, said: str
) -> None:
    pipe = tmp_path / "menu.pipe"
    os.mkfifo(pipe)
    writing = asyncio.create_task(asyncio.to_thread(pipe.write_bytes, content))
    code, printed = await kds("menu", "load", "Via Masala", str(pipe))
    await writing
    assert (code, said in printed) == (1, True), printed
    code, printed = await kds(
        "menu", "load", "Via Masala", "/dev/stdin", typed=content.decode("utf-8", "surrogateescape")
    )
    assert (code, said in printed) == (1, True), printed


async def test_a_menu_comes_through_a_pipe(kds: Kds, db: Any) -> None:
    code, printed = await kds("menu", "load", "Via Masala", "/dev/stdin", typed="name,price\nNaan,3\n")
    assert code == 0 and "Loaded 1 dishes" in printed, printed


async def test_a_file_without_end_is_no_menu(kds: Kds) -> None:
    code, printed = await kds("menu", "load", "Via Masala", "/dev/zero")
    assert (code, "/dev/zero is no menu: it has more than 64 MB" in printed) == (1, True), printed


async def test_a_listed_menu_can_be_loaded_again(kds: Kds, db: Any, tmp_path: Path) -> None:
    before = await dishes_of(db, "Via Masala")
    code, printed = await kds("menu", "list", "Via Masala")
    assert code == 0
    file = tmp_path / "menu.csv"
    file.write_text("\ufeff" + printed)  # as a spreadsheet saves it
    code, printed = await kds("menu", "load", "Via Masala", str(file), "--replace")
    assert code == 0 and "0 added, 0 changed, 0 removed" in printed
    assert await dishes_of(db, "Via Masala") == before


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
