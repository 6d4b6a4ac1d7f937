"""The database that the administrative commands work on, and the branch they name."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import asyncpg

from kds.commands.printing import plain
from kds.domain.text import NAME_MAX, alike, is_label
from kds.errors import KdsError, SchemaError
from kds.postgres.connect import CONNECTION_ERRORS, connect, reason
from kds.postgres.migrate.checks import present_version
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.pool import GIVE_WAY_MS
from kds.postgres.statements import load_statements
from kds.postgres.url.reading import EXAMPLE

CONNECT_TIMEOUT_S = 10.0
_REFUSALS: tuple[type[BaseException], ...] = (*CONNECTION_ERRORS, asyncpg.PostgresError, ValueError)
BRANCH_HELP = "id or name of the branch"


class Database:
    """A connection to the deployment's database and the statements to ask it with."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sql: SimpleNamespace = load_statements()

    async def branch(self, wanted: str) -> Any:
        """id, name, locality and currency of the branch of this id or name, however that was typed.

        Raises:
            KdsError: there is no such branch, or more than one has this name.
        """
        found = await self.branches(wanted)
        if len(found) == 1:
            return found[0]
        if not found:
            raise KdsError(f"there is no branch {wanted!r}. See kds branch list, or add it with kds branch add")
        choices = "\n".join(f"  {row['id']}  {plain(row['name'])} {plain(row['locality'])}".rstrip() for row in found)
        raise KdsError(f"{len(found)} branches are called {wanted!r}. Give the id:\n{choices}")

    async def branches(self, wanted: str) -> list[Any]:
        """Those of this id or name; the oldest first."""
        rows = await self.connection.fetch(self.sql.find_branches)
        return [row for row in rows if str(row["id"]) == wanted.lower() or alike(row["name"]) == alike(wanted)]

    @contextlib.asynccontextmanager
    async def naming(self, kind: str) -> AsyncIterator[None]:
        """A transaction beside which nobody gives a name of this kind: lock_names of sql/queries/domain.sql.

        Raises:
            KdsError: somebody else does.
        """
        try:
            async with self.connection.transaction(isolation="read_committed"):
                await self.connection.execute(f"SET LOCAL lock_timeout = {GIVE_WAY_MS}")
                await self.connection.execute(self.sql.lock_names, kind)
                yield
        except asyncpg.LockNotAvailableError as error:
            raise KdsError(f"somebody is changing {kind} just now. Try again") from error


def with_database(work: Callable[[Database], Coroutine[Any, Any, int]]) -> int:
    """Does something with the database of the environment; the exit code.

    Raises:
        KdsError: there is no such database, it has no schema, or it refused; in plain words.
    """

    async def run() -> int:
        async with open_database("kds-admin") as database:
            return await work(database)

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def open_database(name: str) -> AsyncIterator[Database]:
    """The database of the environment; `name` is what a DBA sees in pg_stat_activity.

    Raises:
        KdsError: as with_database.
    """
    connection = await _connect(direct_url(), name)
    try:
        await _check_schema(connection)
        yield Database(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise KdsError(_in_plain_words(error)) from error
    finally:
        connection.terminate()


def direct_url() -> str:
    """LISTEN_DATABASE_URL, which leads past a pooler, or else DATABASE_URL.

    Raises:
        KdsError: neither is set.
    """
    url = os.environ.get("LISTEN_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise KdsError(f"DATABASE_URL is not set, for example {EXAMPLE}")
    return url


def label(text: str, what: str) -> str:
    """A name as it is kept.

    Raises:
        KdsError: it is empty, too long or no text of one line.
    """
    name = text.strip()
    if not is_label(name, NAME_MAX):
        raise KdsError(f"{what} needs a name: 1 to {NAME_MAX} characters, none of them a control character")
    return name


async def _connect(url: str, name: str) -> Any:
    try:
        return await connect(url, name, timeout_s=CONNECT_TIMEOUT_S)
    except _REFUSALS as error:
        raise KdsError(f"cannot reach the database: {reason(error)}. Run kds doctor to see what to do") from error


async def _check_schema(connection: Any) -> None:
    version = await present_version(connection)
    if version is None or version < newest_version():
        found = "no schema" if version is None else f"schema version {version}"
        raise SchemaError(f"the database has {found}, version {newest_version()} is needed. Run: kds migrate")


def _in_plain_words(error: Exception) -> str:
    # asyncpg's text of an error has them already, on lines of their own
    detail = [getattr(error, part, None) for part in ("detail", "hint")]
    return " ".join(str(text).rstrip(".") + "." for text in (getattr(error, "message", error), *detail) if text)
