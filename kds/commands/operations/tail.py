"""`kds tail`: the events as they happen, for a DBA.

Every hint on kds_events, whatever it says, and every second without one asks `events` what committed since the last
look. So it also sees what was written in silence while a relay polls for all (kds/relay/batching.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import select
import sys
from typing import Any
from uuid import UUID

from kds.commands.database import BRANCH_HELP, Database, open_database
from kds.commands.printing import plain, shown_as_is
from kds.errors import KdsError
from kds.postgres.connect import LOST_ERRORS
from kds.process import stop_on_signals
from kds.relay.listening.hints import EVENTS_CHANNEL

SWEEP_S = 1.0
RETRY_S = 1.0
GATHER_S = 0.05
"""A hint waits for those behind it: a person reads no faster, and the database is asked less."""
READ_TIMEOUT_S = 10.0

EXAMPLES = """examples:
  kds tail
  kds tail --branch "Via Masala" | grep NEW_ORDER"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds tail`."""
    parser = subparsers.add_parser(
        "tail",
        help="print events as they happen",
        description="One line for each event from now on: time, branch, revision, what happened, "
        "the order as it is now. Ctrl-C ends it.",
        **shown_as_is(EXAMPLES),
    )
    parser.add_argument("--branch", metavar="BRANCH", help=f"only of this one: {BRANCH_HELP}")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints until Ctrl-C, or until nobody reads any more."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    stopped = asyncio.create_task(stopping.wait())
    tail = asyncio.create_task(_Tail(options.branch).follow())
    await asyncio.wait({stopped, tail}, return_when=asyncio.FIRST_COMPLETED)
    for task in (stopped, tail):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await tail
    return 0


_LOST: tuple[type[BaseException], ...] = (KdsError, *LOST_ERRORS)


class _Tail:
    """Where the reading stands, through any number of broken links."""

    def __init__(self, branch: str | None) -> None:
        self._wanted = branch
        self._branch_id: UUID | None = None
        self._snapshot: str | None = None
        self._epoch: str | None = None
        self._hinted = asyncio.Event()

    async def follow(self) -> None:
        """Prints for ever.

        Raises:
            KdsError: it cannot begin.
            BrokenPipeError: nobody reads any more.
        """
        while True:
            try:
                async with open_database("kds-tail") as database:
                    await self._begin(database)
                    while True:
                        await self._wait_for_news(database)
                        await self._print_news(database)
            except BrokenPipeError:
                raise
            except _LOST as error:
                if self._snapshot is None:
                    raise
                _say(f"{error or type(error).__name__}; trying again")
            await asyncio.sleep(RETRY_S)

    async def _begin(self, database: Database) -> None:
        await database.connection.add_listener(EVENTS_CHANNEL, self._hear)
        if self._wanted is not None and self._branch_id is None:
            self._branch_id = (await database.branch(self._wanted))["id"]
        epoch = await database.connection.fetchval(database.sql.read_epoch, timeout=READ_TIMEOUT_S)
        if self._snapshot is not None and epoch != self._epoch:
            _say("this is another history of the database now: beginning anew")
            self._snapshot = None
        if self._snapshot is None:
            self._snapshot = await database.connection.fetchval(database.sql.take_snapshot, timeout=READ_TIMEOUT_S)
            _say("waiting for events")
        self._epoch = epoch
        self._hinted.set()

    def _hear(self, *_hint: object) -> None:
        self._hinted.set()

    async def _wait_for_news(self, database: Database) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_S):
                await self._hinted.wait()
            await asyncio.sleep(GATHER_S)
        self._hinted.clear()
        if _nobody_reads():
            raise BrokenPipeError

    async def _print_news(self, database: Database) -> None:
        rows = await database.connection.fetch(
            database.sql.tail_events, self._snapshot, self._branch_id, timeout=READ_TIMEOUT_S
        )
        self._snapshot = rows[0]["snapshot"]
        lines = [_line(row) for row in rows if row["revision"] is not None]
        if lines:
            # In a thread: while a pager holds us up, this process must go on to read its LISTEN socket, or its backend
            # would stop in the middle of the queue of notifications and pin it for the whole cluster.
            await asyncio.to_thread(print, "\n".join(lines), flush=True)


def _line(row: Any) -> str:
    when = row["created_at"].astimezone().strftime("%H:%M:%S.%f")[:-3]
    event = f"{when}  {plain(row['branch'] or row['branch_id'])}  r{row['revision']}  {row['kind']}"
    if row["order_number"] is None:
        return f"{event}  {row['order_id'] or 'the whole branch'}"
    table = plain(row["table_label"] or row["order_type"])
    return (
        f"{event}  #{row['order_number']} {table}  {row['status']}  {row['item_count'] or 0} items  {row['order_id']}"
    )


def _nobody_reads() -> bool:
    """Whether the reader of our pipe is gone: without a look we would learn it only from the next event."""
    if not hasattr(select, "poll"):  # Windows
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def _say(line: str) -> None:
    print(f"kds tail: {line}", file=sys.stderr, flush=True)
