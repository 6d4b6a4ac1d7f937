"""However a DBA puts orders back: after `kds migrate` the kitchen works, and numbers go on where they were."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from tests.clusters import Cluster
from tests.orders import place

INSERT = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"


async def run(cluster: Cluster, program: str, *arguments: str, may_fail: bool = False) -> str:
    """Runs a program of PostgreSQL; what it said."""
    process = await asyncio.create_subprocess_exec(
        cluster.program(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert may_fail or process.returncode == 0, output.decode()
    return output.decode()


@pytest.fixture
async def restored(cluster: Cluster) -> AsyncIterator[str]:
    """The URL of a second database with nothing in it."""
    name = "kds_restored_" + secrets.token_hex(6)
    yield await cluster.create(name)
    await cluster.drop(name)


async def assert_works(dsn: str, branch_id: str, number: int) -> None:
    """After kds migrate the next order has this number and is announced; every trigger is as in a fresh database."""
    await migrate(dsn, lambda line: None)
    connection = await asyncpg.connect(dsn)
    try:
        assert [await connection.fetchval(INSERT, branch_id) for _ in range(2)] == [number, number + 1]
        order_id = await place(connection, branch_id)
        assert await connection.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id) == 1
        enabled = await connection.fetch("SELECT trigger_name, enabled FROM trigger_status WHERE enabled <> 'always'")
        assert not [row for row in enabled if "announce" in row["trigger_name"] or row["enabled"] == "DISABLED"]
    finally:
        await connection.close()


async def test_a_whole_dump(cluster: Cluster, dsn: str, db: Any, branch_id: str, restored: str, tmp_path: Path) -> None:
    for _ in range(3):
        await place(db, branch_id)
    await run(cluster, "pg_dump", "-Fc", "-f", str(tmp_path / "dump"), dsn)
    await run(cluster, "pg_restore", "--exit-on-error", "-d", restored, str(tmp_path / "dump"))
    await assert_works(restored, branch_id, 4)


async def test_a_dump_of_schema_public_alone(
    cluster: Cluster, dsn: str, db: Any, branch_id: str, restored: str, tmp_path: Path
) -> None:
    for _ in range(3):
        await place(db, branch_id)
    await run(cluster, "pg_dump", "-n", "public", "-f", str(tmp_path / "dump"), dsn)
    await run(cluster, "psql", "-q", "-X", "-f", str(tmp_path / "dump"), restored)
    connection = await asyncpg.connect(restored)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="has no sequence of order numbers") as refused:
        await connection.fetchval(INSERT, branch_id)
    assert refused.value.hint == "Run kds migrate."
    await connection.close()
    await assert_works(restored, branch_id, 4)


@pytest.mark.parametrize("ordered", [0, 5], ids=["before the first order of the day", "over later numbers"])
async def test_rows_alone_without_triggers(
    cluster: Cluster, dsn: str, db: Any, branch_id: str, tmp_path: Path, ordered: int
) -> None:
    for _ in range(9):
        await place(db, branch_id)
    await run(cluster, "pg_dump", "-Fc", "--data-only", "-f", str(tmp_path / "dump"), dsn)
    tables = [row[0] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    await db.execute(f"TRUNCATE {', '.join(tables)}")
    await db.execute(f'ALTER SEQUENCE order_numbers."{branch_id}" RESTART')
    if ordered:  # the sequence stands at today, before what comes
        today = "(now() AT TIME ZONE 'Europe/Rome' - interval '4 hours')::date - date '2000-01-01'"
        await db.execute(f"SELECT setval('order_numbers.\"{branch_id}\"', ({today}) * 1000000::bigint + {ordered})")
    await run(
        cluster, "pg_restore", "--data-only", "--disable-triggers", "--exclude-schema=order_numbers",
        "-d", dsn, str(tmp_path / "dump"),
    )  # fmt: skip
    await assert_works(dsn, branch_id, 10)


async def test_orders_alone_with_triggers(cluster: Cluster, dsn: str, db: Any, branch_id: str, tmp_path: Path) -> None:
    for _ in range(3):
        await place(db, branch_id)
    await db.execute(
        "INSERT INTO orders (branch_id, business_day, order_number) VALUES ($1, '2019-03-01', 7)", branch_id
    )
    tables = ["-t", "orders", "-t", "kots", "-t", "order_items"]
    await run(cluster, "pg_dump", "-Fc", "--data-only", *tables, "-f", str(tmp_path / "dump"), dsn)
    await db.execute("DELETE FROM orders")
    await run(cluster, "pg_restore", "--exit-on-error", "--data-only", "-d", dsn, str(tmp_path / "dump"))
    assert await db.fetchval("SELECT count(*) FROM orders") == 4
    await assert_works(dsn, branch_id, 4)


async def test_rows_alone_with_triggers(
    cluster: Cluster, dsn: str, db: Any, branch_id: str, restored: str, tmp_path: Path
) -> None:
    for _ in range(3):
        await place(db, branch_id)
    await run(cluster, "pg_dump", "--schema-only", "-f", str(tmp_path / "schema"), dsn)
    await run(cluster, "pg_dump", "--data-only", "--exclude-table-data=events", "-f", str(tmp_path / "rows"), dsn)
    for part in ("schema", "rows"):
        await run(cluster, "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", str(tmp_path / part), restored)
    await assert_works(restored, branch_id, 4)


async def test_a_sequence_that_was_dropped(dsn: str, db: Any, branch_id: str) -> None:
    for _ in range(3):
        await place(db, branch_id)
    await db.execute(f'DROP SEQUENCE order_numbers."{branch_id}"')
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="no sequence"):
        await db.fetchval(INSERT, branch_id)
    await assert_works(dsn, branch_id, 4)


async def test_a_schema_of_numbers_that_was_dropped(dsn: str, db: Any, branch_id: str) -> None:
    await place(db, branch_id)
    await db.execute("DROP SCHEMA order_numbers CASCADE")
    await assert_works(dsn, branch_id, 2)
