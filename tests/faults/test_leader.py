"""A batching leader that is killed, stopped or cut off: nothing is lost, by the others or by itself once it is back."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import ServeProcess
from tests.faults.link import Link, open_link
from tests.faults.witness import Load, agree, witnesses
from tests.patience import eventually

Serve = Callable[..., Awaitable[ServeProcess]]
ConnectDb = Callable[[], Awaitable[Any]]
EAGER = {"BATCHING_ENTER_PER_S": "20", "BATCHING_LEAVE_PER_S": "5", "MAX_SOCKETS_PER_ADDRESS": "1000"}


def kill(leader: ServeProcess, _link: Link) -> None:
    """Ends the process at once."""
    leader.process.send_signal(signal.SIGKILL)


def stop(leader: ServeProcess, _link: Link) -> None:
    """Freezes the process; its kernel goes on answering for it."""
    leader.process.send_signal(signal.SIGSTOP)


def cut(_leader: ServeProcess, link: Link) -> None:
    """Swallows everything between the process and PostgreSQL."""
    link.cut()


@pytest.mark.parametrize("harm", [kill, stop, cut])
async def test_no_screen_loses_anything_and_the_leader_is_replaced(
    serve_process: Serve, connect_db: ConnectDb, branches: list[UUID], db: Any, dsn: str, harm: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_link(dsn, Path(folder)) as link:
            leader = await serve_process(LISTEN_DATABASE_URL=link.url, **EAGER)
            load = Load(connect_db, branches)

            async def leads() -> bool:
                status = await db.fetchrow("SELECT leader, writers_are_silent FROM relay_status")
                return bool(status["writers_are_silent"]) and f"-{leader.process.pid}-" in status["leader"]

            async def is_replaced() -> bool:
                return not await leads()

            async with load.running(writers=4):
                await eventually(leads)
                other = await serve_process(**EAGER)
                watched = [other.url] if harm is kill else [other.url, leader.url]
                async with witnesses(watched, branches) as watching:
                    await load.grows_by(50)
                    harm(leader, link)
                    await eventually(is_replaced)
                    await load.grows_by(50)
                    link.heal()
                    if harm is stop:
                        leader.process.send_signal(signal.SIGCONT)
                    await load.grows_by(50)
                    await load.end()
                    await agree(watching, load)
