"""What `kds branch` does with the business day: its time zone, the hour at which it starts, what numbers do then."""

from __future__ import annotations

import argparse
from datetime import time
from typing import Any

import asyncpg

from kds.commands.database import Database
from kds.domain.text import quoted

TIMEZONE_HELP = "its time zone, a name of the IANA list such as Europe/Rome"
DAY_START_HELP = "when its business day, and with it the order numbers, starts anew by its own clock"


def add_choices(change: argparse.ArgumentParser) -> None:
    """Adds what `kds branch set` may say of the day."""
    change.add_argument("--timezone", metavar="ZONE", help=TIMEZONE_HELP)
    change.add_argument("--day-start", metavar="HH:MM", type=day_start, help=DAY_START_HELP)


def is_given(options: argparse.Namespace) -> bool:
    """Whether `kds branch set` says anything of the day."""
    return options.timezone is not None or options.day_start is not None


async def set_day(database: Database, branch: Any, options: argparse.Namespace) -> str:
    """Changes what was given; how it is, and what the numbers do."""
    try:
        async with database.connection.transaction():
            before = (await database.connection.fetchrow(database.sql.read_day, branch["id"]))["today"]
    except asyncpg.InvalidParameterValueError:  # its time zone is none that this server still has
        before = None
    await database.connection.execute(database.sql.set_day, branch["id"], options.timezone, options.day_start)
    day = await database.connection.fetchrow(database.sql.read_day, branch["id"])
    moved = f"it is the business day {day['today']:%Y-%m-%d} now, " if day["today"] != before else ""
    return (
        f"time zone {day['timezone']}, day starts at {day['day_starts_at']}: {moved}"
        f"numbers {_go_on(day['last'])} until {day['ends_at']}, then {_go_on(day['last_of_next'])}"
    )


def day_start(text: str) -> time:
    """An hour of the day as a wall clock shows it, for argparse."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and text.isascii() and len(hours) <= 2 and len(minutes) == 2):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no time of day such as 04:00")
    if int(hours) > 23 or int(minutes) > 59:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no time of day from 00:00 to 23:59")
    return time(int(hours), int(minutes))


def _go_on(last: int) -> str:
    return f"go on after {last}" if last else "start at 1"
