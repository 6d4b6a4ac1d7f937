"""The nginx site of kds/deploy before a real server: TLS, WebSockets, the client's address."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import (
    ClientConnectorError,
    ClientSession,
    ServerDisconnectedError,
    TCPConnector,
    WSServerHandshakeError,
)

from tests.conftest import JWT_SECRET, RunningServer
from tests.deploy.conftest import ROOT, Programs, sbin
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for
from tests.system_postgres import free_port, make_certificate, required

SITE = (ROOT / "kds/deploy/nginx.conf").read_text(encoding="utf-8")
NGINX = """{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/site;
}}
"""


@dataclass(frozen=True)
class Site:
    """The restaurant as the world sees it."""

    url: str
    server: RunningServer
    tls: ssl.SSLContext


@pytest.fixture
async def site(start_server: Any, programs: Programs, tmp_path: Path) -> AsyncIterator[Site]:
    """nginx with the site, of which only names that differ from machine to machine are changed."""
    nginx = sbin("nginx")
    required("nginx", nginx)
    server = await start_server(trust_proxy=True, max_sockets_per_address=2)
    certificate, key = make_certificate(tmp_path)
    port = free_port()
    text = SITE
    for printed, here in [
        ("127.0.0.1:8000", f"127.0.0.1:{server.server.port}"),
        ("listen 443 ssl http2", f"listen 127.0.0.1:{port} ssl http2"),
        ("kitchen.example.com", "127.0.0.1"),
        ("/var/log/nginx/kds.log", f"{tmp_path}/access.log"),
        ("/etc/ssl/kds.crt", str(certificate)),
        ("/etc/ssl/kds.key", str(key)),
    ]:
        assert printed in text, printed
        text = text.replace(printed, here)
    (tmp_path / "site").write_text(text)
    user = "user root;" if os.getuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(NGINX.format(user=user, folder=tmp_path))
    _, log = await programs.start(nginx, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-g", "daemon off;")
    tls = ssl.create_default_context(cafile=str(certificate))
    url = f"https://127.0.0.1:{port}"

    async def is_up() -> bool:
        try:
            async with ClientSession() as session, session.get(f"{url}/healthz", ssl=tls) as answer:
                return answer.status == 200
        except ClientConnectorError:
            return False

    try:
        await eventually(is_up)
    except TimeoutError:
        pytest.fail(log.read_text())
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
