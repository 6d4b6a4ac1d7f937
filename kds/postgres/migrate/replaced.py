"""The files of sql/ that `kds migrate` applies every time, and what they make: functions, triggers, views, rights."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kds.postgres.migrate.migrations import statements
from kds.postgres.statements import script

REPLACED = (
    "values.sql",
    "days.sql",
    "numbers.sql",
    "rules.sql",
    "announce.sql",
    "triggers.sql",
    "functions.sql",
    "menu.sql",
    "views.sql",
    "rights.sql",
)
"""In this order."""


@dataclass(frozen=True)
class Replaced:
    """Their text; the names of what they make; the statements that need a lock on a table, and the others."""

    text: str
    functions: list[str]
    triggers: list[str]
    views: list[str]
    of_triggers: list[str]
    others: list[str]


def read_replaced() -> Replaced:
    """Reads the files."""
    text = "\n".join(script(name) for name in REPLACED)
    every = [statement for statement in statements(text) if not _is_of_lock(statement)]
    return Replaced(
        text,
        re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", text, re.MULTILINE),
        re.findall(r"^CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (\w+)", text, re.MULTILINE),
        re.findall(r"^CREATE OR REPLACE VIEW (\w+)", text, re.MULTILINE),
        [statement for statement in every if _is_of_trigger(statement)],
        [statement for statement in every if not _is_of_trigger(statement)],
    )


def _code(statement: str) -> str:
    return "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--")).lstrip()


def _is_of_lock(statement: str) -> bool:
    """Whether it locks the tables for a file that is run by hand."""
    return _code(statement).startswith("DO ") and "LOCK TABLE" in statement


def _is_of_trigger(statement: str) -> bool:
    code = _code(statement)
    return bool(
        re.match(r"(CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER|DROP TRIGGER|COMMENT ON TRIGGER|DROP FUNCTION)\b", code)
        or re.match(r"ALTER TABLE \S+\s+ENABLE ALWAYS TRIGGER\b", code)
        or (code.startswith("DO ") and "TRIGGER" in code)
    )
