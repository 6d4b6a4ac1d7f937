"""Reads that are shared: none is older than its question, and none comes back after a later one."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from kds.domain.shared_reads import SharedReads

KEY, OTHER = UUID(int=1), UUID(int=2)


class Shelf:
    """What is read; each read takes until it is let go."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.gates: list[asyncio.Event] = []

    async def read(self, key: UUID) -> int:
        """The number of the read."""
        self.begun.append(key)
        number = len(self.begun)
        self.gates.append(asyncio.Event())
        await self.gates[number - 1].wait()
        if number == 99:
            raise ValueError
        return number


async def turn() -> None:
    """Lets everybody come as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_asks_while_one_runs_shares_the_next_which_begins_after_it() -> None:
    shelf = Shelf()
    reads = SharedReads(shelf.read)
    first = asyncio.create_task(reads.read(KEY))
    await turn()
    later = [asyncio.create_task(reads.read(KEY)) for _ in range(5)]
    elsewhere = asyncio.create_task(reads.read(OTHER))
    await turn()
    assert shelf.begun == [KEY, OTHER]
    shelf.gates[0].set()
    await turn()
    assert first.result() == 1 and shelf.begun == [KEY, OTHER, KEY]
    shelf.gates[2].set()
    shelf.gates[1].set()
    await turn()
    assert [task.result() for task in later] == [3] * 5 and elsewhere.result() == 2


async def test_a_read_that_fails_or_a_reader_that_leaves_harms_no_other() -> None:
    async def fail(_key: UUID) -> int:
        await asyncio.sleep(0)
        raise ValueError("no answer")

    reads = SharedReads(fail)
    tasks = [asyncio.create_task(reads.read(KEY)) for _ in range(2)]
    await turn()
    for task in tasks:
        with pytest.raises(ValueError):
            await task
    shelf = Shelf()
    reads = SharedReads(shelf.read)
    left, stayed = asyncio.create_task(reads.read(KEY)), asyncio.create_task(reads.read(KEY))
    await turn()
    left.cancel()
    shelf.gates[0].set()
    assert await stayed == 1
