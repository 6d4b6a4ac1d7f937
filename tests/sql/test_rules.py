"""sql/rules.sql: what holds for every writer, whoever it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.orders import add_kot, kots_of, place, statuses

STATUSES = ("SENT", "READY", "COMPLETED", "CANCELLED")
LEGAL = {
    ("SENT", "READY"),
    ("READY", "COMPLETED"),
    ("READY", "SENT"),
    ("COMPLETED", "READY"),
    ("SENT", "CANCELLED"),
    ("READY", "CANCELLED"),
}
WAY = {"SENT": [], "READY": ["READY"], "COMPLETED": ["READY", "COMPLETED"], "CANCELLED": ["CANCELLED"]}
ConnectDb = Callable[[], Awaitable[Any]]


async def set_order(db: Any, order_id: UUID, status: str) -> None:
    """Writes a status to an order."""
    await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)


async def set_kot(db: Any, kot_id: UUID, status: str) -> None:
    """Writes a status to a KOT."""
    await db.execute("UPDATE kots SET status = $2 WHERE id = $1", kot_id, status)


async def number_of(db: Any, order_id: UUID) -> int:
    """The number of an order."""
    number: int = await db.fetchval("SELECT order_number FROM orders WHERE id = $1", order_id)
    return number


# Numbers


async def test_numbers_count_from_one_in_every_branch(db: Any, branch_id: str, other_branch: UUID) -> None:
    first = [await number_of(db, await place(db, branch_id)) for _ in range(3)]
    second = [await number_of(db, await place(db, other_branch)) for _ in range(2)]
    assert (first, second) == ([1, 2, 3], [1, 2])


async def test_taking_a_number_waits_for_nobodys_commit(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    another = await connect_db()
    await another.execute("SET statement_timeout = '5s'")
    async with db.transaction():
        first = await db.fetchval(insert, branch_id)
        second = await another.fetchval(insert, branch_id)
    assert {first, second} == {1, 2}


async def test_many_writers_at_the_first_moment_of_a_day_get_numbers_of_their_own(
    branch_id: str, connect_db: ConnectDb
) -> None:
    writers = [await connect_db() for _ in range(12)]
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    numbers = await asyncio.gather(*(writer.fetchval(insert, branch_id) for writer in writers))
    assert len(set(numbers)) == 12
    assert max(numbers) <= 24


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
async def test_the_business_day_is_that_of_the_branch(db: Any, zone: str) -> None:
    branch = await db.fetchval("INSERT INTO branches (name, timezone) VALUES ('Far', $1) RETURNING id", zone)
    expected = {(datetime.now(UTC).astimezone(ZoneInfo(zone)) - timedelta(hours=4)).date()}
    order_id = await place(db, branch)
    expected.add((datetime.now(UTC).astimezone(ZoneInfo(zone)) - timedelta(hours=4)).date())
    assert await db.fetchval("SELECT business_day FROM orders WHERE id = $1", order_id) in expected


async def test_a_new_day_starts_at_one(db: Any, branch_id: str) -> None:
    await place(db, branch_id)
    await place(db, branch_id)
    insert = "INSERT INTO orders (branch_id, business_day) VALUES ($1, current_date + 7) RETURNING order_number"
    assert [await db.fetchval(insert, branch_id) for _ in range(2)] == [1, 2]


async def test_a_number_given_by_a_pos_is_kept_and_not_given_again(db: Any, branch_id: str) -> None:
    await db.execute("INSERT INTO orders (branch_id, order_number) VALUES ($1, 41)", branch_id)
    assert await number_of(db, await place(db, branch_id)) == 42
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO orders (branch_id, order_number) VALUES ($1, 41)", branch_id)


async def test_an_order_for_a_branch_that_is_not_there_is_refused(db: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="does not exist"):
        await db.execute("INSERT INTO orders (branch_id) VALUES (gen_random_uuid())")


async def test_a_deleted_branch_takes_its_sequence_along(db: Any, other_branch: UUID) -> None:
    sequence = f'order_numbers."{other_branch}"'
    assert await db.fetchval("SELECT to_regclass($1)", sequence) is not None
    await db.execute("DELETE FROM branches WHERE id = $1", other_branch)
    assert await db.fetchval("SELECT to_regclass($1)", sequence) is None


# Transitions


@pytest.mark.parametrize(
    ("was", "becomes"), [pair for pair in itertools.product(STATUSES, STATUSES) if len({*pair}) == 2]
)
async def test_only_legal_steps_are_taken(db: Any, branch_id: str, was: str, becomes: str) -> None:
    order_id = await place(db, branch_id)
    for status in WAY[was]:
        await set_order(db, order_id, status)
    (kot_id,) = await kots_of(db, order_id)
    for step in (set_order(db, order_id, becomes), set_kot(db, kot_id, becomes)):
        if (was, becomes) in LEGAL:
            await step
            assert await statuses(db, order_id) == (becomes, [becomes])
        else:
            with pytest.raises(asyncpg.CheckViolationError, match=f"is {was} and cannot become {becomes}"):
                await step
            assert await statuses(db, order_id) == (was, [was])


async def test_times_follow_the_status(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    seen = []
    for status in ("READY", "COMPLETED", "READY", "SENT", "CANCELLED"):
        await set_order(db, order_id, status)
        row = await db.fetchrow("SELECT ready_at, completed_at, cancelled_at FROM orders WHERE id = $1", order_id)
        seen.append(tuple(moment is not None for moment in row))
    assert seen == [
        (True, False, False),
        (True, True, False),
        (True, False, False),
        (False, False, False),
        (False, False, True),
    ]


# An order and its KOTs follow each other


async def test_an_order_is_ready_when_its_last_kot_is(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    fry, grill = await kots_of(db, order_id)
    seen = []
    for kot, status in [(fry, "READY"), (grill, "READY"), (grill, "COMPLETED"), (fry, "COMPLETED"), (fry, "READY")]:
        await set_kot(db, kot, status)
        seen.append((await statuses(db, order_id))[0])
    assert seen == ["SENT", "READY", "READY", "COMPLETED", "READY"]


async def test_a_cancelled_kot_keeps_nobody_waiting(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    fry, grill = await kots_of(db, order_id)
    await set_kot(db, fry, "READY")
    await set_kot(db, grill, "CANCELLED")
    assert await statuses(db, order_id) == ("READY", ["READY", "CANCELLED"])
    await set_kot(db, fry, "CANCELLED")
    assert (await statuses(db, order_id))[0] == "CANCELLED"


async def test_a_deleted_kot_keeps_nobody_waiting(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    fry, grill = await kots_of(db, order_id)
    await set_kot(db, fry, "READY")
    await db.execute("DELETE FROM kots WHERE id = $1", grill)
    assert await statuses(db, order_id) == ("READY", ["READY"])


async def test_a_second_round_opens_a_completed_order_again(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await set_order(db, order_id, "READY")
    await set_order(db, order_id, "COMPLETED")
    await add_kot(db, order_id)
    assert await statuses(db, order_id) == ("SENT", ["COMPLETED", "SENT"])
    rounds = await db.fetch("SELECT round FROM kots WHERE order_id = $1 ORDER BY round", order_id)
    assert [row["round"] for row in rounds] == [1, 2]


async def test_a_cancelled_order_takes_no_new_kot(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await set_order(db, order_id, "CANCELLED")
    with pytest.raises(asyncpg.CheckViolationError, match="CANCELLED and takes no new KOT"):
        await add_kot(db, order_id)


async def test_a_status_written_to_an_order_reaches_the_kots_that_were_there(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill", "Oven"))
    fry, _, oven = await kots_of(db, order_id)
    await set_kot(db, fry, "READY")
    await set_kot(db, oven, "CANCELLED")
    seen = []
    for status in ("READY", "COMPLETED", "READY", "SENT"):
        await set_order(db, order_id, status)
        seen.append(await statuses(db, order_id))
    assert seen == [
        ("READY", ["READY", "READY", "CANCELLED"]),
        ("COMPLETED", ["COMPLETED", "COMPLETED", "CANCELLED"]),
        ("READY", ["READY", "READY", "CANCELLED"]),
        ("SENT", ["SENT", "SENT", "CANCELLED"]),
    ]


async def test_a_kot_placed_ready_makes_its_order_ready(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order_id = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", branch_id)
        await db.execute("INSERT INTO kots (order_id, status) VALUES ($1, 'READY')", order_id)
    assert await statuses(db, order_id) == ("READY", ["READY"])


async def test_an_order_placed_with_a_ready_kot_and_a_sent_one_is_sent(db: Any, branch_id: str) -> None:
    async with db.transaction():
        order_id = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", branch_id)
        await db.execute("INSERT INTO kots (order_id, station, status) VALUES ($1, 'Fry', 'READY')", order_id)
        await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Grill')", order_id)
    assert await statuses(db, order_id) == ("SENT", ["READY", "SENT"])


@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read", "serializable"])
async def test_two_cooks_who_bump_the_last_two_kots_at_once_finish_the_order(
    db: Any, branch_id: str, connect_db: ConnectDb, isolation: Any
) -> None:
    another = await connect_db()

    async def bump(connection: Any, kot_id: UUID) -> None:
        while True:
            try:
                async with connection.transaction(isolation=isolation):
                    await set_kot(connection, kot_id, "READY")
                return
            except asyncpg.TransactionRollbackError:
                continue

    for _ in range(20):
        order_id = await place(db, branch_id, stations=("Fry", "Grill"))
        fry, grill = await kots_of(db, order_id)
        await asyncio.gather(bump(db, fry), bump(another, grill))
        assert await statuses(db, order_id) == ("READY", ["READY", "READY"])


# What never changes


async def test_an_order_stays_in_its_branch(db: Any, branch_id: str, other_branch: UUID) -> None:
    order_id = await place(db, branch_id)
    with pytest.raises(asyncpg.CheckViolationError, match="cannot change its id or its branch"):
        await db.execute("UPDATE orders SET branch_id = $2 WHERE id = $1", order_id, other_branch)


@pytest.mark.parametrize("table", ["kots", "order_items"])
async def test_parts_stay_with_their_order(db: Any, branch_id: str, table: str) -> None:
    one, other = await place(db, branch_id), await place(db, branch_id)
    with pytest.raises(asyncpg.CheckViolationError, match="cannot change its order"):
        await db.execute(f"UPDATE {table} SET order_id = $2 WHERE order_id = $1", one, other)


# Who writes


@pytest.mark.parametrize("search_path", ["public", "pg_catalog"])
async def test_a_pos_needs_rights_on_the_three_tables_only(
    db: Any, branch_id: str, connect_db: ConnectDb, search_path: str
) -> None:
    pos = await connect_db()
    role = "pos_" + branch_id[:8] + search_path
    await db.execute(f"""
        DROP ROLE IF EXISTS "{role}";
        CREATE ROLE "{role}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON orders, kots, order_items TO "{role}";""")
    try:
        await pos.execute(f"""SET ROLE "{role}"; SET search_path = {search_path}""")
        order_id = await place(pos, branch_id, stations=("Fry", "Grill"))
        await pos.execute("UPDATE public.kots SET status = 'READY' WHERE order_id = $1", order_id)
        assert (await statuses(db, order_id))[0] == "READY"
        await pos.execute("UPDATE public.orders SET status = 'COMPLETED' WHERE id = $1", order_id)
        await pos.execute("DELETE FROM public.order_items WHERE order_id = $1", order_id)
        await pos.execute("DELETE FROM public.orders WHERE id = $1", order_id)
        assert await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id) == 5
    finally:
        await pos.execute("RESET ROLE")
        await db.execute(f"""DROP OWNED BY "{role}"; DROP ROLE "{role}" """)


AUDIT_OF_A_TILL = """
CREATE TABLE till_audit (said text);
CREATE FUNCTION till_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO till_audit VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
"""
"""As anybody writes a trigger: no name in it says its schema."""


async def test_triggers_of_others_work_in_whatever_our_own_triggers_write(db: Any, branch_id: str) -> None:
    await db.execute(AUDIT_OF_A_TILL)
    for table in ("orders", "kots", "order_items", "events"):
        await db.execute(
            f"CREATE TRIGGER {table}_till AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION till_audit()"
        )
    order_id = await place(db, branch_id)
    for status in ("READY", "COMPLETED", "READY"):
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
    kot_id = await add_kot(db, order_id, "Bar")
    await db.execute("UPDATE kots SET status = 'CANCELLED' WHERE id = $1", kot_id)
    await db.execute("UPDATE order_items SET done = true WHERE order_id = $1", order_id)
    await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    said = {row["said"] for row in await db.fetch("SELECT DISTINCT said FROM till_audit")}
    assert said == {"orders", "kots", "order_items", "events"}
