"""The link by which a member sets the own password: who makes it, once, within an hour, kept by nobody."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from kds.postgres.migrate.migrate import migrate
from kds.web.login.links import hash_token
from tests.commands import communicate
from tests.conftest import RunningServer, ServeProcess
from tests.flow.commands.menus import Kds
from tests.flow.members import Member
from tests.screen import open_screen

PASSWORD = "figs bread and olives"
ANOTHER = "olives bread and figs"


@pytest.fixture
def guest(http: ClientSession, server: RunningServer) -> Member:
    """Somebody without a login."""
    return Member(http, server.url)


async def welcome(guest: Member, token: str, password: str = PASSWORD) -> tuple[int, str]:
    """Status, and the role or why not."""
    status, answer = await guest.post("/staff/welcome", body={"token": token, "newPassword": password})
    return status, answer["role"] if status == 200 else answer["error"]["code"]


async def owner_link(kds: Kds, *flags: str) -> str:
    """The token of a new owner's link."""
    code, printed = await kds("staff", "add", "Via Masala", "ada", "--role", "OWNER", *flags)
    assert code == 0, printed
    return printed.strip().rpartition("/welcome#")[2]


async def test_the_first_owner_sets_the_password_by_a_link_that_works_once(kds: Kds, guest: Member, db: Any) -> None:
    token = await owner_link(kds)
    kept = await db.fetch("SELECT to_jsonb(s)::text AS s, to_jsonb(k)::text AS k FROM staff s, staff_links k")
    assert token not in str(kept) and token.encode().hex() not in str(kept)
    assert await db.fetchval("SELECT token_hash FROM staff_links") == hash_token(token)
    status, told = await guest.post("/staff/welcome/name", body={"token": token})
    assert (status, told) == (200, {"username": "ada"})
    assert await welcome(guest, token, "ada12345") == (422, "weak_password")
    assert await welcome(guest, token) == (200, "OWNER")
    assert await welcome(guest, token, ANOTHER) == (404, "link_over")
    assert (await guest.post("/staff/welcome/name", body={"token": token}))[0] == 404
    await guest.login({"username": "ada", "password": PASSWORD})


async def test_of_many_who_use_a_link_at_once_one_sets_the_password(kds: Kds, guest: Member) -> None:
    token = await owner_link(kds)
    passwords = [f"{PASSWORD} {number}" for number in range(8)]
    answers = await asyncio.gather(*(welcome(guest, token, password) for password in passwords))
    assert sorted(answers) == [(200, "OWNER")] + [(404, "link_over")] * 7
    winner = answers.index((200, "OWNER"))
    await guest.login({"username": "ada", "password": passwords[winner]})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff_links SET expires_at = clock_timestamp()",
        "UPDATE staff SET active = false WHERE username = 'ada'",
        "UPDATE staff SET generation = generation + 1 WHERE username = 'ada'",
        "DELETE FROM staff WHERE username = 'ada'",
    ],
    ids=["an hour later", "deactivated", "sessions ended", "deleted"],
)
async def test_a_link_is_over(kds: Kds, guest: Member, db: Any, change: str) -> None:
    token = await owner_link(kds)
    await db.execute(change)
    assert await welcome(guest, token) == (404, "link_over")
    assert await welcome(guest, "x") == (404, "link_over")


async def test_another_link_ends_the_one_before_the_password_and_the_logins(
    kds: Kds, guest: Member, server: RunningServer
) -> None:
    first = await owner_link(kds)
    code, printed = await kds("staff", "link", "chef", "--url", "https://kitchen.example/")
    assert code == 0 and "https://kitchen.example/welcome#" in printed
    assert await welcome(guest, printed.strip().rpartition("#")[2]) == (200, "KITCHEN")
    await guest.login({"username": "chef", "password": PASSWORD})
    async with open_screen(guest.http, server.url, guest.token) as screen:
        closed = asyncio.create_task(screen.close_code())
        _, printed = await kds("staff", "link", "chef")
        assert await closed == 4503
    status, _ = await guest.post("/staff/login", body={"username": "chef", "password": PASSWORD})
    assert status == 401
    assert await welcome(guest, first) == (200, "OWNER")
    await kds("staff", "deactivate", "chef")
    code, printed = await kds("staff", "link", "chef")
    assert code == 1 and "kds staff activate" in printed
    code, printed = await kds("staff", "link", "nobody")
    assert code == 1 and "kds staff list" in printed
    code, printed = await kds("staff", "link", "chef", "--url", "somewhere")
    assert code == 2 and "not an origin" in printed


async def test_serving_an_empty_database_says_how_to_make_the_first_owner(
    empty_dsn: str, serve_process: Callable[..., Awaitable[ServeProcess]]
) -> None:
    await migrate(empty_dsn, lambda line: None)
    server = await serve_process(DATABASE_URL=empty_dsn)
    said = server.log.read_text()
    assert "kds branch add" in said and "--role OWNER" in said and "welcome" not in said
    assert await server.stop() == 0


async def test_serving_a_database_with_staff_says_nothing_of_it(
    serve_process: Callable[..., Awaitable[ServeProcess]], dsn: str
) -> None:
    server = await serve_process()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "staff", "add", "Via Masala", "ada", "--role", "OWNER",
        env={**os.environ, "DATABASE_URL": dsn}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    token = (await communicate(process))[0].decode().strip().rpartition("#")[2]
    async with ClientSession() as http:
        assert await welcome(Member(http, server.url), token) == (200, "OWNER")
    assert await server.stop() == 0
    said = server.log.read_text()
    assert "--role OWNER" not in said and token not in said
