"""The service forgets what guests said, by itself, beside writers and screens, and no screen hears of it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession

from kds.domain import forgetting
from kds.domain.forgetting import Forgetting
from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import open_screen, token_for
from tests.sql.forgetting import WORD, age, fill_boards, holders, keep_for, say_everything


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is started now forgets at once, and then every now and then."""
    monkeypatch.setattr(forgetting, "EVERY_S", 0.2)
    monkeypatch.setattr(Forgetting.__init__, "__kwdefaults__", {"first_after_s": 0.0})


async def test_a_server_forgets_and_no_screen_hears_of_it(
    at_once: None, db: Any, branch_id: str, start_server: Any, http: ClientSession
) -> None:
    orders = (await say_everything(db, branch_id))[:2]
    await db.execute("UPDATE orders SET customer_name = NULL, note = NULL WHERE id <> ALL ($1)", orders)
    await db.execute("UPDATE order_items SET note = NULL WHERE order_id <> ALL ($1)", orders)
    await db.execute("UPDATE order_items SET changed = NULL WHERE order_id <> ALL ($1)", orders)
    await db.execute("UPDATE kots SET changed = NULL WHERE order_id <> ALL ($1)", orders)
    await age(db, orders, 40)
    await fill_boards(db, branch_id)
    server: RunningServer = await start_server()
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id)) as screen:
        await keep_for(db, branch_id, 30)

        async def is_forgotten() -> bool:
            return not await holders(db)

        await eventually(is_forgotten)
        heard = await place(db, branch_id)
        message = await screen.next()  # the first that this screen hears
        assert (message["type"], message["orderId"]) == ("NEW_ORDER", str(heard))


async def test_two_processes_and_writers_at_once_forget_all_and_disturb_nobody(
    monkeypatch: pytest.MonkeyPatch, db: Any, branch_id: str, dsn: str, connect_db: Any
) -> None:
    monkeypatch.setattr(forgetting, "PAUSE_S", 0.0)
    monkeypatch.setattr(forgetting, "ORDERS_AT_ONCE", 7)
    elsewhere = await add_branch(db)
    orders = [(await place(db, branch, note=f"{WORD} {n}")) for n in range(40) for branch in (branch_id, elsewhere)]
    await age(db, orders, 40)
    for branch in (branch_id, str(elsewhere)):
        await keep_for(db, branch, 30)
    writer = await connect_db()

    async def write() -> None:
        for order_id in orders:
            await writer.execute("UPDATE orders SET priority = 1 WHERE id = $1", order_id)
            await writer.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order_id)

    pools = [Pool(dsn, size=2, direct=True) for _ in range(2)]
    for pool in pools:
        await pool.open()
    try:
        workers = [Forgetting(pool, load_statements()) for pool in pools]
        await asyncio.gather(write(), *(worker.forget() for worker in workers))

        async def is_forgotten() -> bool:
            await workers[0].forget()
            return not await holders(db)

        await eventually(is_forgotten)
    finally:
        for pool in pools:
            await pool.close()
    assert await db.fetchval("SELECT count(*) FROM orders WHERE priority = 1 AND status = 'READY'") == len(orders)


async def test_a_branch_that_somebody_holds_stops_no_other(db: Any, branch_id: str, dsn: str, connect_db: Any) -> None:
    elsewhere = await add_branch(db)
    orders = [await place(db, branch, note=WORD) for branch in (branch_id, elsewhere)]
    await age(db, orders, 40)
    for branch in (branch_id, str(elsewhere)):
        await keep_for(db, branch, 30)
    pool = Pool(dsn, size=2, direct=True)
    await pool.open()
    till = await connect_db()
    try:
        worker = Forgetting(pool, load_statements())
        async with till.transaction():  # a board holds this order, so that COMMIT needs the lock of its branch
            await till.execute("SELECT pg_advisory_xact_lock(493269100, branch_stripe($1))", UUID(branch_id))
            await worker.forget()
            left = await db.fetch("SELECT branch_id FROM orders WHERE note IS NOT NULL")
            assert {str(row["branch_id"]) for row in left} == {branch_id}
        await worker.forget()
        assert await holders(db) == set()
    finally:
        await pool.close()


async def test_a_bite_that_is_too_large_for_one_branch_stops_no_other_and_is_made_smaller(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, db: Any, dsn: str
) -> None:
    monkeypatch.setattr("kds.postgres.pool.COMMAND_TIMEOUT_S", 0.6)
    monkeypatch.setattr(forgetting, "PAUSE_S", 0.0)
    slow, *others = sorted([await add_branch(db) for _ in range(3)])
    await db.execute(
        "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.03); "
        "RETURN NEW; END $$"
    )
    await db.execute(
        "CREATE TRIGGER a_slow_branch BEFORE UPDATE ON orders FOR EACH ROW "
        f"WHEN (NEW.branch_id = '{slow}' AND NEW.note IS NULL) EXECUTE FUNCTION be_slow()"
    )
    orders = [await place(db, branch, note=WORD) for branch in [slow] * 40 + others]
    await age(db, orders, 40)
    for branch in (slow, *others):
        await keep_for(db, str(branch), 30)
    pool = Pool(dsn, size=2, direct=True)
    await pool.open()
    try:
        worker = Forgetting(pool, load_statements())
        await worker.forget()
        left = await db.fetch("SELECT DISTINCT branch_id FROM orders WHERE note IS NOT NULL")
        assert [row["branch_id"] for row in left] == [slow]
        assert f"not forgotten branch={slow} error=Unavailable" in caplog.text
        await worker.forget()
        assert await holders(db) == set()
    finally:
        await pool.close()


async def test_what_guests_say_over_http_stands_nowhere_else(
    db: Any, branch_id: str, server: RunningServer, http: ClientSession
) -> None:
    dish = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    order = {
        "branchId": branch_id,
        "table": "T1",
        "items": [{"menuItemId": str(dish), "quantity": 1, "note": f"no {WORD}"}],
        "customerName": f"{WORD} Rossi",
        "note": f"call {WORD}",
    }
    cook = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    placed = []
    for _ in range(2):
        headers = {"Idempotency-Key": str(uuid4())}
        async with http.post(f"{server.url}/public/order/place", json=order, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            placed.append(await answer.json())
    cooked, cancelled = (f"{server.url}/kitchen/order/{each['orderId']}" for each in placed)
    token = placed[1]["trackingToken"]
    await http.post(f"{server.url}/public/order/{placed[1]['orderId']}/cancel", params={"token": token})
    for request, body in (
        (f"{cooked}/hold", {"held": True}),
        (f"{cooked}/hold", {"held": False}),
        (f"{cooked}/hold", {"held": True, "undo": True}),
        (f"{cooked}/priority", {"priority": 1}),
        (f"{cancelled}/status", {"status": "CANCELLED", "reason": "guest_left"}),
    ):
        async with http.patch(request, json=body, headers=cook) as answer:
            assert answer.status in {200, 409}
    assert await db.fetchval("SELECT count(*) FROM kitchen_actions") > 2
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 2
    assert await holders(db) == {"orders.customer_name", "orders.note", "order_items.note"}
    assert await db.fetchval("SELECT forget_orders($1, array_agg(id)) FROM orders", UUID(branch_id)) == 2
    assert await holders(db) == set()
