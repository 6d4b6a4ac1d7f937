"""A hint after an event spares waiting; when the gate is closed it is left out, the event never."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from tests.orders import events_of, place
from tests.sql.hints import Hints

ConnectDb = Callable[[], Awaitable[Any]]


async def test_a_closed_gate_spares_the_hint_and_never_the_event(
    db: Any, branch_id: str, hints: Hints, connect_db: ConnectDb
) -> None:
    leader = await connect_db()
    await leader.execute("SELECT pg_advisory_lock(493269101, 0)")
    silent = await place(db, branch_id)
    assert await hints.all() == []
    await leader.execute("SELECT pg_advisory_unlock(493269101, 0)")
    announced = await place(db, branch_id)
    assert await events_of(db, branch_id) == [("NEW_ORDER", silent), ("NEW_ORDER", announced)]
    assert [hint["orderId"] for hint in await hints.all()] == [str(announced)]


async def test_plain_notify_can_be_forced(db: Any, branch_id: str, hints: Hints, connect_db: ConnectDb) -> None:
    leader = await connect_db()
    await leader.execute("SELECT pg_advisory_lock(493269101, 0)")
    await db.execute("SET kds.notify = 'always'")
    await place(db, branch_id)
    assert len(await hints.all()) == 1
    assert await db.fetchval("SELECT take_batching_lead('somebody')") is False


async def test_two_phase_commit_is_refused_and_holds_nothing(db: Any, branch_id: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match=r"NOTIFY|prepared transactions are disabled"):
        await db.execute(f"BEGIN; INSERT INTO orders (branch_id) VALUES ('{branch_id}'); PREPARE TRANSACTION 'two'")
    await db.execute("ROLLBACK")
    await place(db, branch_id)
