"""The tests of sql/ run on the newest PostgreSQL and on the oldest that is there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import sql_folder
from tests.clusters import KDS_TEST_POSTGRES, NEWEST, OLDER, Cluster, create_template
from tests.sql.cooks import Cook
from tests.sql.hints import Hints

ConnectDb = Callable[[], Awaitable[Any]]
Psql = Callable[..., Coroutine[Any, Any, str]]


@pytest.fixture(scope="session", params=[NEWEST, OLDER])
def cluster(request: pytest.FixtureRequest, cluster: Cluster) -> Cluster:
    """PostgreSQL 18, then the older one; only the given one when the environment names it."""
    if request.param == NEWEST:
        return cluster
    if os.environ.get("KDS_TEST_DATABASE_URL") or KDS_TEST_POSTGRES != NEWEST:
        pytest.skip("the environment names the one server to test on")
    older: Cluster = request.getfixturevalue(f"cluster_{request.param}")
    return older


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """As for other tests, on each of the servers."""
    name = asyncio.run(create_template(cluster))
    yield name
    asyncio.run(cluster.drop(name))


@pytest.fixture
def psql(cluster: Cluster) -> Psql:
    """Runs psql as a DBA would, from sql/; what it printed. Fails at the first error in a file."""

    async def run(dsn: str, *arguments: str, script: str = "", folder: Path | None = None) -> str:
        process = await asyncio.create_subprocess_exec(
            cluster.program("psql"), "-X", "-v", "ON_ERROR_STOP=1", *arguments, dsn,
            cwd=folder or sql_folder(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate(script.encode())
        assert process.returncode == 0, output.decode()
        return output.decode()

    return run


@pytest.fixture
async def other_branch(db: Any) -> AsyncIterator[UUID]:
    """A second branch."""
    yield await db.fetchval("INSERT INTO branches (name) VALUES ('Elsewhere') RETURNING id")


@pytest.fixture
async def hints(connect_db: ConnectDb) -> Hints:
    """Hints from now on."""
    hearing = Hints(await connect_db())
    await hearing.start()
    return hearing


@pytest.fixture
async def dishes(db: Any, branch_id: str) -> dict[str, UUID]:
    """Two dishes of the branch by name, as tests/orders.py orders them: two of the first, one of the second."""
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    rows = await db.fetch(
        "INSERT INTO menu_items (branch_id, name, price_cents)"
        " SELECT $1, n, 100 FROM unnest(ARRAY['Chicken tikka', 'Raita']) AS n RETURNING name, id",
        UUID(branch_id),
    )
    return {row["name"]: row["id"] for row in rows}


@pytest.fixture
def cook(db: Any, branch_id: str) -> Cook:
    """The one who fires."""
    return Cook(db, branch_id)
