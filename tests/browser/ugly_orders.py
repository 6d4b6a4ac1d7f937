"""Orders that something went wrong with, and a board whose server is the test."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any, NoReturn

from playwright.async_api import Page, WebSocketRoute

# What a column, or a fault of ours, may put where something else was meant.
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    1e300,
    "",
    "x",
    "constructor",
    "__proto__",
    "0001-01-01T00:00:00Z",
    "294276-12-31T23:59:59Z",
    "infinity",
    "NULL",
    "🍕" * 40,
    "👨‍👩‍👧‍👦" * 30,
    "نباتي‌ " * 30,
    "\u0000\ud83c",
    "ALLERGY: " + "nuts " * 40,
    "no spaces" * 900,
    "a b " * 20_000,
    [],
    [None],
    [[]],
    ["x", None],
    ["NO " + "x" * 300],
    [1, {"name": "x"}],
    {},
    {"toString": None, "length": -1},
]
STATUSES = ("SENT", "READY", "COMPLETED", "CANCELLED")


def an_order(name: str, number: int, **more: Any) -> dict[str, Any]:
    """An order as the server tells it."""
    item = {"itemId": f"{name}-i", "kotId": f"{name}-k", "station": "Grill", "name": "Tikka", "quantity": 2}
    item |= {"modifiers": [], "note": None, "allergens": [], "done": False, "voided": False, "acknowledged": False}
    kot = {"kotId": f"{name}-k", "station": "Grill", "round": 1, "status": "SENT", "held": False, "recalled": False}
    kot |= {"sentAt": "2026-01-01T12:00:00Z", "firedAt": None, "readyAt": None, "completedAt": None}
    order = {"orderId": name, "orderNumber": number, "table": "T1", "orderType": "dine_in", "customerName": None}
    order |= {"note": None, "priority": 0, "status": "SENT", "acknowledged": False, "itemCount": 2}
    order |= {"placedAt": "2026-01-01T12:00:00Z", "readyAt": None, "completedAt": None, "cancelledAt": None}
    order |= {"totalCents": 100, "currency": "EUR", "items": [item], "kots": [kot]}
    return order | more


def an_ugly_order(choose: random.Random, index: int) -> Any:
    """An order that something went wrong with: one to four of its values, at any depth, are odd or missing."""
    if choose.random() < 0.05:
        return choose.choice(ODD)
    order = an_order(f"ugly-{index}", 900 + index, status=choose.choice(STATUSES))
    order["items"] = order["items"] * choose.choice([1, 1, 2, 3])
    order["items"] = [item | {"itemId": f"ugly-{index}-{at}"} for at, item in enumerate(order["items"])]
    order["kots"][0]["status"] = choose.choice(STATUSES)
    for _ in range(choose.randint(1, 4)):
        parts = [
            order,
            *(part for key in ("items", "kots") if isinstance(order.get(key), list) for part in order[key]),
        ]
        part = choose.choice([part for part in parts if isinstance(part, dict) and part])
        key = choose.choice(list(part))
        if key == "orderId" and choose.random() < 0.7:
            continue
        if choose.random() < 0.2:
            del part[key]
        else:
            part[key] = choose.choice(ODD)
    if choose.random() < 0.05:
        order["items"] = [an_order(f"w{at}", 1)["items"][0] for at in range(choose.choice([300, 3_000]))]
    return order


class Told:
    """A screen whose server is this test: it answers a login's list and tells the socket what it likes."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self.path = path
        self.route: WebSocketRoute | None = None
        self.revision = 0
        self.lines = 0
        self.is_live = True

    async def listen(self) -> None:
        """Takes the socket's place from now on."""
        await self.page.route_web_socket(f"**{self.path}*", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self.route = route
        self.lines += 1

    def send(self, message: Any) -> None:
        """One message as it is."""
        assert self.route is not None
        self.route.send(message if isinstance(message, str) else json.dumps(message))

    async def beat(self) -> NoReturn:
        """Heartbeats, as of a server: a board that hears nothing for 11 s connects anew, and a machine may be slow."""
        while True:
            await asyncio.sleep(2)
            self.send({"type": "HEARTBEAT", "revision": self.revision, "live": self.is_live})

    def snapshot(self, orders: list[Any]) -> None:
        """A greeting and a whole board."""
        self.revision += 1
        now = "2026-01-01T12:01:00.000000Z"
        self.send({"type": "HELLO", "protocol": 1, "epoch": "e", "revision": self.revision, "serverTime": now})
        self.send({"type": "SNAPSHOT", "epoch": "e", "revision": self.revision, "timestamp": now, "orders": orders})

    def order(self, order: dict[str, Any]) -> None:
        """A live message of one order."""
        self.revision += 1
        of_event = {"revision": self.revision, "prev": self.revision - 1, "timestamp": "2026-01-01T12:01:00Z"}
        self.send({"type": "ORDER_UPDATED", **order, **of_event})
