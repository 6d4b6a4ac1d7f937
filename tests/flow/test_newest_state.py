"""No client is given an older state after a newer one: whatever is read side by side, and however long each takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.guests.queries import GuestQueries
from kds.kitchen.queries import KitchenQueries
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.screen import token_for

READS: dict[str, tuple[type, str]] = {
    "kitchen": (KitchenQueries, "snapshot"),
    "pickup": (GuestQueries, "list_orders"),
    "order": (GuestQueries, "tracked_order"),
    "menu": (GuestQueries, "menu"),
}


class SlowFirst:
    """A question to the database of which one answer is held up, until the test lets it go."""

    def __init__(self, read: Callable[..., Awaitable[Any]]) -> None:
        self._read = read
        self.armed = False
        self.was_read = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __call__(self, queries: Any, *arguments: Any) -> Any:
        answer = await self._read(queries, *arguments)
        if self.armed:
            self.armed = False
            self.was_read.set()
            await self.may_go_on.wait()
        return answer


@pytest.mark.parametrize("kind", READS)
async def test_of_two_resyncs_the_slower_one_does_not_come_last(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await place(db, branch_id, table="")
    owner, read = READS[kind]
    slow = SlowFirst(getattr(owner, read))
    monkeypatch.setattr(owner, read, lambda queries, *arguments: slow(queries, *arguments))
    login = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id, role='PICKUP' if kind == 'pickup' else 'KITCHEN')}")
    path, query, protocols = {
        "kitchen": ("/kitchen/display", {"since": "0"}, login),
        "pickup": ("/pickup/live", {}, login),
        "order": (f"/public/order/{order_id}/live", {"token": Links(JWT_SECRET).tracking_token(order_id)}, ()),
        "menu": (f"/public/branches/{branch_id}/menu/live", {}, ()),
    }[kind]
    relay = server.server.relay
    boards = server.server.boards
    queries: Any = boards._read.__self__  # type: ignore[attr-defined]
    boards._read = queries.snapshot  # or it would be the one from before the patch

    def read_anew() -> None:
        boards.forget()
        relay.hub.resync_all()

    async with http.ws_connect(server.url + path, params=query, protocols=protocols) as ws:
        states = [await state(ws, kind)]
        slow.armed = True
        read_anew()
        async with asyncio.timeout(10):
            await slow.was_read.wait()
        if kind == "menu":
            await db.execute("UPDATE menu_items SET price_cents = price_cents + 1 WHERE branch_id = $1", branch_id)
        else:
            await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
        read_anew()
        await asyncio.sleep(0.3)  # for the older one to be overtaken, if it can be
        slow.may_go_on.set()
        newest = str(
            await db.fetchval("SELECT sum(price_cents) FROM menu_items WHERE branch_id = $1", branch_id)
            if kind == "menu"
            else "READY"
        )
        async with asyncio.timeout(15):
            while states[-1] != newest:
                states.append(await state(ws, kind))
        for _ in range(2):  # whatever else comes says the same
            read_anew()
            states.append(await state(ws, kind))
    assert states[states.index(newest) :] == [newest] * (len(states) - states.index(newest))


async def state(ws: Any, kind: str) -> str:
    """The next state that is told: the status of the order, or the sum of all prices."""
    while True:
        message = await ws.receive_json(timeout=10)
        if message["type"] == "MENU":
            return str(sum(item["priceCents"] for item in message["items"]))
        if message["type"] in {"SNAPSHOT", "PICKUP_BOARD"}:
            (order,) = message["orders"]
            return str(order.get("status") or {"COOKING": "SENT"}.get(order["state"], order["state"]))
        if message["type"] == "PICKUP_ORDER":
            return str({"COOKING": "SENT"}.get(message["state"], message["state"]))
        if "status" in message:
            return str(message["status"])
