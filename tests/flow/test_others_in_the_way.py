"""Writers who lock the same rows in another order, or change a table: the service gives way and comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import ClientSession

from tests.conftest import RunningServer
from tests.flow.client import Client
from tests.flow.test_actions import client as client
from tests.orders import place

ConnectDb = Callable[[], Awaitable[Any]]
BUMP_KOTS = """UPDATE kots SET status = CASE status WHEN 'SENT' THEN 'READY'::kitchen_status ELSE 'SENT' END
WHERE order_id = $1 AND status IN ('SENT', 'READY')"""


async def test_a_till_that_bumps_tickets_is_never_the_victim_of_a_cook_who_bumps_orders(
    client: Client, db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    orders = [await place(db, branch_id, stations=("Fry", "Grill")) for _ in range(4)]
    bumps = 0

    async def till(number: int) -> None:
        nonlocal bumps
        connection = await connect_db()
        for step in range(60):
            await connection.execute(BUMP_KOTS, orders[(step + number) % 4])
            bumps += 1

    async def cook(number: int) -> set[int]:
        answers = set()
        step = number
        while bumps < 120:
            step += 1
            path, target = f"/kitchen/order/{orders[step % 4]}/status", ("READY", "SENT")[step // 4 % 2]
            for _ in range(10):  # a busy server says 503, come again
                status, _, _ = await client.call("PATCH", path, {"status": target})
                if status != 503:
                    break
            answers.add(status)
        return answers

    async with asyncio.timeout(100), asyncio.TaskGroup() as tasks:
        cooks = [tasks.create_task(cook(number)) for number in range(2)]
        for number in range(2):
            tasks.create_task(till(number))
    assert bumps == 120
    assert {status for answers in cooks for status in answers.result()} <= {200, 409}


async def test_a_cook_lets_a_till_that_locked_the_tickets_first_have_the_order(
    client: Client, db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    """The one interleaving that deadlocks, step by step."""
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    till = await connect_db()
    async with till.transaction():
        await till.execute("SELECT FROM kots WHERE order_id = $1 FOR NO KEY UPDATE", order_id)
        bump = asyncio.create_task(client.call("PATCH", f"/kitchen/order/{order_id}/status", {"status": "READY"}))
        async with asyncio.timeout(10):
            while not await db.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kds' AND wait_event_type = 'Lock'"
                " AND datname = current_database()"
            ):
                await asyncio.sleep(0.01)
        # Past deadlock_timeout: who has waited so long has looked for a deadlock, and the next who looks is the till.
        await asyncio.sleep(1.3)
        async with asyncio.timeout(4):
            await till.execute("UPDATE orders SET note = 'window' WHERE id = $1", order_id)
    status, body, _ = await bump
    assert (status, body["status"], body["note"]) == (200, "READY", "window")


def _order(branch_id: str, dish: UUID) -> dict[str, Any]:
    return {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": str(dish), "quantity": 1}]}


async def test_keyed_orders_at_once_are_run_again_when_they_cannot_be_serialized(
    dsn: str, db: Any, branch_id: str, start_server: Any, http: ClientSession
) -> None:
    name = await db.fetchval("SELECT current_database()")
    await db.execute(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")
    server: RunningServer = await start_server()
    dish = await db.fetchval("SELECT id FROM menu_items WHERE branch_id = $1 LIMIT 1", branch_id)

    async def order(number: int) -> int:
        headers = {"Idempotency-Key": f"key-{number}"}
        async with http.post(
            f"{server.url}/public/order/place", json=_order(branch_id, dish), headers=headers
        ) as answer:
            return answer.status

    answers = [await asyncio.gather(*(order(8 * round_ + number) for number in range(8))) for round_ in range(12)]
    assert {status for statuses in answers for status in statuses} <= {201, 503}
    placed = sum(status == 201 for statuses in answers for status in statuses)
    assert placed > 48 and placed == await db.fetchval("SELECT count(*) FROM orders WHERE branch_id = $1", branch_id)


async def test_a_column_that_is_altered_while_serving_costs_no_order(
    server: RunningServer, db: Any, branch_id: str, http: ClientSession
) -> None:
    dish = await db.fetchval("SELECT id FROM menu_items WHERE branch_id = $1 LIMIT 1", branch_id)
    await db.execute("DROP TRIGGER menu_items_check ON menu_items")  # it names the column
    answers = []
    for number in range(6):
        headers = {"Idempotency-Key": f"key-{number}"}
        async with http.post(
            f"{server.url}/public/order/place", json=_order(branch_id, dish), headers=headers
        ) as answer:
            answers.append(answer.status)
        if number % 2 == 0:
            kind = ("bigint", "integer", "bigint")[number // 2]
            await db.execute(f"ALTER TABLE menu_items ALTER price_cents TYPE {kind}")
    assert answers == [201] * 6
