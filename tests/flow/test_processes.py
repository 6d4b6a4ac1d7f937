"""Real `kds serve` processes: how they start and end, how screens survive them, and two of them on one database."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession

from kds.postgres.migrate.migrations import newest_version
from tests.commands import communicate
from tests.conftest import JWT_SECRET, ServeProcess
from tests.orders import place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for

Serve = Callable[..., Awaitable[ServeProcess]]
ConnectDb = Callable[[], Awaitable[Any]]


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """Runs `kds` to its end; exit code and everything it printed."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "JWT_SECRET", "PORT")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", *arguments, env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await communicate(process, within_s=30)
    assert process.returncode is not None
    return process.returncode, output.decode()


async def snapshot_of(screen: Screen) -> dict[str, Any]:
    """Reads HELLO and returns the SNAPSHOT."""
    _, snapshot = await screen.take(2)
    return snapshot


@pytest.fixture
def token(branch_id: str) -> str:
    """A login for the kitchen of the demo restaurant."""
    return token_for(JWT_SECRET, branch_id)


# Start


async def test_a_schema_that_says_this_code_is_too_old_is_not_served(dsn: str, db: Any) -> None:
    newest = newest_version()
    await db.execute(
        "INSERT INTO schema_migrations (version, name, oldest_code) VALUES ($1, 'from_the_future', $1)", newest + 1
    )
    code, printed = await run("serve", DATABASE_URL=dsn, JWT_SECRET=JWT_SECRET, PORT="0", HOST="127.0.0.1")
    assert code == 1 and "Traceback" not in printed, printed
    assert f"schema version {newest + 1}" in printed and f"this code knows {newest}. Deploy the newer" in printed


async def test_a_wrong_start_names_every_fault_at_once() -> None:
    code, printed = await run("serve", PORT="eighty", JWT_SECRET="short", CORS_ORIGINS="*", SWEEP_S="0")
    assert code == 1
    for fault in ("PORT='eighty'", "DATABASE_URL is not set", "JWT_SECRET has 5 bytes", "CORS_ORIGINS='*'", "SWEEP_S"):
        assert fault in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("url", ["mysql://x/y", "x", "http://localhost/db"])
async def test_a_url_that_is_not_postgres_is_refused(url: str) -> None:
    code, printed = await run("serve", DATABASE_URL=url, JWT_SECRET=JWT_SECRET)
    assert code == 1 and "DATABASE_URL must start with postgresql://" in printed


async def test_an_empty_database_is_refused_with_the_command_that_mends_it(empty_dsn: str) -> None:
    code, printed = await run("serve", DATABASE_URL=empty_dsn, JWT_SECRET=JWT_SECRET, PORT="0", HOST="127.0.0.1")
    assert code == 1 and "kds migrate" in printed and "Traceback" not in printed
    code, printed = await run("migrate", DATABASE_URL=empty_dsn.replace("postgresql://", "postgres://"))
    assert code == 0, printed


async def test_a_taken_port_is_a_plain_error(serve_process: Serve, dsn: str) -> None:
    first = await serve_process()
    port = first.url.rpartition(":")[2]
    code, printed = await run("serve", DATABASE_URL=dsn, JWT_SECRET=JWT_SECRET, PORT=port, HOST="127.0.0.1")
    assert code == 1 and f"cannot listen on 127.0.0.1:{port}" in printed and "Traceback" not in printed


async def test_a_server_started_before_its_database_waits_for_it(serve_process: Serve, http: ClientSession) -> None:
    server = await serve_process(DATABASE_URL="postgresql://postgres@127.0.0.1:1/nowhere")
    async with http.get(f"{server.url}/healthz") as answer:
        assert answer.status == 200
    async with http.get(f"{server.url}/readyz") as answer:
        assert (answer.status, (await answer.json())["database"]) == (503, "away")
    async with http.get(f"{server.url}/public/branches/00000000-0000-4000-8000-000000000000/menu") as answer:
        assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
    assert await server.stop() == 0


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["migrate", "--help"], ["demo", "--help"]])
async def test_every_command_explains_itself(arguments: list[str]) -> None:
    code, printed = await run(*arguments)
    assert code == 0 and "usage: kds" in printed


async def test_an_unknown_command_names_the_known_ones() -> None:
    code, printed = await run("cook")
    assert code == 2 and "serve" in printed and "migrate" in printed


# End


async def test_sigterm_tells_every_screen_and_ends_well(
    serve_process: Serve, http: ClientSession, token: str, db: Any
) -> None:
    server = await serve_process()
    async with AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(open_screen(http, server.url, token, since=0)) for _ in range(20)]
        for screen in screens:
            await snapshot_of(screen)
        stopped = asyncio.create_task(server.stop(signal.SIGTERM))
        codes = await asyncio.gather(*(screen.close_code() for screen in screens))
        assert codes == [1001] * 20
        assert await stopped == 0
    assert await db.fetchval("SELECT count(*) FROM ws_connections") == 0
    assert "Traceback" not in server.log.read_text()


