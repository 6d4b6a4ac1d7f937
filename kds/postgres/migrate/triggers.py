"""Which triggers must be in the database, and which of them are not as they must be.

Without them nothing is announced: orders are taken, and no kitchen hears of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kds.postgres.migrate.replaced import REPLACED
from kds.postgres.statements import sql_folder

_CREATED = re.compile(r"^CREATE (?:OR REPLACE |CONSTRAINT )?TRIGGER (\w+)\s.*?\sON (\w+)", re.MULTILINE | re.DOTALL)
_ALWAYS = re.compile(r"ENABLE ALWAYS TRIGGER (\w+)")


@dataclass(frozen=True)
class LostTriggers:
    """(table, trigger) of those that are not there, that are disabled, and that let restored rows pass unseen."""

    missing: list[tuple[str, str]] = field(default_factory=list)
    disabled: list[tuple[str, str]] = field(default_factory=list)
    plain: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.missing) + len(self.disabled) + len(self.plain)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from (*self.missing, *self.disabled, *self.plain)

    def __str__(self) -> str:
        return shown(self)


def shown(names: Iterable[tuple[str, str]]) -> str:
    """`orders_announce_insert on orders, ...`."""
    return ", ".join(f"{trigger} on {table}" for table, trigger in names)


def lost_triggers(rows: Iterable[Any]) -> LostTriggers:
    """What is wrong with the triggers that read_triggers has found."""
    enabled = {(row["table_name"], row["trigger_name"]): row["enabled"] for row in rows}
    expected, always = expected_triggers()
    return LostTriggers(
        [name for name in expected if name not in enabled],
        [name for name in expected if enabled.get(name) in ("D", "R")],
        [name for name in expected if name[1] in always and enabled.get(name) == "O"],
    )


@cache
def expected_triggers() -> tuple[list[tuple[str, str]], set[str]]:
    """(table, trigger) of every trigger in sql/, and the names of those that are ENABLE ALWAYS."""
    files = {name: (sql_folder() / name).read_text(encoding="utf-8") for name in REPLACED}
    every = "\n".join(files.values())
    expected = sorted((table, trigger) for trigger, table in _CREATED.findall(every))
    # triggers.sql does it to all of its own, in a loop
    always = {*_ALWAYS.findall(every), *(trigger for trigger, _ in _CREATED.findall(files["triggers.sql"]))}
    return expected, always
