"""The README's commands and SQL do what it says, exactly as it prints them."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.clusters import Cluster
from tests.commands import communicate
from tests.conftest import JWT_SECRET, ServeProcess
from tests.orders import events_of

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """One section of the README."""
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str) -> list[str]:
    """The indented blocks of a section."""
    found = re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", section(title))
    return [re.sub(r"(?m)^    ", "", block).strip("\n") for block in found]


async def run(command: str, typed: str = "", **environment: str) -> tuple[int, str]:
    """Runs a line of a shell; exit code and what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_shell(
        command, env={**os.environ, "PATH": path, **environment}, cwd=environment.get("PWD"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await communicate(process, typed.encode())
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_an_empty_database_becomes_a_kitchen_in_under_ten_commands(
    empty_dsn: str, tmp_path: Path, serve_process: Callable[..., Awaitable[ServeProcess]], http: ClientSession
) -> None:
    commands, menu = blocks("A restaurant by command")
    (tmp_path / "menu.csv").write_text(menu + "\n", encoding="utf-8")
    export, *lines = commands.splitlines()
    assert export.startswith("export DATABASE_URL=") and len(lines) < 10
    for line in lines:
        code, printed = await run(line, "chef-demo\n", DATABASE_URL=empty_dsn, JWT_SECRET=JWT_SECRET, PWD=str(tmp_path))
        # the tests' PostgreSQL runs without fsync, which the doctor must not overlook
        assert code == 0 or (line.startswith("kds doctor") and "fsync" in printed), printed
    server = await serve_process(DATABASE_URL=empty_dsn)
    async with http.post(f"{server.url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        login = await answer.json()
        assert answer.status == 200, login
    async with http.get(f"{server.url}/public/branches/{login['branchId']}/menu") as answer:
        dishes = (await answer.json())["items"]
    assert [(dish["name"], dish["priceCents"]) for dish in dishes] == [("Chicken tikka", 1450), ("Raita", 450)]
    order = {
        "branchId": login["branchId"],
        "table": "T1",
        "items": [{"menuItemId": dishes[0]["menuItemId"], "quantity": 1, "modifiers": ["ADD chilli oil"]}],
    }
    async with http.post(f"{server.url}/public/order/place", json=order) as answer:
        assert (answer.status, (await answer.json())["totalCents"]) == (201, 1550)


async def test_the_sql_for_a_pos_is_one_new_order_each(cluster: Cluster, dsn: str, db: Any, branch_id: str) -> None:
    statements = blocks("For a POS: plain SQL")
    assert statements
    for statement in statements:
        process = await asyncio.create_subprocess_exec(
            cluster.program("psql"), "-X", "-v", "ON_ERROR_STOP=1", "-v", f"branch={branch_id}", dsn,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await communicate(process, statement.encode())
        assert process.returncode == 0, output.decode()
    assert [kind for kind, _ in await events_of(db, branch_id)] == ["NEW_ORDER"] * len(statements)
    assert await db.fetchval("SELECT count(*) FROM order_items") == 2 * len(statements)
