"""An evening for the demo: guests order, cooks bump and an expo directs, through the same HTTP API that the pages use.

In a calm one about ten orders are open at any time, whether somebody works at a board or only watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from aiohttp import ClientError, ClientResponseError, ClientSession, ClientTimeout

from kds.demo.cooks import Cooks, Step
from kds.demo.expo import Expo
from kds.demo.guests import Guests
from kds.demo.restaurant import CHEF, Restaurant
from kds.demo.tempo import CALM, RUSH, Range, Tempo
from kds.domain.links import Links

log = logging.getLogger(__name__)

SEED = 7
FIRST_ORDERS = 7
FIRST_PAUSE_S = (0.2, 0.7)
REQUEST_TIMEOUT_S = 10.0
RETRY_S = 3.0
TROUBLES = (ClientError, OSError, TimeoutError, ValueError)
"""What a request may end with: refused, cut, late, or an answer that is no JSON."""


async def simulate(url: str, restaurant: Restaurant, links: Links, *, is_rush: bool, seed: int = SEED) -> None:
    """Guests and cooks, until cancelled; `links` sign what guests prove their table with."""
    async with ClientSession(url, timeout=ClientTimeout(total=REQUEST_TIMEOUT_S)) as session:
        await Simulation(session, restaurant, links, RUSH if is_rush else CALM, seed).run()


class Simulation:
    """The guests and cooks of one restaurant."""

    def __init__(self, session: ClientSession, restaurant: Restaurant, links: Links, tempo: Tempo, seed: int) -> None:
        self._session = session
        self._branch_id = restaurant.branch_id
        self._links = links
        self._tempo = tempo
        self._menu_path = f"/public/branches/{restaurant.branch_id}/menu"
        self._chance = Random(seed)
        self._guests = Guests(Random(seed), restaurant.tables)
        self._cooks = Cooks()
        self._expo = Expo()
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
            await self._pause(self._tempo.guests_pause_s)
            await self._try(self._order)

    async def _cook_for_ever(self) -> None:
        while True:
            await self._pause(self._tempo.cooks_pause_s)
            await self._try(self._cook)

    async def _order(self) -> None:
        if len(await self._open_orders()) >= self._chance.randint(*self._tempo.open_orders):
            return
        body = self._guests.next_order(await self._ask("GET", self._menu_path))
        if body["table"]:
            body["tableToken"] = self._links.table_token(self._branch_id, body["table"])
        answer = await self._ask("POST", "/public/order/place", body)
        self._cooks.adopt([answer["orderId"]])

    async def _cook(self) -> None:
        orders = await self._open_orders()
        for _ in range(self._tempo.steps_at_once):
            step = self._next_step(orders)
            if step is None:
                return
            await self._ask(step.method, step.path, step.body)

    def _next_step(self, orders: list[dict[str, Any]]) -> Step | None:
        now = datetime.now(UTC)
        directed = self._expo.next_step(orders, now) if self._tempo.has_expo else None
        return directed or self._cooks.next_step(orders, now)

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

    async def _pause(self, between_s: Range) -> None:
        await asyncio.sleep(self._chance.uniform(*between_s))
