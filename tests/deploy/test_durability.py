"""What `kds doctor` says of a server that may forget is what mends it there, whoever set it and however."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kds.doctor.durability import durability_findings
from kds.doctor.finding import Finding
from kds.postgres.statements import load_statements
from tests.patience import eventually
from tests.system_postgres import SystemPostgres, run


@pytest.fixture
def server() -> Iterator[SystemPostgres]:
    """A server of our own, to be started otherwise."""
    with tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as folder:
        server = SystemPostgres(Path(folder))
        server.start({"shared_buffers": "16MB"})
        try:
            yield server
        finally:
            server.stop()


async def findings(dsn: str) -> list[Finding]:
    """What the doctor finds as this role."""
    link = await asyncpg.connect(dsn)
    try:
        return await durability_findings(link, load_statements())
    finally:
        await link.close()


async def test_what_the_command_line_turned_off_no_sql_is_said_to_turn_on(server: SystemPostgres) -> None:
    assert await findings(server.superuser_dsn()) == []
    server.restart("-c fsync=off")
    (finding,) = await findings(server.superuser_dsn())
    assert "fsync is off (command line)" in finding.what and "no SQL can change" in finding.what
    code, printed = await run("sh", "-c", finding.mend, environment={})
    assert code == 0 and "fsync=off" in printed
    server.restart("")
    assert await findings(server.superuser_dsn()) == []


async def test_who_may_not_change_it_is_given_the_command_for_who_may(server: SystemPostgres) -> None:
    superuser: Any = await asyncpg.connect(server.superuser_dsn())
    try:
        for statement in (
            "CREATE ROLE owner_of_a_kitchen LOGIN",
            "ALTER SYSTEM SET fsync = off",
            "SELECT pg_reload_conf()",
        ):
            await superuser.execute(statement)
        dsn = server.superuser_dsn().replace("postgres@", "owner_of_a_kitchen@")

        async def is_found() -> bool:
            return len(await findings(dsn)) == 1

        await eventually(is_found)
        (finding,) = await findings(dsn)
        assert "Role owner_of_a_kitchen may not change it" in finding.what and "sync" in finding.what
        assert "SUPERUSER" in finding.mend
        psql, _, statements = finding.mend.split(" ", 2)
        code, printed = await run("sh", "-c", f"{psql} '{server.superuser_dsn()}' {statements}", environment={})
        assert code == 0, printed

        async def is_mended() -> bool:
            return await findings(dsn) == []

        await eventually(is_mended)
    finally:
        await superuser.close()


async def test_an_option_of_the_url_is_named_as_such(server: SystemPostgres) -> None:
    (finding,) = await findings(server.superuser_dsn() + "&options=-csynchronous_commit%3Doff")
    assert "DATABASE_URL or PGOPTIONS" in finding.what and finding.mend.startswith("export DATABASE_URL=")


async def test_what_is_set_for_all_roles_is_reset_for_all_roles(server: SystemPostgres) -> None:
    dsn = server.superuser_dsn()
    superuser: Any = await asyncpg.connect(dsn)
    try:
        await superuser.execute("ALTER ROLE ALL SET synchronous_commit = off")
    finally:
        await superuser.close()
    (finding,) = await findings(dsn)
    code, printed = await run("sh", "-c", finding.mend, environment={"DATABASE_URL": dsn})
    assert code == 0, printed
    assert await findings(dsn) == []
