"""The database may go away in any way, under any request: whoever asks is told so, and no log holds a traceback."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiohttp import ClientSession, TCPConnector

from tests.clusters import Cluster
from tests.conftest import JWT_SECRET, ServeProcess
from tests.hardening.requests import faults_of_log
from tests.hardening.test_access import DOORS, WEBSOCKET, Door
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

Serve = Callable[..., Awaitable[ServeProcess]]
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename = '{role}'"
WAYS: dict[str, tuple[list[str], list[str]]] = {
    "its sessions end": ([END_ALL], []),
    "its statements are cancelled": ([END_ALL.replace("terminate", "cancel")], []),
    "it takes no connections": (
        ['ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', END_ALL],
        ['ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'],
    ),
    "its role may not log in": (["ALTER ROLE {role} NOLOGIN", END_ALL], ["ALTER ROLE {role} LOGIN"]),
    "its role has no connection left": (
        ["ALTER ROLE {role} NOSUPERUSER CONNECTION LIMIT 0", END_ALL],
        ["ALTER ROLE {role} SUPERUSER CONNECTION LIMIT -1"],
    ),
    "it only reads": (
        ['ALTER DATABASE "{name}" SET default_transaction_read_only = on', END_ALL],
        ['ALTER DATABASE "{name}" RESET default_transaction_read_only', END_ALL],
    ),
    "its role may read nothing": (["ALTER ROLE {role} NOSUPERUSER"], ["ALTER ROLE {role} SUPERUSER"]),
    "it is being restored": (["ALTER SCHEMA public RENAME TO elsewhere"], ["ALTER SCHEMA elsewhere RENAME TO public"]),
}
"""What is done, and what takes it back."""


@pytest.fixture
async def admin(cluster: Cluster) -> AsyncIterator[Any]:
    """A connection to another database of the server."""
    connection = await asyncpg.connect(cluster.admin_dsn)
    yield connection
    connection.terminate()


@pytest.fixture
async def role(admin: Any) -> AsyncIterator[str]:
    """The role of the server under test, who is not the one that this test comes in with."""
    name = "kds_" + secrets.token_hex(4)
    await admin.execute(f"CREATE ROLE {name} LOGIN SUPERUSER")
    yield name
    await admin.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("way", WAYS)
async def test_a_database_that_goes_away_is_no_traceback(
    serve_process: Serve,
    connect_db: Callable[[], Awaitable[Any]],
    dsn: str,
    db: Any,
    admin: Any,
    role: str,
    branch_id: str,
    way: str,
) -> None:
    inside = await connect_db()
    order_id = await place(db, branch_id, table="T1")
    row = await db.fetchrow("SELECT kot_id, id FROM order_items WHERE order_id = $1 LIMIT 1", order_id)
    ids = {"branchId": branch_id, "orderId": order_id, "kotId": row["kot_id"], "itemId": row["id"], "path": "icon.svg"}
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE branch_id = $1 LIMIT 1", branch_id)
    ids["menuItemId"] = dish_id
    ids["staffId"] = await db.fetchval("SELECT id FROM staff WHERE branch_id = $1 LIMIT 1", branch_id)
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": str(dish_id), "quantity": 1}]}
    url = urlsplit(dsn)
    as_role = urlunsplit(url._replace(netloc=f"{role}@{url.netloc.rpartition('@')[2]}"))
    server = await serve_process(DATABASE_URL=as_role, MAX_SOCKETS_PER_ADDRESS="5000", MAX_CUSTOMERS_PER_ADDRESS="5000")
    database = url.path.strip("/")

    async def ask(method: str, path: str, door: Door) -> int:
        token = token_for(JWT_SECRET, branch_id, role="KITCHEN" if door.role in (None, "any") else door.role)
        headers = {"Authorization": f"Bearer {token}"}
        if door.is_socket:
            headers = {**WEBSOCKET, "Sec-WebSocket-Protocol": f"kds.v1, bearer.{token}"}
        target = server.url + path.format(**ids) + door.query.format(token="x")
        body = order if door.body == "order" else door.body
        async with http.request(method, target, json=body, headers=headers) as answer:
            return answer.status

    async def ask_everything() -> list[tuple[str, object]]:
        answers = await asyncio.gather(*(ask(*door, DOORS[door]) for door in DOORS), return_exceptions=True)
        return [(f"{method} {path}", answer) for (method, path), answer in zip(DOORS, answers, strict=True)]

    async def run(statements: list[str]) -> None:
        for statement in statements:
            connection = inside if statement.startswith("ALTER SCHEMA") else admin
            await connection.execute(statement.format(name=database, role=role))

    async def is_ready() -> bool:
        async with http.get(f"{server.url}/readyz") as answer:
            return answer.status == 200

    leave, come_back = WAYS[way]
    # each request by a connection of its own: one that is kept may be closed by the server just as it is used again
    async with ClientSession(connector=TCPConnector(force_close=True, limit=0)) as http, AsyncExitStack() as stack:
        for _ in range(3):
            token = token_for(JWT_SECRET, branch_id)
            await stack.enter_async_context(open_screen(http, server.url, token, since=0))
        asked: list[tuple[str, object]] = []
        async with db.transaction():
            await db.execute("LOCK TABLE orders")
            waiting = asyncio.create_task(ask_everything())
            await asyncio.sleep(0.5)  # those that need an order wait for the lock
            await run(leave)
            asked += await ask_everything()
        asked += await waiting
        await run(come_back)
        await eventually(is_ready, 60)
        asked += await ask_everything()
    wrong = [
        (door, answer)
        for door, answer in asked
        if isinstance(answer, BaseException) or (isinstance(answer, int) and answer >= 500 and answer != 503)
    ]
    assert wrong == []
    assert await server.stop() == 0
    # that there are no connections left is for somebody to mend, and said at ERROR
    faults = faults_of_log(server.log.read_text())
    assert [line for line in faults if "database short of=connections" not in line] == []
