"""What runs beside the requests: for the life of a process no error ends it, cancelling does."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any, NoReturn
from uuid import UUID

import pytest

from kds.background import forever
from kds.domain.shared_reads import SharedReads
from kds.errors import Unavailable
from kds.kitchen.snapshots import BoardCache


@pytest.mark.expects_error("the turns fail")
async def test_a_turn_that_fails_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []
    done = asyncio.Event()

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 3:
            done.set()
            await asyncio.sleep(3600)
        raise [ValueError, KeyError][len(turns) % 2]("unexpected")

    task = asyncio.create_task(forever("washing up", turn, retry_s=0))
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert ["washing-up" in record.getMessage() and record.exc_info is not None for record in failed] == [True, True]


@pytest.mark.expects_error("a turn fails")
async def test_cancelling_ends_it_between_and_within_turns() -> None:
    async def turn() -> None:
        await asyncio.sleep(3600)

    async def fail() -> None:
        raise ValueError("again")

    for work in (turn, fail):
        task = asyncio.create_task(forever("nothing", work, retry_s=3600))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("kind", ["board", "shared"])
async def test_a_read_that_fails_when_all_who_asked_have_left_is_no_forgotten_error(
    kind: str,
) -> None:
    forgotten: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: forgotten.append(context))
    away = asyncio.Event()

    async def read(_: UUID) -> NoReturn:
        await away.wait()
        raise Unavailable("The database is away.")

    branch = UUID(int=7)
    if kind == "board":
        asked = BoardCache(read, at_once=1).board(branch, epoch="", at_least=0)
    else:
        asked = SharedReads(read).read(branch)
    who = asyncio.create_task(asked)
    await asyncio.sleep(0)
    who.cancel()
    await asyncio.wait([who])
    del who, asked  # or they keep what they waited for
    away.set()
    for _ in range(10):
        await asyncio.sleep(0)
    gc.collect()
    assert forgotten == []
