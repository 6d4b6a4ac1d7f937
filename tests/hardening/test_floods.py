"""Floods of sockets, all at once: a limit holds for a burst too, each refusal is plain, the kitchen always has room."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSServerHandshakeError, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from kds.domain.links import Links
from kds.web.clients.proxies import client_address
from tests.conftest import JWT_SECRET, RunningServer, config_for
from tests.orders import place
from tests.patience import eventually
from tests.screen import token_for

Start = Callable[..., Awaitable[RunningServer]]
Open = Callable[[], Coroutine[Any, Any, ClientWebSocketResponse]]


async def flood(stack: AsyncExitStack, connect: Open, count: int) -> Counter[int]:
    """So many handshakes at once; how often each status was answered. Those that were let in stay."""

    async def one() -> int:
        try:
            ws = await connect()
        except WSServerHandshakeError as error:
            return error.status
        stack.push_async_callback(ws.close)
        return 101

    return Counter(await asyncio.gather(*(one() for _ in range(count))))


async def test_a_burst_of_screens_does_not_pass_the_limit_together(
    start_server: Start, branch_id: str, http: ClientSession
) -> None:
    server = await start_server(max_sockets_per_address=20)
    protocols = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id)}")
    url = f"{server.url}/kitchen/display"
    async with ClientSession(connector=TCPConnector(limit=0)) as session, AsyncExitStack() as stack:
        found = await flood(stack, lambda: session.ws_connect(url, protocols=protocols), 60)
        assert found == {101: 20, 429: 40}
    await eventually(lambda: nobody(server))
    async with http.ws_connect(url, protocols=protocols):
        pass


@pytest.mark.parametrize("path", ["/public/branches/{branch}/menu/live", "/public/order/{order}/live?token={token}"])
async def test_customers_cannot_crowd_the_kitchen_out(
    start_server: Start, branch_id: str, db: Any, http: ClientSession, path: str
) -> None:
    server = await start_server(max_sockets=20, max_customers_per_address=1000)
    order_id = await place(db, branch_id)
    token = Links(JWT_SECRET).tracking_token(UUID(str(order_id)))
    url = server.url + path.format(branch=branch_id, order=order_id, token=token)
    async with ClientSession(connector=TCPConnector(limit=0)) as session, AsyncExitStack() as stack:
        assert await flood(stack, lambda: session.ws_connect(url), 60) == {101: 18, 429: 42}
        protocols = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id)}")
        async with http.ws_connect(f"{server.url}/kitchen/display?since=0", protocols=protocols) as screen:
            assert (await screen.receive_json())["type"] == "HELLO"
    await eventually(lambda: nobody(server))


async def test_one_address_cannot_take_all_seats_of_the_customers(
    start_server: Start, branch_id: str, http: ClientSession
) -> None:
    server = await start_server(max_customers_per_address=10, trust_proxy=True)
    url = f"{server.url}/public/branches/{branch_id}/menu/live"

    def from_address(address: str) -> Open:
        # what the client wrote itself stands before what the proxy added
        return lambda: http.ws_connect(url, headers={"X-Forwarded-For": f"203.0.113.7, {address}"})

    async with AsyncExitStack() as stack:
        assert await flood(stack, from_address("192.0.2.1"), 30) == {101: 10, 429: 20}
        assert await flood(stack, from_address("192.0.2.2"), 5) == {101: 5}
        assert await flood(stack, from_address("2001:db8::1"), 6) == {101: 6}
        assert await flood(stack, from_address("2001:db8::ffff"), 6) == {101: 4, 429: 2}
        assert await flood(stack, from_address("2001:db8:0:1::1"), 6) == {101: 6}


async def nobody(server: RunningServer) -> bool:
    """Whether every socket is gone."""
    return server.server.open_sockets == 0


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["203.0.113.1, 192.0.2.1"], "192.0.2.1"),
        (["203.0.113.1", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1:4711"], "192.0.2.1"),
        (["2001:db8::1%eth0"], "2001:db8::/64"),
        (["not:an:address"], "not:an:address"),
        (["x" * 5000], "x" * 64),
        ([""], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_client_is_who_the_last_proxy_saw(lines: list[str], address: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    request = make_mocked_request("GET", "/", headers=headers)
    config = config_for("postgresql:///", trust_proxy=True)
    assert client_address(request, config) == address
    assert client_address(request, config_for("postgresql:///")) == "unknown"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux ends such a connection by itself")
async def test_a_client_that_takes_nothing_is_ended_by_the_system(server: RunningServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    site = server.server._runner.server
    assert isinstance(site, web.Server)
    (connection,) = site.connections
    assert connection.transport is not None
    accepted = connection.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
    assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    writer.close()


# Requests


@pytest.fixture
def standing_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No count is refilled."""
    monkeypatch.setattr("kds.web.rate_limit.time", SimpleNamespace(monotonic=lambda: 1000.0))


