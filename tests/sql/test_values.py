"""sql/values.sql and the CHECKs beside it: what a row may hold, and that no old row is stuck for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import sql_folder
from tests.conftest import Cluster
from tests.orders import add_kot, kots_of, place, statuses

ConnectDb = Callable[[], Awaitable[Any]]
NO_TIMES = ("infinity", "-infinity", "4713-01-01 BC", "0001-01-01 12:00 BC", "10000-01-01", "294276-12-31")
NO_ARRAYS = ("'{NULL}'", "'{a,NULL}'", "'{{a,b},{c,d}}'", "'{{a}}'")
REFUSED = asyncpg.CheckViolationError


async def columns_of(db: Any, table: str, kind: str) -> list[str]:
    """The columns of a type; a column that is added tomorrow too."""
    rows = await db.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND atttypid = $2::regtype"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        table, kind,
    )  # fmt: skip
    return [row["attname"] for row in rows]


async def insert(db: Any, table: str, order_id: UUID, **values: str) -> None:
    """Writes a row of an order with these expressions as values, in an order of its own where it is one."""
    if table == "orders":
        values["branch_id"] = f"(SELECT branch_id FROM orders WHERE id = '{order_id}')"
    else:
        values["order_id"] = f"'{order_id}'"
    if table == "order_items":
        values["kot_id"] = f"(SELECT id FROM kots WHERE order_id = '{order_id}' LIMIT 1)"
        values.setdefault("name", "'Tea'")
    await db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})")


# Refused, whatever the column


@pytest.mark.parametrize("table", ["orders", "kots"])
async def test_a_time_that_no_reader_knows_is_refused_in_every_column(db: Any, branch_id: str, table: str) -> None:
    order_id = await place(db, branch_id)
    columns = await columns_of(db, table, "timestamptz")
    assert len(columns) >= 4
    for column in columns:
        for moment in NO_TIMES:
            with pytest.raises(REFUSED, match="no calendar"):
                await insert(db, table, order_id, **{column: f"'{moment}'"})
            with pytest.raises(REFUSED, match="no calendar"):
                await db.execute(f"UPDATE {table} SET {column} = '{moment}'")
        for moment in ("0001-01-02 00:00+00", "9999-12-29 23:59+00"):
            await db.execute(f"UPDATE {table} SET {column} = '{moment}'")


async def test_a_time_that_no_reader_of_a_branch_knows_is_refused(db: Any) -> None:
    for column in await columns_of(db, "branches", "timestamptz"):
        for moment in NO_TIMES:
            with pytest.raises(REFUSED, match="no calendar"):
                await db.execute(f"INSERT INTO branches (name, {column}) VALUES ('Far', '{moment}')")
            with pytest.raises(REFUSED, match="no calendar"):
                await db.execute(f"UPDATE branches SET {column} = '{moment}'")


@pytest.mark.parametrize("array", NO_ARRAYS)
async def test_an_array_is_a_list_of_texts(db: Any, branch_id: str, array: str) -> None:
    order_id = await place(db, branch_id)
    for column in await columns_of(db, "order_items", "text[]"):
        with pytest.raises((REFUSED, asyncpg.FeatureNotSupportedError), match="array"):
            await insert(db, "order_items", order_id, **{column: array})
        with pytest.raises(REFUSED, match="an array"):
            await db.execute(f"UPDATE order_items SET {column} = {array}")
    for column in await columns_of(db, "menu_items", "text[]"):
        with pytest.raises(REFUSED):
            await db.execute(f"UPDATE menu_items SET {column} = {array}")


async def test_a_line_costs_nothing_or_more(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    for change in (
        insert(db, "order_items", order_id, price_cents="-1"),
        db.execute("UPDATE order_items SET price_cents = -1 WHERE order_id = $1", order_id),
    ):
        with pytest.raises(REFUSED, match="less than nothing"):
            await change


@pytest.mark.parametrize(
    "modifiers",
    [
        [1],
        ["ADD egg"],
        [None],
        [[]],
        [[{"name": "x"}]],
        [{}],
        [{"name": 5}],
        [{"name": None}],
        [{"name": ""}],
        [{"name": ["x"]}],
        [{"name": "x" * 101}],
        [{"name": "x", "priceCents": "100"}],
        [{"name": "x", "priceCents": None}],
        [{"name": "x", "priceCents": 1.5}],
        [{"name": "x", "priceCents": 1.0}],
        [{"name": "x", "priceCents": 2**31}],
        [{"name": "x", "priceCents": [100]}],
        [{"name": "x", "more": {"deep": 1}}],
        [{"name": "x"}] * 101,
        {"name": "x"},
        "x",
    ],
)
async def test_modifiers_of_a_dish_are_names_with_whole_prices(db: Any, modifiers: Any) -> None:
    with pytest.raises(REFUSED):
        await db.execute("UPDATE menu_items SET modifiers = $1", json.dumps(modifiers))


@pytest.mark.parametrize(
    "modifiers", [[], [{"name": '"priceCents": 1.0'}], [{"name": "x\n", "priceCents": 7, "plu": 4}]]
)
async def test_what_readers_of_a_menu_understand_is_taken(db: Any, modifiers: Any) -> None:
    await db.execute("UPDATE menu_items SET modifiers = $1", json.dumps(modifiers))


async def test_a_dish_with_all_its_modifiers_is_not_below_nothing(db: Any) -> None:
    await db.execute("""UPDATE menu_items SET price_cents = 100, modifiers = '[{"name":"a","priceCents":-60},
        {"name":"b","priceCents":-40},{"name":"c","priceCents":900}]'""")
    for change in ("price_cents = 99", """modifiers = modifiers || '[{"name":"d","priceCents":-1}]'"""):
        with pytest.raises(REFUSED, match="less than nothing"):
            await db.execute(f"UPDATE menu_items SET {change}")


