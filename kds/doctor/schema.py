"""What must be in the database: a server that is new enough, our schema, every trigger in its place."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import UUID

from kds.doctor.finding import ANY_URL, MIGRATE, Finding, identifier
from kds.postgres.connect import MINIMUM_VERSION
from kds.postgres.migrate.checks import ENCODING, keys_missing, present_version
from kds.postgres.migrate.keys import read_lost_keys
from kds.postgres.migrate.migrate import BRANCHES_AT_ONCE, may_serve_on
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.migrate.triggers import lost_triggers, shown

RESTORE_KEYS = f'{{ pg_restore --section=post-data -d "$DATABASE_URL" DUMP || true; }} && {MIGRATE}'
"""What is there already is left as it is, and counts as an error of pg_restore."""


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


async def key_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether the tables have their keys, where the schema is the one of this code."""
    if await present_version(link) != newest_version():
        return []
    lost = await read_lost_keys(link, sql, whole=True)
    return [Finding(keys_missing(lost), RESTORE_KEYS)] if lost else []


async def trigger_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every trigger is there, enabled, and fires for replicated rows where it must."""
    lost = lost_triggers(await link.fetch(sql.read_triggers))
    return [
        *_finding("Triggers are missing", lost.missing),
        *_finding("Triggers are disabled", lost.disabled),
        *_finding("Triggers do not fire for replicated and restored rows", lost.plain),
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


def _finding(what: str, names: list[tuple[str, str]]) -> list[Finding]:
    return [Finding(f"{what}: {shown(names)}.", MIGRATE)] if names else []
