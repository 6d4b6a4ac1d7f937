"""Rows from before a rule, restored or mended by a migration: none is stuck for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import sql_folder
from tests.clusters import Cluster
from tests.orders import place, statuses


async def run(program: str, *arguments: str) -> str:
    """Runs a client program of PostgreSQL; what it printed."""
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def break_rows(db: Any, branch_id: str) -> UUID:
    """An order as a writer could leave it before these rules."""
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    await db.execute(f"""
        SET session_replication_role = replica;
        UPDATE orders SET placed_at = 'infinity', ready_at = '4713-01-01 BC' WHERE id = '{order_id}';
        UPDATE kots SET sent_at = '-infinity', fired_at = '10000-01-01' WHERE order_id = '{order_id}';
        UPDATE order_items SET modifiers = '{{a,NULL}}', allergens = '{{{{b,c}},{{d,NULL}}}}'
          WHERE order_id = '{order_id}';
        RESET session_replication_role""")
    return order_id


@pytest.mark.parametrize("form", ["--format=custom", "--inserts"])
async def test_the_data_alone_can_be_restored_with_triggers_on(
    cluster: Cluster, db: Any, dsn: str, branch_id: str, tmp_path: Path, form: str
) -> None:
    for status in (None, "READY", "CANCELLED"):
        order_id = await place(db, branch_id, stations=("Fry", "Grill"))
        for step in ("READY", "COMPLETED"):
            await db.execute("UPDATE kots SET status = $2 WHERE order_id = $1 AND station = 'Fry'", order_id, step)
        if status:
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
    await break_rows(db, branch_id)
    file, tables = str(tmp_path / "data"), ("branches", "orders", "kots", "order_items")
    dump = [f"--table={table}" for table in tables]
    await run(cluster.program("pg_dump"), "--data-only", form, *dump, "-f", file, dsn)
    # a branch notes when it was last given numbers, as it is by a restore of today's orders
    read = "SELECT to_jsonb(t) - 'numbers_given_on' FROM {} AS t ORDER BY id"
    expected = {table: await db.fetch(read.format(table)) for table in tables}
    await cluster.create("restored")
    restored = cluster.dsn("restored")
    try:
        await migrate(restored, lambda line: None)
        if form == "--inserts":
            await run(cluster.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, restored)
        else:
            await run(cluster.program("pg_restore"), "-d", restored, file)
        there = await asyncpg.connect(restored)
        for table in tables:
            assert await there.fetch(read.format(table)) == expected[table]
        await there.close()
    finally:
        await cluster.drop("restored")


async def test_a_row_of_before_can_be_moved_on(db: Any, branch_id: str) -> None:
    order_id = await break_rows(db, branch_id)
    await db.execute(
        "UPDATE order_items SET done = true, note = note, modifiers = modifiers WHERE order_id = $1", order_id
    )
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2, placed_at = placed_at WHERE id = $1", order_id, status)
    assert await statuses(db, order_id) == ("COMPLETED", ["COMPLETED", "COMPLETED"])


async def test_the_migration_mends_what_was_written_before_it(db: Any, dsn: str, branch_id: str) -> None:
    order_id = await break_rows(db, branch_id)
    broken = [
        1, "x", {}, {"name": ""}, {"name": 5}, {"name": "a" * 200, "priceCents": 1.5},
        {"name": "free", "priceCents": None}, {"name": "b", "priceCents": "1"}, {"name": "c", "priceCents": 10**12},
        {"name": "good", "priceCents": -7, "x": [[1]]},
        *({"name": "\x01" * 100} for _ in range(150)),
    ]  # fmt: skip
    await db.execute("""
        ALTER TABLE menu_items DROP CONSTRAINT menu_items_texts_fit_a_page,
          DROP CONSTRAINT menu_items_allergens_are_texts, DROP CONSTRAINT menu_items_modifiers_are_choices;
        ALTER TABLE branches DROP CONSTRAINT branches_day_starts_within_it;
        DELETE FROM schema_migrations WHERE version IN (6, 7)""")
    await db.execute(
        "UPDATE menu_items SET modifiers = $1, name = repeat('n', 900) || position,"
        " allergens = ARRAY[[NULL, repeat('a', 1500)], ['milk', repeat('b', 1500)]]",
        json.dumps(broken),
    )
    await db.execute("UPDATE branches SET day_starts_at = '24:00'")
    await migrate(dsn, lambda line: None)
    dish = await db.fetchrow("SELECT modifiers, allergens FROM menu_items LIMIT 1")
    choices = json.loads(dish["modifiers"])
    assert choices[:3] == [{"name": "a" * 100, "priceCents": 2}, {"name": "free"}, {"name": "good", "priceCents": -7}]
    assert dish["allergens"] == ["a" * 1500, "milk"]
    assert not await db.fetchval("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
    order = json.loads(await db.fetchval("SELECT order_object(id, branch_id) FROM orders WHERE id = $1", order_id))
    assert "T" in order["placedAt"] and all(kot["sentAt"] <= order["placedAt"] for kot in order["kots"])
    assert all(item["modifiers"] == ["a"] and item["allergens"] == ["b", "c", "d"] for item in order["items"])


def test_the_migration_and_the_schema_say_the_same_of_a_menu() -> None:
    schema = (sql_folder() / "schema.sql").read_text(encoding="utf-8")
    migration = (sql_folder() / "migrations/0006_check_menu.sql").read_text(encoding="utf-8")
    for path in ("lax $[*] ? (!(@.name.type()", "-?\\d+\\.'", "<= 50000"):
        assert path in schema and path in migration
