"""What `kds branch set` does with courses: what fires the next one."""

from __future__ import annotations

import argparse
from typing import Any

from kds.commands.database import Database
from kds.domain.text import quoted, whole_number

BY_HAND, WHEN_READY = "by-hand", "when-ready"
MINUTES_MAX = 240


def add_choice(change: argparse.ArgumentParser) -> None:
    """Adds what `kds branch set` may say of courses."""
    change.add_argument(
        "--courses",
        type=_firing,
        metavar="WHEN",
        help=f"what fires the next course of an order: {BY_HAND}, {WHEN_READY} (the one before is READY), or so many "
        "minutes after the one before was fired",
    )


async def set_courses(database: Database, branch: Any, options: argparse.Namespace) -> str:
    """Changes it; how it is. What waits already is told by the next change of its order."""
    firing, minutes = options.courses
    await database.connection.execute(database.sql.set_courses, branch["id"], firing, minutes)
    words = {"HAND": "by hand", "READY": "when the one before is READY"}
    return f"the next course is fired {words.get(firing, f'{minutes} minutes after the one before')}"


def _firing(text: str) -> tuple[str, int | None]:
    if text in {BY_HAND, WHEN_READY}:
        return {BY_HAND: "HAND", WHEN_READY: "READY"}[text], None
    minutes = whole_number(text, 1, MINUTES_MAX)
    if minutes is None:
        raise argparse.ArgumentTypeError(
            f"{quoted(text)} is none of {BY_HAND}, {WHEN_READY}, 1 to {MINUTES_MAX} minutes"
        )
    return "MINUTES", minutes
