"""A deploy: the next version migrates the database and starts beside the present one, then takes over its screens.

What is proved is the rule for every deploy: the code of before serves on while a migration that expands has been
applied, and screens pass from one to the other without a gap.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from kds import __version__
from tests.conftest import JWT_SECRET
from tests.deploy.conftest import ROOT, Programs
from tests.deploy.kitchen import bump, order, ready
from tests.deploy.releases import NEXT, make_next_release
from tests.hardening.requests import faults_of_log
from tests.no_limits import NO_LIMITS
from tests.orders import place
from tests.screen import open_screen, resume_point, token_for
from tests.system_postgres import free_port, run


@pytest.fixture
def next_checkout(tmp_path: Path) -> Path:
    """The version after this one."""
    return make_next_release(tmp_path / "next")


async def version_of(http: ClientSession, url: str) -> str:
    """Which version a server says it is."""
    async with http.get(f"{url}/openapi.json") as answer:
        version: str = (await answer.json())["info"]["version"]
        return version


async def test_two_versions_side_by_side(
    dsn: str, db: Any, branch_id: str, next_checkout: Path, programs: Programs, http: ClientSession
) -> None:
    environment = {
        "DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, "HOST": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1",
        **NO_LIMITS,
    }  # fmt: skip
    ports = [free_port(), free_port()]
    old_url, new_url = (f"http://127.0.0.1:{port}" for port in ports)
    kds = (sys.executable, "-m", "kds")
    old, old_log = await programs.start(*kds, "serve", environment={**environment, "PORT": str(ports[0])}, cwd=ROOT)
    await ready(http, old_url)
    token = token_for(JWT_SECRET, branch_id)
    async with http.get(f"{old_url}/kitchen") as answer:
        page_tag = answer.headers["ETag"]
    async with AsyncExitStack() as stack:
        screen = await stack.enter_async_context(open_screen(http, old_url, token, since=0))
        hello, _ = await screen.take(2)

        # the release phase of the next version, while orders go on coming
        async def customers() -> list[str]:
            return [str(await place(db, branch_id)) for _ in range(100)]

        ordering = asyncio.create_task(customers())
        migrating, migrate_log = await programs.start(*kds, "migrate", environment=environment, cwd=next_checkout)
        assert await migrating.wait() == 0, migrate_log.read_text()
        placed = await ordering
        seen = await screen.take(100)
        assert [message["orderId"] for message in seen] == placed

        # the old one has a newer schema under it, and is as well as before
        await ready(http, old_url)
        new, new_log = await programs.start(
            *kds, "serve", environment={**environment, "PORT": str(ports[1])}, cwd=next_checkout
        )
        await ready(http, new_url)
        assert (await version_of(http, old_url), await version_of(http, new_url)) == (__version__, NEXT)
        other = await stack.enter_async_context(open_screen(http, new_url, token, since=0))
        await other.take(2)
        for here, there in ((old_url, new_url), (new_url, old_url)):
            order_id = await order(http, here, branch_id, key=here)
            # both tell the same; the old code passes on the new field that it does not know
            placed_message = await other.next()
            assert await screen.next() == placed_message
            assert (placed_message["orderId"], placed_message["greeting"]) == (order_id, None)
            await bump(http, there, token, order_id)
            last = await other.next()
            assert await screen.next() == last
            assert (last["orderId"], last["status"]) == (order_id, "READY")

        # the old one goes; its screen comes back to the new one and has missed nothing
        old.send_signal(signal.SIGTERM)
        assert await screen.close_code() == 1001 and await old.wait() == 0
        between = str(await place(db, branch_id))
        again = await stack.enter_async_context(open_screen(http, new_url, token, **resume_point(last, hello["epoch"])))
        (hello_again, missed) = await again.take(2)
        assert (hello_again["type"], hello_again["epoch"], missed["orderId"]) == ("HELLO", hello["epoch"], between)
    async with http.get(f"{new_url}/kitchen", headers={"If-None-Match": page_tag}) as answer:
        # a browser that kept the page of before asks whether it is still the same
        assert answer.status == 200 and NEXT in await answer.text()
    # the other way round, a process of the old version that starts late serves too, but undoes nothing: its release
    # phase warns and lets it start
    code, printed = await run(*kds, "migrate", environment=environment)
    assert code == 0 and "Warning: " in printed and "Nothing was changed" in printed, printed
    late, late_log = await programs.start(*kds, "serve", environment={**environment, "PORT": str(ports[0])}, cwd=ROOT)
    await ready(http, old_url)
    for process in (late, new):
        process.terminate()
        assert await process.wait() == 0
    for log in (old_log, new_log, late_log):
        assert faults_of_log(log.read_text()) == []
