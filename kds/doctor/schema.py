"""What must be in the database: a server that is new enough, our schema, every trigger in its place."""

from __future__ import annotations

import re
import shlex
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import UUID

from kds.doctor.finding import ANY_URL, MIGRATE, Finding, identifier
from kds.postgres.connect import MINIMUM_VERSION
from kds.postgres.migrate.checks import ENCODING, present_version
from kds.postgres.migrate.migrate import BRANCHES_AT_ONCE, may_serve_on
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.statements import sql_folder

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


async def encoding_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether the database can hold every text that a guest may write."""
    row = await link.fetchrow(sql.read_encoding)
    if row["encoding"] == ENCODING:
        return []
    name = f"{row['database']}_utf8"
    create = f"CREATE DATABASE {identifier(name)} ENCODING '{ENCODING}' LOCALE 'C' TEMPLATE template0"
    other = shlex.quote(f"s#(//[^/]*/)[^?]*#\\1{quote(name, safe='')}#")
    return [
        Finding(
            f"The database has the encoding {row['encoding']}, which cannot hold every note of a guest: {ENCODING} is "
            "needed. Stop kds, move the rows into another database, and give its address from then on.",
            f'psql "$DATABASE_URL" -c {shlex.quote(create)} && UTF8_URL="$(echo "$DATABASE_URL" | sed -E {other})" && '
            'pg_dump "$DATABASE_URL" | psql -q "$UTF8_URL" && export DATABASE_URL="$UTF8_URL"',
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
    if version > needed and not await may_serve_on(link, needed):
        what = f"The database has schema version {version}, this code knows {needed}: deploy the newer code."
        return [Finding(what, "pip install --upgrade .")]
    return []


async def schema_notices(link: Any, needed: int | None = None) -> list[str]:
    """That a newer release was here, which lets this one serve on."""
    needed = needed or newest_version()
    version = await present_version(link)
    if version is None or version <= needed or not await may_serve_on(link, needed):
        return []
    return [f"The database has schema version {version}, this code knows {needed} and may serve on"]


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


async def number_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every branch has its sequence of order numbers, past the numbers that today has."""
    missing, behind = list[str](), list[str]()
    after: UUID | None = None
    while rows := await link.fetch(sql.read_order_numbers, after, BRANCHES_AT_ONCE):
        missing += [row["name"] for row in rows if row["is_missing"]]
        behind += [row["name"] for row in rows if row["is_behind"]]
        after = rows[-1]["id"]
    return [
        *_branches("have no sequence of order numbers, and take no order", missing),
        *_branches("have a sequence of order numbers behind the numbers of today", behind),
    ]


def _branches(what: str, names: list[str]) -> list[Finding]:
    return [Finding(f"{len(names)} branches {what}, such as {names[0]!r}.", MIGRATE)] if names else []


def expected_triggers() -> tuple[list[tuple[str, str]], set[str]]:
    """(table, trigger) of every trigger in sql/, and the names of those that are ENABLE ALWAYS."""
    values, days, numbers, rules, menu, triggers = (
        (sql_folder() / name).read_text(encoding="utf-8")
        for name in ("values.sql", "days.sql", "numbers.sql", "rules.sql", "menu.sql", "triggers.sql")
    )
    rules = numbers + rules
    expected = sorted((table, trigger) for trigger, table in _CREATED.findall(values + days + rules + menu + triggers))
    # triggers.sql does it to all of its own, in a loop
    always = {*_ALWAYS.findall(rules + menu), *(trigger for trigger, _ in _CREATED.findall(triggers))}
    return expected, always


def _finding(what: str, names: list[tuple[str, str]]) -> list[Finding]:
    shown = ", ".join(f"{trigger} on {table}" for table, trigger in names)
    return [Finding(f"{what}: {shown}.", MIGRATE)] if names else []
