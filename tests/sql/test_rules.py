"""sql/rules.sql: what holds for every writer of orders and KOTs, whoever it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

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
