"""What must be in the database: a server that is new enough, our schema, every trigger in its place."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from kds.database import MINIMUM_VERSION
from kds.doctor.finding import ANY_URL, MIGRATE, Finding
from kds.migrate import newest_version, present_version
from kds.statements import sql_folder

_CREATED = re.compile(r"^CREATE (?:OR REPLACE |CONSTRAINT )?TRIGGER (\w+)\s.*?\sON (\w+)", re.MULTILINE | re.DOTALL)
_ALWAYS = re.compile(r"ENABLE ALWAYS TRIGGER (\w+)")


def version_findings(link: Any, minimum: int = MINIMUM_VERSION) -> list[Finding]:
    """Whether the server knows what the schema uses."""
    major = link.get_server_version().major
    if major >= minimum:
        return []
    return [
        Finding(
            f"PostgreSQL {major} is too old, {minimum} or later is needed. Move to a newer server.",
            f'pg_dump "$DATABASE_URL" | psql {ANY_URL}',
        )
    ]


async def schema_findings(link: Any, needed: int | None = None) -> list[Finding]:
    """Whether the schema is the one this code needs."""
    needed = needed or newest_version()
    version = await present_version(link)
    if version is None:
        return [Finding("The database has no schema.", MIGRATE)]
    if version < needed:
        return [Finding(f"The database has schema version {version}, this code needs {needed}.", MIGRATE)]
    if version > needed:
        what = f"The database has schema version {version}, this code knows {needed}: deploy the newer code."
        return [Finding(what, "pip install --upgrade .")]
    return []


async def trigger_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every trigger is there, enabled, and fires for replicated rows where it must."""
    enabled = {(row["table_name"], row["trigger_name"]): row["enabled"] for row in await link.fetch(sql.read_triggers)}
    expected, always = expected_triggers()
    return [
        *_finding("Triggers are missing", [name for name in expected if name not in enabled]),
        *_finding("Triggers are disabled", [name for name in expected if enabled.get(name) in ("D", "R")]),
        *_finding(
            "Triggers do not fire for replicated and restored rows",
            [name for name in expected if name[1] in always and enabled.get(name) == "O"],
        ),
    ]


def expected_triggers() -> tuple[list[tuple[str, str]], set[str]]:
    """(table, trigger) of every trigger in sql/, and the names of those that are ENABLE ALWAYS."""
    values, rules, menu, triggers = (
        (sql_folder() / name).read_text(encoding="utf-8")
        for name in ("values.sql", "rules.sql", "menu.sql", "triggers.sql")
    )
    expected = sorted((table, trigger) for trigger, table in _CREATED.findall(values + rules + menu + triggers))
    # triggers.sql does it to all of its own, in a loop
    always = {*_ALWAYS.findall(rules + menu), *(trigger for trigger, _ in _CREATED.findall(triggers))}
    return expected, always


def _finding(what: str, names: list[tuple[str, str]]) -> list[Finding]:
    shown = ", ".join(f"{trigger} on {table}" for table, trigger in names)
    return [Finding(f"{what}: {shown}.", MIGRATE)] if names else []
