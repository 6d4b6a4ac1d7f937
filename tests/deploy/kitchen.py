"""A restaurant on a deployment: a branch by SQL, a cook, orders over HTTP and SQL, screens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
from aiohttp import ClientError, ClientResponse, ClientSession

from kds.demo.restaurant import load_restaurant
from tests.patience import eventually
from tests.screen import Screen

ANSWERED_WITHIN_S = 60.0


async def open_restaurant(url: str) -> str:
    """Fills a migrated database with the demo restaurant; the id of its branch."""
    await load_restaurant(url)
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT id FROM branches ORDER BY created_at LIMIT 1"))
    finally:
        await connection.close()


async def is_ready(http: ClientSession, url: str) -> bool:
    """Whether a server answers that it can serve."""
    try:
        async with http.get(f"{url}/readyz", ssl=False) as answer:
            return answer.status == 200
    except ClientError:
        return False


async def ready(http: ClientSession, url: str) -> None:
    """Returns when the server can serve."""
    await eventually(lambda: is_ready(http, url), within_s=30)


async def log_in(http: ClientSession, url: str) -> str:
    """The chef's token."""
    async with http.post(f"{url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        assert answer.status == 200, await answer.text()
        token: str = (await answer.json())["token"]
        return token


async def order(http: ClientSession, url: str, branch_id: str, key: str) -> str:
    """Places an order as a customer's phone does; its id."""
    menu = await insist(lambda: http.get(f"{url}/public/branches/{branch_id}/menu"))
    dish = next(item for item in menu["items"] if item["available"])
    body = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish["menuItemId"], "quantity": 1}]}
    placed = await insist(lambda: http.post(f"{url}/public/order/place", json=body, headers={"Idempotency-Key": key}))
    order_id: str = placed["orderId"]
    return order_id


async def bump(http: ClientSession, url: str, token: str, order_id: str, status: str = "READY") -> dict[str, Any]:
    """Moves an order; the order."""
    address, bearer = f"{url}/kitchen/order/{order_id}/status", {"Authorization": f"Bearer {token}"}
    return await insist(lambda: http.patch(address, json={"status": status}, headers=bearer))


async def insist(request: Callable[[], AbstractAsyncContextManager[ClientResponse]]) -> dict[str, Any]:
    """The answer to a request that may be sent again; a busy database's 503 is waited out as Retry-After says."""
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while True:
            async with request() as answer:
                if answer.status != 503:
                    assert answer.status in (200, 201), await answer.text()
                    body: dict[str, Any] = await answer.json()
                    return body
            await asyncio.sleep(float(answer.headers["Retry-After"]))


async def shown(screens: list[Screen], order_id: str, status: str) -> list[dict[str, Any]]:
    """Returns when every screen was told that this order has this status; those messages."""

    async def read(screen: Screen) -> dict[str, Any]:
        while True:
            message = await screen.next()
            if (message.get("orderId"), message.get("status")) == (order_id, status):
                return message

    return await asyncio.gather(*map(read, screens))
