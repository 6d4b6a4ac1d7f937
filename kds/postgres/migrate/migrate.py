"""Brings a database to the schema of this code: `kds migrate`.

An empty database gets schema.sql; an older one the files of migrations/ it lacks, in their order; both get the files
that are applied every time: rules, triggers, functions, views and rights. Plain migrations that follow each other
share one transaction, the last ones with those files; a migration of steps stands by itself, see
kds/postgres/migrate/migrations.py.

A restaurant goes on meanwhile. A database that has all of it already is only looked at, and functions are replaced
without a lock on any table. Only where a table or its triggers change all tables are locked, together and before
anything else is, with a wait so short that nobody waits long behind it and that PostgreSQL never ends another's
transaction for it: who cannot have them now lets go, and tries again. Views follow by themselves, so that nobody who
reads one waits for the tables too. Only one process migrates at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from kds.errors import SchemaError
from kds.postgres.connect import connect
from kds.postgres.migrate.checks import check_keys, check_room, check_server, present_version, refused
from kds.postgres.migrate.migrations import is_steps, statements
from kds.postgres.migrate.migrations import migrations as migrations
from kds.postgres.migrate.migrations import newest_version as newest_version
from kds.postgres.migrate.replaced import REPLACED as REPLACED
from kds.postgres.migrate.replaced import read_replaced
from kds.postgres.migrate.tables_in_use import LOCK_WAIT_MS, LOCKED, TablesInUse
from kds.postgres.migrate.triggers import lost_triggers
from kds.postgres.statements import load_statements, script, sql_folder

CONNECT_TIMEOUT_S = 10.0
BRANCHES_AT_ONCE = 500

_CONCURRENTLY = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+(?P<index>\w+)|\bCONCURRENTLY\b",
    re.IGNORECASE,
)


async def migrate(url: str, report: Callable[[str], None]) -> None:
    """Applies what the database lacks; touches nothing when it lacks nothing.

    Raises:
        SchemaError: the database cannot be brought to this schema; says what stands in the way.
        CONNECTION_ERRORS: there is no server.
    """
    connection = await connect(url, "kds-migrate", timeout_s=CONNECT_TIMEOUT_S)
    try:
        await check_server(connection)
        await connection.execute("SET client_min_messages = warning; SET statement_timeout = 0")
        await _Migration(connection, report).run()
    except asyncpg.InsufficientPrivilegeError as error:
        raise SchemaError(f"{error}. {await refused(connection)}") from error
    finally:
        await connection.close()


async def may_serve_on(connection: Any, known: int) -> bool:
    """Whether all that was applied beyond the version `known` declares that code which knows that one may go on."""
    oldest = await connection.fetchval(
        "SELECT max(coalesce(oldest_code, version)) FROM public.schema_migrations WHERE version > $1", known
    )
    return oldest is None or oldest <= known


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Migration:
    """One run on one connection."""

    def __init__(self, connection: Any, report: Callable[[str], None]) -> None:
        self._connection = connection
        self._report = report
        self._sql = load_statements()
        self._replaced = read_replaced()
        self._tables = TablesInUse(connection, report, self._sql.read_holders)
        self._told: list[str] = []
        """What follows where triggers are put back, in the same transaction: nobody announced what came meanwhile."""

    async def run(self) -> None:
        await self._take_turn()
        version, needed = await present_version(self._connection), newest_version()
        if version is None:
            await check_room(self._connection, self._sql)
            self._report(f"The database is empty: creating schema version {needed}.")
            await self._apply_together(["schema.sql", *REPLACED], lock=False)
        elif version > needed:
            await self._leave_alone(version, needed)
            return
        else:
            await check_keys(self._connection, self._sql, whole=version == needed)
            missing = await self._missing()
            same, same_triggers = await self._compare()
            await self._find_lost()
            if not missing and same and same_triggers:
                with contextlib.suppress(asyncpg.InsufficientPrivilegeError):  # the service's role, before kds serve
                    await self._mend_numbers()
                self._report(f"Schema version {needed}, triggers in place: nothing to do.")
                return
            for part in self._parts(missing):
                await self._apply(part, triggers=not same_triggers)
        await self._remember()
        await self._mend_numbers()
        self._report(f"Schema version {needed}, triggers in place.")

    async def _take_turn(self) -> None:
        # Asked for again and again: who waits for a lock holds a snapshot, and CREATE INDEX CONCURRENTLY of the process
        # that has the lock waits for that. The lock goes with the connection.
        for attempt in itertools.count():
            if await self._connection.fetchval("SELECT pg_try_advisory_lock(493269104, 0)"):
                return
            if attempt == 0:
                self._report("Another kds migrate is at work, waiting for it.")
            await asyncio.sleep(0.2)

    async def _leave_alone(self, version: int, needed: int) -> None:
        found = f"The database has schema version {version}, this code knows {needed}"
        if not await may_serve_on(self._connection, needed):
            raise SchemaError(f"{found}. Nothing was changed. Deploy the newer code.")
        self._report(f"Warning: {found} and may serve on. Nothing was changed.")

    # What is lacking

    async def _missing(self) -> list[str]:
        applied = {row[0] for row in await self._connection.fetch("SELECT version FROM public.schema_migrations")}
        return [f"migrations/{file.name}" for number, file in migrations().items() if number not in applied]

    async def _compare(self) -> tuple[bool, bool]:
        """Whether functions, views and rights, and whether triggers, are those that these files have made."""
        if not await self._connection.fetchval(self._sql.has_applied):
            return False, False
        applied: str = await self._connection.fetchval("SELECT applied FROM public.deployment") or "-"
        rest, _, triggers = applied.partition(" ")
        rest_now, triggers_now = await self._digests()
        return rest == rest_now, triggers == triggers_now

    async def _find_lost(self) -> None:
        """Where triggers were lost since they were made, every screen reads anew once they are back."""
        applied: str | None = None
        if await self._connection.fetchval(self._sql.has_applied):
            applied = await self._connection.fetchval("SELECT applied FROM public.deployment")
        lost = lost_triggers(await self._connection.fetch(self._sql.read_triggers))
        if lost and (applied or "").rpartition(":")[2] != (await self._digests())[1].rpartition(":")[2]:
            self._told = ["SELECT public.resync_branches()"]
            self._report(f"Triggers were lost, every screen reads anew what they did not announce: {lost}.")

    async def _digests(self) -> tuple[str, str]:
        made = self._replaced
        row = await self._connection.fetchrow(self._sql.digest_installed, made.functions, made.triggers, made.views)
        of_triggers = "\n".join(made.of_triggers)
        return f"{_sha256(made.text)}:{row['rest']}", f"{_sha256(of_triggers)}:{row['triggers']}"

    async def _remember(self) -> None:
        await self._connection.execute("UPDATE public.deployment SET applied = $1", " ".join(await self._digests()))

    def _parts(self, missing: list[str]) -> list[str | list[str]]:
        """What to apply, in order: files that share a transaction as a list, a file of steps by itself.

        What is replaced every time follows the last plain migration, whose tables and columns it may need; steps after
        that one may need what is replaced.
        """
        parts: list[str | list[str]] = []
        for name in missing:
            if is_steps((sql_folder() / name).read_text(encoding="utf-8")):
                parts.append(name)
            elif parts and isinstance(parts[-1], list):
                parts[-1].append(name)
            else:
                parts.append([name])
        plain = [part for part in parts if isinstance(part, list)]
        if plain:
            plain[-1].extend(REPLACED)
        else:
            parts.insert(0, [*REPLACED])
        return parts

    # Applying

    async def _apply(self, part: str | list[str], *, triggers: bool) -> None:
        if isinstance(part, str):
            await self._apply_steps(part)
        elif part == [*REPLACED]:
            await self._replace(triggers=triggers)
        else:
            await self._tables.until_free(lambda: self._apply_together(part), (*LOCKED, *self._replaced.views))

    async def _replace(self, *, triggers: bool) -> None:
        """Replaces what is replaced every time: triggers together with the functions that they call, then views."""
        await self._tables.until_free(lambda: self._replace_functions(triggers=triggers), LOCKED if triggers else ())
        await self._tables.until_free(self._replace_views, self._replaced.views)

    async def _replace_functions(self, *, triggers: bool) -> None:
        # The statements of one message are one transaction. While it has the tables it waits for no answer of ours.
        script = [f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}", *self._replaced.of_functions]
        if triggers:
            script += [*await self._tables.lock_statements(), *self._replaced.of_triggers, *self._told]
        await self._connection.execute(";\n".join(script))

    async def _replace_views(self) -> None:
        script = [f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}", *self._replaced.of_views]
        await self._connection.execute(";\n".join(script))

    async def _apply_together(self, files: list[str], *, lock: bool = True) -> None:
        async with self._connection.transaction():
            await self._connection.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
            if lock:
                await self._connection.execute(";\n".join(await self._tables.lock_statements()))
            for name in files:
                if name.startswith("migrations/"):
                    self._report(f"Applying {name.partition('/')[2]}.")
                await self._connection.execute(script(name))
            if self._told and REPLACED[-1] in files:
                await self._connection.execute(";\n".join(self._told))

    async def _apply_steps(self, name: str) -> None:
        steps, relations = (
            statements((sql_folder() / name).read_text(encoding="utf-8")),
            (*LOCKED, *self._replaced.views),
        )
        for number, step in enumerate(steps, start=1):
            self._report(f"Applying {name.partition('/')[2]}, step {number} of {len(steps)}.")
            await self._tables.until_free(lambda step=step: self._apply_step(step), relations, waits=True)  # type: ignore[misc]

    async def _apply_step(self, step: str) -> None:
        concurrently = _CONCURRENTLY.search(step)
        if concurrently is None:
            await self._connection.execute(f"SET lock_timeout = {LOCK_WAIT_MS}")
        else:
            # It waits for the transactions of others, and makes nobody wait.
            await self._connection.execute("SET lock_timeout = 0")
            if concurrently["index"]:
                await self._drop_unfinished(concurrently["index"])
        await self._connection.execute(step)

    async def _drop_unfinished(self, index: str) -> None:
        """Drops an index that an interrupted CREATE INDEX CONCURRENTLY left: IF NOT EXISTS would keep it, useless."""
        is_valid = await self._connection.fetchval(
            "SELECT i.indisvalid FROM pg_index AS i WHERE i.indexrelid = to_regclass('public.' || $1)", index
        )
        if is_valid is False:
            await self._connection.execute(f"DROP INDEX CONCURRENTLY public.{index}")

    async def _mend_numbers(self) -> None:
        """Gives branches their sequences of order numbers, and moves each that a restore left behind what was given."""
        await self._connection.execute("SET lock_timeout = 0")
        await self._connection.execute(self._sql.mend_event_revision)
        branch: UUID | None = None
        while True:
            branch = await self._connection.fetchval(self._sql.mend_order_numbers, branch, BRANCHES_AT_ONCE)
            if branch is None:
                return
