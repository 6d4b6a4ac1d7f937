"""Guests who order steadily, each asking again with the same key until the order is taken."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import aiohttp

PATIENCE_S = 8.0
"""How long our own pages wait for an answer."""
RETRY_S = 0.5
"""After no answer; after a refusal as Retry-After says."""


class Accepted(NamedTuple):
    """An order that was acknowledged: its id, when, and since when it was wanted; times by time.time()."""

    order_id: str
    at: float
    begun_at: float


class Refusal(NamedTuple):
    """A 503: when it was asked and when it was answered."""

    asked_at: float
    at: float


@dataclass
class Guests:
    """Orders at `dishes`, which are by branch, over all `urls`."""

    urls: list[str]
    dishes: dict[str, str]
    seed: int
    patience_s: float = PATIENCE_S
    accepted: dict[str, Accepted] = field(default_factory=dict)
    """By key, which is also the note of the order."""
    refusals: list[Refusal] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    """Connections that ended without an answer."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._stopping = asyncio.Event()
        self._waiting: set[asyncio.Task[None]] = set()
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.patience_s), connector=aiohttp.TCPConnector(limit=0)
        )
        self._coming: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many have no answer yet."""
        return len(self._waiting)

    def come(self, per_s: float) -> None:
        """So many begin to order every second, whether those before were served or not."""
        self._coming = asyncio.create_task(self._come(per_s))

    async def _come(self, per_s: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await asyncio.sleep(due - loop.time())
            due += 1 / per_s
            self.order()

    def order(self) -> None:
        """One more guest."""
        task = asyncio.create_task(self._order(uuid.uuid4().hex))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def leave(self, within_s: float) -> None:
        """No more guests; returns when all that are there have been served.

        Raises:
            TimeoutError: some were not.
        """
        if self._coming is not None:
            self._coming.cancel()
        async with asyncio.timeout(within_s):
            while self._waiting:
                await asyncio.wait(set(self._waiting))

    async def close(self) -> None:
        """Sends everybody away."""
        for task in [*self._waiting, *([self._coming] if self._coming else [])]:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        await self._http.close()

    async def _order(self, key: str) -> None:
        branch = self._dice.choice(list(self.dishes))
        lines = [{"menuItemId": self.dishes[branch], "quantity": 1}]
        body = json.dumps({"branchId": branch, "table": "T1", "items": lines, "note": key})
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        begun_at = time.time()
        while True:
            asked_at, pause_s = time.time(), RETRY_S
            try:
                url = f"{self._dice.choice(self.urls)}/public/order/place"
                async with self._http.post(url, data=body, headers=headers) as answer:
                    self.statuses[answer.status] += 1
                    if answer.status == 201:
                        order_id = json.loads(await answer.read())["orderId"]
                        self.accepted[key] = Accepted(order_id, time.time(), begun_at)
                        return
                    assert answer.status == 503, (answer.status, await answer.text())
                    pause_s = float(answer.headers["Retry-After"])
                    self.refusals.append(Refusal(asked_at, time.time()))
            except (aiohttp.ClientError, OSError, TimeoutError):
                self.broken += 1
            await asyncio.sleep(pause_s * self._dice.uniform(0.8, 1.2))
