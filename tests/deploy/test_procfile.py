"""The Procfile as Heroku runs it: release, then web processes on their PORTs, SIGTERM; PostgreSQL over TLS."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
from aiohttp import ClientSession

from tests.deploy.conftest import ROOT, Programs
from tests.deploy.kitchen import bump, log_in, open_restaurant, order, ready, shown
from tests.hardening.requests import faults_of_log
from tests.screen import open_screen
from tests.system_postgres import SystemPostgres, free_port, run

HONCHO = Path(sys.executable).with_name("honcho")


def two_ports() -> int:
    """A port that is free like the one above it: honcho gives the second process of a kind the next one."""
    while True:
        port = free_port()
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue


async def test_release_then_two_web_processes_then_sigterm(
    system_postgres: SystemPostgres,
    sold_role: str,
    environment: dict[str, str],
    programs: Programs,
    tmp_path: Path,
    http: ClientSession,
) -> None:
    assert environment["DATABASE_URL"].startswith("postgres://") and "sslmode=require" in environment["DATABASE_URL"]
    honcho = (HONCHO, "-d", tmp_path, "-f", ROOT / "Procfile", "start")
    # web before release: refused with the command that mends it
    code, printed = await run(*honcho, "web", environment={**environment, "PORT": "0"})
    assert code != 0 and "Run: kds migrate" in printed and "Traceback" not in printed, printed
    for _ in range(2):  # each deploy runs it
        code, printed = await run(*honcho, "release", environment=environment)
        assert code == 0 and "triggers in place" in printed, printed
    branch_id = await open_restaurant(environment["DATABASE_URL"])

    port = two_ports()
    runner, log = await programs.start(*honcho, "web", "-c", "web=2", environment={**environment, "PORT": str(port)})
    urls = [f"http://127.0.0.1:{port + number}" for number in range(2)]
    for url in urls:
        await ready(http, url)
    superuser = await asyncpg.connect(system_postgres.superuser_dsn())
    links = await superuser.fetch(
        "SELECT a.application_name, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.usename = $1",
        sold_role,
    )
    await superuser.close()
    assert {row["ssl"] for row in links} == {True} and "kds-listen" in {row["application_name"] for row in links}

    token = await log_in(http, urls[0])
    async with AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(open_screen(http, url, token, since=0)) for url in urls * 2]
        for screen in screens:
            await screen.take(2)
        placed = [await order(http, url, branch_id, key=f"key-{number}") for number, url in enumerate(urls)]
        for order_id, url in zip(placed, reversed(urls), strict=True):
            await bump(http, url, token, order_id)
            await shown(screens, order_id, "READY")
        runner.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await asyncio.gather(*(screen.close_code() for screen in screens)) == [1001] * 4
            await runner.wait()
    text = log.read_text()
    # the exit codes that honcho shows are those of the shells it put around
    assert text.count("relay state=stopped was=live") == 2, text
    for taken in (port, port + 1):
        socket.create_server(("127.0.0.1", taken)).close()
    assert faults_of_log(text) == []


async def test_without_tls_or_with_a_wrong_password_it_says_what_is_wrong(environment: dict[str, str]) -> None:
    url = environment["DATABASE_URL"]
    kds = Path(sys.executable).with_name("kds")
    for wrong, said in [
        (url.replace("sslmode=require", "sslmode=disable"), "no pg_hba.conf entry"),
        (url.replace("sslmode=require", "sslmode=verify-full"), "certificate"),
        (url.replace(":not-a-secret", ":wrong"), "password authentication failed"),
    ]:
        code, printed = await run(kds, "migrate", environment={**environment, "DATABASE_URL": wrong})
        assert code == 1 and said in printed and "Traceback" not in printed, printed
        assert "not-a-secret" not in printed
