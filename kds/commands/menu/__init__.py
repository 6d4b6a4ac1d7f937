"""`kds menu`: loads the menu of a branch from a CSV file, lists it as one."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.menu import stock
from kds.commands.menu.file import COLUMNS, list_menu, read_menu
from kds.commands.menu.matching import match_dishes
from kds.commands.printing import plain, shown_as_is
from kds.domain.exact_json import read_json, write_json
from kds.errors import KdsError

FILE_BYTES_MAX = 64 * 2**20
"""Some 200,000 dishes; a device, such as /dev/zero, has no end."""
EXAMPLES = f"""the file, CSV in UTF-8; only name and price are required:
  {",".join(COLUMNS)}
  Chicken tikka,Grill,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,"Charred thigh, mint",

available is yes (which lifts a sold-out), no (sold out until somebody lifts it), or empty: as it is. A list never says
yes, and no only of what a file said it of: what cooks and kds menu sold-out sell out is in kds menu sold-out-list.
Between allergens stand semicolons, commas or lines, between modifiers semicolons or lines. A price of a modifier stands
at its end, with + or -: a name that ends in a number is written as JSON, "[""Coke 0.33""]", as is what a cell cannot
show plainly: "[""with; semicolon""]". What begins like a formula stands behind an apostrophe.

examples:
  kds menu load "Via Masala" menu.csv
  kds menu list "Via Masala" > menu.csv      the same format: edit it and load it again
  kds menu sold-out "Via Masala" Raita       until: kds menu lift; see --left, --minutes, --until-tomorrow"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds menu`."""
    parser = subparsers.add_parser(
        "menu",
        help="load a menu from a CSV file, list it",
        description="The dishes of a branch.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    load = actions.add_parser(
        "load",
        help="add and change dishes as a CSV file says",
        description="Adds the dishes of the file and changes those the branch has by the same name. "
        "A bad line is named with its number, and nothing is loaded then.",
        **shown_as_is(EXAMPLES),
    )
    load.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    load.add_argument("file", metavar="FILE.csv", type=Path)
    load.add_argument(
        "--replace", action="store_true", help="remove dishes that are not in the file, and all but one of each name"
    )
    load.set_defaults(run=_read_and_load)
    stock.add_actions(actions)
    lists = actions.add_parser("list", help="print the menu as the CSV file that load reads")
    lists.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: with_database(lambda database: _list(database, options)))


def _read_and_load(options: argparse.Namespace) -> int:
    # Before the database is asked: a pipe may be waited for, and Ctrl-C ends that.
    text = _text_of(options.file)
    return with_database(lambda database: _load(database, options, text))


async def _load(database: Database, options: argparse.Namespace, text: str) -> int:
    branch = await database.branch(options.branch)
    stations = await database.connection.fetch(database.sql.list_stations, branch["id"])
    dishes = read_menu(text, branch["currency"], [row["name"] for row in stations])
    async with database.connection.transaction(isolation="read_committed"):
        await database.connection.execute(database.sql.lock_menu, branch["id"])
        match = match_dishes(
            dishes, await database.connection.fetch(database.sql.read_dishes, branch["id"]), options.replace
        )
        row = await database.connection.fetchrow(
            database.sql.load_menu, branch["id"], write_json(match.lines), options.replace
        )
        await database.connection.execute(database.sql.lift_dishes, match.lifted)
    print(
        f"Loaded {len(dishes)} dishes into {plain(branch['name'])}: "
        f"{row['added']} added, {row['changed']} changed, {row['removed']} removed"
    )
    for name, count in match.doubles.items():
        what = "the first of them is kept" if options.replace else "all are as the file says; --replace keeps the first"
        print(f"{count} dishes were called {plain(name)}: {what}")
    return 0


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    stations = await database.connection.fetch(database.sql.list_stations, branch["id"])
    rows = await database.connection.fetch(database.sql.read_menu, branch["id"])
    dishes = [{**row, "modifiers": read_json(row["modifiers"]), "available": row["is_offered"]} for row in rows]
    text = list_menu(dishes, branch["currency"], [row["name"] for row in stations])
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(
            encoding="utf-8", newline=""
        )  # a file is what load reads, whatever the terminal can show
    print(text, end="")
    return 0


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:  # once: of a pipe there is nothing to read again
            content = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise KdsError(f"cannot read {plain(file)}: {error.strerror}") from error
    if len(content) > FILE_BYTES_MAX:
        raise KdsError(f"{plain(file)} is no menu: it has more than {FILE_BYTES_MAX // 2**20} MB. Nothing was loaded")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise KdsError(f"{plain(file)}, line {line}: not UTF-8. Save it as CSV UTF-8. Nothing was loaded") from error
