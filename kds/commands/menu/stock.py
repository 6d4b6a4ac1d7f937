"""What `kds menu` does with 86: sells a dish out, counts it down, lifts that, lists what is not as always."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain
from kds.domain.text import alike, quoted, whole_number
from kds.errors import KdsError

LEFT_MAX = 9999


def add_actions(actions: Any) -> None:
    """Adds sold-out, lift and sold-out-list to `kds menu`."""
    sell = actions.add_parser("sold-out", help="guests cannot order a dish, or so many of it; a till can")
    sell.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    sell.add_argument("dish", metavar="DISH", help="as the menu has it")
    sell.add_argument("--left", type=_number(LEFT_MAX), metavar="N", help="so many are left, counted down by orders")
    until = sell.add_mutually_exclusive_group()
    until.add_argument("--minutes", type=_number(1440), metavar="N", help="is as before by itself after so many")
    until.add_argument("--until-tomorrow", action="store_true", help="... when the next day of the branch starts")
    sell.set_defaults(run=lambda options: with_database(lambda database: _change(database, options, is_lifted=False)))
    lift = actions.add_parser("lift", help="guests can order a dish again, as many as they want")
    lift.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lift.add_argument("dish", metavar="DISH", help="as the menu has it")
    lift.set_defaults(
        run=lambda options: with_database(lambda database: _change(database, options, is_lifted=True)),
        left=None,
        minutes=None,
        until_tomorrow=False,
    )
    lists = actions.add_parser("sold-out-list", help="print what is sold out, and what is counted")
    lists.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: with_database(lambda database: _list(database, options)))


async def _change(database: Database, options: argparse.Namespace, *, is_lifted: bool) -> int:
    branch = await database.branch(options.branch)
    rows = await database.connection.fetch(database.sql.read_dishes, branch["id"])
    found = [row["menu_item_id"] for row in _called(options.dish, rows)]
    if not found:
        raise KdsError(f"{plain(branch['name'])} has no dish {plain(options.dish)}. See: kds menu list")
    is_sold_out = not is_lifted and options.left is None
    became = "available" if is_lifted else "sold out" if is_sold_out else f"{options.left} left"
    for menu_item_id in found:
        what = (is_sold_out, options.left, options.minutes, options.until_tomorrow, became)
        await database.connection.execute(database.sql.change_dish, branch["id"], menu_item_id, *what, None, None)
    rows = await database.connection.fetch(database.sql.read_dishes, branch["id"])
    for row in rows:
        if row["menu_item_id"] in found:
            print(_words(row))
    return 0


def _called(name: str, rows: Sequence[Any]) -> list[Any]:
    """The dishes that have exactly this name, or else those that a person would call so."""
    exactly = [row for row in rows if row["name"] == name]
    return exactly or [row for row in rows if alike(row["name"]) == alike(name)]


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    for row in await database.connection.fetch(database.sql.read_dishes, branch["id"]):
        if row["is_sold_out"] or row["remaining"] is not None:
            print(_words(row))
    return 0


def _words(row: Any) -> str:
    what = "sold out" if row["is_sold_out"] else "as always" if row["remaining"] is None else f"{row['remaining']} left"
    until = f" until {row['back_at']:%Y-%m-%d %H:%M} UTC" if row["back_at"] is not None else ""
    return f"{plain(row['name'])}: {what}{until}"


def _number(most: int) -> Any:
    def read(text: str) -> int:
        number = whole_number(text, 1, most)
        if number is None:
            raise argparse.ArgumentTypeError(f"{quoted(text)} is no number from 1 to {most}")
        return number

    return read
