"""The container file and the compose file do what they say: built in a bare Debian, migrated, served, restarted."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.deploy.conftest import ROOT
from tests.deploy.container.build import build
from tests.deploy.container.compose import Project, load
from tests.deploy.container.debian import Bases, NotToBeHad
from tests.deploy.container.image import Image
from tests.deploy.container.network import Network
from tests.deploy.kitchen import bump, is_ready, log_in, open_restaurant, order, ready, shown
from tests.hardening.requests import faults_of_log
from tests.patience import eventually
from tests.screen import open_screen
from tests.system_postgres import required

COMPOSE = ROOT / "kds/deploy/compose.yaml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SECRETS = {"POSTGRES_PASSWORD": secrets.token_hex(12), "JWT_SECRET": secrets.token_urlsafe(32)}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the roots are; everybody may enter, as the services are nobody in particular."""
    with tempfile.TemporaryDirectory(prefix="kds-container-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
async def project(folder: Path) -> AsyncIterator[Project]:
    """The compose file's services, their images made as the files say, ready to be started."""
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("only root on Linux can make a Debian root and run in it")
    required("debootstrap", shutil.which("debootstrap"))
    bases = Bases(folder)
    built: list[Image] = []

    def image_of(name: str, says: Any) -> Image:
        if "image" in says:
            return bases.image(says["image"], name)
        assert (COMPOSE.parent / says["build"]["context"]).resolve() == ROOT
        if not built:
            built.append(build(ROOT / says["build"]["dockerfile"], ROOT, bases, {"COMMIT": COMMIT}))
        return built[0]

    try:
        services = load(COMPOSE, SECRETS, image_of)
    except NotToBeHad as error:
        if os.environ.get("KDS_REQUIRE_BROWSER") == "1":
            raise
        pytest.skip(str(error))
    project = Project(services, await Network.create(list(services), folder), folder)
    yield project
    await project.down()
    for name in services:
        print(f"{name} printed:\n{project.log(name).read_text()}")


async def is_not_ready(http: ClientSession, url: str) -> bool:
    """Whether the server has noticed that its database is away."""
    return not await is_ready(http, url)


async def test_orders_outlive_a_restart_of_the_database_and_of_the_server(project: Project) -> None:
    await project.up()
    host, port = project.services["web"].published()
    url = f"http://{host}:{port}"
    database = project.services["database"].image.root / "run/postgresql"
    async with ClientSession(connector=TCPConnector(socket_factory=project.network.socket)) as http:
        await ready(http, url)
        await eventually(lambda: project.is_healthy("web"))
        assert project.user_of("web") == 10001
        async with http.get(f"{url}/metrics") as answer:
            assert f'commit="{COMMIT}"' in await answer.text()
        branch_id = await open_restaurant(f"postgresql://kds@/kds?host={quote(str(database))}")
        token = await log_in(http, url)
        first = await order(http, url, branch_id, key="first")

        assert await project.stop("database") == 0
        await eventually(lambda: is_not_ready(http, url), within_s=30)
        assert await project.is_healthy("web"), "a database that is away is no reason to restart the server"
        await project.start("database")
        await ready(http, url)
        second = await order(http, url, branch_id, key="second")
        async with open_screen(http, url, token, since=0) as screen:
            await screen.take(2)
            for placed in (first, second):
                await bump(http, url, token, placed)
                await shown([screen], placed, "READY")

        assert await project.stop("web") == 0
        assert not project.is_running("web")
        await project.start("web")
        await ready(http, url)
        async with open_screen(http, url, token, since=0) as screen:
            snapshot = await screen.until("SNAPSHOT")
            assert {first, second} <= {shown_order["orderId"] for shown_order in snapshot["orders"]}, snapshot
    for name in ("migrate", "web"):
        assert faults_of_log(project.log(name).read_text()) == []
