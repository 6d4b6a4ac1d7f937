"""Who may open the display socket, from which page, with what in its address."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.display.boards import OpenScreen, StartServer
from tests.screen import token_for

# Handshake


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800"])
async def test_a_bad_token_is_refused_before_the_upgrade(
    http: ClientSession, server: RunningServer, token: str
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(
            f"{server.url}/kitchen/display", params={"token": token.encode("utf-8", "replace").decode()}
        )
    assert refused.value.status == 401


@pytest.mark.parametrize("role", ["WAITER", "PICKUP"])
async def test_another_role_is_refused_before_the_upgrade(screen: OpenScreen, branch_id: str, role: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with screen(token=token_for(JWT_SECRET, branch_id, role=role)):
            pass
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("https://ours.example", 101)]
)
async def test_only_our_own_and_listed_pages_may_connect(
    http: ClientSession, start_server: StartServer, token: str, origin: str, status: int
) -> None:
    server = await start_server(cors_origins=("https://ours.example",))
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin}
    async with http.get(f"{server.url}/kitchen/display?token={token}", headers={**upgrade, **key}) as answer:
        assert answer.status == status


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "", "٣"])
async def test_since_must_be_a_number(screen: OpenScreen, since: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with screen(since=since):
            pass
    assert refused.value.status == 400