async def test_a_request_in_flight_finishes_before_the_end(
    serve_process: Serve, http: ClientSession, token: str, db: Any, connect_db: ConnectDb, branch_id: str
) -> None:
    server = await serve_process()
    observer = await connect_db()
    order_id = await place(db, branch_id)

    async def waits_for_a_lock() -> object:
        return await observer.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    async def refuses_connections() -> bool:
        try:
            async with ClientSession() as other, other.get(f"{server.url}/healthz"):
                return False
        except ClientConnectionError:
            return True

    async with db.transaction():
        await db.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order_id)
        bearer = {"Authorization": f"Bearer {token}"}
        url = f"{server.url}/kitchen/order/{order_id}/status"
        request = asyncio.create_task(http.patch(url, json={"status": "READY"}, headers=bearer))
        await eventually(waits_for_a_lock)
        stopped = asyncio.create_task(server.stop(signal.SIGTERM))
        await eventually(refuses_connections)
    assert (await request).status == 200
    assert await stopped == 0


async def test_tokens_never_reach_the_log(
    serve_process: Serve, http: ClientSession, token: str, branch_id: str
) -> None:
    server = await serve_process(LOG_LEVEL="DEBUG")
    async with http.ws_connect(f"{server.url}/kitchen/display?token={token}") as ws:
        await ws.close()
    async with http.get(f"{server.url}/public/order/{branch_id}?token=a-secret-of-a-customer") as answer:
        assert answer.status == 404
    async with http.get(f"{server.url}/kitchen/orders", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
    assert await server.stop() == 0
    logged = server.log.read_text()
    assert "path=/kitchen/display" in logged
    assert token not in logged and "a-secret-of-a-customer" not in logged and token.split(".")[1] not in logged


# Survival


async def test_a_screen_resumes_after_kill_nine_without_a_gap(
    serve_process: Serve, http: ClientSession, token: str, db: Any, branch_id: str
) -> None:
    server = await serve_process()
    async with open_screen(http, server.url, token, since=0) as screen:
        snapshot = await snapshot_of(screen)
        seen = [str(await place(db, branch_id))]
        last = await screen.next()
        await server.stop(signal.SIGKILL)
        assert await screen.close_code() in (1006, None)
    missed = [str(await place(db, branch_id)) for _ in range(3)]
    again = await serve_process(port=int(server.url.rpartition(":")[2]))
    assert again.url == server.url
    async with open_screen(http, again.url, token, **resume_point(last, snapshot["epoch"])) as screen:
        hello, *replay = await screen.take(4)
        assert hello["type"] == "HELLO"
        assert [message["orderId"] for message in replay] == missed
        assert replay[0]["prev"] == last["revision"] and seen[0] == last["orderId"]
        live = str(await place(db, branch_id))
        assert (await screen.next())["orderId"] == live


async def test_screens_on_two_processes_see_the_same(
    serve_process: Serve, http: ClientSession, token: str, db: Any, branch_id: str
) -> None:
    one, two = await serve_process(), await serve_process()
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        open_screen(http, one.url, token, since=0) as first,
        open_screen(http, two.url, token, since=0) as second,
    ):
        assert (await snapshot_of(first))["epoch"] == (await snapshot_of(second))["epoch"]
        for number in range(20):
            server = (one, two)[number % 2]
            order_id = await place(db, branch_id)
            body = {"status": "READY", "from": "SENT"}
            url = f"{server.url}/kitchen/order/{order_id}/status"
            assert await first.next() == (placed := await second.next())
            assert placed["orderId"] == str(order_id)
            async with http.patch(url, json=body, headers=bearer) as answer:
                assert answer.status == 200
            assert await first.next() == (bumped := await second.next())
            assert (bumped["status"], bumped["prev"]) == ("READY", placed["revision"])


async def test_one_order_though_the_server_died_midway(
    serve_process: Serve, http: ClientSession, db: Any, branch_id: str
) -> None:
    dish = await db.fetchval("SELECT id FROM menu_items WHERE available LIMIT 1")
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": str(dish), "quantity": 1}]}
    server = await serve_process()

    async def post() -> bytes | None:
        try:
            async with http.post(
                f"{server.url}/public/order/place", json=order, headers={"Idempotency-Key": "one"}
            ) as answer:
                return await answer.read() if answer.status == 201 else None
        except ClientConnectionError:
            return None

    requests = [asyncio.create_task(post()) for _ in range(50)]
    await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
    await server.stop(signal.SIGKILL)
    answers = set(await asyncio.gather(*requests))
    server = await serve_process()
    answers.add(await post())
    assert len(answers - {None}) == 1
    assert await db.fetchval("SELECT count(*) FROM orders") == 1
