"""sql/forgetting.sql: the words of guests go wherever they stand, and nothing else does, beside those who write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.postgres.statements import load_statements, sql_folder
from tests.orders import add_branch, add_kot, place
from tests.sql.conftest import Psql
from tests.sql.forgetting import WORD, age, events, fill_boards, forget, holders, keep_for, numbers, say_everything
from tests.sql.roles import new_role, session_of

SQL = load_statements()

WORDS = {"orders.customer_name", "orders.note", "order_items.note", "order_items.changed", "kots.changed"}
"""The columns that can hold the words of a guest."""

OTHERS = {
    "age_thresholds": "settings",
    "batching": "transport",
    "batching_flips": "transport",
    "branches": "settings",
    "deployment": "transport",
    "dish_stock": "the menu",
    "event_floors": "transport",
    "events": "says that an order changed, not how",
    "forgetting": "how far it has come",
    "idempotency_keys": "ids, numbers and sums, for a day; what was asked as a digest",
    "menu_items": "the menu",
    "revocations": "logins",
    "schema_migrations": "versions",
    "staff": "who works there",
    "staff_changes": "what managers changed",
    "staff_links": "logins",
    "staff_members": "logins",
    "staff_sessions": "logins",
    "stations": "settings",
    "stock_moves": "the menu",
    "table_codes": "settings",
    "ws_connections": "screens",
}
"""Tables that hold nothing a guest said, and what they hold instead."""

OF_THE_HOUSE = {
    "kitchen_actions": {"action", "was", "became", "action_key", "refusal", "actor_name", "waited"},
    "kots": {"station"},
    "order_items": {"name", "modifiers", "allergens", "seat", "external_id"},
    "orders": {"table_label", "source", "external_id", "display_number", "server_name", "check_id"},
}
"""Columns of the house, the menu and the till in the tables of orders."""

SPOKEN = """SELECT c.relname AS table_name, a.attname AS column_name
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND (coalesce(e.typcategory, t.typcategory) = 'S'
    OR coalesce(e.typname, t.typname) IN ('json', 'jsonb', 'bytea', 'xml'))
