"""`kds doctor` behind a pooler."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.flow.doctor.practice import Practice
from tests.patience import eventually
from tests.system_postgres import required


@pytest.fixture
async def pooler(dsn: str, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Starts PgBouncer in a pool mode before the test's database; the URL through it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    required("pgbouncer", program)
    assert program is not None
    started: list[asyncio.subprocess.Process] = []

    async def start(mode: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        database, folder = urlsplit(dsn).path.strip("/"), await socket_folder(dsn)
        config = tmp_path / "pgbouncer.ini"
        lines = [
            *("[databases]", f"{database} = host={folder} user=postgres", "[pgbouncer]", "listen_addr = 127.0.0.1"),
            *(f"listen_port = {port}", "auth_type = any", f"pool_mode = {mode}", "unix_socket_dir ="),
        ]
        config.write_text("\n".join(lines))
        started.append(await asyncio.create_subprocess_exec(program, "-q", *user_flags(folder), str(config)))
        url = f"postgresql://postgres@127.0.0.1:{port}/{database}"

        async def is_up() -> bool:
            try:
                await (await asyncpg.connect(url, statement_cache_size=0)).close()
            except OSError:
                return False
            return True

        await eventually(is_up)
        return url

    yield start
    for process in started:
        process.kill()
        await process.wait()


def user_flags(folder: str) -> list[str]:
    """PgBouncer refuses to run as root, and only the server's own user may enter the folder of its socket."""
    return ["-u", Path(folder).owner()] if os.getuid() == 0 else []


async def socket_folder(dsn: str) -> str:
    """Where the server of this database listens."""
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)"))
    finally:
        await connection.close()


async def test_a_pooler_in_transaction_mode(
    practice: Practice, pooler: Callable[[str], Awaitable[str]], dsn: str
) -> None:
    url = await pooler("transaction")
    mend = await practice.finds("DATABASE_URL leads through a pooler in transaction mode", DATABASE_URL=url)
    assert "export LISTEN_DATABASE_URL=" in mend
    await practice.mended(mend, DATABASE_URL=url)
    mend = await practice.finds("LISTEN_DATABASE_URL leads through a pooler", LISTEN_DATABASE_URL=url)
    await practice.mended(mend, LISTEN_DATABASE_URL=url)


async def test_a_pooler_in_session_mode_is_no_finding(
    practice: Practice, pooler: Callable[[str], Awaitable[str]]
) -> None:
    await practice.mended("true", DATABASE_URL=await pooler("session"))


async def test_a_path_behind_a_pooler_that_leads_elsewhere(
    practice: Practice, pooler: Callable[[str], Awaitable[str]], dsn: str, db: Any
) -> None:
    database = urlsplit(dsn).path.strip("/")
    await db.execute(
        f'CREATE SCHEMA till; CREATE TABLE till.orders (id integer); ALTER DATABASE "{database}" SET search_path = till'
    )
    await practice.mended("true")  # a direct link says itself what it means
    url = await pooler("transaction")
    behind = {"DATABASE_URL": url, "LISTEN_DATABASE_URL": dsn}
    mend = await practice.finds("The search_path of role postgres is till", "RECONNECT", **behind)
    await practice.run(mend, **behind)
    await db.execute(  # what RECONNECT does
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    await practice.mended("true", **behind)
