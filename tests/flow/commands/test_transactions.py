"""Commands that change what others change too: whatever isolation is the default, and nobody is waited for long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.flow.commands.menus import Kds

CHANGES = {
    "staff add": ("staff", ["staff", "add", "Via Masala", "gina"]),
    "branch add": ("branches", ["branch", "add", "Second"]),
    "branch rename": ("branches", ["branch", "rename", "Via Masala", "Other"]),
    "station add": ("stations", ["station", "add", "Via Masala", "Bar"]),
    "cancel-orders": ("orders", ["branch", "cancel-orders", "Via Masala", "--minutes", "60", "--yes"]),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_each_statement_sees_what_is_committed_by_then(kds: Kds, db: Any, server: Any, change: str) -> None:
    table, arguments = CHANGES[change]
    await db.execute(
        "INSERT INTO orders (branch_id, source, placed_at) VALUES ($1, 'guest', clock_timestamp())", server.branch_id
    )
    name = await db.fetchval("SELECT current_database()")
    await db.execute(f"""
        ALTER DATABASE "{name}" SET default_transaction_isolation = 'serializable';
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
          IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE 'isolation is %', current_setting('transaction_isolation');
          END IF;
          RETURN NEW;
        END$$;
        CREATE TRIGGER aa_refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()""")
    code, printed = await kds(*arguments, typed="long enough\n")
    assert code == 0, printed
    assert change != "cancel-orders" or "1 orders cancelled" in printed


@pytest.mark.parametrize(("kind", "change"), [("staff", "staff add"), ("branches", "branch add")])
async def test_who_gives_a_name_beside_another_is_told_to_try_again(
    kds: Kds, db: Any, connect_db: Callable[[], Awaitable[Any]], kind: str, change: str
) -> None:
    holder, (table, arguments) = await connect_db(), CHANGES[change]
    before = await db.fetch(f"SELECT id FROM {table} ORDER BY 1")
    async with holder.transaction():
        await holder.execute("SELECT pg_advisory_xact_lock(493269111, hashtext($1))", kind)
        code, printed = await kds(*arguments, typed="long enough\n")
    assert (code, f"somebody is changing {kind} just now. Try again" in printed) == (1, True), printed
    assert await db.fetch(f"SELECT id FROM {table} ORDER BY 1") == before
