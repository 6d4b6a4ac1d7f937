"""The simulated expo: rushes, holds, fires, takes dishes back. Pure decisions, no I/O; simulation.py sends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from kds.demo.cooks import Step, age_s

JSON = dict[str, Any]

RUSHED, HELD, VOIDED = 0.05, 0.06, 0.05
"""The share of orders that each of these happens to."""
RUSH_AT_S, HOLD_UNTIL_S, VOID_AT_S = 25.0, 10.0, 40.0
FIRE_AFTER_S = (60.0, 120.0)
SEEN_AFTER_S = 12.0
REMEMBERED = 2_000


class Expo:
    """Decides from the open orders; remembers what it did, so that a person at a board has the last word."""

    def __init__(self) -> None:
        self._done: dict[str, datetime] = {}

    def next_step(self, orders: list[JSON], now: datetime) -> Step | None:
        """What to do now; None when nothing is due. Each step is proposed once only."""
        for order in orders:
            for step in self._due_steps(order, now):
                if step.path + str(step.body) not in self._done:
                    self._remember(step, now)
                    return step
        return None

    def _remember(self, step: Step, now: datetime) -> None:
        self._done[step.path + str(step.body)] = now
        self._done.setdefault(step.path, now)
        while len(self._done) > REMEMBERED:
            del self._done[next(iter(self._done))]

    def _due_steps(self, order: JSON, now: datetime) -> Iterator[Step]:
        path = f"/kitchen/order/{order['orderId']}"
        chance = Random(f"expo {order['orderId']}")
        is_rushed, is_held, is_voided = [chance.random() < share for share in (RUSHED, HELD, VOIDED)]
        fire_after_s = chance.uniform(*FIRE_AFTER_S)
        waited_s = age_s(order["placedAt"], now)
        if order["status"] != "SENT":
            return
        if is_held and waited_s < HOLD_UNTIL_S:
            yield Step(f"{path}/hold", {"held": True})
        if is_held and waited_s > fire_after_s and any(kot.get("held") for kot in order["kots"]):
            yield Step(f"{path}/hold", {"held": False})
        if is_rushed and waited_s > RUSH_AT_S:
            yield Step(f"{path}/priority", {"priority": 1})
        if is_voided and waited_s > VOID_AT_S:
            yield from self._void(order, path, now)

    def _void(self, order: JSON, path: str, now: datetime) -> Iterator[Step]:
        """The last dish, where others are left; seen by a cook a little later."""
        if len(order["items"]) < 2:
            return
        item = order["items"][-1]
        void = f"{path}/item/{item['itemId']}/void"
        if not item["voided"] and not item["done"]:
            yield Step(void, {}, "POST")
        taken_back_at = self._done.get(void)
        if item["voided"] and taken_back_at and (now - taken_back_at).total_seconds() > SEEN_AFTER_S:
            yield Step(f"{path}/item/{item['itemId']}/acknowledge", {}, "POST")
