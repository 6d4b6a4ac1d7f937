"""Sums beyond an integer, prices that would fall below nothing, and orders of the past that nobody cooks any more."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.postgres.statements import load_statements
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.screen import open_screen, token_for

RUPIAHS = 45_000_000
"""Rp 450,000 in minor units; fifty of them are more than an integer of PostgreSQL holds."""


@pytest.fixture
async def dear(db: Any) -> str:
    """A dish at Rp 450,000, on a menu in rupiahs."""
    await db.execute("UPDATE branches SET currency = 'IDR'")
    return str(await db.fetchval("UPDATE menu_items SET price_cents = $1, available = true RETURNING id", RUPIAHS))


async def order(http: ClientSession, server: RunningServer, dish: str, quantity: int, **more: Any) -> tuple[int, Any]:
    """Status and body of the answer."""
    token = Links(JWT_SECRET).table_token(UUID(server.branch_id), "T1")
    body: dict[str, Any] = {"branchId": server.branch_id, "table": "T1", "tableToken": token}
    body |= {"items": [{"menuItemId": dish, "quantity": quantity, **more}]}
    async with http.post(f"{server.url}/public/order/place", json=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("rounds", [False, True])
async def test_fifty_dear_dishes_are_ordered_seen_and_voided(
    http: ClientSession, server: RunningServer, db: Any, dear: str, rounds: bool
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = $1, adds_rounds = $1", rounds)
    for _ in range(2):
        status, answer = await order(http, server, dear, 50)
        assert (status, answer["totalCents"]) == (201, 50 * RUPIAHS)
    order_id = UUID(answer["orderId"])
    shown = json.loads(await db.fetchval("SELECT order_object(id, branch_id) FROM orders WHERE id = $1", order_id))
    sum_cents = 50 * RUPIAHS * (2 if rounds else 1)
    assert shown["totalCents"] == sum_cents
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    item = f"{server.url}/kitchen/order/{order_id}/item/{shown['items'][0]['itemId']}"
    async with http.post(f"{item}/void", json={}, headers=headers) as voided:
        assert voided.status == 200, await voided.text()
        assert (await voided.json())["totalCents"] == sum_cents - 50 * RUPIAHS


async def test_a_round_that_fills_the_column_leaves_the_sum_to_the_items(
    http: ClientSession, server: RunningServer, db: Any, dear: str
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")
    for _ in range(2):
        status, answer = await order(http, server, dear, 40)
        assert (status, answer["totalCents"]) == (201, 40 * RUPIAHS)
    order_id, total_cents, branch_id = await db.fetchrow("SELECT id, total_cents, branch_id FROM orders")
    assert total_cents is None
    shown = json.loads(await db.fetchval("SELECT order_object($1, $2)", order_id, branch_id))
    assert shown["totalCents"] == 2 * 40 * RUPIAHS


async def test_a_line_of_a_till_may_cost_more_than_an_integer(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    order_id = await place(db, branch_id)
    await db.execute("UPDATE order_items SET quantity = 2147483647, price_cents = 2147483647")
    await place(db, branch_id)
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    async with http.get(f"{server.url}/kitchen/orders", headers=headers) as answer:
        listed = {UUID(shown["orderId"]): shown["totalCents"] for shown in (await answer.json())["orders"]}
    assert listed[order_id] == 2 * (2**31 - 1) ** 2 and len(listed) == 2


async def test_what_would_cost_less_than_nothing_is_refused(
    http: ClientSession, server: RunningServer, db: Any, dear: str
) -> None:
    await db.execute("ALTER TABLE menu_items DISABLE TRIGGER menu_items_check")  # a menu of before
    cheaper = json.dumps([{"name": "NO gold leaf", "priceCents": -RUPIAHS - 1}])
    await db.execute("UPDATE menu_items SET modifiers = $1", cheaper)
    status, answer = await order(http, server, dear, 1, modifiers=["NO gold leaf"])
    assert (status, answer["error"]["code"]) == (422, "below_zero")


async def test_a_void_never_brings_a_sum_below_nothing(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    order_id = await place(db, branch_id)
    await db.execute("UPDATE orders SET total_cents = 100")  # a discount of the till
    item_id = await db.fetchval("SELECT id FROM order_items LIMIT 1")
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    path = f"{server.url}/kitchen/order/{order_id}/item/{item_id}/void"
    async with http.post(path, json={}, headers=headers) as voided:
        assert voided.status == 200, await voided.text()
    assert await db.fetchval("SELECT total_cents FROM orders") == 0


IMPORTS = (
    "business_day = current_date - 1",
    "placed_at = now() - interval '1 day'",
    "completed_at = now() + interval '1 day'",
    "completed_at = '9999-01-01'",
)


@pytest.mark.parametrize("given", IMPORTS)
async def test_orders_that_are_imported_do_not_push_the_last_ones_off(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, given: str
) -> None:
    column, _, value = given.partition(" = ")
    await db.execute(
        f"INSERT INTO orders (branch_id, status, {column}) SELECT $1, 'COMPLETED', {value} FROM generate_series(1, 25)",
        branch_id,
    )
    await db.execute(
        "INSERT INTO orders (branch_id, status) SELECT $1, 'CANCELLED' FROM generate_series(1, 25)", branch_id
    )
    order_id = await place(db, branch_id)
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as board:
        snapshot = await board.until("SNAPSHOT")
    assert str(order_id) in {shown["orderId"] for shown in snapshot["orders"]}
    assert "CANCELLED" not in {shown["status"] for shown in snapshot["orders"]}


async def test_imported_tickets_do_not_make_the_kitchen_look_fast(db: Any, branch_id: str) -> None:
    for _ in range(6):
        async with db.transaction():
            order_id = await db.fetchval(
                "INSERT INTO orders (branch_id, status) VALUES ($1, 'COMPLETED') RETURNING id", branch_id
            )
            await db.execute("INSERT INTO kots (order_id, status) VALUES ($1, 'COMPLETED')", order_id)
    rows = await db.fetch(load_statements().read_pace, UUID(branch_id))
    assert sum(row["kots"] for row in rows) == 0
