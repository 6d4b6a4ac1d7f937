"""What `kds branch set` does with the words of guests: for how many days they are kept."""

from __future__ import annotations

import argparse
from typing import Any

from kds.commands.database import Database
from kds.domain.text import quoted, whole_number

NEVER = "never"
DAYS_MAX = 36_500


def add_choice(change: argparse.ArgumentParser) -> None:
    """Adds what `kds branch set` may say of forgetting."""
    change.add_argument(
        "--forget-after",
        type=_days,
        metavar="DAYS",
        help="for how many days after the day of an order the words of its guest are kept, names and notes; then "
        f"kds serve takes them out, and what was ordered, when and for how much stays: 1 to {DAYS_MAX}, or {NEVER}. "
        "One guest's: kds forget",
    )


async def set_forgetting(database: Database, branch: Any, options: argparse.Namespace) -> str:
    """Changes it; how it is."""
    days = options.forget_after or None
    await database.connection.execute(database.sql.set_forgetting, branch["id"], days)
    if days is None:
        return "names and notes of guests are kept for good"
    return f"names and notes of guests are forgotten {days} {'day' if days == 1 else 'days'} after the day of the order"


def _days(text: str) -> int:
    """0 for never."""
    if text == NEVER:
        return 0
    days = whole_number(text, 1, DAYS_MAX)
    if days is None:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is neither {NEVER} nor 1 to {DAYS_MAX} days")
    return days
