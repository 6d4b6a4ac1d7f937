"""`kds station`: adds a station to a branch, lists them."""

from __future__ import annotations

import argparse
from typing import Any

from kds.commands.desk import BRANCH_HELP, Desk, at_desk, label, plain, print_table, shown_as_is
from kds.errors import KdsError

EXAMPLES = """examples:
  kds station list "Via Masala"
  kds station add "Via Masala" Grill"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds station`."""
    parser = subparsers.add_parser(
        "station",
        help="add a station of a kitchen, list them",
        description="A station is a place in the kitchen with a screen of its own, such as Grill.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add",
        help="add a station",
        **shown_as_is(EXAMPLES),
    )
    add.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    add.add_argument("name", metavar="NAME", help="what the cooks call it")
    add.set_defaults(run=lambda options: at_desk(lambda desk: _add(desk, options)))
    lists = actions.add_parser("list", help="list the stations of a branch in the order of its boards")
    lists.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: at_desk(lambda desk: _list(desk, options)))


async def _add(desk: Desk, options: argparse.Namespace) -> int:
    branch = await desk.branch(options.branch)
    name = label(options.name, "a station")
    if not await desk.connection.fetchval(desk.sql.add_station, branch["id"], name):
        raise KdsError(f"{plain(branch['name'])} has a station {name!r} already")
    print(f"Added station {plain(name)} to {plain(branch['name'])}")
    return 0


async def _list(desk: Desk, options: argparse.Namespace) -> int:
    branch = await desk.branch(options.branch)
    rows = await desk.connection.fetch(desk.sql.list_stations, branch["id"])
    print_table(("STATION", "DISHES"), [(row["name"], row["dishes"]) for row in rows])
    return 0
