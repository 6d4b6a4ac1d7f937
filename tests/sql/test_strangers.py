"""The SQL serves nobody else: whatever a role may do that only connects, or that only writes orders, harms nobody."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.orders import add_branch, add_kot, kots_of, place, statuses
from tests.sql.conftest import Psql
from tests.sql.roles import new_role, session_of
from tests.sql.strangers import FUNCTIONS, RELATIONS, SETTINGS, TYPES, Kitchen, attempt, functions, hostile

ConnectDb = Callable[[], Awaitable[Any]]


@pytest.fixture(params=[None, "till"], ids=["connect alone", "a till"])
async def role(request: pytest.FixtureRequest, dsn: str, psql: Psql) -> AsyncIterator[str]:
    """Who attacks."""
    async with new_role(dsn, psql, request.param) as name:
        yield name


@pytest.fixture
async def attacker(dsn: str, role: str) -> AsyncIterator[Any]:
    """Its session."""
    async with session_of(dsn, role) as connection:
        yield connection


@pytest.fixture
async def kitchen(db: Any, branch_id: str) -> Kitchen:
    """Before the attack."""
    branches = [UUID(branch_id), await add_branch(db)]
    kitchen = Kitchen(db, branches, [await place(db, branch) for branch in branches for _ in range(2)])
    await kitchen.remember()
    return kitchen


# Functions


async def test_no_function_serves_a_stranger(kitchen: Kitchen, attacker: Any, role: str) -> None:
    for function in await functions(kitchen.db):
        choices = [hostile(kind, kitchen) for kind in function["types"]]
        for arguments in itertools.islice(itertools.product(*choices), 60):
            typed = ", ".join(f"{value}::{kind}" for value, kind in zip(arguments, function["types"], strict=True))
            await attempt(attacker, f"SELECT {function['name']}({typed})")
    await kitchen.is_unharmed(role)


@pytest.mark.parametrize("moment", ["BEFORE", "AFTER"])
async def test_no_trigger_function_hangs_on_a_strangers_table(
    kitchen: Kitchen, attacker: Any, role: str, moment: str
) -> None:
    """Temporary tables with the columns of ours: PostgreSQL asks for EXECUTE when a trigger is made."""
    branch, order = kitchen.branches[0], kitchen.orders[0]
    cook = await kitchen.db.fetchval("SELECT id FROM staff LIMIT 1")
    for function in await functions(kitchen.db):
        if not function["is_trigger"]:
            continue
        for number, (own, level) in enumerate(itertools.product((branch, order, cook), ("ROW", "STATEMENT"))):
            await attacker.execute(f"""
                CREATE TEMP TABLE bait_{number} (id uuid, branch_id uuid, order_id uuid, status public.kitchen_status,
                  station text, round integer, order_number integer, business_day date, held boolean);
                INSERT INTO bait_{number} VALUES ('{own}', '{branch}', '{order}', 'SENT')""")
            refused = await attempt(
                attacker,
                f"CREATE TRIGGER z {moment} INSERT OR UPDATE OR DELETE ON bait_{number} FOR EACH {level}"
                f" EXECUTE FUNCTION {function['name']}()",
            )
            assert refused == "42501", (function["signature"], refused)
            await attacker.execute(f"DELETE FROM bait_{number}; DROP TABLE bait_{number}")
    await kitchen.is_unharmed(role)


async def test_no_table_view_or_sequence_answers_to_who_only_connects(kitchen: Kitchen, dsn: str, psql: Psql) -> None:
    relations = await kitchen.db.fetch("""
        SELECT c.oid::regclass::text AS name, c.relkind::text AS kind FROM pg_class AS c
        WHERE c.relnamespace IN ('public'::regnamespace, 'order_numbers'::regnamespace)
          AND c.relkind IN ('r', 'v', 'S')""")
    async with new_role(dsn, psql) as stranger, session_of(dsn, stranger) as session:
        for relation in relations:
            assert await attempt(session, f"SELECT * FROM {relation['name']}") == "42501", relation["name"]
            if relation["kind"] == "S":
                assert await attempt(session, f"SELECT nextval('{relation['name']}')") == "42501", relation["name"]
            else:
                assert await attempt(session, f"DELETE FROM {relation['name']}") in ("42501", "55000"), relation["name"]


# Names


async def shadow(session: Any, role: str) -> None:
    """Puts names of ours into pg_temp, each of which makes its session a superuser when somebody greater meets it."""
    await session.execute(f"""
        CREATE FUNCTION pg_temp.evil() RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
            EXECUTE 'ALTER ROLE {role} SUPERUSER';
          END IF;
          RETURN true;
        END $$""")
    for name in TYPES:
        base = f"public.{name}" if name in ("kitchen_status", "event_kind", "order_type", "staff_role") else name
        with contextlib.suppress(asyncpg.PostgresError):  # record makes no domain
            await session.execute(f"CREATE DOMAIN pg_temp.{name} AS {base} CHECK (pg_temp.evil())")
    for name in RELATIONS:
        await session.execute(f"CREATE TEMP TABLE {name} (id pg_catalog.uuid, order_id pg_catalog.uuid)")
    for signature in FUNCTIONS:
        name, _, kinds = signature.partition("(")
        arguments = ", ".join(
            f"pg_catalog.{kind}" if "." not in kind else kind for kind in kinds.rstrip(")").split(", ") if kind
        )
        await session.execute(
            f"CREATE FUNCTION pg_temp.{name}({arguments}) RETURNS pg_catalog.bool LANGUAGE sql"
            " AS 'SELECT pg_temp.evil()'"
        )
    for left, right in itertools.product(("uuid", "text", "int4", "xid8"), repeat=2):
        for operator in ("=", "||", "&", "<>"):
            await session.execute(f"""
                CREATE OR REPLACE FUNCTION pg_temp.meet_{left}_{right}(pg_catalog.{left}, pg_catalog.{right})
                  RETURNS pg_catalog.bool LANGUAGE sql AS 'SELECT pg_temp.evil()';
                CREATE OPERATOR pg_temp.{operator} (FUNCTION = pg_temp.meet_{left}_{right},
                  LEFTARG = pg_catalog.{left}, RIGHTARG = pg_catalog.{right})""")
    await session.execute("SET search_path = pg_temp, pg_catalog, public")


async def everything_a_till_does(session: Any, branch: UUID) -> UUID:
    """The documented work, in one session, with every function of a trigger in it."""
    order = await place(session, branch, stations=("Fry", "Grill"))
    await session.execute("UPDATE public.orders SET note = 'x' WHERE id = $1", order)
    kot = await add_kot(session, order, "Oven")
    await session.execute("UPDATE public.order_items SET done = true WHERE order_id = $1", order)
    await session.execute("UPDATE public.kots SET status = 'READY' WHERE id = $1", kot)
    await session.execute("UPDATE public.kots SET held = true WHERE order_id = $1 AND status = 'SENT'", order)
    await session.execute("UPDATE public.orders SET status = 'READY' WHERE id = $1", order)
    await session.execute("UPDATE public.orders SET status = 'COMPLETED' WHERE id = $1", order)
    await add_kot(session, order)
    await session.execute("UPDATE public.orders SET status = 'CANCELLED' WHERE id = $1", order)
    return order


async def test_a_till_that_shadows_our_names_does_its_work_and_gains_nothing(
    kitchen: Kitchen, dsn: str, psql: Psql
) -> None:
    async with new_role(dsn, psql, "till") as till, session_of(dsn, till) as session:
        await shadow(session, till)
        order = await everything_a_till_does(session, kitchen.branches[0])
        status = await kitchen.db.fetchval("SELECT status::text FROM orders WHERE id = $1", order)
        told = await kitchen.db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order)
        assert (status, told) == ("CANCELLED", 12)
        await kitchen.remember()
        await kitchen.is_unharmed(till)


async def test_a_till_that_may_delete_gains_nothing_by_a_cascade(kitchen: Kitchen, dsn: str, psql: Psql) -> None:
    async with new_role(dsn, psql, "till") as till, session_of(dsn, till) as session:
        await kitchen.db.execute(f"GRANT DELETE ON orders TO {till}")
        await shadow(session, till)
        order = await place(session, kitchen.branches[0])
        await session.execute("DELETE FROM public.orders WHERE id = $1", order)
        await kitchen.remember()
        await kitchen.is_unharmed(till)


# Rights


async def test_insert_alone_does_for_an_order_and_for_a_further_round(kitchen: Kitchen, dsn: str, psql: Psql) -> None:
    async with new_role(dsn, psql) as till, session_of(dsn, till) as session:
        await kitchen.db.execute(f"GRANT INSERT ON orders, kots, order_items TO {till}")
        order, kots = UUID(int=1), [UUID(int=number) for number in (2, 3)]
        await session.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", order, kitchen.branches[0])
        for kot in kots:
            await session.execute("INSERT INTO kots (id, order_id) VALUES ($1, $2)", kot, order)
            await session.execute("INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Tea')", order, kot)
            await kitchen.db.execute("UPDATE kots SET status = 'READY' WHERE id = $1", kot)
        assert await statuses(kitchen.db, order) == ("READY", ["READY", "READY"])
        assert await kitchen.db.fetchval("SELECT max(round) FROM kots WHERE order_id = $1", order) == 2
        assert await kitchen.db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order) == 7


async def test_a_status_needs_no_right_on_the_other_table(kitchen: Kitchen, dsn: str, psql: Psql) -> None:
    first, second = kitchen.orders[:2]
    (kot,) = await kots_of(kitchen.db, first)
    async with new_role(dsn, psql) as till, session_of(dsn, till) as session:
        await kitchen.db.execute(f"GRANT SELECT (id), UPDATE (status) ON kots TO {till}")
        await session.execute("UPDATE kots SET status = 'READY' WHERE id = $1", kot)
        await kitchen.db.execute(f"REVOKE ALL ON kots FROM {till}")
        await kitchen.db.execute(f"REVOKE SELECT (id), UPDATE (status) ON kots FROM {till}")
        await kitchen.db.execute(f"GRANT SELECT (id), UPDATE (status) ON orders TO {till}")
        await session.execute("UPDATE orders SET status = 'READY' WHERE id = $1", second)
    assert [await statuses(kitchen.db, order) for order in (first, second)] == [("READY", ["READY"])] * 2


# Settings


@pytest.mark.parametrize("scope", ["false", "true"], ids=["session", "transaction"])
async def test_no_setting_harms_anybody_or_stops_a_writer(kitchen: Kitchen, dsn: str, psql: Psql, scope: str) -> None:
    """Each setting holds each value through the documented work of a till; every step of it is told."""
    order, branch = kitchen.orders[0], kitchen.branches[0]
    values = (
        f"{order}-,5,", f"{order}+,5,", str(order), "on", "always", "1000", "x", " ", "9" * 40, f"1 {order}+,5,",
        f"1 {order} {branch} 1000", "7 x y z", "+" * 9000,
    )  # fmt: skip
    async with new_role(dsn, psql, "till") as till, session_of(dsn, till) as session:
        for setting, value in itertools.product(SETTINGS, values):
            await session.execute(f"SELECT set_config('kds.{setting}', $1, {scope})", value)
            if scope == "true":
                async with session.transaction():
                    await session.execute(f"SELECT set_config('kds.{setting}', $1, true)", value)
                    mine = await place(session, branch)
                assert await kitchen.db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", mine) == 1
            else:
                mine = await everything_a_till_does(session, branch)
                assert await kitchen.db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", mine) == 12
            await session.execute("RESET ALL")
        await kitchen.remember()
        await kitchen.is_unharmed(till)
