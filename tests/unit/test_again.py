"""What others are in the way of is done anew, and not for ever."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from kds.errors import Unavailable
from kds.postgres.pool import AGAIN_FOR_S, Pool


async def test_attempts_end_when_their_time_is_over_however_many_are_left() -> None:
    pool = Pool("postgresql://127.0.0.1/none", size=1, direct=True)
    attempts = 0

    async def slow() -> None:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(AGAIN_FOR_S / 2)
        raise asyncpg.DeadlockDetectedError("another one won")

    with pytest.raises(Unavailable):
        await pool.again(slow, retries=10)
    assert attempts == 2


async def test_quick_ones_use_all_their_attempts() -> None:
    pool = Pool("postgresql://127.0.0.1/none", size=1, direct=True)
    attempts = 0

    async def quick() -> int:
        nonlocal attempts
        attempts += 1
        if attempts < 5:
            raise asyncpg.SerializationError("another one won")
        return attempts

    assert await pool.again(quick) == 5
