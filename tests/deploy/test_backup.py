"""A kitchen goes back to the moment before a mistake, by the commands of sql/README.md, while it is open."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.postgres.migrate.migrate import migrate
from tests.conftest import JWT_SECRET
from tests.deploy.conftest import Programs
from tests.deploy.documented import BLOCKS, documented, run_documented
from tests.deploy.kitchen import bump, log_in, open_restaurant, order, ready
from tests.deploy.week.week import servers
from tests.hardening.requests import faults_of_log
from tests.no_limits import NO_LIMITS
from tests.patience import eventually
from tests.screen import open_screen
from tests.system_postgres import SystemPostgres, free_port, run

SERVERS = {name: version for name, version in servers().items() if version != 18}
"""The wheel's pg_verifybackup 18 ends with a segmentation fault, whatever it is asked."""
SETTINGS = {"max_connections": 50, "shared_buffers": "16MB"}
KDS = (sys.executable, "-m", "kds")
AS_DEBIAN = """
mkdir etc && mv "$PGDATA/postgresql.conf" "$PGDATA/pg_hba.conf" etc
echo "data_directory = '$PGDATA'" >>etc/postgresql.conf
echo "hba_file = '$PWD/etc/pg_hba.conf'" >>etc/postgresql.conf
pg_ctl -D "$PGDATA" -w -m fast stop
pg_ctl -D "$PGDATA" -w -l "$PGDATA/server.log" -o "-c config_file=$PWD/etc/postgresql.conf" start
"""
"""The configuration is in a folder of its own, and names the one of the rows."""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[SystemPostgres]:
    """A server of its own, which is stopped and put back."""
    with tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as folder:
        server = SystemPostgres(Path(folder), SERVERS[request.param])
        server.start(SETTINGS)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
async def branch_id(server: SystemPostgres) -> str:
    """A restaurant in the database kds, without an order."""
    connection = await asyncpg.connect(server.superuser_dsn())
    await connection.execute("CREATE DATABASE kds")
    await connection.close()
    await migrate(server.superuser_dsn("kds"), lambda line: None)
    return await open_restaurant(server.superuser_dsn("kds"))


async def row(server: SystemPostgres, question: str, *arguments: object) -> Any:
    """The answer of the database as it is now."""
    connection = await asyncpg.connect(server.superuser_dsn("kds"))
    try:
        return await connection.fetchval(question, *arguments)
    finally:
        await connection.close()


async def status_of(http: ClientSession, url: str, order_id: str) -> int:
    """What a phone is told that asks for its order."""
    link = {"token": Links(JWT_SECRET).tracking_token(UUID(order_id))}
    async with http.get(f"{url}/public/order/{order_id}", params=link) as answer:
        return answer.status


async def archive_again(server: SystemPostgres, backups: Path) -> None:
    """As after a crash between the copy of a segment and PostgreSQL's note of it: it is archived once more."""
    name = await row(server, "SELECT pg_walfile_name(pg_switch_wal())")
    copied = f"SELECT last_archived_wal >= '{name}' FROM pg_stat_archiver"
    await eventually(lambda: row(server, copied))
    for done in (server.data / "pg_wal" / "archive_status").glob(f"{name}.done"):
        done.rename(done.with_suffix(".ready"))
    await row(server, "SELECT pg_stat_reset_shared('archiver')")
    await row(server, "SELECT pg_logical_emit_message(false, 'kds', 'so that there is a segment to switch from')")
    await row(server, "SELECT pg_switch_wal()")
    again = f"SELECT last_archived_wal >= '{name}' AND failed_count = 0 FROM pg_stat_archiver"
    await eventually(lambda: row(server, again))
    assert (backups / "wal" / name).is_file()


