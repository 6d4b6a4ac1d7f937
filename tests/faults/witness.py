"""Load and witnesses: writers of every kind on several branches, and screens that keep all they saw.

At the end `agree` compares the two: nothing lost, nothing doubled, nothing out of order, nothing of another branch.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import ClientError, ClientSession

from tests.conftest import JWT_SECRET
from tests.orders import place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for

ISOLATIONS = ("read_committed", "repeatable_read", "serializable")
Connect = Callable[[], Awaitable[Any]]


@dataclass
class Witness:
    """A screen that resumes for ever, and everything it was sent."""

    branch_id: UUID
    url: str
    orders: list[UUID] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)
    seen_at: dict[UUID, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    snapshots: int = 0

    async def watch(self, http: ClientSession, secret: str) -> None:
        """Watches until cancelled; connects anew only when the connection ends, for silence must not heal itself."""
        token = token_for(secret, self.branch_id)
        at: dict[str, Any] = {"since": 0}
        while True:
            with contextlib.suppress(AssertionError, TimeoutError, OSError, ClientError):
                async with open_screen(http, self.url, token, **at) as screen:
                    screen.patience_s = 3600
                    await self._read(screen, at)
            await asyncio.sleep(0.05)

    async def _read(self, screen: Screen, at: dict[str, Any]) -> None:
        epoch = (await screen.next())["epoch"]
        while True:
            message = await screen.next()
            kind = message["type"]
            if kind == "SNAPSHOT":
                self.snapshots += 1
                # nobody bumps here: what is not SENT was there before
                self.orders = [UUID(order["orderId"]) for order in message["orders"] if order["status"] == "SENT"]
                self.revisions = []
            elif message["prev"] != at["since"]:
                self.broken.append(f"after {at['since']} came {message['revision']} with prev {message['prev']}")
            else:
                self.orders.append(UUID(message["orderId"]))
                self.seen_at[self.orders[-1]] = time.monotonic()
            self.revisions.append(message["revision"])
            at.update(resume_point(message, epoch))


class Load:
    """Orders placed by plain SQL, by writers that differ in isolation, savepoints and patience."""

    def __init__(self, connect: Connect, branches: Sequence[UUID]) -> None:
        self._connect = connect
        self._branches = list(branches)
        self.placed: dict[UUID, list[UUID]] = defaultdict(list)
        self.committed_at: dict[UUID, float] = {}
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        """How many orders are committed."""
        return sum(map(len, self.placed.values()))

    @contextlib.asynccontextmanager
    async def running(self, writers: int) -> AsyncIterator[Load]:
        """So many writers, as long as the block lasts."""
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(writers)]
        try:
            yield self
        finally:
            await self.end()

    async def end(self) -> None:
        """Lets every writer finish what it is at."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def grows_by(self, orders: int) -> None:
        """Returns when so many more orders are committed."""
        enough = self.count + orders

        async def has_grown() -> bool:
            return self.count >= enough

        await eventually(has_grown, within_s=60)

    async def _write(self, number: int) -> None:
        connection = await self._connect()
        dice = random.Random(number)
        isolation: Any = ISOLATIONS[number % len(ISOLATIONS)]
        while not self._stopping.is_set():
            branch = dice.choice(self._branches)
            try:
                async with connection.transaction(isolation=isolation):
                    if dice.random() < 0.1:
                        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    order_id = await place(connection, branch)
                    if dice.random() < 0.2:
                        with contextlib.suppress(ZeroDivisionError):
                            async with connection.transaction():
                                await place(connection, branch)
                                raise ZeroDivisionError
            except asyncpg.TransactionRollbackError:
                continue
            self.committed_at[order_id] = time.monotonic()
            self.placed[branch].append(order_id)


@contextlib.asynccontextmanager
async def witnesses(
    urls: Sequence[str], branches: Sequence[UUID], secret: str = JWT_SECRET
) -> AsyncIterator[list[Witness]]:
    """One witness for each branch on each server, past its first snapshot."""
    watching = [Witness(branch, url) for url in urls for branch in branches]
    async with ClientSession() as http:
        tasks = [asyncio.create_task(witness.watch(http, secret)) for witness in watching]

        async def all_began() -> bool:
            return all(witness.snapshots for witness in watching)

        try:
            await eventually(all_began)
            yield watching
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def agree(watching: Sequence[Witness], load: Load) -> None:
    """Waits until every witness has all of its branch; fails on whatever is lost, doubled, foreign or in disorder."""

    async def complete() -> bool:
        return all(set(load.placed[witness.branch_id]) <= set(witness.orders) for witness in watching)

    with contextlib.suppress(TimeoutError):
        await eventually(complete, within_s=20)
    for witness in watching:
        written = load.placed[witness.branch_id]
        assert not set(written) - set(witness.orders), "lost"
        assert not set(witness.orders) - set(written), "foreign"
        assert len(witness.orders) == len(set(witness.orders)), "doubled"
        assert witness.revisions == sorted(set(witness.revisions)), "out of order"
        assert not witness.broken, witness.broken[:3]