# Times of the status at INSERT


@pytest.mark.parametrize("status", ["READY", "COMPLETED", "CANCELLED"])
async def test_what_is_inserted_with_a_status_has_its_time(db: Any, branch_id: str, status: str) -> None:
    column = status.lower() + "_at"
    async with db.transaction():
        order_id = await db.fetchval(
            "INSERT INTO orders (branch_id, status, placed_at) VALUES ($1, $2, '2024-05-01 12:00+00') RETURNING id",
            branch_id, status,
        )  # fmt: skip
        await db.execute(
            "INSERT INTO kots (order_id, status, sent_at) VALUES ($1, $2, '2024-05-01 12:01+00')", order_id, status
        )
    assert await db.fetchval(f"SELECT {column} = placed_at FROM orders WHERE id = $1", order_id)
    assert await db.fetchval(f"SELECT {column} = sent_at FROM kots WHERE order_id = $1", order_id)


async def test_a_time_that_the_writer_gives_is_kept(db: Any, branch_id: str) -> None:
    order_id = await db.fetchval(
        "INSERT INTO orders (branch_id, status, ready_at, completed_at)"
        " VALUES ($1, 'COMPLETED', '2024-05-01 12:00+00', '2024-05-01 12:09+00') RETURNING id",
        branch_id,
    )
    row = await db.fetchrow("SELECT ready_at::text, completed_at::text FROM orders WHERE id = $1", order_id)
    assert [text[:16] for text in row] == ["2024-05-01 12:00", "2024-05-01 12:09"]


async def test_an_order_of_yesterday_without_times_ended_yesterday(db: Any, branch_id: str) -> None:
    await db.execute(
        "INSERT INTO orders (branch_id, status, business_day) VALUES ($1, 'COMPLETED', current_date - 3)", branch_id
    )
    assert await db.fetchval("SELECT completed_at < now() - interval '1 day' FROM orders")


# Items and the KOT they come to


@pytest.mark.parametrize("status", ["READY", "COMPLETED", "CANCELLED"])
@pytest.mark.parametrize("note_first", [False, True])
async def test_a_kot_that_is_not_sent_any_more_takes_no_items(
    db: Any, branch_id: str, status: str, note_first: bool
) -> None:
    order_id = await place(db, branch_id)
    for step in {"READY": ["READY"], "COMPLETED": ["READY", "COMPLETED"], "CANCELLED": ["CANCELLED"]}[status]:
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, step)
    with pytest.raises(REFUSED, match="takes no more items") as refused:
        async with db.transaction():
            if note_first:
                await db.execute("UPDATE orders SET note = 'and tea' WHERE id = $1", order_id)
            await insert(db, "order_items", order_id)
    assert "INSERT INTO kots" in refused.value.hint


async def test_an_item_does_not_move_to_a_kot_that_is_done(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    fry, grill = await kots_of(db, order_id)
    await db.execute("UPDATE kots SET status = 'READY' WHERE id = $1", fry)
    with pytest.raises(REFUSED, match="takes no more items"):
        await db.execute("UPDATE order_items SET kot_id = $1 WHERE kot_id = $2", fry, grill)


async def test_a_sent_kot_takes_more(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await insert(db, "order_items", order_id)
    await add_kot(db, order_id)
    assert await statuses(db, order_id) == ("SENT", ["SENT", "SENT"])


@pytest.mark.parametrize("savepoint", [False, True])
@pytest.mark.parametrize("status", ["READY", "COMPLETED", "CANCELLED"])
async def test_what_is_imported_goes_in_with_its_kot(db: Any, branch_id: str, status: str, savepoint: bool) -> None:
    async with db.transaction():
        order_id = await db.fetchval(
            "INSERT INTO orders (branch_id, status) VALUES ($1, $2) RETURNING id", branch_id, status
        )
        if savepoint:
            await db.execute("SAVEPOINT import")
        await db.execute("INSERT INTO kots (order_id, status) VALUES ($1, $2)", order_id, status)
        if savepoint:
            await db.execute("RELEASE SAVEPOINT import")
        await insert(db, "order_items", order_id)
    assert await statuses(db, order_id) == (status, [status])


async def test_an_item_that_comes_while_a_cook_bumps_is_seen_or_refused(
    db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    cook = await connect_db()
    order_id = await place(db, branch_id)
    bump = cook.transaction()
    await bump.start()
    await cook.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order_id)
    adding = asyncio.create_task(insert(db, "order_items", order_id))
    while not await cook.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'",
                                  db.get_server_pid()):  # fmt: skip
        await asyncio.sleep(0.01)
    await bump.commit()
    with pytest.raises(REFUSED, match="is READY and takes no more items"):
        await adding


# Restores, replicas and rows of before


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
