"""Where a process listens and what it takes a client for, as a platform sets it: real processes, real sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from yarl import URL

from tests.conftest import JWT_SECRET, ServeProcess
from tests.screen import token_for

Serve = Callable[..., Awaitable[ServeProcess]]


async def test_a_double_colon_takes_both_families(serve_process: Serve, http: ClientSession) -> None:
    process = await serve_process(HOST="::")
    assert process.url.startswith("http://[::1]:")
    port = URL(process.url).port
    for url in (process.url, f"http://127.0.0.1:{port}"):
        async with http.get(f"{url}/healthz") as answer:
            assert answer.status == 200
    assert f"url=http://[::1]:{port}" in process.log.read_text()
    bracketed = await serve_process(HOST="[::1]")
    async with http.get(f"{bracketed.url}/healthz") as answer:
        assert answer.status == 200


async def test_one_customers_network_is_one_customer(start_server: Any, http: ClientSession, branch_id: str) -> None:
    server = await start_server(trust_proxy=True, max_sockets_per_address=2)
    opened, token = [], token_for(JWT_SECRET, branch_id)
    with pytest.raises(WSServerHandshakeError) as refused:
        for number in range(65_536):
            hop = {"X-Forwarded-For": f"2001:db8:7:{number:x}::1"}
            opened.append(await http.ws_connect(f"{server.url}/kitchen/display?token={token}", headers=hop))
    assert refused.value.status == 429 and len(opened) == 8
    # the neighbour, and everybody who has an IPv4 address behind this proxy, is somebody else
    for address in ("2001:db8:8::1", "::ffff:203.0.113.5", "::ffff:203.0.113.6", "64:ff9b::203.0.113.7"):
        for _ in range(2):
            hop = {"X-Forwarded-For": address}
            opened.append(await http.ws_connect(f"{server.url}/kitchen/display?token={token}", headers=hop))
    for ws in opened:
        await ws.close()


async def test_guests_of_one_network_order_no_more_than_one_may(
    start_server: Any, http: ClientSession, branch_id: str
) -> None:
    server = await start_server(trust_proxy=True, orders_per_address_per_minute=5, orders_per_table_per_minute=0)
    async with http.get(f"{server.url}/public/branches/{branch_id}/menu") as answer:
        dish = next(item for item in (await answer.json())["items"] if item["available"])
    body = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish["menuItemId"], "quantity": 1}]}

    async def order(address: str) -> int:
        hop = {"X-Forwarded-For": address}
        async with http.post(f"{server.url}/public/order/place", json=body, headers=hop) as answer:
            return answer.status

    answers = [await order(f"2001:db8:7:{number:x}::1") for number in range(60)]
    assert answers[:20] == [201] * 20 and 429 in answers
    assert answers.count(201) <= 30
    assert [await order(f"::ffff:203.0.113.{number}") for number in range(1, 9)] == [201] * 8


async def test_printed_codes_follow_public_url(start_server: Any, http: ClientSession, branch_id: str) -> None:
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}", "Host": "evil.example"}

    async def printed(server: Any, **extra: str) -> str:
        async with http.get(f"{server.url}/manager/tables?table=T1", headers={**headers, **extra}) as answer:
            assert answer.status == 200, await answer.text()
            url: str = (await answer.json())["tables"][0]["url"]
            return url.partition("/order/")[0]

    server = await start_server(public_url="https://kitchen.example.com")
    assert await printed(server) == "https://kitchen.example.com"
    server = await start_server(trust_proxy=True)
    for scheme in ("https,http", "HTTPS", "https"):
        assert await printed(server, **{"X-Forwarded-Proto": scheme, "Host": "k.example:443"}) == "https://k.example"
    async with http.get(f"{server.url}/healthz", headers={"X-Forwarded-Proto": "HTTPS,http"}) as answer:
        assert "Strict-Transport-Security" in answer.headers


async def test_the_reason_of_a_refused_origin_is_logged(
    serve_process: Serve, http: ClientSession, branch_id: str
) -> None:
    process = await serve_process(TRUST_PROXY="1")
    url = f"{process.url}/kitchen/display?token={token_for(JWT_SECRET, branch_id)}"
    ours = {"Origin": "https://kitchen.example.com", "Host": "kitchen.example.com:443"}
    async with http.ws_connect(url, headers=ours):
        pass
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(url, headers={**ours, "Host": "127.0.0.1:8000"})
    assert refused.value.status == 403
    log = process.log.read_text()
    assert "origin refused origin=https://kitchen.example.com host=127.0.0.1:8000" in log and "eyJ" not in log
