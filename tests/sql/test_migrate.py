"""`kds migrate`, and the same by hand: every way leads to the same schema."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import kds
from kds.errors import SchemaError
from kds.postgres.migrate.checks import present_version
from kds.postgres.migrate.migrate import migrate
from kds.postgres.migrate.migrations import migrations, newest_version
from kds.postgres.migrate.replaced import REPLACED
from kds.postgres.statements import sql_folder
from tests.clusters import Cluster
from tests.commands import communicate
from tests.sql.conftest import Psql

BY_HAND = ("schema.sql", *REPLACED)


def silent(_line: str) -> None:
    """Takes the progress of a migration."""


async def dump(cluster: Cluster, dsn: str) -> str:
    """The whole schema as pg_dump writes it, without what it makes up for each dump."""
    process = await asyncio.create_subprocess_exec(
        cluster.program("pg_dump"), "--schema-only", "--no-owner", dsn, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await communicate(process)
    assert process.returncode == 0
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", output.decode())


async def test_every_way_to_the_schema_ends_at_the_same_one(cluster: Cluster, empty_dsn: str, psql: Psql) -> None:
    by_command, by_files, by_steps = empty_dsn, await cluster.create("by_files"), await cluster.create("by_steps")
    try:
        await migrate(by_command, silent)
        for file in BY_HAND:
            await psql(by_files, "-q", "-f", file)
        for file in [*(f"migrations/{path.name}" for path in migrations().values()), *REPLACED]:
            await psql(by_steps, "-q", "-f", file)
        expected = await dump(cluster, by_command)
        assert "CREATE CONSTRAINT TRIGGER orders_announce_insert" in expected
        assert await dump(cluster, by_files) == expected
        assert await dump(cluster, by_steps) == expected
    finally:
        await cluster.drop("by_files")
        await cluster.drop("by_steps")


@pytest.mark.parametrize("file", sorted(path.name for path in (sql_folder() / "queries").glob("*.sql")))
async def test_every_file_of_queries_runs_in_psql(dsn: str, psql: Psql, file: str) -> None:
    assert "PREPARE" in await psql(dsn, "-f", f"queries/{file}")


async def test_what_can_run_again_can_run_again(dsn: str, psql: Psql) -> None:
    for file in REPLACED:
        await psql(dsn, "-q", "-f", file)


async def test_two_processes_may_migrate_at_once(empty_dsn: str) -> None:
    command = [sys.executable, "-m", "kds", "migrate"]
    processes = [
        await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "DATABASE_URL": empty_dsn}, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    printed = [output.decode() for output, _ in await asyncio.gather(*map(communicate, processes))]
    assert [process.returncode for process in processes] == [0, 0], printed
    assert sum("creating schema" in text for text in printed) == 1


async def test_a_lost_and_a_disabled_trigger_come_back(dsn: str, db: Any) -> None:
    before = await db.fetch("SELECT * FROM trigger_status")
    await db.execute("DROP TRIGGER orders_announce_insert ON orders")
    await db.execute("DROP TRIGGER kots_roll_up_update ON kots")
    await db.execute("ALTER TABLE kots DISABLE TRIGGER kots_announce_update")
    assert await db.fetch("SELECT * FROM trigger_status") != before
    await migrate(dsn, silent)
    assert await db.fetch("SELECT * FROM trigger_status") == before


async def test_a_database_ahead_of_the_code_is_left_alone(dsn: str, db: Any) -> None:
    ahead = newest_version() + 1
    await db.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, 'from_the_future')", ahead)
    await db.execute("DROP TRIGGER orders_announce_insert ON orders")
    with pytest.raises(SchemaError, match=f"schema version {ahead}.*Deploy the newer code"):
        await migrate(dsn, silent)
    assert not await db.fetchval("SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_announce_insert'")


async def test_a_database_ahead_that_lets_this_code_serve_on_is_left_alone_with_a_warning(dsn: str, db: Any) -> None:
    newest = newest_version()
    add = "INSERT INTO schema_migrations (version, name, oldest_code) VALUES ($1, 'from_the_future', $2)"
    await db.execute(add, newest + 1, newest - 1)
    await db.execute(add, newest + 2, newest)
    await db.execute("DROP TRIGGER orders_announce_insert ON orders")
    said: list[str] = []
    await migrate(dsn, said.append)
    assert [line.startswith("Warning: ") and f"schema version {newest + 2}" in line for line in said] == [True]
    assert not await db.fetchval("SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_announce_insert'")
    await db.execute(add, newest + 3, newest + 1)  # what this code needs is gone
    with pytest.raises(SchemaError, match="Deploy the newer code"):
        await migrate(dsn, silent)


@pytest.mark.parametrize("number", [number for number in migrations() if number >= 4])
def test_each_migration_says_which_code_may_serve_on(number: int) -> None:
    """The column came with the fourth; schema.sql says the same of each."""
    said = rf"\({number}, '(\w+)', (\d+)\)"
    (in_file,) = re.findall(said, migrations()[number].read_text(encoding="utf-8"))
    (in_schema,) = re.findall(said, (sql_folder() / "schema.sql").read_text(encoding="utf-8"))
    assert in_file == in_schema and 1 <= int(in_file[1]) <= number
    assert migrations()[number].stem == f"{number:04d}_{in_file[0]}"


async def test_a_migration_waits_for_a_long_transaction_and_says_so(dsn: str, db: Any) -> None:
    said: list[str] = []
    await db.execute("DROP TRIGGER kots_number_round ON kots")  # or there would be nothing to wait for
    holding = db.transaction()
    await holding.start()
    await db.execute("UPDATE orders SET priority = 1")
    migration = asyncio.create_task(migrate(dsn, said.append))
    async with asyncio.timeout(20):
        while not any("in use" in line for line in said):
            await asyncio.sleep(0.05)
    await holding.rollback()
    await migration
    assert await present_version(db) == newest_version()


async def test_everything_a_dba_meets_explains_itself(db: Any) -> None:
    silent_ones = await db.fetch("""
        SELECT 'table ' || c.relname AS what FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S')
          AND obj_description(c.oid, 'pg_class') IS NULL
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'i')
        UNION ALL
        SELECT 'function ' || p.proname FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
        UNION ALL
        SELECT 'trigger ' || t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
          AND obj_description(t.oid, 'pg_trigger') IS NULL""")
    assert [row["what"] for row in silent_ones] == []


async def test_every_view_answers(db: Any) -> None:
    views = await db.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    assert len(views) >= 4
    for view in views:
        await db.fetch(f"SELECT * FROM {view['viewname']}")


async def test_every_announcing_trigger_counts_replicated_rows(db: Any) -> None:
    rows = await db.fetch("SELECT table_name, enabled FROM trigger_status WHERE trigger_name ~ 'announce|remember'")
    assert {tuple(row) for row in rows} == {(table, "always") for table in ("orders", "kots", "order_items")}


async def test_an_unknown_database_is_a_plain_error(cluster: Cluster) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "migrate", env={**os.environ, "DATABASE_URL": cluster.dsn("nowhere")},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await communicate(process)
    assert process.returncode == 1
    assert b'database "nowhere" does not exist' in errors
    assert b"Traceback" not in errors


def test_the_files_say_in_which_order_they_are_applied_by_hand() -> None:
    """schema.sql names all of them; each of the others the one before it."""
    header = (sql_folder() / "schema.sql").read_text(encoding="utf-8").partition("\n\n")[0].replace("\n--", "")
    by_hand = re.search(r"By hand, on an empty database, psql -f: (.*?)\. `kds migrate`", header)
    assert by_hand is not None and tuple(re.findall(r"\w+\.sql", by_hand[1])) == BY_HAND
    for before, file in itertools.pairwise(BY_HAND):
        assert f"\n-- By hand: after {before}. Safe to re-run" in (sql_folder() / file).read_text(encoding="utf-8"), (
            file
        )


async def test_what_is_named_like_a_function_is_one(db: Any) -> None:
    """In the comments of sql/, also those that the database keeps: what no longer exists teaches wrongly."""
    folder = sql_folder()
    texts = [
        *(
            re.findall(r"(?m)^\s*--.*$|COMMENT ON [^;]*;", file.read_text(encoding="utf-8"))
            for file in folder.rglob("*.sql")
        ),
        [(folder / "README.md").read_text(encoding="utf-8")],
    ]
    python = "".join(file.read_text(encoding="utf-8") for file in Path(kds.__file__).parent.rglob("*.py"))
    named = {name for text in texts for line in text for name in re.findall(r"\b([a-z_]+_[a-z_]+)\(", line)}
    named = {name for name in named if f"def {name}(" not in python}
    known = {row["proname"] for row in await db.fetch("SELECT proname FROM pg_proc")}
    assert "announce_new_order" in named
    assert sorted(named - known) == []
