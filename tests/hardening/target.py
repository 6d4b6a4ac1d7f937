"""What is attacked by command: a PostgreSQL with the demo restaurant, and a real `kds serve` whose log is read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from kds.demo.restaurant import load_restaurant
from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from tests.no_limits import NO_LIMITS

JWT_SECRET = "a secret of the attacks, which is 32 bytes long or more"


@dataclass(frozen=True)
class Target:
    """A server that can be attacked."""

    url: str
    dsn: str
    branch_id: str
    pid: int
    folder: Path
    log: Path


@contextlib.asynccontextmanager
async def target(**environment: str) -> AsyncIterator[Target]:
    """Starts everything on a folder of its own, and ends it."""
    with tempfile.TemporaryDirectory(prefix="kds-hardening-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "data")
        await asyncio.to_thread(postgres.start)
        try:
            dsn = postgres.dsn()
            await migrate(dsn, lambda line: None)
            await load_restaurant(dsn)
            async with _serving(dsn, folder, environment) as serving:
                yield serving
        finally:
            await asyncio.to_thread(postgres.stop)


@contextlib.asynccontextmanager
async def _serving(dsn: str, folder: Path, environment: dict[str, str]) -> AsyncIterator[Target]:
    log = folder / "serve.log"
    settings = {
        "DATABASE_URL": dsn,
        "JWT_SECRET": JWT_SECRET,
        "HOST": "127.0.0.1",
        "PORT": "0",
        **NO_LIMITS,
        "MAX_SOCKETS_PER_ADDRESS": "2000",
        "MAX_SOCKETS_PER_BRANCH": "2000",
        "MAX_SOCKETS_PER_USER": "2000",
        **environment,
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kds", "serve", env={**os.environ, **settings}, stdout=-1, stderr=output
        )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().rpartition(" ")[2].strip()
        connection = await asyncpg.connect(dsn)
        branch_id = str(await connection.fetchval("SELECT id FROM branches ORDER BY created_at LIMIT 1"))
        await connection.close()
        yield Target(url, dsn, branch_id, process.pid, folder, log)
    finally:
        process.terminate()
        await process.wait()
