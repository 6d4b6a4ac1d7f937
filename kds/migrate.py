"""Brings a database to the schema of this code: `kds migrate`.

An empty database gets schema.sql; an older one the files of migrations/ it lacks, in their order; both get rules,
triggers, functions and views anew. Plain migrations that follow each other share one transaction, the last ones with
the files that are applied every time; a migration of steps stands by itself, see kds/migrations.py. Only one process
migrates at a time, so two may start at once.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from kds.database import MINIMUM_VERSION, connect
from kds.errors import SchemaError
from kds.migrations import is_steps, statements
from kds.migrations import migrations as migrations
from kds.migrations import newest_version as newest_version
from kds.statements import script, sql_folder

REPLACED = (
    "values.sql",
    "rules.sql",
    "announce.sql",
    "triggers.sql",
    "functions.sql",
    "menu.sql",
    "views.sql",
    "rights.sql",
)
"""What is applied every time, in this order."""
LOCK_TIMEOUT_S = 3
ATTEMPTS = 20
CONNECT_TIMEOUT_S = 10.0
_CONCURRENTLY = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+(?P<index>\w+)|\bCONCURRENTLY\b",
    re.IGNORECASE,
)
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


async def migrate(url: str, report: Callable[[str], None]) -> None:
    """Applies what the database lacks; does no harm when it lacks nothing.

    Raises:
        SchemaError: the server is too old, the database is ahead of this code, or writers never let go of its tables.
        CONNECTION_ERRORS: there is no server.
    """
    connection = await connect(url, "kds-migrate", timeout_s=CONNECT_TIMEOUT_S)
    try:
        check_server_version(connection)
        await _take_turn(connection, report)
        await _migrate(connection, report)
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


async def present_version(connection: Any) -> int | None:
    """The schema version of a database; None when it has no schema of ours."""
    if await connection.fetchval("SELECT to_regclass('public.schema_migrations')") is None:
        return None
    version: int = await connection.fetchval("SELECT max(version) FROM public.schema_migrations")
    return version


async def _take_turn(connection: Any, report: Callable[[str], None]) -> None:
    # Asked for again and again: who waits for a lock holds a snapshot, and CREATE INDEX CONCURRENTLY of the process
    # that has the lock waits for that. The lock goes with the connection.
    for attempt in itertools.count():
        if await connection.fetchval("SELECT pg_try_advisory_lock(493269104, 0)"):
            return
        if attempt == 0:
            report("Another kds migrate is at work, waiting for it.")
        await asyncio.sleep(0.2)


async def _migrate(connection: Any, report: Callable[[str], None]) -> None:
    await connection.execute("SET client_min_messages = warning")
    version, needed = await present_version(connection), newest_version()
    if version is None:
        report(f"The database is empty: creating schema version {needed}.")
        files = ["schema.sql", *REPLACED]
        await _until_free(report, lambda: _apply_together(connection, files, report))
    elif version > needed:
        raise SchemaError(
            f"The database has schema version {version}, this code knows {needed}. "
            "Nothing was changed. Deploy the newer code."
        )
    else:
        for part in await _parts(connection):
            if isinstance(part, str):
                await _apply_steps(connection, part, report)
            else:
                await _until_free(report, lambda files=part: _apply_together(connection, files, report))  # type: ignore[misc]
    report(f"Schema version {needed}, triggers in place.")


async def _parts(connection: Any) -> list[str | list[str]]:
    """What the database lacks, in order: files that share a transaction as a list, a file of steps by itself.

    What is replaced every time follows the last plain migration, whose tables and columns it may need; steps after
    that one may need what is replaced.
    """
    applied = {row[0] for row in await connection.fetch("SELECT version FROM public.schema_migrations")}
    parts: list[str | list[str]] = []
    together = 0
    for number, file in migrations().items():
        if number in applied:
            continue
        name = f"migrations/{file.name}"
        if is_steps(file.read_text(encoding="utf-8")):
            parts.append(name)
        elif parts and isinstance(parts[-1], list):
            parts[-1].append(name)
            together = len(parts) - 1
        else:
            parts.append([name])
            together = len(parts) - 1
    if parts and isinstance(parts[together], list):
        parts[together] = [*parts[together], *REPLACED]
    else:
        parts.insert(0, [*REPLACED])
    return parts


async def _until_free(report: Callable[[str], None], work: Callable[[], Awaitable[None]]) -> None:
    """Does something that needs locks, again when somebody holds them."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await work()
        except _BUSY:
            report(f"The tables are in use, trying again ({attempt} of {ATTEMPTS}).")
            await asyncio.sleep(0.5)
    raise SchemaError(
        "The tables stayed locked. End the long transaction that pg_stat_activity shows, then run kds migrate."
    )


async def _apply_together(connection: Any, files: list[str], report: Callable[[str], None]) -> None:
    async with connection.transaction():
        # Replacing a trigger waits for all who use its table, and makes others wait meanwhile: not for long.
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
        for name in files:
            if name.startswith("migrations/"):
                report(f"Applying {name.partition('/')[2]}.")
            await connection.execute(script(name))


async def _apply_steps(connection: Any, name: str, report: Callable[[str], None]) -> None:
    steps = statements((sql_folder() / name).read_text(encoding="utf-8"))
    for number, step in enumerate(steps, start=1):
        report(f"Applying {name.partition('/')[2]}, step {number} of {len(steps)}.")
        await _until_free(report, lambda step=step: _apply_step(connection, step))  # type: ignore[misc]


async def _apply_step(connection: Any, step: str) -> None:
    concurrently = _CONCURRENTLY.search(step)
    if concurrently is None:
        await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
    else:
        # It waits for the transactions of others, and makes nobody wait.
        await connection.execute("SET lock_timeout = 0")
        if concurrently["index"]:
            await _drop_unfinished(connection, concurrently["index"])
    await connection.execute(step)


async def _drop_unfinished(connection: Any, index: str) -> None:
    """Drops an index that an interrupted CREATE INDEX CONCURRENTLY left: IF NOT EXISTS would keep it, useless."""
    is_valid = await connection.fetchval(
        "SELECT i.indisvalid FROM pg_index AS i WHERE i.indexrelid = to_regclass('public.' || $1)", index
    )
    if is_valid is False:
        await connection.execute(f"DROP INDEX CONCURRENTLY public.{index}")
