"""Whatever a writer may commit costs itself alone: no other order, branch, list or screen, and not the readiness.

A short run of one seed; KDS_ROWS=2000 tries so many rows of each of three seeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, WSMsgType

from kds.doctor.examine import Examined, examine
from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.rows import Writer, read_columns
from tests.screen import token_for

ROWS = int(os.environ.get("KDS_ROWS", "0"))
SEEDS = (1, 2, 3) if ROWS else (1,)
LOOKED_AT_EVERY = 25
EXAMINED_EVERY = 100
SHOWN_AT_MOST = 20
"""Of broken orders, by /readyz and by kds doctor."""
ConnectDb = Callable[[], Awaitable[Any]]


class Ear:
    """An open socket: what it told, and that it was never closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: set[str] = set()
        self.closed: int | None = None
        self.is_live = True

    async def listen(self, ws: Any) -> None:
        """Hears until the socket ends."""
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    body = json.loads(message.data)
                    self.is_live = body.get("live", True)
                    self.heard.add(str(body.get("orderId")))
                    self.heard.add(str(body.get("type")))
                    self.heard.update(order["orderId"] for order in body.get("orders", ()))  # of a snapshot
        finally:
            self.closed = ws.close_code or 1006


@contextlib.asynccontextmanager
async def ears(http: ClientSession, **sockets: tuple[str, tuple[str, ...]]) -> AsyncIterator[dict[str, Ear]]:
    """Opens sockets by name, each a URL and its subprotocols."""
    async with contextlib.AsyncExitStack() as stack:
        found = {name: Ear(name) for name in sockets}
        tasks = []
        for name, (url, protocols) in sockets.items():
            ws = await stack.enter_async_context(http.ws_connect(url, protocols=protocols, max_msg_size=0))
            tasks.append(asyncio.create_task(found[name].listen(ws)))
        yield found
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Kitchen:
    """Two branches on one server, looked at from every side."""

    def __init__(self, http: ClientSession, server: RunningServer, db: Any, branches: dict[str, str]) -> None:
        self.http, self.server, self.db, self.branches = http, server, db, branches
        self.tokens = {name: token_for(JWT_SECRET, branch) for name, branch in branches.items()}
        self.pickups = {name: token_for(JWT_SECRET, branch, role="PICKUP") for name, branch in branches.items()}

    async def get(self, path: str, token: str = "") -> Any:
        """The body of an answer, which must be 200."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.get(self.server.url + path, headers=headers) as answer:
            assert answer.status == 200, (path, answer.status, (await answer.text())[:300])
            return await answer.json()

    async def sockets(self, tracked: dict[str, UUID]) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Screens, pickup boards, track pages and menus of both branches."""
        url = self.server.url.replace("http", "ws", 1)
        found: dict[str, tuple[str, tuple[str, ...]]] = {}
        for name, branch in self.branches.items():
            link = Links(JWT_SECRET).tracking_token(tracked[name])
            found[f"screen_{name}"] = (f"{url}/kitchen/display?since=0", ("kds.v1", f"bearer.{self.tokens[name]}"))
            found[f"pickup_{name}"] = (f"{url}/pickup/live", ("kds.v1", f"bearer.{self.pickups[name]}"))
            found[f"track_{name}"] = (f"{url}/public/order/{tracked[name]}/live?token={link}", ())
            found[f"menu_{name}"] = (f"{url}/public/branches/{branch}/menu/live?version=none", ())
        return found

    async def listed(self, name: str) -> set[str]:
        """The orders of a branch that its screens list, or promise for later."""
        token = self.tokens[name]
        lists = [await self.get(path, token) for path in ("/kitchen/orders", "/kitchen/orders/later")]
        return {order["orderId"] for answer in lists for order in answer["orders"]}

    async def present(self, name: str) -> set[str]:
        """The open orders of a branch."""
        rows = await self.db.fetch(
            "SELECT id::text FROM orders WHERE branch_id = $1::text::uuid AND status IN ('SENT', 'READY')",
            self.branches[name],
        )
        return {row["id"] for row in rows}

    async def probe(self, opened: dict[str, Ear], tried: str) -> None:
        """An order in each branch, which its screen and pickup board must hear."""
        for name, branch in self.branches.items():
            order_id = str(await place(self.db, branch, table=""))
            for kind in ("screen", "pickup"):
                ear = opened[f"{kind}_{name}"]

                async def has_heard(ear: Ear = ear, order_id: str = order_id) -> bool:
                    return order_id in ear.heard or ear.closed is not None

                try:
                    await eventually(has_heard)
                except TimeoutError:
                    raise AssertionError((ear.name, "never heard of", order_id, tried)) from None
                assert ear.closed is None, (ear.name, ear.closed, tried)
            await self.db.execute("DELETE FROM orders WHERE id = $1::uuid", order_id)

    async def look(self, opened: dict[str, Ear], tracked: dict[str, UUID], tried: list[str]) -> None:
        """Every answer is there, every socket open, and every open order told or named as broken."""
        ready = await self.get("/readyz")
        named = {order["orderId"] for order in ready["brokenOrders"]}
        assert all(ear.closed is None and ear.is_live for ear in opened.values()), (
            [(ear.name, ear.closed, ear.is_live) for ear in opened.values()],
            tried,
        )
        for name, branch in self.branches.items():

            async def is_listed(name: str = name) -> bool:
                listed, present = await self.listed(name), await self.present(name)
                return present - listed - named == set() and listed - present == set()

            try:
                await eventually(is_listed)  # an order that is due is for later until the clock has come to it
            except TimeoutError:
                raise AssertionError((name, await self.listed(name) ^ await self.present(name), tried)) from None
            await self.get("/pickup/orders", self.pickups[name])
            await self.get(f"/public/branches/{branch}/menu")
            link = Links(JWT_SECRET).tracking_token(tracked[name])
            await self.get(f"/public/order/{tracked[name]}?token={link}")

    async def examine(self, dsn: str, tried: list[str]) -> None:
        """The doctor looks at everything, and names what the list leaves out; the counter says how many that are."""
        examined: list[Examined] = []
        environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
        await examine(environment, examined.append, long_transaction=timedelta(minutes=5))
        assert examined[-1].what == "orders", tried
        named = {found.what.split()[1] for found in examined[-1].findings}
        ready = {order["orderId"] for order in (await self.get("/readyz"))["brokenOrders"]}
        for name in self.branches:
            missing = await self.present(name) - await self.listed(name)
            assert missing - named == set() or len(named) == SHOWN_AT_MOST, (name, missing, tried)
        async with self.http.get(f"{self.server.url}/metrics") as answer:
            (counted,) = re.findall(r"(?m)^kds_broken_orders (.*)$", await answer.text())
        assert float(counted) == len(ready) or len(ready) == SHOWN_AT_MOST, (counted, ready, tried)


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_row_costs_itself_alone(
    server: RunningServer, http: ClientSession, db: Any, dsn: str, branch_id: str, connect_db: ConnectDb, seed: int
) -> None:
    branches = {"guilty": branch_id, "other": str(await add_branch(db))}
    kitchen = Kitchen(http, server, db, branches)
    tracked = {name: await place(db, branch) for name, branch in branches.items()}
    await db.execute("UPDATE orders SET customer_name = 'spared'")
    await place(db, branch_id)
    writer = Writer(await connect_db(), branch_id, await read_columns(db), seed)
    async with ears(http, **await kitchen.sockets(tracked)) as opened:
        for number in range(1, (ROWS or 100) + 1):
            tried = await writer.write()
            await kitchen.probe(opened, tried)
            if number % LOOKED_AT_EVERY == 0:
                await kitchen.look(opened, tracked, writer.taken[-LOOKED_AT_EVERY:])
                if number % EXAMINED_EVERY == 0:
                    await kitchen.examine(dsn, writer.taken[-LOOKED_AT_EVERY:])
                await db.execute("DELETE FROM orders WHERE customer_name IS DISTINCT FROM 'spared'")
                await place(db, branch_id)
    assert writer.refused > 0 and len(writer.taken) > writer.refused / 10
