"""The files of sql/ that `kds migrate` applies every time, and what they make: functions, triggers, views, rights."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kds.postgres.migrate.migrations import statements
from kds.postgres.statements import script

REPLACED = (
    "taking.sql",
    "checks.sql",
    "values.sql",
    "parts.sql",
    "restaurant.sql",
    "days.sql",
    "numbers.sql",
    "rules.sql",
    "actors.sql",
    "dishes.sql",
    "stock.sql",
    "firing.sql",
    "later.sql",
    "clock.sql",
    "marks.sql",
    "rewriting.sql",
    "sums.sql",
    "staff.sql",
    "members.sql",
    "managing.sql",
    "remember.sql",
    "announce.sql",
    "triggers.sql",
    "objects.sql",
    "rounds.sql",
    "placing.sql",
    "cancelling.sql",
    "voids.sql",
    "refiring.sql",
    "epoch.sql",
    "pruning.sql",
    "forgetting.sql",
    "batching.sql",
    "menu.sql",
    "views.sql",
    "rights.sql",
)
"""In this order."""


@dataclass(frozen=True)
class Replaced:
    """Their text; the names of what they make; the statements by what they lock: tables, our views, nothing."""

    text: str
    functions: list[str]
    triggers: list[str]
    views: list[str]
    of_triggers: list[str]
    of_views: list[str]
    of_functions: list[str]


def read_replaced() -> Replaced:
    """Reads the files."""
    text = "\n".join(script(name) for name in REPLACED)
    views = re.findall(r"^CREATE OR REPLACE VIEW (\w+)", text, re.MULTILINE)
    every = [statement for statement in statements(text) if not _is_of_lock(statement)]
    return Replaced(
        text,
        re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", text, re.MULTILINE),
        re.findall(r"^CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (\w+)", text, re.MULTILINE),
        views,
        [statement for statement in every if _is_of_trigger(statement)],
        [statement for statement in every if _is_of_view(statement, views)],
        [statement for statement in every if not _is_of_trigger(statement) and not _is_of_view(statement, views)],
    )


def _code(statement: str) -> str:
    return "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--")).lstrip()


def _is_of_lock(statement: str) -> bool:
    """Whether it locks the tables for a file that is run by hand."""
    return _code(statement).startswith("SELECT take_tables(")


def _is_of_trigger(statement: str) -> bool:
    code = _code(statement)
    return bool(
        re.match(r"(CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER|DROP TRIGGER|COMMENT ON TRIGGER|DROP FUNCTION)\b", code)
        or re.match(r"ALTER TABLE \S+\s+ENABLE ALWAYS TRIGGER\b", code)
        or (code.startswith("DO ") and "TRIGGER" in code)
    )


def _is_of_view(statement: str, views: list[str]) -> bool:
    """Whether it makes a view anew, or gives rights on one: other rights go with the functions that need them."""
    code = _code(statement)
    return bool(
        re.match(r"(CREATE OR REPLACE|COMMENT ON) VIEW\b", code)
        or (code.startswith("DO ") and "GRANT " in code and re.search(rf"\bpublic\.({'|'.join(views)})\b", code))
    )
