"""`kds staff`: who may log in, with which password, until when."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.commands import kill
from tests.conftest import START_WITHIN_S, RunningServer, ServeProcess
from tests.flow.commands.menus import Kds
from tests.patience import PATIENCE_S
from tests.screen import open_screen

# Staff


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "said"),
    [
        (["Via Masala", "gina"], "short\n", 1, "needs 8 to 200"),
        (["Via Masala", "gina"], "", 1, "needs 8 to 200"),
        (["Via Masala", "gina"], "with a bell \a\n", 1, "UTF-8"),
        (["Via Masala", "gina"], "not text \udcff\n", 1, "UTF-8"),
        (["Via Masala", "chef"], "long enough\n", 1, "taken"),
        (["Nowhere", "gina"], "long enough\n", 1, "no branch"),
        (["Via Masala", ""], "long enough\n", 2, "1 to 100"),
        (["Via Masala", "gina", "--role", "COOK"], "long enough\n", 2, "KITCHEN"),
    ],
)
async def test_a_login_that_cannot_be_added_says_why(
    kds: Kds, db: Any, arguments: list[str], typed: str, code: int, said: str
) -> None:
    exit_code, printed = await kds("staff", "add", *arguments, typed=typed)
    assert (exit_code, said in printed) == (code, True), printed
    assert await db.fetchval("SELECT count(*) FROM staff") == 4


@pytest.mark.parametrize(
    ("there", "name"), [("chef", "CHEF"), ("Zo\u00eb", "zoe\u0308"), ("bar", "\uff22\uff21\uff32")]
)
async def test_a_login_that_nobody_can_tell_from_another_is_refused(kds: Kds, db: Any, there: str, name: str) -> None:
    await db.execute(
        "INSERT INTO staff (branch_id, username, password_hash, role) SELECT id, $1, '', 'KITCHEN' FROM branches "
        "WHERE $1 <> 'chef'", there,
    )  # fmt: skip
    before = await db.fetch("SELECT username FROM staff ORDER BY 1")
    code, printed = await kds("staff", "add", "Via Masala", name, typed="long enough\n")
    assert code == 1 and "is taken" in printed and repr(there) in printed and "Choose another" in printed, printed
    assert await db.fetch("SELECT username FROM staff ORDER BY 1") == before


async def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(kds: Kds, dsn: str, db: Any) -> None:
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "staff", "add", "Via Masala", "gina", "--role", "manager",
        env={**os.environ, "DATABASE_URL": dsn}, stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    shown = ""
    try:
        async with asyncio.timeout(START_WITHIN_S):
            for prompt in ("Password of gina: ", "The same again: "):
                while prompt not in shown:
                    shown += await asyncio.to_thread(lambda: os.read(controller, 1024).decode())
                os.write(controller, b"correct horse\n")
        async with asyncio.timeout(PATIENCE_S):
            assert await process.wait() == 0
    finally:
        await kill(process)
    shown += os.read(controller, 1024).decode()
    os.close(controller)
    assert "Added gina (MANAGER) to Via Masala" in shown and "correct horse" not in shown
    assert (await db.fetchval("SELECT password_hash FROM staff WHERE username = 'gina'")).startswith("$argon2id$")


async def test_deactivating_a_member_closes_their_screens_on_every_process(
    kds: Kds, http: ClientSession, serve_process: Callable[..., Awaitable[ServeProcess]]
) -> None:
    one, two = await serve_process(), await serve_process()
    async with http.post(f"{one.url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        token = (await answer.json())["token"]
    async with open_screen(http, one.url, token) as first, open_screen(http, two.url, token) as second:
        closed = asyncio.gather(first.close_code(), second.close_code())
        assert await kds("staff", "deactivate", "chef") == (0, "chef is deactivated\n")
        assert list(await closed) == [4503, 4503]
    code, printed = await kds("staff", "list", "Via Masala")
    assert code == 0 and ["chef", "KITCHEN", "no"] in [line.split()[:3] for line in printed.splitlines()]
    assert await kds("staff", "deactivate", "chef") == (0, "chef was not active\n")
    code, printed = await kds("staff", "deactivate", "nobody")
    assert code == 1 and "kds staff list" in printed


async def test_a_member_comes_back_and_gets_a_new_password(
    kds: Kds, http: ClientSession, server: RunningServer
) -> None:
    async def login(password: str) -> tuple[int, str]:
        body = {"username": "chef", "password": password}
        async with http.post(f"{server.url}/staff/login", json=body) as answer:
            return answer.status, (await answer.json()).get("token", "")

    await kds("staff", "deactivate", "chef")
    code, printed = await kds("staff", "add", "Via Masala", "chef", typed="correct horse\n")
    assert code == 1 and "kds staff activate" in printed
    assert await kds("staff", "activate", "chef") == (0, "chef is active again\n")
    assert await kds("staff", "activate", "chef") == (0, "chef was active already\n")
    _, token = await login("chef-demo")
    async with open_screen(http, server.url, token) as screen:
        closed = asyncio.create_task(screen.close_code())
        code, printed = await kds("staff", "password", "chef", typed="correct horse\n")
        assert code == 0 and "correct horse" not in printed
        assert await closed == 4503
    assert (await login("chef-demo"))[0] == 401
    status, token = await login("correct horse")
    assert status == 200
    code, printed = await kds("staff", "password", "chef", typed="correct horse\n")
    assert code == 1 and "that is the present password of chef" in printed and "kds staff end-sessions" in printed
    async with open_screen(http, server.url, token) as screen:
        closed = asyncio.create_task(screen.close_code())
        assert await kds("staff", "end-sessions", "chef") == (0, "chef is logged out everywhere\n")
        assert await closed == 4503
    assert (await login("correct horse"))[0] == 200
    for action in ("password", "activate", "end-sessions"):
        code, printed = await kds("staff", action, "nobody", typed="correct horse\n")
        assert code == 1 and "kds staff list" in printed
    code, printed = await kds("staff", "password", "chef", typed="chef1234\n")
    assert code == 1 and "the password is made of the user name" in printed
