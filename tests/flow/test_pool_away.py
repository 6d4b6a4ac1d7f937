"""The LISTEN link is back before the pool: sockets that are told to begin anew wait for what they are to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from kds.domain.links import Links
from kds.web.sockets import patience
from tests.clusters import Cluster
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

StartServer = Callable[..., Awaitable[RunningServer]]
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = $1 AND application_name <> 'kds-listen' AND pid <> $2"
)


@asynccontextmanager
async def shut_out(cluster: Cluster, db: Any) -> AsyncIterator[None]:
    """No new connection is let in, and those of the pool end; the link and the test's own stay."""
    name = await db.fetchval("SELECT current_database()")
    own = await db.fetchval("SELECT pg_backend_pid()")
    admin = await asyncpg.connect(cluster.admin_dsn)
    try:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")

        async def are_away() -> bool:
            return bool(await admin.fetchval(END_OTHERS, name, own) == 0)

        await eventually(are_away)
        yield
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()


async def refusals(http: ClientSession, server: RunningServer) -> int:
    """How often the pool could not be asked."""
    async with http.get(f"{server.url}/metrics") as answer:
        [line] = [each for each in (await answer.text()).splitlines() if each.startswith("kds_pool_refusals_total ")]
    return int(float(line.split()[1]))


async def begin_history(db: Any) -> None:
    """As after a restore: sequence and events are those of before."""
    async with db.transaction():
        await db.execute("DELETE FROM events")
        await db.execute("SELECT setval('event_revision', 1)")


async def heard(ws: ClientWebSocketResponse, kind: str) -> None:
    """Returns at the next message of this kind."""
    async with asyncio.timeout(20):
        while True:
            message = await ws.receive()
            assert message.type is WSMsgType.TEXT, ws.close_code
            if message.json()["type"] == kind:
                return


async def test_every_socket_that_resumes_is_shown_its_state_when_the_pool_is_back(
    http: ClientSession,
    start_server: StartServer,
    cluster: Cluster,
    db: Any,
    branch_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "WITHIN_S", 60.0)  # none gives up before the pool is back
    server = await start_server(sweep_s=0.2)
    tracked = await place(db, branch_id, table="")
    kitchen = token_for(JWT_SECRET, branch_id)
    pickup = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id, role='PICKUP')}")
    link = {"token": Links(JWT_SECRET).tracking_token(tracked)}
    public = f"{server.url}/public"
    async with (
        open_screen(http, server.url, kitchen, since=0) as board,
        http.ws_connect(f"{server.url}/pickup/live", protocols=pickup) as shelf,
        http.ws_connect(f"{public}/order/{tracked}/live", params=link) as phone,
        http.ws_connect(f"{public}/branches/{branch_id}/menu/live") as menu,
    ):
        await board.take(2)
        shown = ((shelf, "PICKUP_BOARD"), (phone, "ORDER_STATUS"), (menu, "MENU"))
        for ws, kind in shown:
            await heard(ws, kind)
        async with shut_out(cluster, db):
            refused = await refusals(http, server)
            await begin_history(db)

            async def are_all_refused() -> bool:
                return await refusals(http, server) >= refused + 8

            await eventually(are_all_refused)
        snapshot = await board.until("SNAPSHOT")
        assert [each["orderId"] for each in snapshot["orders"]] == [str(tracked)]
        for ws, kind in shown:
            await heard(ws, kind)


async def test_a_socket_is_told_to_come_again_when_the_pool_stays_away(
    http: ClientSession,
    start_server: StartServer,
    cluster: Cluster,
    db: Any,
    branch_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "WITHIN_S", 1.0)
    server = await start_server(sweep_s=0.2)
    await place(db, branch_id)
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as board:
        await board.take(2)
        async with shut_out(cluster, db):
            await begin_history(db)
            assert await board.close_code() == 4010
