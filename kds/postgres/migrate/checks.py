"""Whether this server can hold the schema, and whether this code can serve on what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from kds.errors import SchemaError
from kds.postgres.connect import MINIMUM_VERSION
from kds.postgres.migrate.keys import read_lost_keys
from kds.postgres.migrate.migrations import migrations as migrations
from kds.postgres.migrate.migrations import newest_version as newest_version
from kds.postgres.migrate.replaced import REPLACED as REPLACED
from kds.postgres.statements import load_statements, sql_folder

ENCODING = "UTF8"
KEYS_SHOWN = 10


async def check_server(connection: Any) -> None:
    """Refuses a PostgreSQL that lacks what the schema uses, and a database that cannot hold every text.

    Raises:
        SchemaError: with what was found and what is needed.
    """
    check_server_version(connection)
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != ENCODING:
        raise SchemaError(
            f"The database has the encoding {encoding}, which cannot hold every note of a guest: {ENCODING} is needed. "
            "Make another: CREATE DATABASE kds ENCODING 'UTF8' TEMPLATE template0, and move the rows by pg_dump"
        )


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
    version: int | None = await connection.fetchval("SELECT max(version) FROM public.schema_migrations")
    return version


async def check_code(connection: Any) -> None:
    """Refuses a schema that says of this code that it is too old to serve on it.

    Raises:
        SchemaError: with the version that the schema wants known, and the one that is.
    """
    version, needed = await present_version(connection), newest_version()
    if version is None or version <= needed:
        return
    oldest = await connection.fetchval(
        "SELECT max(oldest_code) FROM public.schema_migrations WHERE version > $1", needed
    )
    if oldest is not None and oldest > needed:
        raise SchemaError(
            f"The database has schema version {version}, which only code serves that knows version {oldest}; this code "
            f"knows {needed}. Deploy the newer code"
        )


async def check_room(connection: Any, sql: SimpleNamespace) -> None:
    """Refuses an empty database in which this role cannot make the schema, or in which others have its names.

    Raises:
        SchemaError: with what stands in the way, and what to do.
    """
    schema = (sql_folder() / "schema.sql").read_text(encoding="utf-8")
    names = re.findall(r"^CREATE (?:TABLE|TYPE|SEQUENCE) (\w+)", schema, re.MULTILINE)
    found = await connection.fetchrow(sql.read_obstacles, names)
    role, database = f'"{found["role"]}"', f'"{found["database"]}"'
    if not found["has_public"]:
        raise SchemaError("The database has no schema public. As a superuser: CREATE SCHEMA public")
    if found["foreign_names"]:
        raise SchemaError(
            f"Something else has these names in schema public: {', '.join(found['foreign_names'])}. "
            "Give kds a database of its own: CREATE DATABASE kds"
        )
    if not found["may_create_tables"]:
        raise SchemaError(
            f"The role {role} may not create tables. As the owner of the database: "
            f"GRANT CREATE ON SCHEMA public TO {role}"
        )
    if not found["may_create_schema"]:
        raise SchemaError(
            f"The role {role} may not create the schema order_numbers. As the owner of the database: "
            f"GRANT CREATE ON DATABASE {database} TO {role}"
        )


async def check_keys(connection: Any, sql: SimpleNamespace, *, whole: bool) -> None:
    """Refuses tables that were restored without their keys; not `whole`: of an older schema only the primary ones.

    Raises:
        SchemaError: with the keys that are missing, and what to do.
    """
    if lost := await read_lost_keys(connection, sql, whole=whole):
        raise SchemaError(f"{keys_missing(lost)} Nothing was changed. Then run kds migrate again")


def keys_missing(lost: Sequence[str]) -> str:
    """Which keys are missing, and why that may be."""
    shown = ", ".join(lost[:KEYS_SHOWN]) + (f" and {len(lost) - KEYS_SHOWN} more" if len(lost) > KEYS_SHOWN else "")
    return (
        f"Keys are missing, as after a restore of tables or rows alone: {shown}. Restore the section post-data of the "
        'dump as well: pg_restore --section=post-data -d "$DATABASE_URL" DUMP.'
    )


async def refused(connection: Any) -> str:
    """What to do where PostgreSQL refused this role something."""
    room = await connection.fetchrow(load_statements().read_room)
    if room["may_create"] and room["may_create_schema"]:
        return "Run kds migrate as the owner of the tables"
    role, database = f'"{room["role"]}"', f'"{room["database"]}"'
    return (
        f"If {role} is the owner of the tables, it needs the database too. As a superuser: "
        f"ALTER DATABASE {database} OWNER TO {role}, or GRANT USAGE, CREATE ON SCHEMA public TO {role} and "
        f"GRANT CREATE ON DATABASE {database} TO {role}. Else run kds migrate as the owner of the tables"
    )
