"""Cells of a menu file: what is meant is read, or refused with what to write; nothing is read as something else."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kds.commands.menu.allergens import read_allergens, write_allergens
from kds.commands.menu.cells import read_cell
from kds.commands.menu.file import MenuFileError, read_menu
from kds.commands.menu.modifiers import read_modifiers, write_modifiers


@pytest.mark.parametrize(
    "cell",
    [
        "milk; mustard",
        "milk, mustard",
        "milk,mustard",
        "milk\nmustard",
        "milk;\r\nmustard",
        "milk\uff0cmustard",
        "milk\u3001mustard",
        "milk\uff1b mustard",
        "milk\u060c mustard",
        '["milk", "mustard"]',
        ' ["milk","mustard"]',
        ";milk,, mustard;",
    ],
)
def test_allergens_are_read_one_by_one_whatever_stands_between_them(cell: str) -> None:
    assert read_allergens(cell) == ["milk", "mustard"]


@pytest.mark.parametrize(
    "cell",
    [
        '["milk", "nuts"',
        '["milk" "nuts"]',
        "[milk, nuts]",
        '{"milk": 1}',
        '{"milk", "nuts"}',
        '["milk", 1]',
        '["milk", ["nuts"]]',
        '"milk", "nuts"',
        '"milk"',
        'milk"]',
        "milk/nuts",
        "milk & nuts",
        "milk + nuts",
        "milk | nuts",
        "nuts (almond, hazelnut)",
    ],
)
def test_what_may_be_two_allergens_is_refused_with_what_to_write(cell: str) -> None:
    with pytest.raises(ValueError, match="write milk; nuts, or "):
        read_allergens(cell)


def test_a_line_that_is_refused_is_named_and_so_is_its_cell() -> None:
    with pytest.raises(MenuFileError) as refused:
        read_menu('name,price,allergens\nNaan,1,milk\nKorma,9.00,"[""milk"", ""nuts"""\n', "EUR", [])
    (fault,) = refused.value.faults
    assert fault.startswith("line 3: ") and '["milk", "nuts"' in fault


_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(_any_text | st.text(" ;,[]{}\"/()'\n\u00a0ab", min_size=1)))
def test_any_allergens_read_as_they_were_written(allergens: list[str]) -> None:
    assert read_allergens(read_cell(write_allergens(allergens))) == allergens


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        *((f"ADD oil{space}+1.00", 100) for space in (" ", "  ", "\u00a0", "\u202f", "\u3000", "\t")),
        ("ADD oil + 1.00", 100),
        ("ADD oil +1", 100),
        ("ADD oil +.50", 50),
        ("ADD oil -.50", -50),
        ("ADD oil -1.00", -100),
        ("ADD oil \u22121.00", -100),
        ("ADD oil \uff0d1.00", -100),
        ("ADD oil \uff0b1.00", 100),
        ("ADD oil \ufe621.00", 100),
        ("ADD oil (+1.00)", 100),
        ("ADD oil ( + 1.00 )", 100),
        ("ADD oil +€1.00", 100),
        ("ADD oil +1.00€", 100),
        ("ADD oil +1.00 €", 100),
        ("ADD oil + € 1.00", 100),
        ("ADD oil +1.00 EUR", 100),
        ("ADD oil +EUR 1.00", 100),
        ("ADD oil +1.00eur", 100),
        ("ADD oil (-1.00\u00a0€)", -100),
    ],
)
def test_a_price_that_can_mean_one_thing_is_read(cell: str, cents: int) -> None:
    assert read_modifiers(cell, "EUR") == [{"name": "ADD oil", "priceCents": cents}]


def test_the_sign_is_that_of_the_currency() -> None:
    assert read_modifiers("ADD oil +£1.00", "GBP") == read_modifiers("ADD oil +1.00 GBP", "GBP")
    assert read_modifiers("ADD oil +¥100", "JPY") == [{"name": "ADD oil", "priceCents": 100}]
    for cell in ("ADD oil +$1.00", "ADD oil +1.00 USD"):
        with pytest.raises(ValueError, match=r"write it at the end, such as \+1.50"):
            read_modifiers(cell, "EUR")


