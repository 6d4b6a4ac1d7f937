"""A menu as a CSV file: read strictly, every bad line named; written so that it can be read again.

    name,section,station,price,allergens,modifiers,description
    Chicken tikka,Grill,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,Charred thigh with mint

Columns in any order; only name and price are required. Prices are decimals in the branch's currency.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from kds.errors import KdsError
from kds.money import minor_units
from kds.text import alike

COLUMNS = ("name", "section", "station", "price", "allergens", "modifiers", "description")
REQUIRED = ("name", "price")
PRICE_MAX_CENTS = 2**31 - 1
MODIFIER_NAME_MAX = 100
"""POST /public/order/place takes no longer one."""
FAULTS_SHOWN = 20


class MenuFileError(KdsError):
    """The file is no menu; lists every bad line at once."""

    def __init__(self, faults: list[str]) -> None:
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


def write_menu(dishes: Iterable[Mapping[str, Any]], currency: str) -> str:
    """The file that read_menu reads; `modifiers` as in menu_items, `{"name","priceCents"}`."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for dish in dishes:
        writer.writerow(
            (
                dish["name"],
                dish["section"],
                dish["station"] or "",
                _decimal(dish["price_cents"], currency),
                "; ".join(dish["allergens"]),
                "; ".join(_write_modifier(modifier, currency) for modifier in dish["modifiers"]),
                dish["description"],
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
    row = dict.fromkeys(COLUMNS, "") | {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
    if "\0" in "".join(cells):
        raise ValueError("a NUL character")
    if not row["name"]:
        raise ValueError("the name is empty")
    station = next((each for each in stations if alike(each) == alike(row["station"])), None)
    if row["station"] and station is None:
        there = ", ".join(stations) or "none"
        raise ValueError(f"there is no station {row['station']!r} (there are: {there}). Add it with kds station add")
    return {
        "name": row["name"],
        "section": row["section"],
        "station": station if row["station"] else None,
        "price_cents": _read_price(row["price"], currency),
        "allergens": _split(row["allergens"]),
        "modifiers": [_read_modifier(text, currency) for text in _split(row["modifiers"])],
        "description": row["description"],
    }


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


def _read_modifier(text: str, currency: str) -> dict[str, Any]:
    name, _, last = text.rpartition(" ")
    if last[:1] in ("+", "-") and last[1:2].isdigit():
        price_cents = _read_price(last[1:], currency) * (-1 if last[0] == "-" else 1)
        name = name.strip()
    else:
        name, price_cents = text, 0
    if not 1 <= len(name) <= MODIFIER_NAME_MAX:
        raise ValueError(f"the modifier {text!r} needs a name of 1 to {MODIFIER_NAME_MAX} characters")
    return {"name": name, "priceCents": price_cents}


def _write_modifier(modifier: Mapping[str, Any], currency: str) -> str:
    price_cents = modifier.get("priceCents", 0)
    if not price_cents:
        return str(modifier["name"])
    return f"{modifier['name']} {'-' if price_cents < 0 else '+'}{_decimal(abs(price_cents), currency)}"


def _decimal(cents: int, currency: str) -> str:
    decimals = minor_units(currency)
    whole, part = divmod(cents, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
