"""Tables that were restored without their keys are named, with what to do, and are well again after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kds.errors import SchemaError
from kds.postgres.migrate.keys import KEYS
from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import load_statements
from tests.clusters import Cluster
from tests.orders import place
from tests.sql.test_restore import assert_works, restored, run

__all__ = ["restored"]


def silent(_line: str) -> None:
    """For what is not read here."""


async def test_the_keys_are_those_of_the_schema(db: Any) -> None:
    found: dict[str, set[str]] = {}
    for row in await db.fetch(load_statements().read_keys):
        if row["key_name"] is not None:
            found.setdefault(row["table_name"], set()).add(row["key_name"])
    assert {table: set(names.split()) for table, names in KEYS.items()} == found


async def test_a_dump_of_which_the_keys_were_left_out(
    cluster: Cluster, dsn: str, db: Any, branch_id: str, restored: str, tmp_path: Path
) -> None:
    for _ in range(3):
        await place(db, branch_id)
    dump = str(tmp_path / "dump")
    await run(cluster, "pg_dump", "-Fc", "-f", dump, dsn)
    await run(cluster, "pg_restore", "--exit-on-error", "--section=pre-data", "--section=data", "-d", restored, dump)
    with pytest.raises(SchemaError, match=r"Keys are missing.*age_thresholds_pkey.*--section=post-data"):
        await migrate(restored, silent)
    await run(cluster, "pg_restore", "--exit-on-error", "--section=post-data", "-d", restored, dump)
    await assert_works(restored, branch_id, 4)


async def test_a_key_that_an_older_schema_lacks(dsn: str, db: Any) -> None:
    await db.execute("DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
    await db.execute("ALTER TABLE dish_stock DROP CONSTRAINT dish_stock_pkey")
    with pytest.raises(SchemaError, match=r"Keys are missing.*: dish_stock_pkey on dish_stock"):
        await migrate(dsn, silent)


async def test_an_owner_of_the_tables_who_lacks_the_database(cluster: Cluster, dsn: str, db: Any) -> None:
    await db.execute("CREATE ROLE kds_tables LOGIN")
    admin = await asyncpg.connect(cluster.admin_dsn)
    try:
        database = await db.fetchval("SELECT current_database()")
        for kind, name in await db.fetch(
            "SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass::text "
            "FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')"
            " ORDER BY c.relkind"
        ):
            await db.execute(f"ALTER {kind} {name} OWNER TO kds_tables")
        await db.execute("UPDATE deployment SET applied = 'older'")
        as_owner = dsn.replace("postgres@", "kds_tables@")
        said = f'ALTER DATABASE "{database}" OWNER TO "kds_tables"'
        with pytest.raises(SchemaError, match=said):
            await migrate(as_owner, silent)
        await db.execute(said)
        with pytest.raises(SchemaError, match="Run kds migrate as the owner of the tables"):
            await migrate(as_owner, silent)  # of the functions it is not the owner
    finally:
        await db.execute(f'ALTER DATABASE "{database}" OWNER TO postgres; REASSIGN OWNED BY kds_tables TO postgres')
        await db.execute("DROP OWNED BY kds_tables; DROP ROLE kds_tables")
        await admin.close()
