"""A database as a platform sells it, and programs that run until the test is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import JWT_SECRET
from tests.system_postgres import PASSWORD, SystemPostgres

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def system_postgres() -> Iterator[SystemPostgres]:
    """The system's PostgreSQL, with TLS."""
    with tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as folder:
        server = SystemPostgres(Path(folder))
        server.start({"max_connections": 100, "shared_buffers": "32MB"})
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
async def sold_role(system_postgres: SystemPostgres) -> AsyncIterator[str]:
    """A role that owns an empty database of its own name, and is nothing else."""
    name = "kds_" + secrets.token_hex(4)
    connection = await asyncpg.connect(system_postgres.superuser_dsn())
    await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    yield name
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.execute(f"DROP ROLE {name}")
    await connection.close()


@pytest.fixture
def environment(system_postgres: SystemPostgres, sold_role: str) -> dict[str, str]:
    """What a platform sets: `kds` on the PATH, a postgres:// URL with TLS, a secret."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DATABASE_URL": system_postgres.tls_dsn(sold_role, sold_role),
        "JWT_SECRET": JWT_SECRET,
        "HOST": "127.0.0.1",
    }


class Programs:
    """Programs that run beside a test; what they print goes to files in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[asyncio.subprocess.Process] = []

    async def start(
        self, *command: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> tuple[asyncio.subprocess.Process, Path]:
        """A running program, and where it writes."""
        log = self._folder / f"program-{len(self._started)}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *map(str, command), cwd=cwd, env={**os.environ, **(environment or {})},
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        self._started.append(process)
        return process, log

    async def stop(self) -> None:
        """Ends what still runs."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._started:
            try:
                async with asyncio.timeout(15):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


@pytest.fixture
async def programs(tmp_path: Path) -> AsyncIterator[Programs]:
    """Starts programs, and ends them after the test."""
    running = Programs(tmp_path)
    yield running
    await running.stop()


def sbin(program: str) -> str | None:
    """Where a program is, also where only root has it in the PATH."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
