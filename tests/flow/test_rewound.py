"""History that was put back under a running relay: noticed within a sweep, and every socket starts anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for

StartServer = Callable[..., Awaitable[RunningServer]]
MORE = 30


async def put_back(db: Any, events: list[Any], sequence: int) -> None:
    """The transport as it was: as if an older backup had been restored under the same epoch."""
    async with db.transaction():
        await db.execute("DELETE FROM events")
        await db.executemany(
            "INSERT INTO events (branch_id, revision, xid, kind, order_id, created_at) "
            "VALUES ($1, $2, $3::text::xid8, $4::text::event_kind, $5, $6)",
            [tuple(event.values()) for event in events],
        )
        await db.execute("SELECT setval('event_revision', $1)", sequence)


async def kept(db: Any) -> tuple[list[Any], int]:
    """What a backup would hold."""
    rows = await db.fetch("SELECT branch_id, revision, xid::text, kind::text, order_id, created_at FROM events")
    return [dict(row) for row in rows], await db.fetchval("SELECT last_value FROM event_revision")


async def until(ws: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next message of this kind."""
    deadline = asyncio.get_running_loop().time() + 15
    while asyncio.get_running_loop().time() < deadline:
        message = await ws.receive(timeout=15)
        assert message.type is WSMsgType.TEXT, message
        body: dict[str, Any] = message.json()
        if body["type"] == kind:
            return body
    raise TimeoutError(kind)


@pytest.mark.parametrize("more_after", [1, MORE, MORE + 5])
async def test_every_kind_of_socket_starts_from_what_is_there(
    http: ClientSession, start_server: StartServer, db: Any, branch_id: str, more_after: int
) -> None:
    """Put back by MORE orders and grown again by fewer, as many, or more: then revisions alone do not tell."""
    server = await start_server(sweep_s=0.2)
    tracked = await place(db, branch_id, table="")
    backup = await kept(db)
    kitchen = token_for(JWT_SECRET, branch_id)
    pickup = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id, role='PICKUP')}")
    link = {"token": Links(JWT_SECRET).tracking_token(tracked)}
    public = f"{server.url}/public"
    async with (
        open_screen(http, server.url, kitchen, since=0) as board,
        open_screen(http, server.url, kitchen) as plain,
        http.ws_connect(f"{server.url}/pickup/live", protocols=pickup) as shelf,
        http.ws_connect(f"{public}/order/{tracked}/live", params=link) as phone,
        http.ws_connect(f"{public}/branches/{branch_id}/menu/live") as menu,
    ):
        hello, _ = await board.take(2)
        await until(shelf, "PICKUP_BOARD")
        await until(phone, "ORDER_STATUS")
        await until(menu, "MENU")
        lost = [await place(db, branch_id) for _ in range(MORE)]
        last = (await board.take(MORE))[-1]
        async with db.transaction():
            await db.execute("ALTER TABLE orders DISABLE TRIGGER ALL")
            await db.execute("DELETE FROM orders WHERE id = ANY ($1)", lost)
            await db.execute("ALTER TABLE orders ENABLE TRIGGER ALL")
            await put_back(db, *backup)
            await db.execute("UPDATE orders SET customer_name = 'put back' WHERE id = $1", tracked)
            for _ in range(more_after):
                newest = await place(db, branch_id, table="")
        wanted = {str(row["id"]) for row in await db.fetch("SELECT id FROM orders WHERE branch_id = $1", branch_id)}
        async with asyncio.timeout(20):
            snapshot = await board.until("SNAPSHOT")
            while {order["orderId"] for order in snapshot["orders"]} != wanted:  # the sequence goes back before COMMIT
                snapshot = await board.until("SNAPSHOT")
        assert not {str(order) for order in lost} & {order["orderId"] for order in snapshot["orders"]}
        assert await plain_is_sent_away(plain)
        async with asyncio.timeout(20):
            while str(newest) not in {line["orderId"] for line in (await until(shelf, "PICKUP_BOARD"))["orders"]}:
                pass
            while (await until(phone, "ORDER_STATUS"))["customerName"] != "put back":
                pass
        await until(menu, "MENU")
        # and it hears what comes now
        live = str(await place(db, branch_id))
        message = await board.next()
        while message["type"] == "SNAPSHOT":  # marks that were read before COMMIT are read once more after it
            snapshot = message
            if live in {order["orderId"] for order in snapshot["orders"]}:
                live = str(await place(db, branch_id))
            message = await board.next()
        assert (message["orderId"], message["prev"]) == (live, snapshot["revision"])
        # who comes back from the lost history cannot go on in it
        async with open_screen(http, server.url, kitchen, **resume_point(last, hello["epoch"])) as resumed:
            assert [(await resumed.next())["type"] for _ in range(2)] == ["HELLO", "SNAPSHOT"]


async def plain_is_sent_away(plain: Screen) -> bool:
    """Whether the plain client was closed, to read the list again."""
    while True:
        message = await plain.ws.receive(timeout=15)
        if message.type is WSMsgType.CLOSE:
            return bool(message.data == 4010)
        if message.type in {WSMsgType.CLOSED, WSMsgType.CLOSING}:
            return plain.ws.close_code in {4010, 1006}


async def test_a_quiet_relay_and_a_pruned_one_see_no_other_history(
    http: ClientSession, start_server: StartServer, db: Any, branch_id: str
) -> None:
    server = await start_server(sweep_s=0.05)
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as board:
        await board.take(2)
        for _ in range(3):
            await place(db, branch_id)
        await board.take(3)
        listener = server.server.relay.listener
        assert await db.fetchval("SELECT prune_events(interval '0', 1000)") == 3
        for _ in range(3):
            before = listener.answered_at

            async def was_swept(before: float = before) -> bool:
                return listener.answered_at > before

            await eventually(was_swept)
        order_id: UUID = await place(db, branch_id)
        assert (await board.next())["orderId"] == str(order_id)