@pytest.mark.parametrize(
    "cell",
    [
        "ADD oil 1.00",
        "ADD oil 1.00 EUR",
        "ADD oil 1.00€",
        "ADD oil €1.00",
        "ADD oil = 1.00",
        "ADD oil - 1.00",
        "ADD oil \u20131.00",
        "ADD oil+1.00",
        "ADD oil +1.0O",
        "ADD oil +1.00 each",
        "+1.00 ADD oil",
        "ADD oil €+1.00",
        "ADD oil +",
        "ADD oil (+1.00",
        "ADD oil 1",
        "ADD oil ++1.00",
        "ADD oil +10%",
        "ADD a +1.00, ADD b +2.00",
        "ADD oil +1.000,00",
        "ADD oil \u200b+1.00",
        "ADD oil +\uff11.\uff10\uff10",
        "Coke 0.33",
        "Size 2",
        "ADD oil 1,00",
        "ADD oil +1.",
        "ADD oil $",
    ],
)
def test_what_looks_like_a_price_and_is_not_read_is_never_a_part_of_the_name(cell: str) -> None:
    with pytest.raises(ValueError, match="as JSON: "):
        read_modifiers(cell, "EUR")
    assert read_modifiers(json.dumps([cell]), "EUR") == [{"name": cell, "priceCents": 0}]


@pytest.mark.parametrize("cell", ["ADD oil +1,00", "ADD oil + 1,00 €"])
def test_a_decimal_comma_is_told_to_be_a_point(cell: str) -> None:
    with pytest.raises(ValueError, match=r"write '1\.00'"):
        read_modifiers(cell, "EUR")


@pytest.mark.parametrize(
    "name", ["7 Up", "Omega-3 egg", "No.5", "2-3 pieces", "B12", "NO salt, pepper", "A4+", "Vitamin-C", "Euro 1st"]
)
def test_a_name_with_a_number_is_a_name(name: str) -> None:
    assert read_modifiers(name, "USD") == [{"name": name, "priceCents": 0}]


@pytest.mark.parametrize(
    "cell",
    [
        '[{"name":"bread","priceCents":100]',
        '[{"name":"bread"}',
        '{"name":"bread"}',
        "[bread]",
        '["bread", 1]',
        '["bread", ["oil"]]',
    ],
)
def test_json_that_is_none_is_refused_with_what_to_write(cell: str) -> None:
    with pytest.raises(ValueError, match=r"begins as JSON does.*write NO yoghurt; ADD oil"):
        read_modifiers(cell, "EUR")


@pytest.mark.parametrize(
    "cell",
    [
        "bread; bread +1.00",
        '[{"name":"bread","priceCents":0},{"name":"bread","priceCents":100}]',
        '["bread", {"name":"bread"}]',
        '["cr\\u00e8me", "cre\\u0300me"]',
        '[{"name":"bread","extra":1},{"name":"bread","extra":2}]',
    ],
)
def test_of_one_name_there_is_one_modifier_however_it_is_written(cell: str) -> None:
    with pytest.raises(ValueError, match="stands twice"):
        read_modifiers(cell, "EUR")


_names = _any_text.filter(bool).map(lambda name: name[:100]) | st.text(
    ' ;,[]{}"+-\u2212\uff0b€$().0123\u00a0\nabEUR', min_size=1, max_size=20
)


@given(
    st.lists(
        st.fixed_dictionaries({"name": _names, "priceCents": st.integers(-(2**31) + 1, 2**31 - 1)}),
        unique_by=lambda each: unicodedata.normalize("NFC", str(each["name"])),
    ),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_any_modifiers_read_as_they_were_written(modifiers: list[Any], currency: str) -> None:
    assert read_modifiers(read_cell(write_modifiers(modifiers, currency)), currency) == modifiers
