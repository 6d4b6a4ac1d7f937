"""How logins end: for whom, how soon, and for nobody else; on every process, with LISTEN there or away."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from aiohttp import ClientSession

from kds.server import Server
from tests.conftest import RunningServer, config_for
from tests.flow.listening import listening_as
from tests.flow.members import CHEF, Member
from tests.patience import PATIENCE_S, eventually
from tests.screen import open_screen

CHANGES = {
    "deactivated": "UPDATE staff SET active = false WHERE username = 'chef'",
    "another role": "UPDATE staff SET role = 'MANAGER' WHERE username = 'chef'",
    "another branch": (
        "UPDATE staff SET branch_id = (SELECT id FROM branches WHERE name = 'Other') WHERE username = 'chef'"
    ),
    "another password": "UPDATE staff SET password_hash = password_hash || '=' WHERE username = 'chef'",
    "all sessions ended": "UPDATE staff SET generation = generation + 1 WHERE username = 'chef'",
    "a generation of before": "UPDATE staff SET generation = 0 WHERE username = 'chef'",
    "another id": "UPDATE staff SET id = gen_random_uuid() WHERE username = 'chef'",
    "deleted": "DELETE FROM staff WHERE username = 'chef'",
    "all deleted": "TRUNCATE staff",
    "deactivated by replication": (
        "SET session_replication_role = replica; UPDATE staff SET active = false WHERE username = 'chef'"
    ),
}


@pytest.fixture
async def member(http: ClientSession, server: RunningServer) -> Member:
    """The chef, logged in."""
    chef = Member(http, server.url)
    await chef.login()
    return chef


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_changed_member_is_out_and_may_come_back(
    member: Member, server: RunningServer, db: Any, change: str
) -> None:
    await db.execute("INSERT INTO branches (name) VALUES ('Other')")
    old = member.token
    async with open_screen(member.http, server.url, old, since=0) as screen:
        await screen.until("SNAPSHOT")
        closed = asyncio.create_task(screen.close_code())
        await db.execute(change)
        assert await closed == 4503
    await eventually(lambda: member.is_over(old))
    assert await member.refresh(old) == (401, "token_revoked")
    await db.execute("SET session_replication_role = origin")
    await db.execute("UPDATE staff SET active = true WHERE username = 'chef'")
    assert await member.is_over(old)


async def test_who_was_deleted_and_added_with_the_same_id_logs_in_anew(member: Member, db: Any) -> None:
    old = member.token
    row = await db.fetchrow("DELETE FROM staff WHERE username = 'chef' RETURNING *")
    await db.execute(
        "INSERT INTO staff (id, branch_id, username, password_hash) VALUES ($1, $2, 'chef', $3)",
        row["id"], row["branch_id"], row["password_hash"],
    )  # fmt: skip
    assert await member.is_taken(await member.login())
    await eventually(lambda: member.is_over(old))
    assert await member.is_taken()


@pytest.mark.parametrize("change", ["another role", "another branch", "another password", "deactivated"])
async def test_a_login_renewed_while_the_change_is_on_its_way_is_over_too(
    member: Member, connect_db: Callable[[], Awaitable[Any]], db: Any, change: str
) -> None:
    await db.execute("INSERT INTO branches (name) VALUES ('Other')")
    changer = await connect_db()
    changing = changer.transaction()
    await changing.start()
    await changer.execute(CHANGES[change])
    tokens = [member.token]
    for _ in range(3):
        status, token = await member.refresh(tokens[-1])
        assert status == 200
        tokens.append(token)
    logged_in = await member.login()
    await changing.commit()
    for token in (*tokens, logged_in):
        await eventually(lambda token=token: member.is_over(token))  # type: ignore[misc]
        assert (await member.refresh(token))[0] == 401


@pytest.mark.parametrize("change", ["deactivated", "another password"])
async def test_no_loop_of_renewals_outlives_the_change(member: Member, db: Any, change: str) -> None:
    for _ in range(5):
        await db.execute("UPDATE staff SET active = true WHERE username = 'chef'")
        status, answer = await member.post("/staff/login", body=CHEF)
        if status != 200:  # its password is another by now
            break
        newest = [answer["token"]]

        async def renew(newest: list[str]) -> None:
            while (renewed := await member.refresh(newest[-1]))[0] == 200:
                newest.append(renewed[1])

        loops = [asyncio.create_task(renew(newest)) for _ in range(4)]
        await eventually(lambda newest=newest: _is_longer(newest, 8))  # type: ignore[misc]
        await db.execute(CHANGES[change])
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*loops)
        for token in newest:
            await eventually(lambda token=token: member.is_over(token))  # type: ignore[misc]


async def _is_longer(tokens: list[str], count: int) -> bool:
    return len(tokens) > count


async def test_signing_out_ends_this_session_on_every_process_and_no_other(
    member: Member, start_server: Callable[..., Awaitable[RunningServer]]
) -> None:
    elsewhere = await start_server()
    first = member.token
    _, second = await member.refresh()
    other = await Member(member.http, member.url).login()
    async with (
        open_screen(member.http, member.url, first) as here,
        open_screen(member.http, elsewhere.url, second) as there,
        open_screen(member.http, elsewhere.url, other, since=0) as stays,
    ):
        closed = asyncio.gather(here.close_code(), there.close_code())
        assert await member.post("/staff/logout", second) == (200, {})
        assert await member.is_over(first) and await member.is_over(second)
        assert list(await closed) == [4503, 4503]
        for token in (first, second):
            await eventually(lambda token=token: member.is_over(token, elsewhere.url))  # type: ignore[misc]
            assert await member.refresh(token) == (401, "token_revoked")
        assert (await stays.next())["type"] == "HELLO"
        assert await member.is_taken(other) and await member.is_taken(other, elsewhere.url)
    assert (await member.post("/staff/logout", second))[0] == 401


async def test_a_renewed_login_ends_the_one_before_when_it_is_used_and_moves_its_screen(
    http: ClientSession, start_server: Callable[..., Awaitable[RunningServer]]
) -> None:
    here, there = [await start_server(refresh_grace_s=1.0) for _ in range(2)]
    chef = Member(http, here.url)
    first = await chef.login()
    async with open_screen(http, there.url, first, since=0) as screen:
        await screen.until("SNAPSHOT")
        closed = asyncio.create_task(screen.close_code())
        lost = (await chef.refresh(first))[1]  # the answer never came
        second = (await chef.refresh(first))[1]
        assert await chef.is_taken(first) and lost != second
        assert await chef.is_taken(second)
        for url in (here.url, there.url):
            await eventually(lambda url=url: chef.is_over(first, url))  # type: ignore[misc]
            assert await chef.is_taken(second, url)
        assert await closed == 4010  # come again, with the newer one
    assert await chef.refresh(first) == (401, "token_revoked")
    assert (await chef.refresh(second))[0] == 200


async def test_a_process_that_starts_knows_at_once_what_is_over(
    member: Member, db: Any, start_server: Callable[..., Awaitable[RunningServer]]
) -> None:
    signed_out = await Member(member.http, member.url).login()
    await member.post("/staff/logout", signed_out)
    first = member.token
    await db.execute(CHANGES["all sessions ended"])
    good = await member.login()
    fresh = await start_server()
    assert await member.is_over(first, fresh.url) and await member.is_over(signed_out, fresh.url)
    assert await member.is_taken(good, fresh.url)


async def test_while_it_cannot_be_read_what_is_over_no_token_is_taken(
    member: Member, dsn: str, http: ClientSession
) -> None:
    away = urlsplit(dsn)._replace(netloc="postgres@127.0.0.1:1", query="").geturl()
    server = Server(config_for(away))
    await server.start()
    try:
        async with http.get(f"{server.url}/kitchen/branch", headers={"Authorization": f"Bearer {member.token}"}) as got:
            assert got.status == 503
    finally:
        await server.stop()


@pytest.mark.parametrize("is_listen_up", [True, False], ids=["LISTEN up", "LISTEN away"])
@pytest.mark.parametrize("change", ["deactivated", "another password", "deleted", "signed out"])
async def test_what_ends_a_login_holds_with_and_without_listen(
    dsn: str, db: Any, http: ClientSession, start_server: Callable[..., Awaitable[RunningServer]], change: str,
    is_listen_up: bool,
) -> None:  # fmt: skip
    async with listening_as(db, dsn) as (url, cut):
        server = await start_server(listen_database_url=url)
        chef = Member(http, server.url)
        token = await chef.login()
        async with open_screen(http, server.url, token, since=0) as screen:
            await screen.until("SNAPSHOT")
            if not is_listen_up:
                await cut()
                while (await screen.until("HEARTBEAT"))["live"]:
                    pass
            closed = asyncio.create_task(screen.close_code())
            if change == "signed out":
                claims = jwt.decode(token, options={"verify_signature": False})
                await db.execute(
                    "INSERT INTO staff_sessions (session_id, staff_id, ended) VALUES ($1, $2, true)",
                    uuid.UUID(claims["sid"]), uuid.UUID(claims["sub"]),
                )  # fmt: skip
            else:
                await db.execute(CHANGES[change])
            assert await closed == 4503
        assert await chef.is_over(token)
        await server.server.stop()


async def test_what_ends_a_login_holds_while_every_connection_is_taken(
    db: Any, connect_db: Callable[[], Awaitable[Any]], http: ClientSession,
    start_server: Callable[..., Awaitable[RunningServer]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("kds.postgres.pool.COMMAND_TIMEOUT_S", 60.0)  # none comes back by itself
    server = await start_server(pool_size=2)
    chef = Member(http, server.url)
    token = await chef.login()

    async def all_taken() -> bool:
        waiting = await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kds'"
            " AND wait_event_type = 'Lock'"
        )
        return bool(waiting == 2)

    async def order_by_mobile() -> None:
        while True:
            async with http.get(f"{server.url}/public/branches/{server.branch_id}/menu") as answer:
                await answer.read()

    async with open_screen(http, server.url, token, since=0) as screen:
        await screen.until("SNAPSHOT")
        blocker = await connect_db()
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE menu_items IN ACCESS EXCLUSIVE MODE")
            guests = [asyncio.create_task(order_by_mobile()) for _ in range(4)]
            try:
                await eventually(all_taken)
                closed = asyncio.create_task(screen.close_code())
                await db.execute(CHANGES["deactivated"])
                assert await closed == 4503
                await eventually(all_taken)  # they still are
            finally:
                for guest in guests:
                    guest.cancel()
                await asyncio.gather(*guests, return_exceptions=True)
    assert await chef.is_over(token)


async def test_a_database_that_was_away_or_restored_is_read_from_the_beginning(
    member: Member, server: RunningServer, db: Any
) -> None:
    # as a restore does: what ended carries the number of a transaction that this history has long passed
    await eventually(lambda: member.is_taken())
    staff_id = jwt.decode(member.token, options={"verify_signature": False})["sub"]
    await db.execute("ALTER TABLE staff DISABLE TRIGGER ALL")
    await db.execute("INSERT INTO revocations (staff_id, generation, xid) VALUES ($1, 9e15, '3')", uuid.UUID(staff_id))
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    await eventually(lambda: member.is_over(member.token), 10)


async def test_the_clocks_of_process_and_database_are_told_apart(http: ClientSession, server: RunningServer) -> None:
    async with http.get(f"{server.url}/readyz") as answer:
        ready = await answer.json()
    assert abs(ready["clockApartS"]) < 5
