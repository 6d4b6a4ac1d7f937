"""The HTTP API for guests: the menu, an order, its track, and that it is placed once and only once."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.flow.client import PLACE, Client
from tests.orders import add_branch

# The menu, an order, and its track


async def test_the_menu_shows_what_can_be_ordered(client: Client, branch_id: str) -> None:
    status, menu, _ = await client.call("GET", f"/public/branches/{branch_id}/menu")
    assert (status, menu["branchId"], menu["currency"]) == (200, branch_id, "EUR")
    assert {"menuItemId", "name", "priceCents", "available", "allergens", "modifiers"} <= set(menu["items"][0])
    assert len(menu["items"]) > 20


async def test_an_order_is_priced_from_the_menu_and_cooked_at_its_stations(
    client: Client, db: Any, branch_id: str, order: dict[str, Any], dish: dict[str, Any]
) -> None:
    modifier = dish["modifiers"][0]
    order["items"][0] |= {"modifiers": [modifier["name"]], "note": "no salt"}
    order |= {"customerName": "Ana", "note": "Birthday", "orderType": "takeaway"}
    status, placed, _ = await client.call("POST", PLACE, order)
    assert status == 201
    answered = {"orderId", "orderNumber", "status", "totalCents", "currency", "minorUnits", "trackingToken"}
    assert set(placed) == answered
    assert placed["totalCents"] == 2 * (dish["price_cents"] + modifier["priceCents"])
    shown = json.loads(await db.fetchval("SELECT order_object($1, $2)", UUID(placed["orderId"]), UUID(branch_id)))
    (item,) = shown["items"]
    assert (item["name"], item["station"], item["modifiers"]) == (dish["name"], dish["station"], [modifier["name"]])
    assert (item["allergens"], item["note"], shown["note"]) == (dish["allergens"], "no salt", "Birthday")
    assert (shown["orderType"], shown["customerName"]) == ("takeaway", "Ana")


async def test_a_customer_sees_the_own_order_and_nothing_of_the_kitchen(client: Client, order: dict[str, Any]) -> None:
    _, placed, _ = await client.call("POST", PLACE, order)
    path = f"/public/order/{placed['orderId']}"
    status, view, _ = await client.call("GET", f"{path}?token={placed['trackingToken']}")
    assert (status, view["status"], view["orderNumber"]) == (200, "SENT", placed["orderNumber"])
    assert "priority" not in view and "acknowledged" not in view
    _, other, _ = await client.call("POST", PLACE, order)
    refusals = [
        await client.call("GET", f"{target}?token={token}")
        for target, token in [
            (path, "x"),
            (path, ""),
            (path, other["trackingToken"]),
            (f"/public/order/{uuid.uuid4()}", placed["trackingToken"]),
        ]
    ]
    assert {(status, json.dumps(answer)) for status, answer, _ in refusals} == {
        (404, json.dumps(refusals[0][1])),
    }


async def test_a_phone_follows_its_order(client: Client, db: Any, order: dict[str, Any]) -> None:
    _, placed, _ = await client.call("POST", PLACE, order)
    live = f"{client.url}/public/order/{placed['orderId']}/live?token={placed['trackingToken']}"
    async with client.http.ws_connect(live) as phone:
        seen = [await phone.receive_json(timeout=10)]
        for status in ("READY", "COMPLETED"):
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", UUID(placed["orderId"]), status)
            while seen[-1]["status"] != status:
                seen.append(await phone.receive_json(timeout=10))
    assert [view["status"] for view in seen if view["type"] == "ORDER_STATUS"] == ["SENT", "READY", "COMPLETED"]


async def test_the_link_of_an_old_order_leads_nowhere(client: Client, db: Any, order: dict[str, Any]) -> None:
    _, placed, _ = await client.call("POST", PLACE, order)
    order_id = UUID(placed["orderId"])
    for status in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
    path = f"/public/order/{order_id}?token={placed['trackingToken']}"
    assert (await client.call("GET", path))[0] == 200
    await db.execute("UPDATE orders SET completed_at = now() - interval '25 hours' WHERE id = $1", order_id)
    assert (await client.refused("GET", path))[0] == 404


# Once and only once


async def test_an_order_with_a_key_needs_one_connection(
    start_server: Any, http: ClientSession, order: dict[str, Any]
) -> None:
    server = await start_server(pool_size=1)
    headers = {"Idempotency-Key": "one"}
    async with http.post(f"{server.url}{PLACE}", json=order, headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def test_fifty_equal_requests_place_one_order(client: Client, db: Any, order: dict[str, Any]) -> None:
    for _ in range(10):  # as guests do whom a busy server told to come again
        answers = await asyncio.gather(
            *(client.call("POST", PLACE, order, **{"Idempotency-Key": "k"}) for _ in range(50))
        )
        if all(status != 503 for status, _, _ in answers):
            break
    assert {(status, json.dumps(body)) for status, body, _ in answers} == {(201, json.dumps(answers[0][1]))}
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


async def test_a_key_belongs_to_one_order_of_one_branch(client: Client, db: Any, order: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "k"}
    await client.call("POST", PLACE, order, **key)
    assert await client.refused("POST", PLACE, {**order, "table": "T2"}, **key) == (422, "key_reused")
    elsewhere = await add_branch(db)
    dish = await db.fetchval(
        "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'x', 1) RETURNING id", elsewhere
    )
    other = {"branchId": str(elsewhere), "table": "", "items": [{"menuItemId": str(dish), "quantity": 1}]}
    assert (await client.call("POST", PLACE, other, **key))[0] == 201


async def test_a_refused_order_does_not_use_up_its_key(client: Client, db: Any, order: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "k"}
    await db.execute("UPDATE menu_items SET available = false")
    assert (await client.refused("POST", PLACE, order, **key))[0] == 422
    await db.execute("UPDATE menu_items SET available = true")
    assert (await client.call("POST", PLACE, order, **key))[0] == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "ä"])
async def test_a_key_must_be_one(client: Client, order: dict[str, Any], key: str) -> None:
    assert await client.refused("POST", PLACE, order, **{"Idempotency-Key": key}) == (422, "bad_key")


async def test_two_keys_are_none(client: Client, order: dict[str, Any], db: Any) -> None:
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    async with client.http.post(f"{client.url}{PLACE}", json=order, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (422, "bad_key")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
