"""`kds forget`: shows what orders know of one guest, and takes it out of them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import print_table, shown_as_is
from kds.domain.text import alike
from kds.errors import KdsError

EXAMPLES = """examples:
  kds forget --guest "Anna Rossi"                      shows what there is, and changes nothing
  kds forget --guest "+39 333 1234567" --branch "Via Masala"
  kds forget --order 5e1f8b0c-2b1e-4c3a-9a55-0d3f6f7c1a11 --yes

Taken out are the name and the note of an order, the notes of its dishes, and what the kitchen was told of changed
notes. Kept is what names nobody and what books and reports count: the dishes, their prices, the times, the numbers, who
did what in the kitchen. What is still being cooked keeps its notes, for one of them may be an allergy: run it again
when that is over. The answer to the request that placed an order names nobody and goes by itself within 24 hours.
Backups made before, a till's own books and what a proxy logs are not reached from here.

For all guests, after so many days: kds branch set BRANCH --forget-after DAYS"""
GUEST_MIN = 2
READ_AT_ONCE = 1_000
ORDERS_AT_ONCE = 50
"""In one transaction, which holds their locks."""
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '300ms'"
"""Before PostgreSQL ends a writer that waits for us as the one of a deadlock."""
TRIES = 10
PAUSE_S = 0.3
IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
OPEN = ("SENT", "READY")


def add_parser(subparsers: Any) -> None:
    """Adds `kds forget`."""
    parser = subparsers.add_parser(
        "forget",
        help="show what orders know of one guest, and take it out of them",
        description="Without --yes it only shows. Works on the database at LISTEN_DATABASE_URL or DATABASE_URL.",
        **shown_as_is(EXAMPLES),
    )
    parser.add_argument(
        "--guest",
        metavar="TEXT",
        help="what stands in a name or a note, such as a name or a phone number; neither case nor spaces matter",
    )
    parser.add_argument(
        "--order", metavar="ID", type=_order, action="append", default=[], help="an order of that guest"
    )
    parser.add_argument("--branch", metavar="BRANCH", help=f"{BRANCH_HELP}; all branches without it")
    parser.add_argument("--yes", action="store_true", help="take it out, of every order that is shown")
    parser.set_defaults(run=lambda options: with_database(lambda database: _forget(database, options)))


async def _forget(database: Database, options: argparse.Namespace) -> int:
    guest = _guest(options.guest)
    if guest is None and not options.order:
        raise KdsError("say whose: --guest TEXT, or --order ID")
    branch = None if options.branch is None else await database.branch(options.branch)
    found = await _find(database, guest, options.order, branch and branch["id"])
    _check_orders(options.order, found)
    known = [row for row in found if row["words"]]
    if not known:
        print("Nothing is known: no name and no note of any order." if not found else "These orders name nobody.")
        return 0
    print_table(
        ("BRANCH", "DAY", "NUMBER", "STATUS", "ORDER", "WORDS"),
        [
            (*(row[part] for part in ("branch", "day", "number", "status", "id")), " | ".join(row["words"]))
            for row in known
        ],
    )
    still_open = [row for row in known if row["status"] in OPEN]
    over = [row for row in known if row["status"] not in OPEN]
    if not options.yes:
        print(f"\n{_orders(len(known))}. Nothing was changed: add --yes to take these words out, of each order above.")
    else:
        taken = await _take_out(database, over)
        print(f"Forgotten in {_orders(taken)}. What was ordered, when and for how much is kept.")
        if taken < len(over):
            print(f"{_orders(len(over) - taken)} open again, or forgotten by another meanwhile: run it again.")
        print("Backups made before are as they were.")
    if still_open:
        print(f"{_orders(len(still_open))} still open: a cook may need what is noted. Run it again when that is over.")
    return 1 if options.yes and still_open else 0


async def _find(database: Database, guest: str | None, orders: Sequence[UUID], branch_id: UUID | None) -> list[Any]:
    """The orders of these ids, and those with `guest` in their words; read bit by bit, for they are many."""
    wanted = None if guest is None else _without_spaces(guest)
    found = []
    async with database.connection.transaction():
        asked = (database.sql.find_words, wanted is not None, orders, branch_id)
        async for row in database.connection.cursor(*asked, prefetch=READ_AT_ONCE):
            if row["id"] in orders or (wanted and any(wanted in _without_spaces(word) for word in row["words"])):
                found.append(row)
    return found


def _without_spaces(text: str) -> str:
    return alike(text).replace(" ", "")


async def _take_out(database: Database, rows: Sequence[Any]) -> int:
    """In small parts, branch by branch; it may be ended and run again. Out of how many orders something was taken."""
    looked_at = taken = 0
    for branch_id, of_branch in groupby(sorted(rows, key=lambda row: row["branch_id"]), lambda row: row["branch_id"]):
        ids = [row["id"] for row in of_branch]
        for begin in range(0, len(ids), ORDERS_AT_ONCE):
            part = ids[begin : begin + ORDERS_AT_ONCE]
            try:
                taken += await _take_part(database, branch_id, part)
            except IN_THE_WAY as error:
                raise KdsError(
                    f"{looked_at} of {len(rows)} forgotten: another holds the next orders. Run it again"
                ) from error
            looked_at += len(part)
            if len(rows) > ORDERS_AT_ONCE:
                print(f"{looked_at} of {len(rows)}", flush=True)
    return taken


async def _take_part(database: Database, branch_id: UUID, part: Sequence[UUID]) -> int:
    """Tries again while others have these orders."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(*IN_THE_WAY):
            return await _take(database, branch_id, part)
        await asyncio.sleep(PAUSE_S)
    return await _take(database, branch_id, part)


async def _take(database: Database, branch_id: UUID, part: Sequence[UUID]) -> int:
    async with database.connection.transaction():
        await database.connection.execute(LOCK_TIMEOUT)
        taken: int = await database.connection.fetchval(database.sql.forget_orders, branch_id, part)
        return taken


def _guest(text: str | None) -> str | None:
    if text is None:
        return None
    if len("".join(text.split())) < GUEST_MIN:
        raise KdsError(f"--guest needs {GUEST_MIN} characters or more: less stands in too many orders")
    return text


def _check_orders(wanted: Sequence[UUID], found: Sequence[Any]) -> None:
    missing = [str(order) for order in wanted if order not in {row["id"] for row in found}]
    if missing:
        raise KdsError(f"there is no order {missing[0]} there: nothing was changed")


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _order(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of an order") from error
