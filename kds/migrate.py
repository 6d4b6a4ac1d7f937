"""Brings a database to the schema of this code: `kds migrate`.

An empty database gets schema.sql; an older one the files of migrations/ it lacks; both get rules, triggers, functions
and views anew. Everything runs in one transaction under an advisory lock, so two processes may start at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from kds.database import MINIMUM_VERSION, connect
from kds.errors import SchemaError
from kds.statements import sql_folder

REPLACED = ("rules.sql", "triggers.sql", "functions.sql", "menu.sql", "views.sql", "rights.sql")
"""What is applied every time, in this order."""
LOCK_TIMEOUT_S = 3
ATTEMPTS = 20
CONNECT_TIMEOUT_S = 10.0


def migrations() -> dict[int, Path]:
    """The migration files by version."""
    found: dict[int, Path] = {}
    for file in sorted((sql_folder() / "migrations").glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_\w+\.sql", file.name)
        if match is None:
            raise SchemaError(f"{file.name} is no migration: name it NNNN_verb_object.sql")
        found[int(match[1])] = file
    return found


def newest_version() -> int:
    """The schema version this code needs."""
    return max(migrations())


async def migrate(url: str, report: Callable[[str], None]) -> None:
    """Applies what the database lacks; does no harm when it lacks nothing.

    Raises:
        SchemaError: the server is too old, the database is ahead of this code, or writers never let go of its tables.
        CONNECTION_ERRORS: there is no server.
    """
    connection = await connect(url, "kds-migrate", timeout_s=CONNECT_TIMEOUT_S)
    try:
        check_server_version(connection)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with connection.transaction():
                    await _migrate(connection, report)
                return
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                report(f"The tables are in use, trying again ({attempt} of {ATTEMPTS}).")
                await asyncio.sleep(0.5)
        raise SchemaError(
            "The tables stayed locked. End the long transaction that pg_stat_activity shows, then run kds migrate."
        )
    finally:
        await connection.close()


def check_server_version(connection: Any) -> None:
    """Refuses a PostgreSQL that lacks what the schema uses.

    Raises:
        SchemaError: with the version found and the one needed.
    """
    version = connection.get_server_version()
    if version.major < MINIMUM_VERSION:
        raise SchemaError(f"PostgreSQL {version.major} is too old: {MINIMUM_VERSION} or later is needed.")


async def _migrate(connection: Any, report: Callable[[str], None]) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(493269104, 0)")
    # Replacing a trigger waits for every transaction on its table, and makes the others wait meanwhile: not for long.
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
    await connection.execute("SET LOCAL client_min_messages = warning")
    folder = sql_folder()
    version = await present_version(connection)
    needed = newest_version()
    if version is None:
        report(f"The database is empty: creating schema version {needed}.")
        await connection.execute((folder / "schema.sql").read_text(encoding="utf-8"))
    elif version > needed:
        raise SchemaError(
            f"The database has schema version {version}, this code knows {needed}. "
            "Nothing was changed. Deploy the newer code."
        )
    else:
        for number, file in migrations().items():
            if number > version:
                report(f"Applying {file.name}.")
                await connection.execute(file.read_text(encoding="utf-8"))
    for name in REPLACED:
        await connection.execute((folder / name).read_text(encoding="utf-8"))
    report(f"Schema version {needed}, triggers in place.")


async def present_version(connection: Any) -> int | None:
    """The schema version of a database; None when it has no schema of ours."""
    if await connection.fetchval("SELECT to_regclass('public.schema_migrations')") is None:
        return None
    version: int = await connection.fetchval("SELECT max(version) FROM public.schema_migrations")
    return version
