"""The nginx site of kds/deploy before a real server: TLS, WebSockets, the client's address."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import (
    ClientSession,
    ServerDisconnectedError,
    TCPConnector,
    WSServerHandshakeError,
)

from tests.conftest import JWT_SECRET, RunningServer
from tests.deploy.conftest import Programs
from tests.deploy.site import start_site
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for


@dataclass(frozen=True)
class Site:
    """The restaurant as the world sees it."""

    url: str
    server: RunningServer
    tls: ssl.SSLContext


@pytest.fixture
async def site(start_server: Any, programs: Programs, tmp_path: Path) -> AsyncIterator[Site]:
    """nginx with the site, before a server of this process."""
    server = await start_server(trust_proxy=True, max_sockets_per_address=2)
    url, tls = await start_site(programs, tmp_path, server.server.port)
    yield Site(url, server, tls)


@pytest.fixture
async def world(site: Site) -> AsyncIterator[ClientSession]:
    """A client that trusts the site's certificate."""
    async with ClientSession(connector=TCPConnector(ssl=site.tls)) as session:
        yield session


async def test_screens_live_behind_nginx(site: Site, world: ClientSession, db: Any, branch_id: str) -> None:
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(world, site.url, token, since=0) as screen:
        await screen.take(2)
        order_id = await place(db, branch_id, note="n" * 200)
        assert (await screen.next())["orderId"] == str(order_id)
        # proxy_read_timeout is a minute, a beat comes every five seconds: it never ends in silence
        assert (await screen.until("HEARTBEAT"))["live"] is True
        code, _ = await asyncio.gather(screen.close_code(), site.server.server.stop())
        assert code == 1001


async def test_the_page_and_the_origin_are_those_of_the_world(site: Site, world: ClientSession, branch_id: str) -> None:
    async with world.get(f"{site.url}/kitchen") as answer:
        assert answer.status == 200 and "text/html" in answer.headers["Content-Type"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "nginx/" not in answer.headers["Server"]
    async with world.get(
        f"{site.url}/manager/tables?table=T1",
        headers={"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}"},
    ) as answer:
        assert (await answer.json())["tables"][0]["url"].startswith(f"{site.url}/order/")
    protocols = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id)}")
    async with world.ws_connect(f"{site.url}/kitchen/display", protocols=protocols, headers={"Origin": site.url}):
        pass
    with pytest.raises(WSServerHandshakeError) as refused:
        await world.ws_connect(
            f"{site.url}/kitchen/display", protocols=protocols, headers={"Origin": "https://evil.example"}
        )
    assert refused.value.status == 403


async def test_limits_count_the_client_and_not_what_it_says_of_itself(
    site: Site, world: ClientSession, branch_id: str
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    protocols = ("kds.v1", f"bearer.{token}")
    opened = []
    with pytest.raises(WSServerHandshakeError) as refused:
        for number in range(3):
            forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": "198.51.100.9"}
            opened.append(await world.ws_connect(f"{site.url}/kitchen/display", protocols=protocols, headers=forged))
    assert refused.value.status == 429 and len(opened) == 2
    for ws in opened:
        await ws.close()


async def test_metrics_are_for_this_machine(site: Site) -> None:
    for source, status in (("127.0.0.1", 200), ("127.0.0.2", 403)):
        async with (
            ClientSession(connector=TCPConnector(ssl=site.tls, local_addr=(source, 0))) as session,
            session.get(f"{site.url}/metrics") as answer,
        ):
            assert answer.status == status


async def test_no_token_reaches_the_log_of_nginx(
    site: Site, world: ClientSession, branch_id: str, tmp_path: Path
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(world, site.url, token, since=0) as screen:
        await screen.take(2)
    async with world.get(f"{site.url}/order/{branch_id}?table=T1&tableToken=hunter") as answer:
        assert answer.status == 200
    log = tmp_path / "access.log"

    async def is_written() -> bool:
        return log.exists() and "/order/" in log.read_text()

    await eventually(is_written)
    text = log.read_text()
    assert "/kitchen/display" in text and token not in text and "hunter" not in text and "?" not in text


async def test_another_name_is_not_served(site: Site, world: ClientSession) -> None:
    with pytest.raises(ServerDisconnectedError):
        await world.get(f"{site.url}/order/x", headers={"Host": "evil.example"})


async def test_one_address_that_floods_is_held_back_and_staff_who_share_it_go_on(
    site: Site, world: ClientSession, branch_id: str
) -> None:
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}

    async def ask(path: str) -> int:
        async with world.get(f"{site.url}{path}", headers=bearer) as answer:
            return answer.status

    flood = asyncio.gather(*(ask("/healthz") for _ in range(600)))
    kitchen = asyncio.gather(*(ask("/kitchen/branch") for _ in range(100)))
    answers = await flood
    assert set(answers) == {200, 429} and answers.count(200) >= 200
    assert set(await kitchen) == {200}
