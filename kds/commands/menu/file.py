"""A menu as a CSV file: read strictly, every bad line named; written so that it can be read again.

    name,section,station,price,allergens,modifiers,description,available
    Chicken tikka,Grill,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,Charred thigh with mint,

Columns in any order; only name and price are required. Prices are decimals in the branch's currency. `available` is
yes, no (sold out) or empty: as it is. What a cell cannot show plainly it shows marked, see menu_cells.py.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kds.commands.menu.cells import as_json, json_list, read_cell, write_cell, write_list
from kds.domain.money import minor_units
from kds.domain.text import alike
from kds.errors import KdsError

COLUMNS = ("name", "section", "station", "price", "allergens", "modifiers", "description", "available")
REQUIRED = ("name", "price")
PRICE_MAX_CENTS = 2**31 - 1
CHARACTERS_MAX = {"name": 500, "section": 500, "description": 5_000}
ALLERGENS_CHARACTERS_MAX = 2_000
LIST_MAX = 100
"""Allergens and modifiers of a dish; this and what stands above are CHECKs of menu_items."""
MODIFIER_NAME_MAX = 100
"""POST /public/order/place takes no longer one."""
AVAILABLE = {"yes": True, "no": False}
FAULTS_SHOWN = 20


class MenuFileError(KdsError):
    """The file is no menu; lists every bad line at once."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        shown = faults[:FAULTS_SHOWN]
        if len(faults) > len(shown):
            shown.append(f"... and {len(faults) - len(shown)} more")
        super().__init__("nothing was loaded:\n" + "\n".join(f"  {fault}" for fault in shown))


def read_menu(text: str, currency: str, stations: Iterable[str]) -> list[dict[str, Any]]:
    """The dishes of a file, in the shape of the statement load_menu.

    Raises:
        MenuFileError: with the number of every bad line and what is wrong there.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    columns: list[str] | None = None
    dishes: list[dict[str, Any]] = []
    faults: list[str] = []
    lines_of: dict[str, int] = {}
    known = tuple(stations)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _read_header(cells, reader.line_num)
                continue
            try:
                dish = _read_dish(columns, cells, currency, known)
                name = unicodedata.normalize("NFC", dish["name"])
                if name in lines_of:
                    raise ValueError(f"{dish['name']!r} stands on line {lines_of[name]} already")
                lines_of[name] = reader.line_num
                dishes.append(dish)
            except ValueError as error:
                faults.append(f"line {reader.line_num}: {error}")
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: {error}")
    if columns is None and not faults:
        faults.append(f"the file is empty. Its first line names the columns: {','.join(COLUMNS)}")
    if faults:
        raise MenuFileError(faults)
    return dishes


def list_menu(dishes: Iterable[Mapping[str, Any]], currency: str, stations: Iterable[str]) -> str:
    """The file of the menu of a branch.

    Raises:
        KdsError: read_menu would not take it, or not as it is; names the dishes.
    """
    there = list(dishes)
    text = write_menu(there, currency)
    try:
        read = read_menu(text, currency, stations)
        faults = [f"  {dish['name']!r}" for dish, again in zip(there, read, strict=True) if not _is_same(dish, again)]
    except MenuFileError as error:
        faults = [f"  {fault}" for fault in error.faults]
    if faults:
        raise KdsError("kds menu load would not read this menu as it is. Change these dishes:\n" + "\n".join(faults))
    return text


def write_menu(dishes: Iterable[Mapping[str, Any]], currency: str) -> str:
    """The file that read_menu reads; `modifiers` as in menu_items, `{"name","priceCents"}`."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for dish in dishes:
        writer.writerow(
            (
                write_cell(dish["name"]),
                write_cell(dish["section"]),
                write_cell(dish["station"] or ""),
                _decimal(dish["price_cents"], currency),
                write_list(dish["allergens"], "; ".join, _read_allergens),
                _write_modifiers(dish["modifiers"], currency),
                write_cell(dish["description"]),
                "" if dish.get("available", True) else "no",
            )
        )
    return lines.getvalue()


def _read_header(cells: list[str], line: int) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    faults = [f"there is no column {name!r}" for name in columns if name not in COLUMNS]
    faults += [f"the column {name!r} is missing" for name in REQUIRED if name not in columns]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(cells) == 1 and separator in cells[0]:
            faults.append(f"it is separated by {name}: save the file with commas, and write prices with a point")
    if len(set(columns)) < len(columns):
        faults.append("a column stands twice")
    if faults:
        raise MenuFileError([f"line {line}: {'; '.join(faults)}. The columns are {','.join(COLUMNS)}"])
    return columns


def _read_dish(columns: list[str], cells: list[str], currency: str, stations: tuple[str, ...]) -> dict[str, Any]:
    if len(cells) != len(columns):
        raise ValueError(
            f"{len(cells)} cells for {len(columns)} columns. Put a text with a comma in double quotes, and write "
            "prices with a point"
        )
    if "\0" in "".join(cells):
        raise ValueError("a NUL character")
    row = dict.fromkeys(COLUMNS, "") | {column: read_cell(cell) for column, cell in zip(columns, cells, strict=True)}
    if not row["name"]:
        raise ValueError("the name is empty")
    dish: dict[str, Any] = {
        "name": row["name"],
        "section": row["section"],
        "station": _read_station(row["station"], stations),
        "price_cents": _read_price(row["price"], currency),
        "allergens": _read_allergens(row["allergens"]),
        "modifiers": _read_modifiers(row["modifiers"], currency),
        "description": row["description"],
    }
    if row["available"]:
        dish["available"] = _read_available(row["available"])
    _check_dish(dish, currency)
    return dish


