"""What a screen may say and hears back, when it is cut, and the row that it leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.display.boards import OpenScreen, StartServer, greeted
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

# Rules of the socket


async def test_what_a_screen_must_not_say(screen: OpenScreen) -> None:
    async with screen() as board:
        await board.ws.send_bytes(b"x")
        assert await board.close_code() == 1003
    async with screen() as board:
        await board.ws.send_str("x" * 5000)
        assert await board.close_code() == 1009
    async with screen() as board:
        for text in ('{"type":"HI"}', "nonsense", "[" * 1000, "NaN", '"\\ud800"'):
            await board.ws.send_str(text)
            assert (await board.next())["type"] == "ERROR"
        await board.ws.send_str("one too many")
        assert await board.close_code() == 1008


@pytest.mark.parametrize(("frame", "code"), [(b"\x83\x80\0\0\0\0", 1002), (b"\x81\x82\0\0\0\0\xc3\x28", 1007)])
async def test_broken_frames_are_answered_as_the_rfc_says(screen: OpenScreen, frame: bytes, code: int) -> None:
    async with screen() as board:
        connection: Any = board.ws._response.connection
        connection.transport.write(frame)
        assert await board.close_code() == code


async def test_a_ping_is_answered(screen: OpenScreen) -> None:
    async with screen() as board:
        await board.ws.ping(b"still there?")
        await board.ws.send_str("x")
        assert (await board.next())["type"] == "ERROR"


async def test_heartbeats_tell_revision_and_time(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(heartbeat_s=0.05)
    async with open_screen(http, server.url, token, since=0) as board:
        await greeted(board)
        await place(db, branch_id)
        revision = (await board.next())["revision"]
        beat = await board.until("HEARTBEAT")
        assert (beat["revision"], beat["live"]) == (revision, True)
        assert beat["serverTime"].endswith("Z")


async def test_an_expired_token_ends_its_screen(http: ClientSession, server: RunningServer, branch_id: str) -> None:
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id, seconds=2)) as board:
        assert await board.close_code() == 4501


async def test_a_deactivated_member_is_out_at_once(http: ClientSession, server: RunningServer, db: Any) -> None:
    login = {"username": "chef", "password": "chef-demo"}
    async with http.post(f"{server.url}/staff/login", json=login) as answer:
        token = (await answer.json())["token"]
    async with open_screen(http, server.url, token) as board:
        await db.execute("UPDATE staff SET active = false WHERE username = 'chef'")
        assert await board.close_code() == 4503
    with pytest.raises(WSServerHandshakeError) as refused:
        async with open_screen(http, server.url, token):
            pass
    assert refused.value.status == 401


async def test_too_many_screens_are_refused_with_a_reason(
    http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(max_sockets_per_branch=1)
    async with open_screen(http, server.url, token), open_screen(http, server.url, token) as second:
        assert await second.close_code() == 4504
    server = await start_server(max_sockets_per_address=1)
    async with open_screen(http, server.url, token):
        with pytest.raises(WSServerHandshakeError) as refused:
            async with open_screen(http, server.url, token):
                pass
        assert refused.value.status == 429
    server = await start_server(max_sockets=1)
    async with open_screen(http, server.url, token), open_screen(http, server.url, token) as second:
        assert await second.close_code() == 1013


async def test_a_screen_that_does_not_read_is_cut_and_the_others_go_on(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(client_buffer_bytes=64 * 1024)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port, limit=1024)
    try:
        writer.write(
            f"GET /kitchen/display?token={token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert b"101" in await reader.readline()
        async with open_screen(http, server.url, token) as board:
            while server.server.open_sockets == 2:
                order_id = await place(db, branch_id, note="x" * 200_000)
                assert (await board.next())["orderId"] == str(order_id)
    finally:
        writer.close()


async def test_connected_screens_stand_in_ws_connections(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async def becomes(count: int) -> None:
        async def are() -> bool:
            return bool(await db.fetchval("SELECT count(*) = $1 FROM ws_connections", count))

        await eventually(are)

    async with screen(), screen(since=0):
        await becomes(2)
        assert await db.fetchval("SELECT count(*) FROM live_screens WHERE branch_id = $1", branch_id) == 2
    await becomes(0)


async def test_rows_of_a_dead_process_expire_and_nobody_elses(
    db: Any, branch_id: str, start_server: StartServer
) -> None:
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at) VALUES"
        " ('dead', $1, 'gone', now() - interval '1 s'), ('alive', $1, 'elsewhere', now() + interval '1 hour')",
        branch_id,
    )
    server = await start_server()
    async with ClientSession() as http, open_screen(http, server.url, token_for(JWT_SECRET, branch_id)):

        async def is_gone() -> bool:
            return not await db.fetchval("SELECT count(*) FROM ws_connections WHERE connection_id = 'dead'")

        await eventually(is_gone)
        assert await db.fetchval("SELECT count(*) FROM ws_connections WHERE connection_id = 'alive'") == 1


async def test_a_compressed_connection_is_not_offered(http: ClientSession, server: RunningServer, token: str) -> None:
    async with http.ws_connect(f"{server.url}/kitchen/display?token={token}", compress=15) as ws:
        assert ws.compress == 0
        await ws.send_str("x")
        assert (await ws.receive()).type is WSMsgType.TEXT
