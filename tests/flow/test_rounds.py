"""A second order at a table, prices that changed meanwhile, and tables that must be proved."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer


class Table:
    """Guests at one table of the demo restaurant, with its signed link."""

    def __init__(self, http: ClientSession, server: RunningServer, name: str) -> None:
        self.http = http
        self.server = server
        self.url = server.url
        self.branch_id = server.branch_id
        self.name = name
        self.token = Links(JWT_SECRET).table_token(UUID(server.branch_id), name)

    async def order(self, dish: Any, key: str | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
        """Orders one of a dish; status and body of the answer."""
        body = {
            "branchId": self.branch_id,
            "table": self.name,
            "items": [{"menuItemId": str(dish["id"]), "quantity": 1}],
            "tableToken": self.token,
            **more,
        }
        headers = {"Idempotency-Key": key} if key else {}
        async with self.http.post(f"{self.url}/public/order/place", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def table(http: ClientSession, server: RunningServer) -> Any:
    """Tables of the test's server."""
    return lambda name: Table(http, server, name)


@pytest.fixture
async def grilled(db: Any) -> Any:
    """A dish of the grill."""
    return await db.fetchrow("SELECT * FROM menu_items WHERE available AND station = 'Grill' ORDER BY position LIMIT 1")


@pytest.fixture
async def cold(db: Any) -> Any:
    """A dish of the cold kitchen."""
    return await db.fetchrow("SELECT * FROM menu_items WHERE available AND station = 'Cold' ORDER BY position LIMIT 1")


@pytest.fixture
async def rounds(db: Any) -> None:
    """The branch adds rounds to open orders."""
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")


async def test_a_branch_as_it_comes_makes_an_order_of_each(table: Any, grilled: Any, db: Any) -> None:
    for _ in range(2):
        assert (await table("T1").order(grilled))[0] == 201
    assert await db.fetchval("SELECT count(*) FROM orders") == 2


@pytest.mark.usefixtures("rounds")
async def test_a_second_order_at_the_table_is_a_round_of_the_first(
    table: Any, grilled: Any, cold: Any, db: Any
) -> None:
    _, first = await table("T1").order(grilled)
    order_id = UUID(first["orderId"])
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    status, second = await table("T1").order(cold, note="ALLERGY: nuts.")
    assert status == 201
    assert (second["orderId"], second["orderNumber"]) == (first["orderId"], first["orderNumber"])
    assert second["trackingToken"] != first["trackingToken"]
    assert second["totalCents"] == cold["price_cents"], "of what this guest ordered"
    shown = json.loads(await db.fetchval("SELECT order_object($1, $2)", order_id, grilled["branch_id"]))
    total = grilled["price_cents"] + cold["price_cents"]
    assert (shown["status"], shown["totalCents"], shown["note"]) == ("SENT", total, None)
    assert [(kot["station"], kot["round"], kot["status"]) for kot in shown["kots"]] == [
        ("Grill", 1, "READY"),
        ("Cold", 2, "SENT"),
    ]
    assert shown["items"][1]["note"] == "ALLERGY: nuts."
    kinds = await db.fetch("SELECT kind::text FROM events WHERE order_id = $1 ORDER BY revision", order_id)
    assert [row["kind"] for row in kinds] == ["NEW_ORDER", "ORDER_UPDATED", "ORDER_UPDATED"]


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize("ended", ["COMPLETED", "CANCELLED"])
async def test_after_the_order_has_ended_a_new_one_begins(table: Any, grilled: Any, db: Any, ended: str) -> None:
    _, first = await table("T1").order(grilled)
    for status in ["READY", ended]:
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", UUID(first["orderId"]), status)
    _, second = await table("T1").order(grilled)
    assert second["orderId"] != first["orderId"]


@pytest.mark.usefixtures("rounds")
async def test_what_is_paid_is_over_for_who_orders_more(table: Any, grilled: Any, db: Any) -> None:
    _, first = await table("T1").order(grilled)
    await db.execute("UPDATE orders SET paid_at = now()")
    status, second = await table("T1").order(grilled, customerName="Ana")
    assert status == 201 and second["orderId"] != first["orderId"]
    _, third = await table("T1").order(grilled)
    assert third["orderId"] == second["orderId"]
    assert (
        await db.fetchval("SELECT total_cents FROM orders WHERE id = $1", UUID(first["orderId"])) == first["totalCents"]
    )


@pytest.mark.usefixtures("rounds")
async def test_another_table_and_an_order_to_go_are_orders_of_their_own(table: Any, grilled: Any, db: Any) -> None:
    one, two, three = [
        (await table("T1").order(grilled))[1]["orderId"],
        (await table("T2").order(grilled))[1]["orderId"],
        (await table("T1").order(grilled, orderType="takeaway", customerName="Ana"))[1]["orderId"],
    ]
    assert len({one, two, three}) == 3


@pytest.mark.usefixtures("rounds")
async def test_phones_of_a_table_that_order_at_once_share_one_order(table: Any, grilled: Any, db: Any) -> None:
    answers = await asyncio.gather(*(table("T1").order(grilled, key=f"k{number % 4}") for number in range(8)))
    while any(status == 503 for status, _ in answers):
        answers = await asyncio.gather(*(table("T1").order(grilled, key=f"k{number % 4}") for number in range(8)))
    assert {status for status, _ in answers} == {201}
    assert await db.fetchval("SELECT count(*) FROM orders") == 1
    assert await db.fetchval("SELECT count(*) FROM kots") == 4
    assert await db.fetchval("SELECT total_cents FROM orders") == 4 * grilled["price_cents"]


async def test_only_a_branch_that_checks_its_tables_may_add_rounds(db: Any) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="branches_rounds_need_signed_tables"):
        await db.execute("UPDATE branches SET adds_rounds = true")


@pytest.mark.usefixtures("rounds")
async def test_a_table_that_is_not_proved_is_refused(table: Any, grilled: Any, db: Any) -> None:
    status, answer = await table("T2").order(grilled, tableToken=table("T1").token)
    assert (status, answer["error"]["code"]) == (422, "table_token_wrong")
    status, answer = await table("T1").order(grilled, tableToken=None)
    assert (status, answer["error"]["code"]) == (422, "table_token_missing")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


# Prices


async def test_nobody_pays_a_price_unseen(table: Any, grilled: Any, db: Any) -> None:
    shown = grilled["price_cents"]
    await db.execute("UPDATE menu_items SET price_cents = price_cents + 50 WHERE id = $1", grilled["id"])
    status, answer = await table("T1").order(grilled, expectedTotalCents=shown)
    assert (status, answer["error"]["code"]) == (422, "price_changed")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    status, answer = await table("T1").order(grilled, expectedTotalCents=shown + 50)
    assert (status, answer["totalCents"]) == (201, shown + 50)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "1", 2**63])
async def test_an_expected_total_is_a_number_of_cents(table: Any, grilled: Any, wrong: Any) -> None:
    assert (await table("T1").order(grilled, expectedTotalCents=wrong))[0] == 422
