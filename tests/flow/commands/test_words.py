"""What commands say: plain errors, help, lists, the views of a DBA."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiohttp import ClientSession

from kds.commands import main
from tests.commands import communicate
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.commands.menus import Kds
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

# Plain errors


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "DATABASE_URL is not set"),
        ("mysql://localhost/x", "cannot reach the database"),
        ("postgresql://[broken/x", "cannot reach the database"),
        ("postgresql://u:secret-word@127.0.0.1:1/x", "cannot reach the database"),
    ],
)
async def test_no_database_is_a_plain_error_without_the_password(kds: Kds, url: str, said: str) -> None:
    code, printed = await kds("branch", "list", DATABASE_URL=url)
    assert (code, said in printed) == (1, True), printed
    assert "secret-word" not in printed


async def test_a_database_without_a_schema_names_the_command(kds: Kds, empty_dsn: str) -> None:
    code, printed = await kds("branch", "list", DATABASE_URL=empty_dsn)
    assert code == 1 and "Run: kds migrate" in printed


async def test_a_role_without_rights_is_a_plain_error(kds: Kds, dsn: str, db: Any) -> None:
    role = "waiter_" + uuid.uuid4().hex[:8]
    await db.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'waiter'")
    parts = urlsplit(dsn)
    url = urlunsplit(parts._replace(netloc=f"{role}:waiter@{parts.netloc.rpartition('@')[2]}"))
    try:
        await db.execute(f"GRANT SELECT ON schema_migrations TO {role}")
        code, printed = await kds("branch", "list", DATABASE_URL=url)
        assert code == 1 and "permission denied for table" in printed
    finally:
        await db.execute(f"DROP OWNED BY {role}")
        await db.execute(f"DROP ROLE {role}")


async def test_a_name_cannot_steer_the_terminal(kds: Kds, db: Any) -> None:
    await db.execute("UPDATE branches SET locality = E'\\x1b[2J'")
    code, printed = await kds("branch", "list")
    assert code == 0 and "\x1b" not in printed


@pytest.mark.parametrize(
    "command",
    ["branch", "branch add", "branch rename", "branch set", "branch list", "ages", "ages set", "ages list",
     "station", "station add", "station rename", "station remove",
     "station list", "staff",
     "staff add", "staff deactivate", "staff activate", "staff password", "staff end-sessions", "staff list",
     "menu", "menu load", "menu list", "tail", "doctor"],
)  # fmt: skip
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0 and capsys.readouterr().out.startswith("usage: kds")


async def test_a_list_that_nobody_reads_to_the_end_is_no_error(kds: Kds, dsn: str) -> None:
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m kds menu list 'Via Masala' | true", env={**os.environ, "DATABASE_URL": dsn}, stderr=-1
    )
    _, errors = await communicate(process)
    assert (process.returncode, errors) == (0, b"")


async def test_the_views_of_the_dba_tell_the_truth(server: RunningServer, http: ClientSession, db: Any) -> None:
    first = await place(db, server.branch_id, stations=("Grill", "Cold"))
    await place(db, server.branch_id, stations=("Grill",))
    await db.execute("UPDATE kots SET sent_at = now() - interval '8 minutes' WHERE order_id = $1", first)
    ages = await db.fetch("SELECT station, open_kots, due, late FROM kot_ages ORDER BY station")
    assert [tuple(row) for row in ages] == [("Cold", 1, 1, 0), ("Grill", 2, 1, 0)]
    busy = await db.fetchrow("SELECT sum(events)::int, sum(new_orders)::int, max(branch) FROM events_per_minute")
    assert tuple(busy) == (3, 2, "Via Masala")

    async def is_listed() -> object:
        return await db.fetchval("SELECT screens = 1 AND processes = 1 FROM screens_per_branch")

    assert not await is_listed()
    async with open_screen(http, server.url, token_for(JWT_SECRET, server.branch_id)):
        await eventually(is_listed)
