"""`kds doctor` on a database whose schema is not as it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kds.doctor.finding import ANY_URL
from kds.doctor.schema import schema_findings, schema_notices, version_findings
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.migrate.triggers import expected_triggers
from tests.clusters import Cluster
from tests.flow.doctor.practice import Practice

# What must be in the database


async def test_a_server_that_is_too_old(practice: Practice, cluster_16: Cluster, empty_dsn: str) -> None:
    older = await cluster_16.create("kds_old")
    connections = [await asyncpg.connect(url) for url in (older, empty_dsn)]
    try:
        found, none = (version_findings(connection, minimum=18) for connection in connections)
        assert [finding.what.partition(",")[0] for finding in found] == ["PostgreSQL 16 is too old"] and none == []
        moved = await practice.run(found[0].mend.replace(ANY_URL, f"'{empty_dsn}'"), DATABASE_URL=older)
        assert moved.code == 0, moved.printed
    finally:
        for connection in connections:
            await connection.close()


async def test_an_empty_database(practice: Practice, empty_dsn: str) -> None:
    mend = await practice.finds("The database has no schema", DATABASE_URL=empty_dsn)
    await practice.mended(mend, DATABASE_URL=empty_dsn)


async def test_an_encoding_that_cannot_hold_every_text(practice: Practice, cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.admin_dsn)
    await admin.execute("CREATE DATABASE kds_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    latin = cluster.dsn("kds_latin")
    try:
        diagnosis = await practice.run("kds doctor", DATABASE_URL=latin)
        assert diagnosis.code == 1 and "has the encoding LATIN1" in diagnosis.printed, diagnosis.printed
        assert diagnosis.mends[1:] == ["kds migrate"]
        await practice.mended("\n".join(diagnosis.mends), DATABASE_URL=latin)
        serve = await practice.run("kds serve", DATABASE_URL=latin)
        assert serve.code == 1 and "encoding LATIN1" in serve.printed and "UTF8 is needed" in serve.printed
    finally:
        await admin.execute("DROP DATABASE IF EXISTS kds_latin")
        await admin.execute("DROP DATABASE IF EXISTS kds_latin_utf8")
        await admin.close()


async def test_a_database_behind_the_code_and_ahead_of_it(db: Any) -> None:
    newest = newest_version()
    behind = await schema_findings(db, needed=newest + 1)
    assert [finding.mend for finding in behind] == ["kds migrate"]
    await db.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, 'done')", newest + 1)
    assert await schema_findings(db, needed=newest + 1) == []
    ahead = await schema_findings(db)
    assert "deploy the newer code" in ahead[0].what and await schema_notices(db) == []
    await db.execute("UPDATE schema_migrations SET oldest_code = $1 WHERE version > $1", newest)
    assert await schema_findings(db) == []
    (notice,) = await schema_notices(db)
    assert f"schema version {newest + 1}" in notice and "may serve on" in notice


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP TRIGGER orders_announce_insert ON orders", "missing: orders_announce_insert on orders"),
        ("DROP TRIGGER kots_roll_up_update ON kots", "missing: kots_roll_up_update on kots"),
        (
            "DROP FUNCTION revoke_staff CASCADE",
            "staff_revoke_delete on staff, staff_revoke_truncate on staff, staff_revoke_update on staff",
        ),
        ("ALTER TABLE kots DISABLE TRIGGER USER", "kots_change_status on kots"),
        ("ALTER TABLE orders ENABLE REPLICA TRIGGER orders_number", "disabled: orders_number on orders"),
        ("ALTER TABLE orders ENABLE TRIGGER orders_announce_update", "do not fire for replicated"),
    ],
)
async def test_a_trigger_that_is_not_as_it_must_be(practice: Practice, db: Any, damage: str, said: str) -> None:
    await db.execute(damage)
    await practice.mended(await practice.finds(said))


async def test_a_table_without_its_key(practice: Practice, db: Any, tmp_path: Path) -> None:
    await practice.run(f'pg_dump -Fc -f {tmp_path}/dump "$DATABASE_URL"')
    await db.execute("ALTER TABLE dish_stock DROP CONSTRAINT dish_stock_pkey")
    mend = await practice.finds("Keys are missing", "dish_stock_pkey on dish_stock")
    await practice.mended(mend.replace("DUMP", f"{tmp_path}/dump"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP SEQUENCE order_numbers.{}", "have no sequence of order numbers"),
        ("SELECT setval('order_numbers.{}', last_value - 2) FROM order_numbers.{}", "behind the numbers of today"),
    ],
)
async def test_numbers_that_would_be_given_twice(
    practice: Practice, db: Any, branch_id: str, damage: str, said: str
) -> None:
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    numbers = [await db.fetchval(insert, branch_id) for _ in range(3)]
    await db.execute(damage.replace("{}", f'"{branch_id}"'))
    await practice.mended(await practice.finds(said))
    assert await db.fetchval(insert, branch_id) == numbers[-1] + 1


async def test_every_trigger_of_the_schema_is_expected(db: Any) -> None:
    rows = await db.fetch("SELECT table_name, trigger_name, enabled FROM trigger_status")
    expected, always = expected_triggers()
    assert sorted((row["table_name"], row["trigger_name"]) for row in rows) == expected
    assert {row["trigger_name"] for row in rows if row["enabled"] == "always"} == always
