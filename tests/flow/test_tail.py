"""`kds tail` as a DBA runs it: every event one line, none lost while writers are silent, a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from kds.relay.batching import BatchingState
from tests.commands import communicate, kill
from tests.conftest import START_WITHIN_S, RunningServer
from tests.orders import add_branch, place
from tests.patience import PATIENCE_S, eventually


class Tail:
    """A running `kds tail`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def line(self) -> str:
        """The next event it prints."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self.process.stdout.readline()).decode().rstrip("\n")

    async def listens(self) -> None:
        """Reads standard error until it says that it waits for events."""
        assert self.process.stderr is not None
        async with asyncio.timeout(START_WITHIN_S):
            while "waiting for events" not in self.said:
                line = await self.process.stderr.readline()
                assert line, self.said
                self.said += line.decode()

    async def ended(self) -> tuple[int, str]:
        """Exit code, and what it still had to say."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            rest = await self.process.stderr.read()
            return await self.process.wait(), rest.decode()


StartTail = Callable[..., Awaitable[Tail]]


@pytest.fixture
async def start_tail(dsn: str) -> AsyncIterator[StartTail]:
    """Starts tails and waits until they listen; what a test leaves running is killed."""
    started: list[Tail] = []

    async def start(*flags: str, url: str = dsn) -> Tail:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kds", "tail", *flags, env={**os.environ, "DATABASE_URL": url},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        tail = Tail(process)
        started.append(tail)
        await tail.listens()
        return tail

    yield start
    for tail in started:
        if tail.process.returncode is None:
            tail.process.kill()
            await tail.process.communicate()  # what it printed must be read, or its end is not noticed


async def test_each_event_is_one_readable_line(start_tail: StartTail, db: Any, branch_id: str) -> None:
    tail = await start_tail()
    order_id = await place(db, branch_id, table="T7")
    line = await tail.line()
    assert "Via Masala" in line and line.endswith(f"NEW_ORDER  #1 T7  SENT  3 items  {order_id}")
    await db.execute("UPDATE orders SET status = 'READY'")
    assert "ORDER_UPDATED  #1 T7  READY" in await tail.line()
    await db.execute("DELETE FROM orders")
    assert (await tail.line()).endswith(f"ORDER_REMOVED  {order_id}")
    await db.execute("TRUNCATE orders CASCADE")
    assert (await tail.line()).endswith("RESYNC  the whole branch")


async def test_only_the_chosen_branch_is_heard(start_tail: StartTail, db: Any, branch_id: str) -> None:
    other = await add_branch(db)
    tail = await start_tail("--branch", "elsewhere")
    await place(db, branch_id, table="T1")
    await place(db, other, table="T2")
    assert "Elsewhere" in await tail.line()


async def test_what_guests_write_cannot_steer_the_terminal(start_tail: StartTail, db: Any, branch_id: str) -> None:
    tail = await start_tail()
    await place(db, branch_id, table="\x1b[2J\nT1")
    assert "\x1b" not in (line := await tail.line()) and "T1" in line


async def test_nothing_is_lost_while_a_relay_polls_and_writers_are_silent(
    start_tail: StartTail, server: RunningServer, db: Any, branch_id: str
) -> None:
    tail = await start_tail()
    batching = server.server.relay.batching
    batching.force(True)
    async with asyncio.timeout(PATIENCE_S):
        await batching.reached(BatchingState.POLLING)
    orders = [str(await place(db, branch_id)) for _ in range(20)]
    assert [(await tail.line()).split()[-1] for _ in orders] == orders


async def test_the_sweep_finds_what_nobody_announces(
    start_tail: StartTail, db: Any, connect_db: Callable[[], Awaitable[Any]], branch_id: str
) -> None:
    gate = await connect_db()
    await gate.execute("SELECT pg_advisory_lock(493269101, 0)")  # closed, and nobody polls
    tail = await start_tail()
    order_id = await place(db, branch_id)
    assert (await tail.line()).endswith(str(order_id))


async def test_a_transaction_open_since_before_the_tail_is_printed_when_it_commits(
    start_tail: StartTail, db: Any, connect_db: Callable[[], Awaitable[Any]], branch_id: str
) -> None:
    slow = await connect_db()
    transaction = slow.transaction()
    await transaction.start()
    late = await place(slow, branch_id)
    tail = await start_tail()
    early = await place(db, await add_branch(db))
    assert (await tail.line()).endswith(str(early))
    await transaction.commit()
    assert (await tail.line()).endswith(str(late))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_well(start_tail: StartTail, number: signal.Signals) -> None:
    tail = await start_tail()
    tail.process.send_signal(number)
    assert await tail.ended() == (0, "")


async def test_it_ends_when_nobody_reads_any_more(dsn: str, db: Any, branch_id: str) -> None:
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m kds tail | head -n 1", env={**os.environ, "DATABASE_URL": dsn}, stdout=-1, stderr=-1
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_WITHIN_S):
            assert b"waiting" in await process.stderr.readline()
        await place(db, branch_id)
        printed, said = await communicate(process, within_s=PATIENCE_S)  # without a second event
    finally:
        await kill(process)
    assert printed.count(b"\n") == 1 and said == b""

    async def is_gone() -> bool:
        return not await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kds-tail'")

    await eventually(is_gone)


async def test_a_paused_reader_does_not_hold_the_queue_of_notifications(
    start_tail: StartTail, db: Any, branch_id: str
) -> None:
    await start_tail()
    async with db.transaction():
        # more lines than a pipe and this test's reader hold
        for _ in range(3):
            await db.execute("INSERT INTO orders (branch_id, table_label) SELECT $1, repeat('x', 2000)"
                             " FROM generate_series(1, 300)", branch_id)  # fmt: skip
    await eventually(lambda: waits_for_its_reader(db))
    for number in range(200):
        await db.execute("SELECT pg_notify('kds_events', repeat('x', 7000) || $1)", str(number))

    async def is_emptied() -> bool:
        return bool(await db.fetchval("SELECT pg_notification_queue_usage() = 0"))

    await eventually(is_emptied)


async def waits_for_its_reader(db: Any) -> object:
    """Whether the tail has asked nothing for longer than its sweep."""
    return await db.fetchval(
        "SELECT true FROM pg_stat_activity WHERE application_name = 'kds-tail'"
        " AND clock_timestamp() - state_change > interval '2 seconds'"
    )


async def test_it_goes_on_after_a_broken_link(start_tail: StartTail, db: Any, branch_id: str) -> None:
    tail = await start_tail()
    await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-tail'")
    missed = await place(db, branch_id)
    assert (await tail.line()).endswith(str(missed))
    assert tail.process.returncode is None


async def test_an_unknown_branch_is_a_plain_error(dsn: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "tail", "--branch", "Nowhere", env={**os.environ, "DATABASE_URL": dsn}, stderr=-1
    )
    _, said = await communicate(process)
    assert (process.returncode, said.decode()) == (
        1,
        "kds tail: there is no branch 'Nowhere'. See kds branch list, or add it with kds branch add\n",
    )