ORDER BY 1, 2"""


# Where ----------------------------------------------------------------------------------------------------------------


async def test_each_column_that_can_hold_words_is_known(db: Any) -> None:
    """A new column is named here, with what it holds; one that holds what guests say, in forget_orders() too."""
    there = [tuple(row) for row in await db.fetch(SPOKEN)]
    unknown = {
        f"{table}.{column}"
        for table, column in there
        if table not in OTHERS and f"{table}.{column}" not in WORDS and column not in OF_THE_HOUSE.get(table, ())
    }
    assert unknown == set()
    tables = {row["relname"] for row in await db.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )}  # fmt: skip
    assert tables == OTHERS.keys() | OF_THE_HOUSE.keys()


async def test_the_guide_tells_of_each_table_how_long_a_row_lives(db: Any) -> None:
    told = (
        (sql_folder() / "README.md")
        .read_text("utf-8")
        .partition("## What is forgotten, and when")[2]
        .partition("\n## ")[0]
    )
    lines = " ".join(line.split("|")[1] for line in told.splitlines() if line.startswith("| `"))
    tables = {row["relname"] for row in await db.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )}  # fmt: skip
    assert {name for name in tables if f"`{name}`" not in lines} == set()


async def test_nothing_a_guest_said_is_left_anywhere(db: Any, branch_id: str) -> None:
    orders = await say_everything(db, branch_id)
    assert await holders(db) == WORDS  # so it stands wherever it can
    await age(db, orders, 40)
    await keep_for(db, branch_id, 30)
    before = await numbers(db)
    assert await forget(db, branch_id) == 3
    assert await holders(db) == set()
    assert await numbers(db) == before
    # what a deleted line left is still told as that, and a moved table as moved
    told = await db.fetchval("SELECT body FROM order_objects WHERE id = $1", orders[2])
    assert '"deleted":true' in told.replace(" ", "") and '"table":"T1"' in told.replace(" ", "")


async def test_one_guest_s_words_go_and_the_others_stay(db: Any, branch_id: str) -> None:
    mine, *others = await say_everything(db, branch_id)
    assert await db.fetchval(SQL.forget_orders, UUID(branch_id), [mine]) == 1
    left = await db.fetch("SELECT id FROM orders WHERE customer_name IS NOT NULL")
    assert {row["id"] for row in left} == set(others)
    assert await db.fetchval(SQL.forget_orders, UUID(branch_id), [mine]) == 0
    elsewhere = await add_branch(db)
    assert await db.fetchval(SQL.forget_orders, elsewhere, others) == 0


async def test_too_many_at_once_are_refused(db: Any, branch_id: str) -> None:
    with pytest.raises(asyncpg.ProgramLimitExceededError, match="1001 orders at once"):
        await db.fetchval("SELECT forget_orders($1, $2)", UUID(branch_id), [UUID(branch_id)] * 1001)


# Beside others --------------------------------------------------------------------------------------------------------


async def test_what_no_board_holds_is_forgotten_in_silence(db: Any, branch_id: str) -> None:
    orders = (await say_everything(db, branch_id))[:2]
    await age(db, orders, 40)
    await fill_boards(db, branch_id)
    await keep_for(db, branch_id, 30)
    before = await events(db)
    await forget(db, branch_id)
    assert await events(db) == before
    assert await db.fetchval("SELECT count(*) FROM orders WHERE customer_name IS NOT NULL AND status <> 'SENT'") == 0


async def test_what_a_board_holds_is_told(db: Any, branch_id: str) -> None:
    completed, cancelled, still_open = orders = await say_everything(db, branch_id)
    await db.execute("UPDATE orders SET acknowledged = false WHERE id = $1", cancelled)
    await age(db, orders, 40)
    await db.execute("DELETE FROM events")
    await keep_for(db, branch_id, 30)
    await forget(db, branch_id)
    told = await db.fetch("SELECT order_id FROM events")
    assert {row["order_id"] for row in told} == {completed, cancelled, still_open}
    assert await holders(db) == set()


async def test_what_is_cooked_today_keeps_its_notes_however_old_its_order_is(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, note=f"{WORD} allergy")
    await age(db, [order_id], 40)
    kot_id = await add_kot(db, order_id, "Grill")
    await keep_for(db, branch_id, 1)
    await forget(db, branch_id)
    assert await holders(db) == {"orders.note"}
    assert await db.fetchval(SQL.forget_orders, UUID(branch_id), [order_id]) == 0
    await db.execute("UPDATE kots SET sent_at = sent_at - interval '2 days' WHERE id = $1", kot_id)
    await db.execute("UPDATE forgetting SET begun_at = '-infinity'")
    await forget(db, branch_id)
    assert await holders(db) == set()


async def test_silence_is_for_the_words_alone(db: Any, branch_id: str) -> None:
    orders = (await say_everything(db, branch_id))[:2]
    await age(db, orders, 40)
    await fill_boards(db, branch_id)
    other = await place(db, branch_id)
    await db.execute("DELETE FROM events")
    async with db.transaction():
        await db.fetchval(SQL.forget_orders, UUID(branch_id), orders)
        await db.execute("UPDATE orders SET note = 'new' WHERE id = $1", other)
        added = await place(db, branch_id)
    told = await db.fetch("SELECT order_id FROM events")
    assert {row["order_id"] for row in told} == {other, added}
    await db.execute("UPDATE orders SET priority = 1 WHERE id = $1", orders[0])  # and for that transaction
    assert await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", orders[0]) == 1


async def test_a_till_cannot_make_its_own_changes_silent(db: Any, dsn: str, psql: Psql, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await db.execute("DELETE FROM events")
    async with new_role(dsn, psql, "till") as name, session_of(dsn, name) as till:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await till.execute("INSERT INTO forgetting (branch_id) VALUES ($1)", UUID(branch_id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await till.fetchval("SELECT forget_orders($1, $2)", UUID(branch_id), [order_id])
        async with till.transaction():
            await till.execute(
                "SELECT set_config('kds.forgetting', encode(xid8send(pg_current_xact_id()), 'hex'), true), "
                "set_config('kds.events', encode(xid8send(pg_current_xact_id()), 'hex'), true)"
            )
            await till.execute("UPDATE orders SET note = 'hidden?' WHERE id = $1", order_id)
    assert await events(db) == 1


async def test_no_writer_takes_more_of_a_mark_than_its_note(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, note="first")
    await db.execute("UPDATE orders SET note = 'second', table_label = 'T9' WHERE id = $1", order_id)
    await db.execute("UPDATE kots SET changed = changed - 'table' WHERE order_id = $1", order_id)
    assert set(await db.fetchval("SELECT array_agg(k) FROM kots, jsonb_object_keys(changed) AS k")) == {
        "at",
        "note",
        "table",
    }
    await db.execute("UPDATE kots SET changed = changed - 'note' WHERE order_id = $1", order_id)
    assert set(await db.fetchval("SELECT array_agg(k) FROM kots, jsonb_object_keys(changed) AS k")) == {"at", "table"}


async def test_what_a_writer_has_is_left_for_the_next_time_with_all_behind_it(
    db: Any, branch_id: str, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    orders = [(await place(db, branch_id, note=f"{WORD} {number}")) for number in range(5)]
    await age(db, orders, 40)
    await keep_for(db, branch_id, 30)
    till = await connect_db()
    for statement in (
        "UPDATE orders SET priority = 1 WHERE id = $1",
        "SELECT FROM orders WHERE id = $1 FOR UPDATE",
    ):
        async with till.transaction():
            await till.execute(statement, orders[2])
            await forget(db, branch_id)
            assert await db.fetchval("SELECT note FROM orders WHERE id = $1", orders[2]) is not None
            assert await db.fetchval("SELECT count(*) FROM orders WHERE note IS NOT NULL") <= 3
    assert await forget(db, branch_id) == 3
    assert await holders(db) == set()


async def test_two_processes_forget_one_after_the_other(
    db: Any, branch_id: str, connect_db: Callable[[], Awaitable[Any]]
) -> None:
    orders = [(await place(db, branch_id, note=f"{WORD} {number}")) for number in range(2)]
    await age(db, orders, 40)
    await keep_for(db, branch_id, 30)
    other = await connect_db()
    async with other.transaction():
        assert await other.fetchval(SQL.forget_some, UUID(branch_id), 1) == 1
        assert await db.fetchval(SQL.forget_some, UUID(branch_id), 1) is None
    assert await db.fetchval(SQL.forget_some, UUID(branch_id), 10) == 1
    assert await holders(db) == set()
