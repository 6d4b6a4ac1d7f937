"""kds/web/README.md: whoever follows it has a new kind of client, and has changed nothing below."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.conftest import JWT_SECRET
from tests.deploy.conftest import ROOT, Programs
from tests.deploy.kitchen import ready
from tests.deploy.releases import replace
from tests.orders import place
from tests.screen import token_for
from tests.system_postgres import free_port

PAGE = (ROOT / "kds/web/README.md").read_text(encoding="utf-8")


@pytest.fixture
def followed(tmp_path: Path) -> Path:
    """A checkout in which somebody did what the page says."""
    folder = tmp_path / "followed"
    for name in ("kds", "sql"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (file,) = re.findall(r"one file in one room, `(.*?)`", PAGE)
    (line,) = re.findall(r"one line of `CLIENTS`: `(.*?)`", PAGE)
    (folder / file).write_text(code, encoding="utf-8")
    replace(
        folder / "kds/app.py", "\nCLIENTS: tuple[str, ...] = ()\n", f"\nCLIENTS: tuple[str, ...] = (\n    {line}\n)\n"
    )
    return folder


async def test_a_shelf_light_is_told_when_an_order_becomes_ready(
    dsn: str, db: Any, branch_id: str, followed: Path, programs: Programs, http: ClientSession
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, "HOST": "127.0.0.1", "PORT": str(port)}
    await programs.start(sys.executable, "-m", "kds", "serve", environment=environment, cwd=followed)
    await ready(http, url)
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(f"{url}/kitchen/shelf", params={"token": token_for(JWT_SECRET, branch_id, role="PICKUP")})
    assert refused.value.status == 403
    async with http.ws_connect(f"{url}/kitchen/shelf", params={"token": token_for(JWT_SECRET, branch_id)}) as light:
        order_id = await place(db, branch_id)
        number = await db.fetchval("SELECT order_number FROM orders WHERE id = $1", order_id)
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
        async with asyncio.timeout(15):
            told = [await light.receive_json()]
            while told[-1]["type"] == "HEARTBEAT":
                told.append(await light.receive_json())
    assert told[-1] == {"type": "READY", "orderNumber": number}
    async with http.get(f"{url}/openapi.json") as answer:
        assert "/kitchen/shelf" in (await answer.json())["paths"]
