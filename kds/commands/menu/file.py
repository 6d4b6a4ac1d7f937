"""A menu as a CSV file: read strictly, every bad line named; written so that it can be read again.

    name,section,station,price,allergens,modifiers,description,available
    Chicken tikka,Grill,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,Charred thigh with mint,

Columns in any order; only name and price are required. Prices are decimals in the branch's currency. `available` is
menu_items.available, which a manager or a file sets: yes, no or empty, as it is. What cooks sell out or count comes and
goes by itself and is no part of a file. What a cell cannot show plainly it shows marked, see cells.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from kds.commands.menu.allergens import read_allergens, write_allergens
from kds.commands.menu.cells import read_cell, write_cell
from kds.commands.menu.modifiers import read_modifiers, write_modifiers
from kds.commands.menu.prices import read_price
from kds.domain.dishes import check_controls, check_dish, comparable, find_station
from kds.domain.money import decimal
from kds.domain.text import quoted
from kds.errors import KdsError

COLUMNS = ("name", "section", "station", "price", "allergens", "modifiers", "description", "available")
REQUIRED = ("name", "price")
AVAILABLE = {"yes": True, "no": False}
NAMES = ("name", "section", "station", "allergens", "modifiers")
"""Columns of what is called out and stands on one line; a cell's own line feeds are the spreadsheet's."""
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
                name = comparable(dish["name"])
                if name in lines_of:
                    raise ValueError(f"{quoted(dish['name'])} stands on line {lines_of[name]} already")
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
        faults = [
            f"  {quoted(dish['name'])}" for dish, again in zip(there, read, strict=True) if not _is_same(dish, again)
        ]
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
                decimal(dish["price_cents"], currency),
                write_allergens(dish["allergens"]),
                write_modifiers(dish["modifiers"], currency),
                write_cell(dish["description"]),
                "" if dish.get("available", True) else "no",
            )
        )
    return lines.getvalue()


def _read_header(cells: list[str], line: int) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    faults = [f"there is no column {quoted(name)}" for name in columns if name not in COLUMNS]
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
    for column, cell in zip(columns, cells, strict=True):
        if column in NAMES:
            check_controls(column, cell.strip())
    row = dict.fromkeys(COLUMNS, "") | {column: read_cell(cell) for column, cell in zip(columns, cells, strict=True)}
    dish: dict[str, Any] = {
        "name": row["name"],
        "section": row["section"],
        "station": find_station(row["station"], stations),
        "price_cents": read_price(row["price"], currency),
        "allergens": read_allergens(row["allergens"]),
        "modifiers": read_modifiers(row["modifiers"], currency),
        "description": row["description"],
    }
    if row["available"]:
        dish["available"] = _read_available(row["available"])
    check_dish(dish, currency)
    return dish


def _read_available(text: str) -> bool:
    if text.lower() not in AVAILABLE:
        raise ValueError(f"available is yes, no or empty, not {quoted(text)}")
    return AVAILABLE[text.lower()]


def _is_same(dish: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether a dish reads as it is; a modifier without a price costs nothing."""
    priced = {**dish, "modifiers": [{"priceCents": 0, **each} for each in dish["modifiers"]]}
    read = {"available": True, **again, "modifiers": [{"priceCents": 0, **each} for each in again["modifiers"]]}
    return all(priced[column] == value for column, value in read.items())
