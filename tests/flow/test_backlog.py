"""A backlog of any length is read: in bounded reads, the branch that waits longest first, each within a few of them."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.connect import connect
from kds.postgres.statements import load_statements
from kds.relay.broken_orders import BrokenOrders
from kds.relay.event import Event
from kds.relay.listening.backlog import NEWEST_UNKNOWN
from kds.relay.listening.heads import BEHIND_MAX
from kds.relay.listening.reader import BYTES_PER_READ, EVENTS_PER_READ, EventReader
from kds.relay.meters import Meters, new_registry
from tests.breaking import DATA_FAULTS, place_broken, poison

ORDER_BYTES_MAX = 4 * 1024 * 1024


class Reading:
    """An event reader of its own link, what it told, and how much each of its reads found."""

    def __init__(self, connection: Any, *, timeout_s: float = 30.0) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self.resyncs: list[tuple[UUID, int]] = []
        self.found: list[tuple[int, int]] = []
        meters = Meters(new_registry())
        meters.read = lambda events, size: self.found.append((events, size))  # type: ignore[method-assign]
        tell = SimpleNamespace(on_event=self.events.append, on_resync=lambda *told: self.resyncs.append(told))
        self.reader = EventReader(load_statements(), tell, meters, BrokenOrders(), timeout_s=timeout_s)

    async def watch(self, branches: list[UUID]) -> None:
        """Reads these from where they stand."""
        for row in await self.connection.fetch(load_statements().read_heads, branches):
            self.reader.start(row["branch_id"], row["revision"], row["written_at"])

    async def read_all(self) -> None:
        """Until nothing waits."""
        async with asyncio.timeout(60):
            while self.reader.backlog:
                await self.reader.read(self.connection)

    @property
    def heard(self) -> list[UUID]:
        """Of which branches, in the order of the telling."""
        return list(dict.fromkeys(event.branch_id for event in self.events))


@pytest.fixture
async def reading(dsn: str) -> AsyncIterator[Reading]:
    """On a link as the relay's."""
    connection = await connect(dsn, "kds-listen", timeout_s=10)
    yield Reading(connection)
    connection.terminate()


async def add_branches(db: Any, count: int) -> list[UUID]:
    """So many branches; their ids."""
    ids = [uuid.uuid4() for _ in range(count)]
    await db.executemany("INSERT INTO branches (id, name) VALUES ($1, 'N')", [(branch,) for branch in ids])
    return ids


async def write(db: Any, branches: list[UUID], each: int) -> None:
    """Orders, each in a transaction of its own as far as the events are concerned."""
    for branch in branches:
        await db.execute("INSERT INTO orders (branch_id) SELECT $1 FROM generate_series(1, $2::integer)", branch, each)


async def test_no_read_is_longer_than_its_bound_and_no_event_is_lost(db: Any, reading: Reading) -> None:
    branches = await add_branches(db, 40)
    await reading.watch(branches)
    await write(db, branches, 60)
    assert await reading.reader.compare(reading.connection)
    await reading.read_all()
    wanted = await db.fetch("SELECT branch_id, revision FROM events WHERE branch_id = ANY ($1)", branches)
    assert sorted((event.branch_id, event.revision) for event in reading.events) == sorted(tuple(row) for row in wanted)
    for branch in branches:
        mine = [event for event in reading.events if event.branch_id == branch]
        assert [event.prev for event in mine[1:]] == [event.revision for event in mine[:-1]]
    assert max(events for events, _ in reading.found) <= EVENTS_PER_READ
    assert len(reading.found) <= 2 + len(wanted) // EVENTS_PER_READ * 2


async def test_news_that_come_while_others_are_told_are_told_once_and_in_order(db: Any, reading: Reading) -> None:
    branches = await add_branches(db, 120)
    await reading.watch(branches)
    await write(db, branches, 12)
    assert await reading.reader.compare(reading.connection)
    while reading.reader.backlog:
        reader = asyncio.create_task(reading.reader.read(reading.connection))
        while not reader.done():
            await asyncio.sleep(0)
            for branch in branches[:: 1 + len(reading.events) % 7]:
                reading.reader.hear(branch, 2**40)  # hints are no promises: these point past what there is
        await reader
        if len(reading.events) < 1000:
            await write(db, branches[::9], 1)
        else:
            reading.reader.hear = lambda *_: None  # type: ignore[method-assign]
    wanted = await db.fetch("SELECT branch_id, revision FROM events WHERE branch_id = ANY ($1)", branches)
    assert sorted((event.branch_id, event.revision) for event in reading.events) == sorted(tuple(row) for row in wanted)
    for branch in branches:
        mine = [event for event in reading.events if event.branch_id == branch]
        assert [event.prev for event in mine[1:]] == [event.revision for event in mine[:-1]]