@pytest.mark.usefixtures("standing_time")
async def test_an_address_that_floods_is_refused_before_any_query_and_staff_beside_it_pass(
    start_server: Start, branch_id: str, http: ClientSession, db: Any
) -> None:
    server = await start_server(requests_per_address_per_minute=20)
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    menu = f"{server.url}/public/branches/{branch_id}/menu"
    found: Counter[int] = Counter()
    for _ in range(30):
        async with http.get(menu) as answer:
            found[answer.status] += 1
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1 and (await answer.json())["error"]["code"] == "too_many"
    assert found == {200: 20, 429: 10}
    async with db.transaction():
        # whoever asks for the branch now waits: a refusal asks for nothing
        await db.execute("LOCK TABLE branches")
        async with http.get(menu) as answer:
            assert answer.status == 429
    # the same address, for the kitchen: a page, a login, a list, a screen
    for path in ("/kitchen", "/static/js/common/text/words.js"):
        async with http.get(server.url + path) as answer:
            assert answer.status == 200
    async with http.post(f"{server.url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        assert answer.status == 200
    found = Counter()
    for _ in range(30):
        async with http.get(f"{server.url}/kitchen/orders") as answer:
            found[answer.status] += 1
    assert found == {401: 19, 429: 11}
    async with http.get(f"{server.url}/kitchen/orders", headers=bearer) as answer:
        assert answer.status == 200
    protocols = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id)}")
    async with http.ws_connect(f"{server.url}/kitchen/display?since=0", protocols=protocols) as screen:
        assert (await screen.receive_json())["type"] == "HELLO"
    # a login has a count of its own too, and it ends
    found = Counter()
    for _ in range(30):
        async with http.get(f"{server.url}/kitchen/orders", headers=bearer) as answer:
            found[answer.status] += 1
    assert found == {200: 19, 429: 11}


@pytest.mark.usefixtures("standing_time")
async def test_addresses_are_counted_apart_and_no_limit_is_none(
    start_server: Start, branch_id: str, http: ClientSession
) -> None:
    server = await start_server(requests_per_address_per_minute=5, trust_proxy=True)
    for number in range(12):
        async with http.get(f"{server.url}/openapi.json", headers={"X-Forwarded-For": f"192.0.2.{number}"}) as answer:
            assert answer.status == 200
    # whether it lives is answered to whoever asks, however often
    for _ in range(12):
        async with http.get(f"{server.url}/healthz", headers={"X-Forwarded-For": "192.0.2.1"}) as answer:
            assert answer.status == 200
    # made-up paths share one count
    found: Counter[int] = Counter()
    for number in range(12):
        async with http.get(f"{server.url}/made/up/{number}", headers={"X-Forwarded-For": "192.0.2.1"}) as answer:
            found[answer.status] += 1
    assert found == {404: 5, 429: 7}
    server = await start_server(requests_per_address_per_minute=0)
    for _ in range(50):
        async with http.get(f"{server.url}/openapi.json") as answer:
            assert answer.status == 200
