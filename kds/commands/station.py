"""`kds station`: adds a station to a branch, renames or removes one, lists them."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from kds.commands.database import BRANCH_HELP, Database, label, with_database
from kds.commands.printing import plain, print_table, shown_as_is
from kds.commands.tickets import has_tickets, move_tickets
from kds.domain.text import find_alike
from kds.errors import KdsError
from kds.postgres.pool import GIVE_WAY_MS

IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError)
"""Somebody is writing a dish of the station, or has just added one."""
EXAMPLES = """examples:
  kds station list "Via Masala"
  kds station add "Via Masala" Grill
  kds station rename "Via Masala" Grill Tandoor            its dishes and open tickets follow
  kds station remove "Via Masala" Tandoor --to Cold        without --to they go to the kitchen as a whole"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds station`."""
    parser = subparsers.add_parser(
        "station",
        help="add, rename or remove a station of a kitchen, list them",
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
    add.set_defaults(run=lambda options: with_database(lambda database: _add(database, options)))
    rename = actions.add_parser("rename", help="give a station another name", **shown_as_is(EXAMPLES))
    rename.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new_name", metavar="NEW_NAME")
    rename.set_defaults(run=lambda options: with_database(lambda database: _rename(database, options)))
    remove = actions.add_parser("remove", help="remove a station", **shown_as_is(EXAMPLES))
    remove.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--to", metavar="STATION", help="which cooks its dishes and open tickets from now on")
    remove.set_defaults(run=lambda options: with_database(lambda database: _remove(database, options)))
    lists = actions.add_parser("list", help="list the stations of a branch in the order of its boards")
    lists.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: with_database(lambda database: _list(database, options)))


async def _add(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    name = label(options.name, "a station")
    async with database.naming(str(branch["id"])):
        there = find_alike(name, await _stations(database, branch))
        if there is None and not await database.connection.fetchval(database.sql.add_station, branch["id"], name):
            there = name
    if there is not None:
        raise _taken(branch, there)
    print(f"Added station {plain(name)} to {plain(branch['name'])}")
    return 0


async def _rename(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    new_name = label(options.new_name, "a station")
    is_there = await _rename_alone(database, branch, options.name, new_name)
    # else it was renamed already, or a till calls it so
    if not is_there and not (
        new_name in await _stations(database, branch) and await has_tickets(database, branch["id"], options.name)
    ):
        raise _unknown(branch, options.name)
    print(f"Station {plain(options.name)} is {plain(new_name)} now. {_choose_anew(options.name)}")
    return await _move_tickets(database, branch, options.name, new_name)


async def _rename_alone(database: Database, branch: Any, name: str, new_name: str) -> bool:
    try:
        async with _beside_others(database, branch), database.naming(str(branch["id"])):
            stations = await _stations(database, branch)
            there = find_alike(new_name, stations, own=name)
            if name in stations and there is not None:
                raise _taken(branch, there)
            renamed = await database.connection.fetchval(database.sql.rename_station, branch["id"], name, new_name)
    except asyncpg.UniqueViolationError as error:
        raise _taken(branch, new_name) from error
    return renamed is not None


async def _remove(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    stations = await _stations(database, branch)
    if options.to is not None and options.to not in stations:
        raise _unknown(branch, options.to)
    if options.name not in stations and not await has_tickets(database, branch["id"], options.name):
        raise _unknown(branch, options.name)
    if options.to == options.name:
        raise KdsError("a station cannot take over from itself")
    async with _beside_others(database, branch):
        await database.connection.execute(database.sql.move_dishes, branch["id"], options.name, options.to)
        await database.connection.execute(database.sql.remove_station, branch["id"], options.name)
    heir = "the kitchen as a whole" if options.to is None else plain(options.to)
    print(f"Removed station {plain(options.name)}: {heir} takes over. {_choose_anew(options.name)}")
    return await _move_tickets(database, branch, options.name, options.to)


@asynccontextmanager
async def _beside_others(database: Database, branch: Any) -> AsyncIterator[None]:
    """A transaction over stations and dishes, which nobody else has to wait for long."""
    try:
        async with database.connection.transaction():
            await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
            yield
    except IN_THE_WAY as error:
        raise KdsError(f"somebody is changing the dishes of {plain(branch['name'])} just now. Try again") from error


async def _move_tickets(database: Database, branch: Any, name: str, to: str | None) -> int:
    left = await move_tickets(database, branch["id"], name, to)
    if left:
        print(f"{left} open orders have tickets of {plain(name)} still: others hold them. Run it again")
    return 1 if left else 0


async def _stations(database: Database, branch: Any) -> list[str]:
    return [row["name"] for row in await database.connection.fetch(database.sql.list_stations, branch["id"])]


def _unknown(branch: Any, name: str) -> KdsError:
    return KdsError(f"{plain(branch['name'])} has no station {name!r}. See kds station list")


def _taken(branch: Any, there: str) -> KdsError:
    words = "Choose another name, one that cooks can tell from it"
    return KdsError(f"{plain(branch['name'])} has a station {there!r} already. {words}")


def _choose_anew(name: str) -> str:
    return f"A screen that shows {plain(name)} alone must choose its station anew"


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    rows = await database.connection.fetch(database.sql.list_stations, branch["id"])
    print_table(("STATION", "DISHES"), [(row["name"], row["dishes"]) for row in rows])
    return 0
