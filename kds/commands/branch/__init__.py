"""`kds branch`: adds a branch, renames it, changes what it decides, lists all."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

import asyncpg

from kds.commands.branch import courses, day, forget_after, ordering
from kds.commands.database import BRANCH_HELP, Database, label, with_database
from kds.commands.printing import plain, print_table, shown_as_is
from kds.domain.money import is_currency, minor_units
from kds.errors import KdsError
from kds.postgres.pool import GIVE_WAY_MS

EXAMPLES = """examples:
  kds branch add "Via Masala" --locality Riverside --timezone Europe/Rome --currency EUR
  kds branch set "Via Masala" --signed-tables yes --rounds yes
  kds branch set "Via Masala" --public-orders dine_in,takeaway
  kds branch set "Via Masala" --timezone Europe/Rome --day-start 05:00
  kds branch set "Via Masala" --forget-after 30
  kds branch pause "Via Masala" --minutes 30
  kds branch cancel-orders "Via Masala" --minutes 10
  kds branch rename "Via Masala" "Masala am Fluss"
  kds branch list"""
LOCALITY_HELP = "where it is, for people"
CURRENCY_HELP = "ISO 4217 code of all its prices"
CHOICES = {
    "signed_tables": "whether guests order only from the signed link of their table's code",
    "rounds": "whether a further order at a table becomes a new round of the open one; needs signed tables",
    "pickup_names": "whether the pickup board shows first names beside the order numbers",
}


def add_parser(subparsers: Any) -> None:
    """Adds `kds branch`."""
    parser = subparsers.add_parser(
        "branch",
        help="add a branch, change what it decides, list all",
        description="Works on the database at LISTEN_DATABASE_URL or DATABASE_URL.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add",
        help="add a branch: one restaurant with one kitchen",
        **shown_as_is(EXAMPLES),
    )
    add.add_argument("name", metavar="NAME", help="what guests and staff call it")
    add.add_argument("--locality", default="", help=LOCALITY_HELP)
    add.add_argument("--timezone", default="UTC", metavar="ZONE", help=f"{day.TIMEZONE_HELP} (default UTC)")
    add.add_argument(
        "--day-start",
        default="04:00",
        type=day.day_start,
        metavar="HH:MM",
        help=f"{day.DAY_START_HELP} (default 04:00)",
    )
    add.add_argument("--currency", default="EUR", type=_currency, help=f"{CURRENCY_HELP} (default EUR)")
    add.set_defaults(run=lambda options: with_database(lambda database: _add(database, options)))
    change = actions.add_parser("set", help="change what a branch decides", **shown_as_is(EXAMPLES))
    change.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    change.add_argument("--yes", action="store_true", help="another currency also where recent orders would show it")
    change.add_argument("--locality", help=LOCALITY_HELP)
    day.add_choices(change)
    change.add_argument(
        "--currency",
        type=_currency,
        help=f"{CURRENCY_HELP}; they keep their figures, so another number of decimals needs an empty menu",
    )
    for choice, words in CHOICES.items():
        change.add_argument(f"--{choice.replace('_', '-')}", choices=("yes", "no"), help=words)
    ordering.add_choices(change)
    courses.add_choice(change)
    forget_after.add_choice(change)
    ordering.add_actions(actions)
    change.set_defaults(run=lambda options: with_database(lambda database: _set(database, options)))
    rename = actions.add_parser("rename", help="give a branch another name", **shown_as_is(EXAMPLES))
    rename.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    rename.add_argument("new_name", metavar="NEW_NAME")
    rename.set_defaults(run=lambda options: with_database(lambda database: _rename(database, options)))
    lists = actions.add_parser("list", help="list all branches with their ids")
    lists.set_defaults(run=lambda _options: with_database(_list))


async def _rename(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    async with database.naming("branches"):
        name = await _free_name(database, options.new_name, but=branch["id"])
        await database.connection.execute(database.sql.rename_branch, branch["id"], name)
    print(f"Branch {plain(branch['name'])} is {plain(name)} now")
    return 0


async def _free_name(database: Database, wanted: str, *, but: UUID | None = None) -> str:
    """A name that no branch `but` this one has: a second one of it could from now on only be called by its id."""
    name = label(wanted, "a branch")
    others = [row["name"] for row in await database.branches(name) if row["id"] != but]
    if others:
        raise KdsError(f"there is a branch {others[0]!r} already. See kds branch list, or choose another name")
    return name


async def _add(database: Database, options: argparse.Namespace) -> int:
    async with database.naming("branches"):
        name = await _free_name(database, options.name)
        branch_id = await database.connection.fetchval(
            database.sql.add_branch,
            name,
            _locality(options.locality),
            options.timezone,
            options.currency,
            options.day_start,
        )
    print(f"Added branch {plain(name)}: {branch_id}")
    return 0


async def _set(database: Database, options: argparse.Namespace) -> int:
    given = {choice: getattr(options, choice) for choice in CHOICES}
    is_given = {
        _set_locality: options.locality is not None,
        day.set_day: day.is_given(options),
        _set_currency: options.currency is not None,
        ordering.set_door: ordering.is_given(options),
        courses.set_courses: options.courses is not None,
        forget_after.set_forgetting: options.forget_after is not None,
        _set_choices: any(given.values()),
    }
    if not any(is_given.values()):
        choices = (
            "locality",
            "timezone",
            "day_start",
            "currency",
            *CHOICES,
            "public_orders",
            *ordering.LIMITS,
            "courses",
            "forget_after",
        )
        raise KdsError("nothing to change. Give " + ", ".join(f"--{choice.replace('_', '-')}" for choice in choices))
    branch = await database.branch(options.branch)
    async with database.connection.transaction():  # all of it or nothing
        told = [await change(database, branch, options) for change, is_wanted in is_given.items() if is_wanted]
    for line in told:
        print(f"{plain(branch['name'])}: {line}")
    return 0


async def _set_choices(database: Database, branch: Any, options: argparse.Namespace) -> str:
    given = (getattr(options, choice) for choice in CHOICES)
    try:
        row = await database.connection.fetchrow(
            database.sql.set_branch, branch["id"], *(answer and answer == "yes" for answer in given)
        )
    except asyncpg.CheckViolationError as error:
        raise KdsError("rounds need signed tables: who joins an order also sees it. Add --signed-tables yes") from error
    return ", ".join(f"{words} {'yes' if is_on else 'no'}" for words, is_on in row.items())


async def _set_locality(database: Database, branch: Any, options: argparse.Namespace) -> str:
    locality = _locality(options.locality)
    await database.connection.execute(database.sql.set_locality, branch["id"], locality)
    return f"locality {plain(locality) or 'none'}"


async def _set_currency(database: Database, branch: Any, options: argparse.Namespace) -> str:
    was, becomes = branch["currency"], options.currency
    if was != becomes:
        await _keep_dishes_out(database)
    there = await database.connection.fetchrow(database.sql.count_prices, branch["id"])
    if minor_units(was) != minor_units(becomes) and (there["dishes"] or there["orders"]):
        raise KdsError(
            f"prices in {was} have {minor_units(was)} decimals, in {becomes} {minor_units(becomes)}: those of "
            f"{there['dishes']} dishes and {there['orders']} orders would mean something else. Add another branch for "
            f"{becomes} (kds branch add); or, when no order is kept any more, load a file of nothing but its first "
            "line (kds menu load BRANCH FILE --replace), change the currency, and load the menu with its new prices"
        )
    if was != becomes and there["recent"] and not options.yes:
        raise KdsError(
            f"the track pages of {there['recent']} orders of the last days would show {becomes} for what was ordered "
            f"in {was}. Wait until they are over, or add --yes"
        )
    await database.connection.execute(database.sql.set_currency, branch["id"], becomes)
    kept = f", the prices of {there['dishes']} dishes keep their figures" if was != becomes and there["dishes"] else ""
    return f"currency {becomes}{kept}"


async def _keep_dishes_out(database: Database) -> None:
    """Until the change is committed: waits for dishes that somebody is just writing, and then counts them."""
    try:
        await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
        await database.connection.execute("LOCK TABLE menu_items IN SHARE MODE")
        await database.connection.execute("SET LOCAL lock_timeout = DEFAULT")
    except asyncpg.LockNotAvailableError as error:
        raise KdsError("somebody is just changing a menu. Try again when that is done") from error


def _locality(text: str) -> str:
    return label(text, "a locality") if text.strip() else ""


async def _list(database: Database) -> int:
    rows = await database.connection.fetch(database.sql.list_branches)
    print_table(
        ("ID", "NAME", "LOCALITY", "TIME ZONE", "DAY STARTS", "CURRENCY", "STAFF", "DISHES", "STATIONS"),
        [
            (
                *(r[column] for column in ("id", "name", "locality", "timezone", "day_starts_at", "currency", "staff")),
                *(r["dishes"], _joined(r)),
            )
            for r in rows
        ],
    )
    return 0


def _joined(row: Any) -> str:
    return ", ".join(row["stations"])


def _currency(text: str) -> str:
    code = text.upper()
    if not is_currency(code):
        raise argparse.ArgumentTypeError(f"{text!r} is no currency of ISO 4217 such as EUR")
    return code