async def test_back_to_a_moment_before_a_mistake(
    server: SystemPostgres, branch_id: str, programs: Programs, http: ClientSession
) -> None:
    backups, trial = server.folder / "backups", server.folder / "trial"
    environment = {
        "DATABASE_URL": server.superuser_dsn("kds"), "LISTEN_DATABASE_URL": "", "JWT_SECRET": JWT_SECRET,
        "HOST": "127.0.0.1", **NO_LIMITS,
    }  # fmt: skip
    await run_documented(server, documented("archive_mode = on"), BACKUPS=backups)
    await archive_again(server, backups)
    await run_documented(server, documented("pg_basebackup"), BACKUPS=backups)
    (base,) = [folder for folder in backups.iterdir() if folder.name != "wal"]

    port, other = free_port(), str(free_port())
    url = f"http://127.0.0.1:{port}"
    _, log = await programs.start(*KDS, "serve", environment={**environment, "PORT": str(port)})
    await ready(http, url)
    token = await log_in(http, url)
    async with open_screen(http, url, token, since=0) as screen:
        screen.patience_s = 60
        hello, _ = await screen.take(2)
        kept = await order(http, url, branch_id, "kept")
        await bump(http, url, token, kept)
        moment = await row(server, "SELECT clock_timestamp()")
        lost = await order(http, url, branch_id, "lost")
        await screen.take(3)
        # goes on answering the server's pings
        begins_anew = asyncio.create_task(screen.until("SNAPSHOT"))

        # what was archived at the end of a minute, not at once
        await row(server, "SELECT pg_switch_wal()")
        archived = "SELECT last_archived_wal IS NOT NULL FROM pg_stat_archiver"
        await eventually(lambda: row(server, archived))
        await run_documented(
            server, documented("archive_mode=off").replace("5499", other), BACKUPS=backups, BASE=base, TRIAL=trial
        )
        at_trial = {"DATABASE_URL": environment["DATABASE_URL"].replace(str(server.port), other)}
        try:
            code, printed = await run(*KDS, "doctor", environment={**environment, **at_trial})
            assert code == 0 and "All is well" in printed, printed
        finally:
            await run_documented(server, documented('rm -r "$TRIAL"'), TRIAL=trial)

        await run_documented(server, documented("recovery_target_time ="), BACKUPS=backups, BASE=base, MOMENT=moment)
        # the process served on, and begins the other history by itself
        snapshot = await begins_anew
        assert snapshot["epoch"] != hello["epoch"]
        assert [(each["orderId"], each["status"]) for each in snapshot["orders"]] == [(kept, "READY")]
        comes_next = asyncio.create_task(screen.next())
        for command in ("migrate", "doctor"):
            code, printed = await run(*KDS, command, environment=environment)
            assert code == 0, printed
        assert [await status_of(http, url, each) for each in (kept, lost)] == [200, 404]
        # a phone that asks again with its key places its order anew, behind the one that is there
        again = await order(http, url, branch_id, "lost")
        message = await comes_next
        # PostgreSQL logs a sequence up to 32 numbers ahead
        assert message["orderId"] == again != lost and 2 <= message["orderNumber"] <= 34
    archived = "SELECT last_archived_wal > '00000002' FROM pg_stat_archiver"
    await row(server, "SELECT pg_switch_wal()")
    await eventually(lambda: row(server, archived))
    assert faults_of_log(log.read_text()) == []


async def test_a_trial_stays_out_of_the_living_cluster_whose_folder_the_configuration_names(
    server: SystemPostgres, branch_id: str
) -> None:
    await row(server, "INSERT INTO orders (branch_id) VALUES ($1::text::uuid) RETURNING order_number", branch_id)
    backups, trial, other = server.folder / "backups", server.folder / "trial", str(free_port())
    await run_documented(server, AS_DEBIAN)
    await run_documented(server, documented("archive_mode = on"), BACKUPS=backups)
    await run_documented(server, documented("pg_basebackup"), BACKUPS=backups)
    (base,) = [folder for folder in backups.iterdir() if folder.name != "wal"]
    where = "SELECT pg_postmaster_start_time()::text || current_setting('data_directory')"
    living = await row(server, where)
    etc = server.folder / "etc"
    options = f"-c archive_mode=off -c config_file={etc}/postgresql.conf -c hba_file={etc}/pg_hba.conf"
    script = documented("archive_mode=off").replace("-c archive_mode=off", options).replace("5499", other)
    await run_documented(server, script, BACKUPS=backups, BASE=base, TRIAL=trial)
    shown = await run_documented(server, f"psql -p {other} -AtXc 'SHOW data_directory'")
    assert shown.strip() == str(trial)
    await run_documented(server, documented('rm -r "$TRIAL"'), TRIAL=trial)
    assert await row(server, where) == living


async def test_a_dump_holds_the_orders_and_nothing_that_was_on_its_way(
    server: SystemPostgres, branch_id: str, programs: Programs
) -> None:
    environment = {
        "DATABASE_URL": server.superuser_dsn("kds_again"),
        "LISTEN_DATABASE_URL": "",
        "JWT_SECRET": JWT_SECRET,
    }
    for _ in range(3):
        await row(server, "INSERT INTO orders (branch_id) VALUES ($1::text::uuid) RETURNING order_number", branch_id)
    dump = "mkdir -p $BACKUPS\n" + documented("kds.dump")
    await run_documented(server, dump, BACKUPS=server.folder / "backups", OWNER="postgres")
    for command in ("migrate", "doctor"):
        code, printed = await run(*KDS, command, environment=environment)
        assert code == 0, printed
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    assert await connection.fetchval("SELECT count(*) FROM events") == 0
    assert await connection.fetchval("SELECT count(*) FROM orders") == 3
    insert = "INSERT INTO orders (branch_id) VALUES ($1::text::uuid) RETURNING order_number"
    assert await connection.fetchval(insert, branch_id) == 4
    await connection.close()


def test_every_command_of_the_page_is_run() -> None:
    run_here = (
        "archive_mode = on",
        "pg_basebackup",
        "archive_mode=off",
        'rm -r "$TRIAL"',
        "recovery_target_time =",
        "kds.dump",
    )
    run_in_a_week = ("rows.dump",)
    assert [documented(part) for part in (*run_here, *run_in_a_week)] == BLOCKS
