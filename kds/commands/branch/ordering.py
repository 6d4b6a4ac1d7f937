"""What `kds branch` does with the door for guests: what they may order and how much, a pause, the end of a flood."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain
from kds.domain.flood import Cancel, Find, take_back, what_guests_place
from kds.domain.text import quoted, whole_number
from kds.errors import KdsError
from kds.postgres.pool import GIVE_WAY_MS

ORDER_TYPES = ("dine_in", "takeaway", "delivery")
IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
LIMITS = {
    "guest_orders_per_minute": "how many orders guests without a table's link may place in a minute",
    "guest_orders_open_max": "how many orders of guests may be open before such a guest has to wait",
}


def add_actions(actions: Any) -> None:
    """Adds pause, open and cancel-orders to `kds branch`."""
    pause = actions.add_parser("pause", help="guests cannot order; a till can")
    pause.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    pause.add_argument(
        "--minutes", type=_minutes, help="opens again by itself after so many; else until kds branch open"
    )
    pause.set_defaults(run=lambda options: with_database(lambda database: _pause(database, options, paused=True)))
    open_again = actions.add_parser("open", help="guests can order again")
    open_again.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    open_again.set_defaults(
        run=lambda options: with_database(lambda database: _pause(database, options, paused=False)), minutes=None
    )
    cancel = actions.add_parser("cancel-orders", help="cancel what guests placed lately and no cook has finished")
    cancel.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    cancel.add_argument("--minutes", type=_minutes, required=True, help="how far back")
    cancel.add_argument("--yes", action="store_true", help="do not ask")
    cancel.set_defaults(run=lambda options: with_database(lambda database: _cancel(database, options)))


def add_choices(change: argparse.ArgumentParser) -> None:
    """Adds what `kds branch set` may say of guests."""
    change.add_argument(
        "--public-orders",
        type=_order_types,
        metavar="TYPES",
        help="what guests may order: a comma list of dine_in, takeaway, delivery; none; or default "
        "(everything, but where tables are signed only with the link of a table)",
    )
    for limit, words in LIMITS.items():
        change.add_argument(
            f"--{limit.replace('_', '-')}",
            type=_limit,
            metavar="N",
            help=f"{words}; 0: no limit, default: as kds serve is told",
        )


def is_given(options: argparse.Namespace) -> bool:
    """Whether `kds branch set` says anything of guests."""
    return any(getattr(options, name) is not None for name in ("public_orders", *LIMITS))


async def set_door(database: Database, branch: Any, options: argparse.Namespace) -> str:
    """Changes what was given; how it is."""
    types, *limits = (getattr(options, name) for name in ("public_orders", *LIMITS))
    row = await database.connection.fetchrow(
        database.sql.set_door,
        branch["id"],
        types is not None,
        None if types in (None, "default") else types,
        *(value for limit in limits for value in (limit is not None, None if limit == "default" else limit)),
    )
    words = ", ".join(row["public_order_types"]) or "nothing" if row["public_order_types"] is not None else "default"
    told = [f"guests may order {words}"]
    told += [f"{name.replace('_', ' ')} {'default' if row[name] is None else row[name]}" for name in LIMITS]
    return ", ".join(told)


async def _pause(database: Database, options: argparse.Namespace, *, paused: bool) -> int:
    branch = await database.branch(options.branch)
    row = await database.connection.fetchrow(database.sql.pause_ordering, branch["id"], paused, options.minutes)
    until = f"until {row['paused_until']:%H:%M} UTC" if row["paused_until"] else "until: kds branch open"
    print(f"{plain(branch['name'])}: " + (f"ordering by guests is paused {until}" if paused else "guests can order"))
    return 0


async def _cancel(database: Database, options: argparse.Namespace) -> int:
    branch, age = await database.branch(options.branch), timedelta(minutes=options.minutes)
    kinds = [_kind(database, branch["id"], age, *statements) for statements in what_guests_place(database.sql)]
    counts = [len(await find()) for find, _ in kinds]
    if any(counts) and not options.yes:
        print(
            f"Cancel {_counted(*counts)} that guests placed in the last {options.minutes} minutes? [y/N] ",
            end="",
            flush=True,
        )
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise KdsError("nothing was cancelled")
    done = [await take_back(*kind) for kind in kinds]
    print(f"{plain(branch['name'])}: {_counted(*(each.cancelled for each in done))} cancelled")
    left = sum(each.left for each in done)
    if left:
        print(f"{left} more: others hold them. Run it again")
    return 1 if left else 0


def _kind(database: Database, branch_id: UUID, age: timedelta, listing: str, cancelling: str) -> tuple[Find, Cancel]:
    async def find() -> list[UUID]:
        rows = await database.connection.fetch(listing, branch_id, age)
        return [row["id"] for row in rows]

    async def cancel(found: Sequence[UUID]) -> int | None:
        with contextlib.suppress(*IN_THE_WAY):
            async with database.connection.transaction(isolation="read_committed"):
                await database.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                return int(await database.connection.fetchval(cancelling, branch_id, found, None))
        return None

    return find, cancel


def _counted(orders: int, rounds: int) -> str:
    return f"{orders} orders" + (f" and {rounds} rounds of older orders" if rounds else "")


def _minutes(text: str) -> int:
    minutes = whole_number(text, 1, 1440)
    if minutes is None:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no number of minutes from 1 to 1440")
    return minutes


def _limit(text: str) -> int | str:
    if text == "default":
        return text
    limit = whole_number(text, 0, 100_000)
    if limit is None:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no number from 0 to 100000, nor default")
    return limit


def _order_types(text: str) -> list[str] | str:
    if text == "default":
        return text
    types = [] if text == "none" else list(dict.fromkeys(word.strip() for word in text.split(",")))
    if unknown := [word for word in types if word not in ORDER_TYPES]:
        raise argparse.ArgumentTypeError(f"{quoted(unknown[0])} is none of {', '.join(ORDER_TYPES)}, none, default")
    return types
