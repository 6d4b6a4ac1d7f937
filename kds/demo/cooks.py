"""The simulated cooks: which ticket they touch next. Pure decisions, no I/O; simulation.py carries them out.

They keep away from what a person at a board does: orders of others they touch only when those are long overdue, and
what was recalled from them they leave alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

JSON = dict[str, Any]

FORGOTTEN_S = 900.0
"""When even an order of somebody else is cooked, so that the board does not fill up."""
REMEMBERED = 500
"""Orders, the newest ones: an older one was served long ago."""


@dataclass(frozen=True)
class Step:
    """One tap on a board, as a request."""

    path: str
    body: JSON
    method: str = "PATCH"


@dataclass(frozen=True)
class Pace:
    """How long one order takes to cook, and to be fetched when it is ready."""

    cook_s: float
    fetch_s: float


class Cooks:
    """Decide from the open orders; remember what they did."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}

    def adopt(self, order_ids: Iterable[str]) -> None:
        """These orders are theirs."""
        for order_id in order_ids:
            self._taken.setdefault(order_id, set())
        while len(self._taken) > REMEMBERED:
            del self._taken[next(iter(self._taken))]

    def next_step(self, orders: list[JSON], now: datetime) -> Step | None:
        """What to do now, the oldest order first; None when nothing is due. Each step is proposed once only."""
        for order in sorted(orders, key=lambda order: str(order["placedAt"])):
            step = self._due_step(order, now)
            if step is not None:
                self.adopt([order["orderId"]])
                self._taken[order["orderId"]].add(step.path)
                return step
        return None

    def _due_step(self, order: JSON, now: datetime) -> Step | None:
        is_ready = order["status"] == "READY"
        waited_s = age_s(order["readyAt"] if is_ready else order["placedAt"], now)
        if order["orderId"] not in self._taken and waited_s < FORGOTTEN_S:
            return None
        pace = _pace(order["orderId"])
        if is_ready:
            path = f"/kitchen/order/{order['orderId']}/status"
            if waited_s < pace.fetch_s or self._was_taken(order, path):
                return None
            return Step(path, {"status": "COMPLETED", "from": "READY"})
        for kot in order["kots"]:
            if kot.get("held"):
                continue
            step = self._cook(order, kot, age_s(kot.get("firedAt") or kot["sentAt"], now) / pace.cook_s)
            if step is not None:
                return step
        return None

    def _cook(self, order: JSON, kot: JSON, progress: float) -> Step | None:
        ready = f"/kitchen/kot/{kot['kotId']}/status"
        if kot["status"] != "SENT" or self._was_taken(order, ready):
            return None
        items = [item for item in order["items"] if item["kotId"] == kot["kotId"] and not item["voided"]]
        for number, item in enumerate(items, 1):
            bump = f"/kitchen/order/{order['orderId']}/item/{item['itemId']}"
            if not item["done"] and progress >= number / len(items) and not self._was_taken(order, bump):
                return Step(bump, {"done": True})
        return Step(ready, {"status": "READY", "from": "SENT"}) if progress >= 1 else None

    def _was_taken(self, order: JSON, path: str) -> bool:
        return path in self._taken.get(order["orderId"], ())


def _pace(order_id: str) -> Pace:
    chance = Random(order_id)
    # mostly in time, now and then DUE, seldom LATE
    shortest_s, longest_s = chance.choices(((50, 210), (310, 420), (610, 680)), (86, 11, 3))[0]
    return Pace(chance.uniform(shortest_s, longest_s), chance.uniform(20, 45))


def age_s(moment: str, now: datetime) -> float:
    """Seconds since a moment of the API."""
    return (now - datetime.fromisoformat(moment)).total_seconds()