async def test_every_branch_is_heard_in_the_first_reads_however_much_waits(db: Any, reading: Reading) -> None:
    branches = await add_branches(db, 300)
    await reading.watch(branches)
    await write(db, branches, 20)
    assert await reading.reader.compare(reading.connection)
    for _ in range(2):
        await reading.reader.read(reading.connection)
    assert set(reading.heard) == set(branches)
    await reading.read_all()
    assert len(reading.events) == 300 * 20


async def test_a_branch_far_behind_is_read_anew_at_its_head_and_the_others_are_told(db: Any, reading: Reading) -> None:
    far, near, open_ones = await add_branches(db, 3)
    await write(db, [open_ones], BEHIND_MAX)  # its board is longer than what it will miss
    await reading.watch([far, near, open_ones])
    await write(db, [far], BEHIND_MAX + 200)
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE branch_id = $1", far)
    await write(db, [near], 5)
    await db.execute("UPDATE orders SET note = 'x' WHERE branch_id = $1", open_ones)
    assert await reading.reader.compare(reading.connection)
    head = await db.fetchval("SELECT max(revision) FROM events WHERE branch_id = $1", far)
    assert reading.resyncs == [(far, head)]
    await reading.read_all()
    counts = Counter(event.branch_id for event in reading.events)
    assert counts == {near: 5, open_ones: BEHIND_MAX}
    await write(db, [far], 1)
    reading.reader.hear(far, 2**62)
    await reading.read_all()
    assert reading.events[-1].prev == head


async def test_a_flood_in_a_branch_that_was_heard_is_read_anew_too(db: Any, reading: Reading) -> None:
    (branch,) = await add_branches(db, 1)
    await reading.watch([branch])
    await write(db, [branch], 900)
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE branch_id = $1", branch)
    reading.reader.hear(branch, 2**62)
    await reading.read_all()
    assert len(reading.found) == 1 and len(reading.events) == 100 and [told[0] for told in reading.resyncs] == [branch]


async def test_large_orders_are_read_a_few_at_a_time(db: Any, reading: Reading) -> None:
    branches = await add_branches(db, 12)
    await reading.watch(branches)
    for branch in branches:
        async with db.transaction():
            order = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", branch)
            kot = await db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order)
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, name) SELECT $1, $2, 'Dish ' || n "
                "FROM generate_series(1, 6000) AS n",
                order, kot,
            )  # fmt: skip
    assert await reading.reader.compare(reading.connection)
    await reading.read_all()
    assert reading.heard == branches
    assert all(len(event.body or "") > 1_000_000 for event in reading.events)
    assert max(size for _, size in reading.found) <= BYTES_PER_READ + ORDER_BYTES_MAX
    assert len(reading.found) >= 3


async def test_after_a_timeout_the_next_read_is_smaller_until_it_succeeds(dsn: str, db: Any) -> None:
    branches = await add_branches(db, 4)
    await poison(db, "22003")
    body = "BEGIN PERFORM pg_sleep(0.004); RETURN 'now'; END"
    await db.execute(
        f"CREATE OR REPLACE FUNCTION utc(moment timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$ {body} $$"
    )
    connection = await connect(dsn, "kds-listen", timeout_s=10)
    reading = Reading(connection, timeout_s=0.5)
    await reading.watch(branches)
    await write(db, branches, 100)
    timeouts = 0
    async with asyncio.timeout(60):
        while len(reading.events) < 400:
            try:
                assert await reading.reader.compare(reading.connection)
                await reading.read_all()
            except TimeoutError:
                timeouts += 1
                connection.terminate()
                reading.connection = connection = await connect(dsn, "kds-listen", timeout_s=10)
    connection.terminate()
    assert 0 < timeouts < 10
    assert [event.revision for event in reading.events if event.branch_id == branches[0]] == sorted(
        event.revision for event in reading.events if event.branch_id == branches[0]
    )


async def test_a_branch_that_is_left_while_orders_are_read_one_by_one_ends_no_link(db: Any, reading: Reading) -> None:
    branches = await add_branches(db, 2)
    await reading.watch(branches)
    await write(db, branches, 1)
    await poison(db, DATA_FAULTS[0])
    await place_broken(db, branches[0])
    for branch in branches:
        reading.reader.hear(branch, NEWEST_UNKNOWN)
    task = asyncio.create_task(reading.reader.read(reading.connection))
    await asyncio.sleep(0)  # it has asked for both
    reading.reader.forget(branches[1])
    await task
    assert reading.heard == branches[:1]