def _read_station(text: str, stations: tuple[str, ...]) -> str | None:
    if not text or text in stations:
        return text or None
    station = next((each for each in stations if alike(each) == alike(text)), None)
    if station is None:
        there = ", ".join(stations) or "none"
        raise ValueError(f"there is no station {text!r} (there are: {there}). Add it with kds station add")
    return station


def _read_available(text: str) -> bool:
    if text.lower() not in AVAILABLE:
        raise ValueError(f"available is yes, no or empty, not {text!r}")
    return AVAILABLE[text.lower()]


def _check_dish(dish: Mapping[str, Any], currency: str) -> None:
    """Refuses what menu_items would, with the number of the line."""
    for text in _texts(dish):
        if "\0" in text or re.search("[\ud800-\udfff]", text):
            raise ValueError("a NUL character, or half of one (a lone surrogate)")
    for column, most in CHARACTERS_MAX.items():
        if len(dish[column]) > most:
            raise ValueError(f"the {column} has {len(dish[column])} characters, more than {most}")
    if len("".join(dish["allergens"])) > ALLERGENS_CHARACTERS_MAX:
        raise ValueError(f"the allergens have more than {ALLERGENS_CHARACTERS_MAX} characters")
    for column in ("allergens", "modifiers"):
        if len(dish[column]) > LIST_MAX:
            raise ValueError(f"{len(dish[column])} {column}, more than {LIST_MAX}")
    least_cents = dish["price_cents"] + sum(min(0, each.get("priceCents", 0)) for each in dish["modifiers"])
    if least_cents < 0:
        least = _decimal(-least_cents, currency)
        raise ValueError(f"it costs -{least} with all the modifiers that make it cheaper: less than nothing")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _read_price(text: str, currency: str) -> int:
    decimals = minor_units(currency)
    pattern = r"(\d{1,10})" + (rf"(?:\.(\d{{1,{decimals}}}))?" if decimals else "()")
    match = re.fullmatch(pattern, text, re.ASCII)
    if match is None and re.fullmatch(r"\d+,\d+", text, re.ASCII):
        raise ValueError(f"the price {text!r} has a comma: write {text.replace(',', '.')!r}")
    if match is None:
        raise ValueError(f"the price {text!r} is not an amount in {currency} such as {_decimal(1450, currency)}")
    cents: int = int(match[1]) * 10**decimals + int((match[2] or "").ljust(decimals, "0") or 0)
    if cents > PRICE_MAX_CENTS:
        raise ValueError(f"the price {text!r} is above {_decimal(PRICE_MAX_CENTS, currency)}")
    return cents


def _read_allergens(text: str) -> list[str]:
    listed = json_list(text)
    return listed if listed is not None and all(isinstance(each, str) for each in listed) else _split(text)


def _read_modifiers(text: str, currency: str) -> list[dict[str, Any]]:
    listed = json_list(text)
    if listed is None or not all(isinstance(each, dict) for each in listed):
        return [_read_modifier(part, currency) for part in _split(text)]
    for each in listed:
        _check_name(each.get("name"), each)
        cents = each.get("priceCents", 0)
        if type(cents) is not int or abs(cents) > PRICE_MAX_CENTS:
            raise ValueError(f"the modifier {each['name']!r} has no whole number for its priceCents")
        if any(isinstance(value, dict | list) for value in each.values()):
            raise ValueError(f"the modifier {each['name']!r} holds more than texts and numbers")
    return listed


def _read_modifier(text: str, currency: str) -> dict[str, Any]:
    name, _, last = text.rpartition(" ")
    if last[:1] in ("+", "-") and last[1:2].isdigit():
        price_cents = _read_price(last[1:], currency) * (-1 if last[0] == "-" else 1)
        name = name.strip()
    else:
        name, price_cents = text, 0
    _check_name(name, text)
    return {"name": name, "priceCents": price_cents}


def _check_name(name: object, modifier: object) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= MODIFIER_NAME_MAX:
        raise ValueError(f"the modifier {modifier!r} needs a name of 1 to {MODIFIER_NAME_MAX} characters")


def _write_modifiers(modifiers: list[Mapping[str, Any]], currency: str) -> str:
    if any(each.keys() - {"name", "priceCents"} for each in modifiers):
        return as_json(modifiers)
    return write_list(
        [{"priceCents": 0, **each} for each in modifiers],
        lambda listed: "; ".join(_write_modifier(each, currency) for each in listed),
        lambda text: _read_modifiers(text, currency),
    )


def _write_modifier(modifier: Mapping[str, Any], currency: str) -> str:
    price_cents = modifier.get("priceCents", 0)
    if not price_cents:
        return str(modifier["name"])
    return f"{modifier['name']} {'-' if price_cents < 0 else '+'}{_decimal(abs(price_cents), currency)}"


def _is_same(dish: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether a dish reads as it is; a modifier without a price costs nothing."""
    priced = {**dish, "modifiers": [{"priceCents": 0, **each} for each in dish["modifiers"]]}
    read = {"available": True, **again, "modifiers": [{"priceCents": 0, **each} for each in again["modifiers"]]}
    return all(priced[column] == value for column, value in read.items())


def _decimal(cents: int, currency: str) -> str:
    decimals = minor_units(currency)
    whole, part = divmod(cents, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
