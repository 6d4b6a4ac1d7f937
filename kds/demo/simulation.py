"""A busy evening for the demo: guests order and cooks bump through the same HTTP API that the pages use.

About ten orders are open at any time, whether somebody works at a board or only watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from aiohttp import ClientError, ClientResponseError, ClientSession, ClientTimeout

from kds.demo.cooks import Cooks
from kds.demo.guests import Guests
from kds.demo.restaurant import CHEF, Restaurant

log = logging.getLogger(__name__)

SEED = 7
FIRST_ORDERS = 7
FIRST_PAUSE_S = (0.2, 0.7)
GUESTS_PAUSE_S = (6.0, 14.0)
COOKS_PAUSE_S = (1.0, 3.0)
OPEN_ORDERS = (8, 12)
REQUEST_TIMEOUT_S = 10.0
RETRY_S = 3.0
TROUBLES = (ClientError, OSError, TimeoutError, ValueError)
"""What a request may end with: refused, cut, late, or an answer that is no JSON."""


async def simulate(url: str, restaurant: Restaurant, seed: int = SEED) -> None:
    """Guests and cooks, until cancelled."""
    async with ClientSession(url, timeout=ClientTimeout(total=REQUEST_TIMEOUT_S)) as session:
        await Simulation(session, restaurant, seed).run()


class Simulation:
    """The guests and cooks of one restaurant."""

    def __init__(self, session: ClientSession, restaurant: Restaurant, seed: int) -> None:
        self._session = session
        self._menu_path = f"/public/branches/{restaurant.branch_id}/menu"
        self._chance = Random(seed)
        self._guests = Guests(Random(seed), restaurant.tables)
        self._cooks = Cooks()
        self._token = ""

    async def run(self) -> None:
        """Works until cancelled; a failing request is tried again later."""
        await self._try(self._take_over)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._order_for_ever())
            tasks.create_task(self._cook_for_ever())

    async def _take_over(self) -> None:
        """What an earlier run left open is cooked too."""
        self._cooks.adopt(order["orderId"] for order in await self._open_orders())

    async def _order_for_ever(self) -> None:
        for _ in range(FIRST_ORDERS):
            await self._try(self._order)
            await self._pause(FIRST_PAUSE_S)
        while True:
            await self._pause(GUESTS_PAUSE_S)
            await self._try(self._order)

    async def _cook_for_ever(self) -> None:
        while True:
            await self._pause(COOKS_PAUSE_S)
            await self._try(self._cook)

    async def _order(self) -> None:
        if len(await self._open_orders()) >= self._chance.randint(*OPEN_ORDERS):
            return
        menu = await self._ask("GET", self._menu_path)
        answer = await self._ask("POST", "/public/order/place", self._guests.next_order(menu))
        self._cooks.adopt([answer["orderId"]])

    async def _cook(self) -> None:
        step = self._cooks.next_step(await self._open_orders(), datetime.now(UTC))
        if step is not None:
            await self._ask("PATCH", step.path, step.body)

    async def _open_orders(self) -> list[dict[str, Any]]:
        if not self._token:
            login = {"username": CHEF.username, "password": CHEF.password}
            self._token = (await self._ask("POST", "/staff/login", login))["token"]
        orders: list[dict[str, Any]] = (await self._ask("GET", "/kitchen/orders"))["orders"]
        return orders

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(method, path, json=body, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    async def _try(self, action: Callable[[], Awaitable[None]]) -> None:
        try:
            await action()
        except ClientResponseError as error:
            if error.status == 401:
                self._token = ""  # ended or expired: the next request logs in again
            elif error.status == 409:
                log.debug("somebody was faster path=%s", error.request_info.url.path)
            else:
                await self._wait_out(error)
        except TROUBLES as error:
            await self._wait_out(error)

    async def _wait_out(self, error: Exception) -> None:
        log.warning("simulation waits error=%s: %s", type(error).__name__, error)
        await asyncio.sleep(RETRY_S)

    async def _pause(self, between_s: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*between_s))
