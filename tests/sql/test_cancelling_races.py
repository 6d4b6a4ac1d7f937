"""A guest takes an order back while a cook is at a dish of it: what the cook has begun by then is cooked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from kds.postgres.statements import load_statements
from tests.orders import place, statuses
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]
SQL = load_statements()
CANCELS = {
    "all of it": "SELECT cancel_unstarted_order($1)",
    "by its own link": "SELECT cancel_unstarted_round($1, NULL)",
    "a round": "SELECT cancel_unstarted_round($1, round_id) FROM kots WHERE order_id = $1",
    "a flood": "SELECT count(*) > 0 FROM orders AS o JOIN kots AS k ON k.order_id = o.id,"
    " cancel_guest_rounds(o.branch_id, ARRAY[k.round_id]) WHERE o.id = $1",
}


async def bump(cook: Any, order_id: UUID, branch_id: str) -> None:
    """Bumps the first dish, as a board does."""
    item = await cook.fetchval("SELECT id FROM order_items WHERE order_id = $1 ORDER BY line LIMIT 1", order_id)
    await cook.execute(SQL.bump_item, item, order_id, UUID(branch_id), True, uuid4(), None)


async def begin(cook: Any, order_id: UUID, branch_id: str) -> None:
    """Says that the ticket is begun, as a program of a kitchen does."""
    await cook.execute("UPDATE kots SET started_at = now() WHERE order_id = $1", order_id)


@pytest.mark.parametrize("ends", ["commits", "rolls back"])
@pytest.mark.parametrize("deed", [bump, begin])
@pytest.mark.parametrize("cancel", CANCELS)
async def test_what_a_cook_begins_at_the_same_moment_is_not_cancelled(
    db: Any, branch_id: str, connect_db: ConnectDb, cancel: str, deed: Callable[..., Awaitable[None]], ends: str
) -> None:
    order_id = await place(db, branch_id)
    if "round_id" in CANCELS[cancel]:
        await db.execute("UPDATE kots SET round_id = gen_random_uuid() WHERE order_id = $1", order_id)
    cook, guest = await connect_db(), await connect_db()
    at_work = cook.transaction()
    await at_work.start()
    await deed(cook, order_id, branch_id)
    cancels = asyncio.create_task(guest.fetchval(CANCELS[cancel], order_id))

    async def waits() -> bool:
        return cancels.done() or await db.fetchval(
            "SELECT $1 = ANY (ARRAY(SELECT pid FROM pg_locks WHERE NOT granted))", guest.get_server_pid()
        )

    await eventually(waits)
    await (at_work.commit() if ends == "commits" else at_work.rollback())
    is_cancelled = ends == "rolls back"
    assert await cancels == is_cancelled
    assert await statuses(db, order_id) == (("CANCELLED", ["CANCELLED"]) if is_cancelled else ("SENT", ["SENT"]))
    assert await db.fetchval("SELECT bool_or(voided) FROM order_items WHERE order_id = $1", order_id) == (
        is_cancelled and "round_id" in CANCELS[cancel]
    )


@pytest.mark.parametrize("cancel", CANCELS)
async def test_who_is_too_late_is_told_so_though_a_till_is_at_a_dish(
    db: Any, branch_id: str, connect_db: ConnectDb, cancel: str
) -> None:
    order_id = await place(db, branch_id)
    if "round_id" in CANCELS[cancel]:
        await db.execute("UPDATE kots SET round_id = gen_random_uuid() WHERE order_id = $1", order_id)
    await begin(db, order_id, branch_id)
    till = await connect_db()
    async with till.transaction():
        await till.execute("SELECT FROM order_items WHERE order_id = $1 FOR UPDATE", order_id)
        await db.execute("SET lock_timeout = '300ms'")
        assert await db.fetchval(CANCELS[cancel], order_id) is False
