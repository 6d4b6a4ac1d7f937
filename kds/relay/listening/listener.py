"""Hears that something changed and reads what: one LISTEN connection per process, whose life is one story.

Step 3 of the story. sql/announce.sql sends hints before it; kds/relay/hub.py gets the events after it, through
callbacks.

Hints, sweeps and reconnects only say which branches to read. One loop with one read in flight lets
kds/relay/listening/reader.py read what is past their marks, the branch that waits longest first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg

from kds.background import forever
from kds.postgres.connect import LOST_ERRORS, connect
from kds.postgres.hosts import Primary
from kds.relay.broken_orders import BrokenOrders
from kds.relay.difference import DifferenceCursor
from kds.relay.listening.backlog import NEWEST_UNKNOWN
from kds.relay.listening.callbacks import RelayCallbacks, RelayState
from kds.relay.listening.hints import CONTROL_CHANNEL, EVENTS_CHANNEL, WAKE, HintReader
from kds.relay.listening.marks import call
from kds.relay.listening.reader import EventReader
from kds.relay.listening.watched import WatchedBranches
from kds.relay.meters import Meters

log = logging.getLogger(__name__)

RETRY_MAX_S = 3.0
RETRY_MAX_WATCHED_S = 0.5
"""While screens wait, a database that came back is found as soon as that."""
CONNECT_TIMEOUT_S = 3.0
STALE_LEADER = timedelta(seconds=4)


class LinkLost(ConnectionError):
    """The LISTEN connection ended."""


class Listener:
    """Relays the events of the branches that are watched, from the moment they are watched."""

    def __init__(
        self,
        url: str,
        sql: SimpleNamespace,
        callbacks: RelayCallbacks,
        meters: Meters,
        broken: BrokenOrders,
        *,
        primary: Primary,
        sweep_s: float,
        read_timeout_s: float,
    ) -> None:
        self._url = url
        self._sql = sql
        self._primary = primary
        self._tell = callbacks
        self._reader = EventReader(sql, callbacks, meters, broken, timeout_s=read_timeout_s)
        self._sweep_s = sweep_s
        self._read_timeout_s = read_timeout_s
        self.state = RelayState.STARTING
        self.epoch: str | None = None
        self.marks = self._reader.marks
        self.hints = 0
        self._hints = HintReader()
        self.linked_at = self.answered_at = 0.0
        self._sweep_due = False
        self._poll_due = False
        self._cursor = DifferenceCursor(sql, timeout_s=read_timeout_s)
        self._wake = asyncio.Event()
        self._watched = WatchedBranches(sql, self._reader, wake=self._wake, timeout_s=read_timeout_s)
        self._state_changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._retry_s = 0.0

    # Watching

    async def watch(self, branch_id: UUID) -> None:
        """Begins to relay a branch; from the return on, every later event of it reaches on_event.

        Raises:
            Unavailable: the link is down and did not come back in time. Nothing is watched then.
        """
        await self._watched.watch(branch_id)

    async def marked(self, branch_id: UUID) -> int:
        """The mark of a watched branch, once it is known: what is read of the branch from now on has no gap to it.

        Raises:
            Unavailable: the link is down and did not come back in time.
        """
        return await self._watched.marked(branch_id)

    def unwatch(self, branch_id: UUID) -> None:
        """Ends one `watch` of a branch; after the last one it is no longer read."""
        self._watched.unwatch(branch_id)

    @property
    def reads(self) -> int:
        """How many reads of events there were."""
        return self._reader.reads

    def mark_dirty(self, branch_id: UUID, newest: int = NEWEST_UNKNOWN) -> None:
        """Asks for a read of a watched branch, unless its mark has reached `newest` already."""
        self._reader.hear(branch_id, newest)
        if self._reader.backlog:
            self._wake.set()

    def mark_news(self, branch_ids: Iterable[UUID]) -> None:
        """Asks for a read of those of these branches that are watched: the batching leader found news in them."""
        for branch_id in branch_ids:
            self.mark_dirty(branch_id)

    def sweep(self) -> None:
        """Asks for a look at every watched branch: something may have happened that nobody announced."""
        self._sweep_due = True
        self._wake.set()

    # Life

    def start(self) -> None:
        """Connects and relays until `stop`, through any number of broken links."""
        self._task = asyncio.create_task(forever("the LISTEN link", self._hold_link), name="listener")

    async def stop(self) -> None:
        """Ends the relay and its connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._set_state(RelayState.STOPPED)

    async def reached(self, state: RelayState) -> None:
        """Returns when the relay is in this state."""
        while self.state is not state:
            self._state_changed.clear()
            await self._state_changed.wait()

    async def settled(self) -> None:
        """Returns when the first try to connect is over: the relay is live, or it knows that it is not."""
        while self.state in {RelayState.STARTING, RelayState.CATCHING_UP}:
            self._state_changed.clear()
            await self._state_changed.wait()

    def _set_state(self, state: RelayState) -> None:
        if state is not self.state:
            log.info("relay state=%s was=%s", state.value, self.state.value)
            self.state = state
            self._state_changed.set()
            call(self._tell.on_state, state)

    async def _hold_link(self) -> None:
        """One LISTEN connection, from its making to its end."""
        try:
            async with contextlib.AsyncExitStack() as stack:
                await self._relay(await self._listen(stack))
        except LOST_ERRORS as error:
            log.warning("listen link lost error=%s: %s", type(error).__name__, error)
        except Exception:
            log.exception("relay fault: the link is made anew")
        if self.state is RelayState.LIVE:
            self._retry_s = 0.0  # it worked: the first retry comes at once
        self._set_state(RelayState.DEGRADED)
        await asyncio.sleep(random.uniform(0, self._retry_s))
        retry_max_s = RETRY_MAX_WATCHED_S if self._watched else RETRY_MAX_S
        self._retry_s = min(retry_max_s, max(0.2, self._retry_s * 2))

    async def _listen(self, stack: contextlib.AsyncExitStack) -> asyncpg.Connection:
        connection = await connect(self._url, "kds-listen", timeout_s=CONNECT_TIMEOUT_S, primary=self._primary)
        # terminate() closes the socket at once: close() would wait for a server that may be frozen.
        stack.callback(connection.terminate)
        connection.add_termination_listener(lambda _: self._wake.set())
        async with asyncio.timeout(self._read_timeout_s):
            await connection.add_listener(EVENTS_CHANNEL, self._hear)
            await connection.add_listener(CONTROL_CHANNEL, self._hear_control)
            # Only after LISTEN: what committed before it is found by the first read, what commits after it hints.
            epoch = await connection.fetchval(self._sql.adopt_epoch)
            await self._reader.plan(connection)
        self.linked_at = self.answered_at = asyncio.get_running_loop().time()
        self._set_state(RelayState.CATCHING_UP)
        self._cursor.forget()
        if epoch != self.epoch:
            known, self.epoch = self.epoch, epoch
            if known is not None:
                log.warning("epoch changed was=%s now=%s", known, epoch)
                self._primary.end_links_elsewhere(connection)
                self._begin_history()
        call(self._tell.on_control, None)
        return connection

    def _begin_history(self) -> None:
        self._watched.forget_marks()
        self._cursor.forget()
        call(self._tell.on_history)

    # Hearing: synchronous, because asyncpg runs coroutine callbacks as tasks, out of order

    def _hear(self, _connection: Any, pid: int, _channel: str, payload: object) -> None:
        hint = self._hints.read(str(payload))
        if hint is None:
            return
        if hint.type == WAKE:
            if not self._tell.is_own_leader(pid):
                self._poll_due = True
                self._wake.set()
        elif hint.branchId is not None:
            self.hints += 1
            self.mark_dirty(hint.branchId, hint.revision)

    def _hear_control(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        call(self._tell.on_control, str(payload))

    # Reading

    async def _relay(self, connection: Any) -> None:
        sweeper = asyncio.create_task(forever("sweeps", self._sweep_later), name="listener-sweep")
        try:
            self._sweep_due = True
            while True:
                await self._read_what_is_due(connection)
                await self._wake.wait()
        finally:
            sweeper.cancel()

    async def _sweep_later(self) -> None:
        await asyncio.sleep(self._sweep_s)
        self.sweep()

    async def _read_what_is_due(self, connection: Any) -> None:
        backlog = self._reader.backlog
        while True:
            self._wake.clear()
            if connection.is_closed():
                raise LinkLost("the server closed the connection")
            if self._sweep_due and not backlog.has_swept:
                self._sweep_due = False
                await self._begin_sweep(connection)
            if self._watched.unmarked:
                await self._watched.read_heads(connection)
            elif self._poll_due:
                self._poll_due = False
                await self._poll(connection)
            elif backlog:
                await self._reader.read(connection)
                self.answered_at = asyncio.get_running_loop().time()
            else:
                self._set_state(RelayState.LIVE)
                return
            if not backlog.has_swept:
                self._set_state(RelayState.LIVE)  # all is read that was there when the link was made

    async def _begin_sweep(self, connection: Any) -> None:
        # Also the probe of the link: asyncpg does not notice a dead one, this statement does by its timeout.
        ended = await connection.fetchval(self._sql.end_stale_leader, STALE_LEADER, timeout=self._read_timeout_s)
        self.answered_at = asyncio.get_running_loop().time()
        if ended:
            log.warning("batching leader ended: it was silent pid=%d", ended)
        if not await self._reader.compare(connection):
            self._begin_history()

    async def _poll(self, connection: Any) -> None:
        news = await self._cursor.poll(connection)
        if news is None:
            self._sweep_due = True
        else:
            self.mark_news(news.branch_ids)
