"""`kds station`: adds a station to a branch, renames or removes one, lists them."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain, print_table, shown_as_is
from kds.domain.stations import (
    BadStationName,
    OpenStations,
    OwnHeir,
    StationTaken,
    TicketsRefused,
    UnknownStation,
    move_tickets_of,
    take_along,
)
from kds.domain.text import NAME_MAX
from kds.errors import KdsError
from kds.postgres.pool import GIVE_WAY_MS

TICKETS_IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
"""Somebody holds a ticket of the order, or is just adding one to it."""
IN_THE_WAY = (*TICKETS_IN_THE_WAY, asyncpg.ForeignKeyViolationError)
"""Somebody is naming a station, writing a dish of this one, or has just added one."""
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
    async with _changing(database, branch) as stations:
        name = await stations.add(options.name)
    print(f"Added station {plain(name)} to {plain(branch['name'])}")
    return 0


async def _rename(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    async with _changing(database, branch) as stations:
        new_name = await stations.rename(options.name, options.new_name)
    print(f"Station {plain(options.name)} is {plain(new_name)} now. {_choose_anew(options.name)}")
    return await _move_tickets(database, branch, options.name, new_name)


async def _remove(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    async with _changing(database, branch) as stations:
        await stations.remove(options.name, options.to)
    heir = "the kitchen as a whole" if options.to is None else plain(options.to)
    print(f"Removed station {plain(options.name)}: {heir} takes over. {_choose_anew(options.name)}")
    return await _move_tickets(database, branch, options.name, options.to)


@asynccontextmanager
async def _changing(database: Database, branch: Any) -> AsyncIterator[OpenStations]:
    """The stations in a transaction, which nobody else has to wait for long; what is refused is told in plain words."""
    where = plain(branch["name"])
    try:
        async with database.connection.transaction(isolation="read_committed"):
            await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
            yield OpenStations(database.connection, database.sql, branch["id"])
    except IN_THE_WAY as error:
        raise KdsError(f"somebody is changing the stations or dishes of {where} just now. Try again") from error
    except StationTaken as error:
        words = "Choose another name, one that cooks can tell from it"
        raise KdsError(f"{where} has a station {error.there!r} already. {words}") from error
    except UnknownStation as error:
        raise KdsError(f"{where} has no station {error.name!r}. See kds station list") from error
    except OwnHeir as error:
        raise KdsError("a station cannot take over from itself") from error
    except BadStationName as error:
        words = f"1 to {NAME_MAX} characters, none of them a control character"
        raise KdsError(f"a station needs a name: {words}") from error


async def _move_tickets(database: Database, branch: Any, name: str, to: str | None) -> int:
    async def find() -> list[UUID]:
        rows = await database.connection.fetch(database.sql.list_stray_orders, branch["id"], name)
        return [row["id"] for row in rows]

    async def move(order_id: UUID) -> bool:
        try:
            async with database.connection.transaction(isolation="read_committed"):
                await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                return await move_tickets_of(database.connection, database.sql, order_id, name, to)
        except TICKETS_IN_THE_WAY:
            return False
        except asyncpg.PostgresError as error:
            raise TicketsRefused(f"{type(error).__name__}: {error}") from error

    left = 0 if name == to else await take_along(find, move)
    if left:
        why = "others hold them, or PostgreSQL refused"
        print(f"{left} open orders have tickets of {plain(name)} still: {why}. Run it again")
    return 1 if left else 0


def _choose_anew(name: str) -> str:
    return f"A screen that shows {plain(name)} alone must choose its station anew"


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch = await database.branch(options.branch)
    rows = await database.connection.fetch(database.sql.list_stations, branch["id"])
    print_table(("STATION", "DISHES"), [(row["name"], row["dishes"]) for row in rows])
    return 0
