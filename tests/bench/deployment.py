"""What benchmarks run on: a PostgreSQL with real fsync, a schema, branches, `kds serve` processes, screens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from kds.web.login.tokens import Tokens
from tests.no_limits import NO_LIMITS

JWT_SECRET = "a secret of the benchmarks, 32 bytes long or more"
SETTINGS = {"max_connections": 200, "shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
PAST_ORDERS = 10_000
SLOW_STORAGE = {"commit_delay": "2000", "commit_siblings": "0"}
"""Emulates a cloud disk that needs 2 ms to flush."""


REMOVE_OPEN_ORDERS = ("DELETE FROM orders WHERE status <> 'COMPLETED'", "TRUNCATE events")
"""Sets the database back between measurements."""


def note(line: str) -> None:
    """Shows progress beside the results."""
    print(line, file=sys.stderr, flush=True)


def branch_id(number: int) -> str:
    """The id of the n-th branch, from 1."""
    return f"00000000-0000-4000-8000-{number:012d}"


@contextlib.asynccontextmanager
async def database(branches: int, **settings: object) -> AsyncIterator[tuple[EmbeddedPostgres, str]]:
    """A PostgreSQL with the schema and so many branches; the server and the URL of the database."""
    with tempfile.TemporaryDirectory(prefix="kds-bench-", ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data", settings={**SETTINGS, **settings})
        await asyncio.to_thread(postgres.start)
        try:
            await run_sql(postgres.dsn(), "CREATE DATABASE bench")
            dsn = postgres.dsn("bench")
            await migrate(dsn, lambda line: None)
            await _fill(dsn, branches)
            yield postgres, dsn
        finally:
            await asyncio.to_thread(postgres.stop)


async def _fill(dsn: str, branches: int) -> None:
    """Branches, and past orders, so that the planner sees tables as they are in a restaurant."""
    names = ", ".join(f"('{branch_id(number)}', 'Branch {number}')" for number in range(1, branches + 1))
    lines = '[{"name": "Raita", "quantity": 1, "priceCents": 400, "modifiers": [], "allergens": ["milk"]}]'
    await run_sql(
        dsn,
        f"INSERT INTO branches (id, name) VALUES {names}",
        f"""SELECT place_order(gen_random_uuid(), b.id, 'T1', 'dine_in', NULL, NULL, 400, '{lines}')
            FROM branches AS b, generate_series(1, {PAST_ORDERS // branches})""",
        "UPDATE orders SET status = 'READY'",
        "UPDATE orders SET status = 'COMPLETED'",
        "TRUNCATE events",
        "VACUUM ANALYZE",
    )


async def run_sql(dsn: str, *statements: str) -> None:
    """Runs statements one by one."""
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def set_storage(dsn: str, *, slow: bool) -> None:
    """Real storage, or one that takes 2 ms for each flush."""
    await run_sql(
        dsn,
        *(
            f"ALTER SYSTEM SET {name} = {value}" if slow else f"ALTER SYSTEM RESET {name}"
            for name, value in SLOW_STORAGE.items()
        ),
        "SELECT pg_reload_conf()",
    )


async def start_serving(dsn: str, **environment: str) -> tuple[asyncio.subprocess.Process, str]:
    """A real `kds serve` process, and its URL."""
    settings = {
        "DATABASE_URL": dsn,
        "JWT_SECRET": JWT_SECRET,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "LOG_LEVEL": "WARNING",
        **NO_LIMITS,
        "MAX_SOCKETS_PER_ADDRESS": "100000",
        "MAX_CUSTOMERS_PER_ADDRESS": "100000",
        "MAX_SOCKETS_PER_USER": "100000",
        "MAX_SOCKETS_PER_BRANCH": "100000",
        **environment,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "serve", env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().rpartition(" ")[2].strip()


@contextlib.asynccontextmanager
async def serving(dsn: str, processes: int = 1, **environment: str) -> AsyncIterator[list[str]]:
    """So many `kds serve` processes; their URLs."""
    started: list[asyncio.subprocess.Process] = []
    urls: list[str] = []
    try:
        for _ in range(processes):
            process, url = await start_serving(dsn, **environment)
            started.append(process)
            urls.append(url)
        yield urls
    finally:
        for process in started:
            process.terminate()
        for process in started:
            await process.wait()


def kitchen_token(branch: str, role: str = "KITCHEN") -> str:
    """A login for the kitchen of a branch, or another of its logins."""
    import uuid
    from datetime import timedelta

    return Tokens(JWT_SECRET, lifetime=timedelta(hours=1)).issue(uuid.uuid4(), uuid.UUID(branch), role)[0]


def machine() -> str:
    """What this was measured on, in a line."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def markdown(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def report(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], data: Any, remark: str = "") -> None:
    """Prints a result for people and for programs."""
    table = markdown(header, rows) + (f"\n\n{remark}" if remark else "")
    print(f"\n### {title}\n\n{machine()}\n\n{table}\n\n```json\n{json.dumps(data)}\n```", flush=True)
