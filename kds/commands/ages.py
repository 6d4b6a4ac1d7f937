"""`kds ages`: when a ticket is due and when it is late, per branch and order type."""

from __future__ import annotations

import argparse
from typing import Any

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain, print_table, shown_as_is
from kds.domain.text import quoted
from kds.errors import KdsError

EXAMPLES = """examples:
  kds ages list "Via Masala"
  kds ages set "Via Masala" takeaway 4 8"""
ORDER_TYPES = ("dine_in", "takeaway", "delivery")
SECONDS_MAX = 86_400


def add_parser(subparsers: Any) -> None:
    """Adds `kds ages`."""
    parser = subparsers.add_parser(
        "ages",
        help="set when a ticket is due and when it is late, list it",
        description="Every board of the branch shows the same: DUE in amber, LATE in red. Boards take a change up "
        "within a minute.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    change = actions.add_parser("set", help="set the ages of one order type", **shown_as_is(EXAMPLES))
    change.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    change.add_argument("type", choices=ORDER_TYPES, help="the type of the orders")
    change.add_argument("due", metavar="DUE", type=_seconds, help="minutes until a ticket is due")
    change.add_argument("late", metavar="LATE", type=_seconds, help="minutes until it is late")
    change.set_defaults(run=lambda options: with_database(lambda database: _set(database, options)))
    lists = actions.add_parser("list", help="list the ages of a branch")
    lists.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: with_database(lambda database: _list(database, options)))


async def _set(database: Database, options: argparse.Namespace) -> int:
    if options.late <= options.due:
        raise KdsError("a ticket is late after it is due: give LATE as more minutes than DUE")
    branch = await database.branch(options.branch)
    await database.connection.execute(database.sql.set_ages, branch["id"], options.type, options.due, options.late)
    due, late = _minutes(options.due), _minutes(options.late)
    print(f"{plain(branch['name'])}: {options.type} is due after {due} min, late after {late} min")
    return 0


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    rows = await database.connection.fetch(database.sql.list_ages, branch["id"])
    ages = [(row["order_type"], _minutes(row["due_s"]), _minutes(row["late_s"])) for row in rows]
    print_table(("ORDER TYPE", "DUE (MIN)", "LATE (MIN)"), ages)
    return 0


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:g}"


def _seconds(text: str) -> int:
    try:
        seconds = round(60 * float(text))
    except (ValueError, OverflowError):  # also nan and inf
        seconds = 0
    if not 0 < seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a number of minutes from 1/60 to 1440")
    return seconds
