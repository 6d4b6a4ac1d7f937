"""What runs for the life of a process: no error ends it, cancelling does."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kds.background import forever


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
