"""Guests who share the order of a table: each cancels what they ordered themselves, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.conftest import JWT_SECRET
from tests.flow.shared_table import SECRETS, Guest
from tests.flow.shared_table import dishes as dishes
from tests.flow.shared_table import guests as guests
from tests.flow.shared_table import rounds as rounds
from tests.flow.shared_table import table as table
from tests.flow.test_rounds import Table
from tests.orders import statuses
from tests.screen import token_for

pytestmark = pytest.mark.usefixtures("rounds")


async def test_each_guest_cancels_their_own_round_and_the_last_one_the_order(
    guests: list[Guest], dishes: list[Any], db: Any
) -> None:
    order_id = guests[0].order_id
    for _ in range(2):
        status, view = await guests[1].cancel()
        assert (status, view["status"], view["canCancel"]) == (200, "CANCELLED", False)
        assert view["cancelledAt"] is not None
    assert [(await guest.view())["status"] for guest in guests] == ["SENT", "CANCELLED", "SENT"]
    left = 2 * dishes[0]["price_cents"] + dishes[2]["price_cents"]
    assert await db.fetchval("SELECT total_cents FROM orders") == left
    assert (await statuses(db, order_id))[0] == "SENT"
    assert (await guests[0].cancel())[0] == 200
    assert (await guests[2].view())["status"] == "SENT"
    assert (await guests[2].cancel())[0] == 200
    assert await statuses(db, order_id) == ("CANCELLED", ["CANCELLED"] * 3)
    assert await db.fetchval("SELECT cancelled_at IS NOT NULL FROM orders")


@pytest.mark.parametrize("by_lines", [False, True], ids=["a sum of its own", "the sum of its lines"])
async def test_what_a_guest_cancelled_is_off_the_sum_once(
    guests: list[Guest], dishes: list[Any], table: Table, db: Any, by_lines: bool
) -> None:
    if by_lines:
        await db.execute("UPDATE orders SET total_cents = NULL")
    left = 2 * dishes[0]["price_cents"] + dishes[2]["price_cents"]

    async def shown() -> dict[str, Any]:
        order: dict[str, Any] = json.loads(await db.fetchval("SELECT order_object(id, branch_id) FROM orders"))
        return order

    assert (await guests[1].cancel())[0] == 200
    order = await shown()
    assert order["totalCents"] == left
    [dish] = [item for item in order["items"] if item["name"] == dishes[1]["name"]]
    url = f"{table.url}/kitchen/order/{order['orderId']}/item/{dish['itemId']}/void"
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, table.branch_id)}"}
    async with table.http.post(url, json={}, headers=headers) as voided:
        assert voided.status in (200, 409)
    assert (await shown())["totalCents"] == left


@pytest.mark.parametrize("who", [0, 1])
async def test_what_the_kitchen_began_of_one_guest_keeps_only_that_one_from_cancelling(
    guests: list[Guest], dishes: list[Any], db: Any, who: int
) -> None:
    await db.execute("UPDATE kots SET status = 'READY' WHERE station = $1", dishes[who]["station"])
    view = await guests[who].view()
    assert (view["status"], view["canCancel"]) == ("READY", False)
    assert view["readyAt"] is not None
    assert [item["status"] for item in view["items"]] == ["READY"]
    status, answer = await guests[who].cancel()
    assert (status, answer["error"]["code"]) == (409, "already_started")
    assert all(word not in json.dumps(answer) for word in SECRETS if who != 0)
    assert (await guests[1 - who].cancel())[0] == 200
    assert [(await guest.view())["status"] for guest in guests] == (
        ["READY", "CANCELLED", "SENT"] if who == 0 else ["CANCELLED", "READY", "SENT"]
    )


async def test_guests_and_cooks_at_once_never_both_win(
    table: Table, dishes: list[Any], connect_db: Any, db: Any
) -> None:
    cook = await connect_db()
    for _ in range(15):
        placed = [(await table.order(dish))[1] for dish in dishes[:2]]
        first, second = (Guest(table.http, table.url, body) for body in placed)
        (one, _), (two, _), bumped = await asyncio.gather(
            first.cancel(),
            second.cancel(),
            cook.execute(
                "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = $2 AND status = 'SENT'",
                first.order_id, dishes[0]["station"],
            ),
        )  # fmt: skip
        assert ((one, bumped) in [(200, "UPDATE 0"), (409, "UPDATE 1")], two) == (True, 200)
        status, _ = await statuses(db, first.order_id)
        assert status == ("CANCELLED" if one == 200 else "READY")
        if one == 409:
            await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", first.order_id)
