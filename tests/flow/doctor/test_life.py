"""`kds doctor` on a restaurant at work: what stands still, what no screen can show, what may be forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.breaking import place_broken, poison
from tests.flow.doctor.practice import Practice
from tests.orders import place
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]


async def is_off_for_new_sessions(dsn: str, name: str) -> bool:
    """Whether the setting has reached those who connect now."""
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT current_setting($1) = 'off'", name))
    finally:
        await connection.close()


# What goes on


async def test_a_listener_that_does_not_read(
    practice: Practice, db: Any, connect_db: ConnectDb, branch_id: str
) -> None:
    forgetful = await connect_db()
    await forgetful.execute("LISTEN kds_events")
    await forgetful.execute("BEGIN; SELECT 1")
    for _ in range(10):
        await db.execute("SELECT pg_notify('kds_events', $1)", "x" * 7000)
    mend = await practice.finds("queue of notifications", f"pid {forgetful.get_server_pid()}")
    await practice.mended(mend)


async def test_a_long_transaction(practice: Practice, connect_db: ConnectDb) -> None:
    lasting = await connect_db()
    await lasting.execute("BEGIN; UPDATE orders SET priority = 1")
    await practice.mended("true")
    mend = await practice.finds(f"pid {lasting.get_server_pid()}", "idle in transaction", flags="--long-transaction 0")
    await practice.mended(mend, flags="--long-transaction 0")


async def test_a_stuck_gate(practice: Practice, db: Any, connect_db: ConnectDb) -> None:
    frozen = await connect_db()
    await frozen.execute("SELECT pg_advisory_lock(493269101, 0)")
    await db.execute("UPDATE batching SET state = 'polling', heartbeat_at = now() - interval '1 minute'")
    mend = await practice.finds("Writers are silent", f"pid {frozen.get_server_pid()}")
    await practice.mended(mend)


async def test_screens_of_dead_processes(practice: Practice, db: Any, branch_id: str) -> None:
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at)"
        " VALUES ('dead', $1, 'killed', now() - interval '1 hour'), ('alive', $1, 'other', now() + interval '1 hour')",
        branch_id,
    )
    await practice.mended(await practice.finds("lists 1 screens of dead processes"))
    assert [row["connection_id"] for row in await db.fetch("SELECT * FROM ws_connections")] == ["alive"]


# Orders


@pytest.mark.parametrize("sqlstate", ["22003", None])
async def test_an_order_that_no_screen_can_show(
    practice: Practice, db: Any, branch_id: str, sqlstate: str | None
) -> None:
    if sqlstate is not None:
        await poison(db, sqlstate)
        broken, said = await place_broken(db, branch_id), "poisoned"
    else:
        broken, said = await place(db, branch_id), "too large"
        many = "INSERT INTO order_items (order_id, kot_id, name) SELECT k.order_id, k.id, 'Dish' FROM kots AS k, "
        await db.execute(many + "generate_series(1, 20000) WHERE k.order_id = $1", broken)
    await place(db, branch_id)
    look = await practice.finds(f"Order {broken} of Via Masala is on no screen", said)
    assert str(broken) in (await practice.run(look)).printed
    await db.execute("DELETE FROM orders WHERE id = $1", broken)
    await practice.mended("true")


async def test_a_currency_that_there_is_not(practice: Practice, db: Any, branch_id: str) -> None:
    await db.execute("UPDATE branches SET currency = 'EUX' WHERE id = $1", branch_id)
    await practice.mended(await practice.finds("prices in EUX", "no currency of ISO 4217"))


@pytest.mark.parametrize("zone", ["CET", "EST5EDT4", "UTC+3", "europe/rome"])
async def test_a_time_zone_that_phones_do_not_know(practice: Practice, db: Any, zone: str) -> None:
    await db.execute("SET session_replication_role = replica")  # as it was taken before
    await db.execute("UPDATE branches SET timezone = $1", zone)
    await practice.mended(await practice.finds(f"has the time zone '{zone}'", "do not both know"))


# What a crash would take


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("ALTER DATABASE {database} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER ROLE CURRENT_USER SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER ROLE CURRENT_USER IN DATABASE {database} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER SYSTEM SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER SYSTEM SET fsync = off", "fsync"),
    ],
)
async def test_a_database_that_may_forget(practice: Practice, db: Any, dsn: str, setting: str, name: str) -> None:
    await db.execute(setting.format(database=urlsplit(dsn).path.strip("/")))
    await db.execute("SELECT pg_reload_conf()")
    await eventually(lambda: is_off_for_new_sessions(dsn, name))
    await practice.mended(await practice.finds(f"{name} is off"))
