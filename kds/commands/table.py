"""`kds table`: makes the printed codes of tables anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain, shown_as_is
from kds.domain.text import TABLE_CHARACTERS_MAX, alike, is_label
from kds.errors import KdsError

ALL_TABLES = ""
"""As table_codes of sql/schema.sql calls them."""
EXAMPLES = """examples:
  kds table renew "Via Masala" T4            somebody has a photo of its code
  kds table renew "Via Masala" T4 T5 Bar
  kds table renew "Via Masala" --all         asks first; --yes does not

The codes printed so far end at once, whatever kds serve is doing; what was ordered with them stays. The new ones are
printed at /tables, by a manager."""


def add_parser(subparsers: Any) -> None:
    """Adds `kds table`."""
    parser = subparsers.add_parser(
        "table",
        help="make the printed codes of tables anew",
        description="A guest proves a table by the signed link in its printed code.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    renew = actions.add_parser("renew", help="end the printed codes of tables, for new ones", **shown_as_is(EXAMPLES))
    renew.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    renew.add_argument("tables", metavar="TABLE", nargs="*", help="what the sheet calls it, such as T4")
    renew.add_argument("--all", action="store_true", help="every table of the branch")
    renew.add_argument("--yes", action="store_true", help="do not ask before all are renewed")
    renew.set_defaults(run=lambda options: with_database(lambda database: _renew(database, options)))


async def _renew(database: Database, options: argparse.Namespace) -> int:
    tables = list(dict.fromkeys(table.strip() for table in options.tables))
    if options.all == bool(tables):
        raise KdsError("say which tables, such as T4, or --all" if not tables else "give tables or --all, not both")
    for table in tables:
        if not is_label(table, TABLE_CHARACTERS_MAX):
            raise KdsError(f"a table has 1 to {TABLE_CHARACTERS_MAX} characters, none of them a control character")
    branch = await database.branch(options.branch)
    name = plain(branch["name"])
    rows = await database.connection.fetch(database.sql.read_tables, branch["id"])
    for doubt in _doubts(tables, {row["table_label"] for row in rows}):
        print(doubt)
    if options.all and not options.yes:
        print(f"End the printed codes of all tables of {name}? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise KdsError("nothing was renewed")
    await database.connection.execute(database.sql.renew_table_codes, branch["id"], tables or [ALL_TABLES])
    which = f"of {', '.join(map(plain, tables))}" if tables else "of all tables"
    print(f"{name}: the printed codes {which} have ended. Print the new ones at /tables")
    return 0


def _doubts(tables: list[str], known: set[str]) -> Iterator[str]:
    """What to say of tables that nobody ordered at: a code counts for one spelling.

    Raises:
        KdsError: it is another spelling of one that is known, whose code would go on counting.
    """
    for table in tables:
        if table not in known:
            meant = sorted(label for label in known if alike(label) == alike(table))
            if meant:
                raise KdsError(f"the orders name {plain(meant[0])}, not {plain(table)}: nothing was renewed")
            yield f"No order of the last 60 days names {plain(table)}: is it spelt as on its sheet?"
