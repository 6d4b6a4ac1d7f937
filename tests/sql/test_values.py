"""sql/values.sql, restaurant.sql and the CHECKs beside it: what a row may hold, and what of it a writer is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.orders import add_kot, kots_of, place, statuses
from tests.patience import eventually

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
        if column == "due_at":
            continue  # of a day that has numbers
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


@pytest.mark.parametrize("number", [0, -1, -(2**31)])
@pytest.mark.parametrize(
    ("table", "column"), [("kots", "round"), ("order_items", "quantity")], ids=["kots.round", "order_items.quantity"]
)
async def test_rounds_and_quantities_count_from_one_wherever_they_are_written(
    db: Any, branch_id: str, table: str, column: str, number: int
) -> None:
    order_id = await place(db, branch_id)
    in_one_statement = f"""
        WITH o AS (INSERT INTO orders (branch_id) VALUES ('{branch_id}') RETURNING id),
             k AS (INSERT INTO kots (order_id, round)
                   SELECT id, {number if table == "kots" else 1} FROM o RETURNING id, order_id)
        INSERT INTO order_items (order_id, kot_id, name, quantity)
        SELECT order_id, id, 'Tea', {number if table == "order_items" else 1} FROM k"""
    in_a_new_order = f"INSERT INTO orders (branch_id) VALUES ('{branch_id}') RETURNING id"
    for writer, savepoint in (("old", False), ("new", False), ("new", True), ("statement", False), ("round", False)):
        with pytest.raises(REFUSED) as refused:
            async with db.transaction():
                written_to = await db.fetchval(in_a_new_order) if writer == "new" else order_id
                if writer != "statement":
                    await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')", written_to)
                    if writer == "round":
                        await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')", written_to)
                if savepoint:
                    await db.execute("SAVEPOINT s")
                await (
                    db.execute(in_one_statement)
                    if writer == "statement"
                    else insert(db, table, written_to, **{column: str(number)})
                )
        assert refused.value.sqlstate == "23514"
        assert (refused.value.table_name, refused.value.constraint_name) == (table, f"{table}_{column}_positive")
        assert f"{table}_{column}_positive" in str(refused.value) and refused.value.hint
    with pytest.raises(REFUSED, match=f"{table}_{column}_positive"):
        await db.execute(f"UPDATE {table} SET {column} = {number} WHERE order_id = $1", order_id)
    assert await db.fetchval(f"SELECT min({column}) FROM {table}") == 1


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
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'"
    await eventually(lambda: cook.fetchval(waiting, db.get_server_pid()))
    await bump.commit()
    with pytest.raises(REFUSED, match="is READY and takes no more items"):
        await adding
