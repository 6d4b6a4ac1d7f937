"""What is acknowledged is kept: with the synchronous standby away nobody is told so, however often they ask."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.demo.restaurant import load_restaurant
from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from tests.clusters import TEST_SETTINGS
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.patience import eventually
from tests.screen import token_for

Start = Callable[..., Awaitable[RunningServer]]


@pytest.fixture(scope="module")
def postgres() -> Any:
    """A PostgreSQL of our own, to be told of a standby."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data", settings=TEST_SETTINGS)
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


@pytest.fixture(params=["on", "local", "off"])
async def dsn(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A restaurant in a database with this synchronous_commit."""
    name = f"kds_{request.param}"
    admin: Any = await asyncpg.connect(postgres.dsn())
    await admin.execute(f'CREATE DATABASE "{name}"')
    dsn = postgres.dsn(name)
    await migrate(dsn, lambda line: None)
    await load_restaurant(dsn)
    await admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {request.param}')
    yield dsn
    await _await_standby(postgres, admin, "")
    await admin.close()


async def _await_standby(postgres: EmbeddedPostgres, admin: Any, name: str) -> None:
    """Has every COMMIT wait for this standby, from now on; with no name for none."""
    await admin.execute("SET synchronous_commit = local")
    await admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    await admin.execute("SELECT pg_reload_conf()")

    async def is_so() -> bool:
        return await _is_awaited(postgres, admin) == bool(name)

    await eventually(is_so)


async def _is_awaited(postgres: EmbeddedPostgres, admin: Any) -> bool:
    """Whether a COMMIT waits: the file is read a moment after it was said to be."""
    wait = "SELECT wait_event FROM pg_stat_activity WHERE pid = $1"
    writer: Any = await asyncpg.connect(postgres.dsn())
    try:
        await writer.execute("SET synchronous_commit = on")
        committing = asyncio.create_task(writer.execute("SELECT pg_logical_emit_message(true, 'written', '')"))
        while not committing.done():
            if await admin.fetchval(wait, writer.get_server_pid()) == "SyncRep":
                await admin.execute("SELECT pg_cancel_backend($1)", writer.get_server_pid())
                await committing
                return True
        return False
    finally:
        await writer.close()


async def test_nothing_is_acknowledged_that_no_standby_has(
    postgres: EmbeddedPostgres, start_server: Start, http: ClientSession, db: Any, branch_id: str
) -> None:
    server = await start_server()
    kitchen = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    await db.execute("SET synchronous_commit = local")
    cooked = await place(db, branch_id)
    dish = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    order = {"branchId": branch_id, "table": "", "items": [{"menuItemId": str(dish), "quantity": 1}]}
    status = f"/kitchen/order/{cooked}/status"

    async def asked(method: str, path: str, body: Any, key: str) -> int:
        headers = {**kitchen, "Idempotency-Key": key}
        async with http.request(method, server.url + path, json=body, headers=headers) as answer:
            return answer.status

    requests: list[tuple[str, str, Any, str]] = [
        ("POST", "/public/order/place", order, "order"),
        ("PATCH", status, {"status": "READY"}, "bump"),
        ("PATCH", status, {"status": "READY"}, "found-as-wanted"),
        ("PATCH", status, {"status": "CANCELLED", "from": "SENT"}, "refused"),
    ]
    await _await_standby(postgres, db, "one_that_is_away")
    for _ in range(2):
        assert [await asked(*request) for request in requests] == [503] * 4
    assert await db.fetchval("SELECT count(*) FROM orders") == 2, "written here, and waited for"
    await _await_standby(postgres, db, "")
    assert [await asked(*request) for request in requests] == [201, 200, 200, 409]
    assert await db.fetchval("SELECT count(*) FROM orders") == 2
    assert await db.fetchval("SELECT status::text FROM orders WHERE id = $1", UUID(str(cooked))) == "READY"
