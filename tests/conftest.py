"""What every test stands on: a real PostgreSQL, a database of its own, a running server.

One PostgreSQL serves a test run: the wheel's 18, or by KDS_TEST_POSTGRES its 16 or the `system`'s (Debian 12 has 15);
KDS_TEST_DATABASE_URL points at a running one instead, whose role may create databases. pytest names it at the start.
Every test that asks for `dsn` gets a fresh copy of a migrated database.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.config import Config
from kds.server import Server
from tests.clusters import (
    KDS_TEST_POSTGRES,
    NEWEST,
    OLDER,
    Cluster,
    create_template,
    start_cluster,
    start_system,
    start_wheel,
    version_named,
    version_of,
)
from tests.no_limits import NO_LIMITS

pytest_plugins = ["tests.tracebacks"]
JWT_SECRET = "a secret of the tests, which is 32 bytes long or more"
START_WITHIN_S = 60
"""No promise: a machine that runs all tests at once is slow."""


def pytest_report_header() -> list[str]:
    """On which servers the tests run."""
    if url := os.environ.get("KDS_TEST_DATABASE_URL"):
        return [f"PostgreSQL of this run: {asyncio.run(version_of(url))} (KDS_TEST_DATABASE_URL)"]
    lines = [f"PostgreSQL of this run: {version_named(KDS_TEST_POSTGRES)}"]
    if KDS_TEST_POSTGRES == NEWEST:
        lines.append(f"PostgreSQL of tests/sql: also {version_named(OLDER)}")
    return [*lines, f"PostgreSQL of tests/deploy: {version_named('system')}"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL of this run: the wheel's 18, or what KDS_TEST_POSTGRES or KDS_TEST_DATABASE_URL say."""
    url = os.environ.get("KDS_TEST_DATABASE_URL")
    if url:
        yield Cluster(url)
    else:
        yield from start_cluster(KDS_TEST_POSTGRES)


@pytest.fixture(scope="session")
def cluster_16() -> Iterator[Cluster]:
    """The older PostgreSQL of the wheel."""
    yield from start_wheel(16)


@pytest.fixture(scope="session")
def cluster_system() -> Iterator[Cluster]:
    """The PostgreSQL of the system's packages."""
    yield from start_system()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """The name of a migrated database with the demo restaurant, to copy from."""
    name = asyncio.run(create_template(cluster))
    yield name
    asyncio.run(cluster.drop(name))


@pytest.fixture
async def empty_dsn(cluster: Cluster) -> AsyncIterator[str]:
    """The URL of a fresh database with nothing in it."""
    name = "kds_empty_" + secrets.token_hex(6)
    yield await cluster.create(name)
    await cluster.drop(name)


@pytest.fixture
async def dsn(cluster: Cluster, template: str) -> AsyncIterator[str]:
    """The URL of a fresh database with schema and demo restaurant."""
    name = "kds_test_" + secrets.token_hex(6)
    yield await cluster.create(name, template)
    await cluster.drop(name)


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Any]:
    """One connection to the test's database, as a POS or a DBA would have it."""
    connection = await asyncpg.connect(dsn)
    yield connection
    connection.terminate()


@pytest.fixture
async def connect_db(dsn: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Opens further connections to the test's database."""
    opened: list[Any] = []

    async def connect() -> Any:
        opened.append(await asyncpg.connect(dsn))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.terminate()


@dataclass(frozen=True)
class RunningServer:
    """A server in this process, on a database of its own with the demo restaurant."""

    url: str
    dsn: str
    branch_id: str
    server: Server


@pytest.fixture
async def branch_id(db: Any) -> str:
    """The demo restaurant's branch."""
    return str(await db.fetchval("SELECT id FROM branches ORDER BY created_at LIMIT 1"))


def config_for(dsn: str, **changes: Any) -> Config:
    """A configuration for tests: a free port, no limits on orders."""
    defaults: dict[str, Any] = {
        "orders_per_table_per_minute": 0,
        "orders_per_address_per_minute": 0,
        "orders_per_branch_per_minute": 0,
        "open_orders_per_branch": 0,
        "requests_per_address_per_minute": 0,
        "port": 0,
    }
    return Config(**{"database_url": dsn, "jwt_secret": JWT_SECRET, **defaults, **changes})


@pytest.fixture
async def start_server(dsn: str, branch_id: str) -> AsyncIterator[Callable[..., Awaitable[RunningServer]]]:
    """Starts servers with changed settings on the test's database."""
    started: list[Server] = []

    async def start(**changes: Any) -> RunningServer:
        server = Server(config_for(dsn, **changes))
        started.append(server)
        await server.start()
        return RunningServer(server.url, dsn, branch_id, server)

    yield start
    for server in started:
        await server.stop()


@pytest.fixture
async def server(start_server: Callable[..., Awaitable[RunningServer]]) -> RunningServer:
    """A server as it comes."""
    return await start_server()


@dataclass
class ServeProcess:
    """A real `kds serve` process."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    async def stop(self, number: int = signal.SIGTERM, timeout_s: float = 15) -> int:
        """Sends a signal and waits for the end; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(timeout_s):
            return await self.process.wait()


@pytest.fixture
async def serve_process(dsn: str, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[ServeProcess]]]:
    """Starts real `kds serve` processes on the test's database."""
    started: list[asyncio.subprocess.Process] = []

    async def start(port: int = 0, **environment: str) -> ServeProcess:
        log = tmp_path / f"serve-{len(started)}.log"
        settings = {
            "DATABASE_URL": dsn,
            "JWT_SECRET": JWT_SECRET,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            **NO_LIMITS,
            **environment,
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kds", "serve", env={**os.environ, **settings}, stdout=-1, stderr=output
            )
        started.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(START_WITHIN_S):
            line = (await process.stdout.readline()).decode()
        assert "kds serves on " in line, log.read_text()
        return ServeProcess(process, line.rpartition(" ")[2].strip(), log)

    yield start
    for process in started:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            await process.wait()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """A client of the HTTP API."""
    async with ClientSession() as session:
        yield session
