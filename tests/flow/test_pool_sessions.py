"""Connections of the pool go from use to use as they are: what the service asks leaves nothing in their session."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from kds.errors import Unavailable
from kds.guests.queries import GuestQueries
from kds.kitchen.actions.bodies import StatusChange
from kds.kitchen.actions.queries import Act, ActionQueries
from kds.kitchen.queries import KitchenQueries
from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from kds.relay.broken_orders import BrokenOrders
from tests.orders import place

KEPT_IN_TRANSACTIONS = ["kds.undo", "kds.touched", "kds.events", "kds.locked", "kds.actor"]
"""Notes of the triggers to themselves."""
OURS = {"enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan", "search_path": "public"}


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """Of one connection, so that each use gets that of the use before."""
    pool = Pool(dsn, size=1, direct=True)
    await pool.open()
    yield pool
    await pool.close()


async def session(pool: Pool) -> tuple[int, dict[str, str], dict[str, str], int]:
    """The backend, what its session has set, what it has of ours, how many advisory locks it holds."""
    rows = await pool.rows("SELECT name, setting FROM pg_settings WHERE source = 'session'")
    noted = await pool.rows(
        "SELECT n, current_setting(n, true) AS s FROM unnest($1::text[]) AS n", KEPT_IN_TRANSACTIONS
    )
    locks = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
    return (
        await pool.value("SELECT pg_backend_pid()"),
        {row["name"]: row["setting"] for row in rows if not row["name"].startswith("kds.")},
        {row["n"]: row["s"] for row in noted if row["s"]},
        await pool.value(locks),
    )


async def test_what_guests_and_cooks_do_leaves_nothing_in_the_session(pool: Pool, branch_id: str) -> None:
    sql, broken = load_statements(), BrokenOrders()
    guests, kitchens = GuestQueries(pool, sql, broken), KitchenQueries(pool, sql, broken)
    cooks = ActionQueries(pool, sql, broken)
    backend = (await session(pool))[0]
    line: dict[str, Any] = {
        "menuItemId": None,
        "name": "Tea",
        "quantity": 1,
        "priceCents": 200,
        "modifiers": [],
        "allergens": [],
    }
    order_id, key, branch = uuid.uuid4(), "key", UUID(branch_id)
    asked = (branch, key, hashlib.sha256(b"").digest(), order_id, "T1", "dine_in", None, None, 200, json.dumps([line]))
    for _ in range(2):
        await guests.place_once(*asked, False, order_id, "", "")
    await guests.answer_again(branch, key)
    for source, target, undo in (("SENT", "READY", False), ("READY", "SENT", True), ("READY", "COMPLETED", False)):
        act = Act((order_id,), branch, uuid.uuid4(), str(uuid.uuid4()))
        await cooks.change_order_status(act, StatusChange(target, source, undo))
    await guests.cancel_unstarted_round(order_id, None)
    await kitchens.snapshot(branch)
    assert await session(pool) == (backend, OURS, {}, 0)


async def test_what_failed_or_was_given_up_leaves_nothing_either(pool: Pool, db: Any, branch_id: str) -> None:
    sql, broken = load_statements(), BrokenOrders()
    cooks = ActionQueries(pool, sql, broken)
    backend = (await session(pool))[0]
    with pytest.raises(Exception, match="division by zero"):
        await pool.value("SELECT 1 / 0 FROM (SELECT pg_advisory_xact_lock(1)) AS locked")
    order_id = await place(db, branch_id)
    async with db.transaction():
        await db.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order_id)
        act = Act((order_id,), UUID(branch_id), uuid.uuid4(), str(uuid.uuid4()))
        waiting = asyncio.create_task(cooks.change_order_status(act, StatusChange("READY", undo=True)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await waiting
    with pytest.raises(Unavailable):
        await pool.value("SELECT pg_sleep(30)")
    assert await session(pool) == (backend, OURS, {}, 0)
