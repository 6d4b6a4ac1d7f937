"""Writers never pay: under load one relay polls `events` for all, and writers need not NOTIFY.

A NOTIFY makes each commit wait in one queue of the whole cluster, through the flush of its WAL: that costs a busy
database most of its order rate. So, as network cards do, we take interrupts while idle and poll while busy:

    idle      writers NOTIFY. When hints come fast, a relay tries to become the leader.
    entering  it polls, and asks for the gate: an advisory lock that every announcing writer tries to share.
    polling   it holds the gate. Writers are refused it, so they write their event and say nothing. Each poll finds the
              branches with news and wakes the other relays once.
    leaving   it opens the gate and goes on polling until those who may have been silent have committed.

The gate and the polling share one connection and so one fate: when the leader dies its lock goes, writers NOTIFY again,
and each relay's sweep reads what was silent. A frozen leader is ended by any relay, see end_stale_leader().
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg

from kds.background import forever
from kds.postgres.connect import LOST_ERRORS, connect
from kds.postgres.hosts import Primary
from kds.relay.difference import DifferenceCursor

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3.0
ENTERING_MAX_S = 5.0
"""A transaction that keeps its share of the gate for longer keeps us out; trying on would keep others silent."""
GATE_WAIT_MS = 100
LEAVING_MAX_S = 1.0
"""Then the sweeps take over: whoever asked the closed gate and has not committed yet is read within a sweep."""
BEAT_S = 1.0
COOL_DOWN_S = 1.0
FORCED_PAUSE_S = 0.02
MEASURE_S = 0.25


class BatchingState(enum.Enum):
    """What this relay does about the load; the other relays of a polling leader stay idle."""

    IDLE = "idle"
    ENTERING = "entering"
    POLLING = "polling"
    LEAVING = "leaving"


@dataclass(frozen=True)
class BatchingThresholds:
    """When to poll, in events a second over all branches, and how often."""

    enter_per_s: float
    leave_per_s: float
    leave_after_s: float
    poll_s: float


class Batching:
    """Leads when the load asks for it. `hints` counts what was heard; `found` takes the branches of a poll."""

    def __init__(
        self,
        url: str,
        sql: SimpleNamespace,
        *,
        primary: Primary,
        instance: str,
        thresholds: BatchingThresholds,
        timeout_s: float,
        hints: Callable[[], int],
        found: Callable[[Iterable[UUID]], None],
        lost: Callable[[], None],
    ) -> None:
        self._url = url
        self._sql = sql
        self._primary = primary
        self._instance = instance
        self._thresholds = thresholds
        self._timeout_s = timeout_s
        self._hints = hints
        self._found = found
        self._lost = lost
        self.state = BatchingState.IDLE
        self.leader_pid = 0
        self.flips = 0
        self.polls = 0
        self.beaten_at = 0.0
        self._wanted: bool | None = None
        self._forced = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watches the load until `stop`."""
        self._task = asyncio.create_task(forever("batching", self._take_turn), name="batching")

    async def stop(self) -> None:
        """Ends the watch, and the lead if this relay has it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def force(self, lead: bool | None) -> None:
        """Leads, or does not, whatever the load is; None lets the load decide again."""
        self._wanted = lead
        self._forced.set()

    def heartbeat_age_s(self) -> float | None:
        """How long ago this relay showed itself as leader; None when it does not lead."""
        return time.monotonic() - self.beaten_at if self.leader_pid else None

    async def reached(self, state: BatchingState) -> None:
        """Returns when this relay is in this state."""
        while self.state is not state:
            self._changed.clear()
            await self._changed.wait()

    def _set_state(self, state: BatchingState) -> None:
        log.info("batching state=%s was=%s", state.value, self.state.value)
        self.state = state
        self.flips += 1
        self._changed.set()

    async def _take_turn(self) -> None:
        await self._load()
        try:
            await self._lead()
        except LOST_ERRORS as error:
            log.warning("batching lead lost error=%s: %s", type(error).__name__, error)
        finally:
            self.leader_pid = 0
            if self.state is not BatchingState.IDLE:
                self._set_state(BatchingState.IDLE)
                self._lost()
        await asyncio.sleep(COOL_DOWN_S if self._wanted is None else FORCED_PAUSE_S)

    async def _load(self) -> None:
        """Returns when there is reason to lead."""
        while True:
            before = self._hints()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(MEASURE_S):
                    await self._forced.wait()
            self._forced.clear()
            heard_per_s = (self._hints() - before) / MEASURE_S
            if self._wanted or (self._wanted is None and heard_per_s >= self._thresholds.enter_per_s):
                return

    # Leading

    async def _lead(self) -> None:
        connection = await connect(self._url, "kds-leader", timeout_s=CONNECT_TIMEOUT_S, primary=self._primary)
        try:
            # The wake-ups need an xid each; a lost one is no harm, so none waits for the disk.
            await connection.execute("SET synchronous_commit = off", timeout=self._timeout_s)
            if await connection.fetchval(self._sql.take_batching_lead, self._instance, timeout=self._timeout_s):
                self.leader_pid = connection.get_server_pid()
                await _Lead(self, connection).run()
        finally:
            connection.terminate()

    def _wants_to_leave(self, events_per_s: float) -> bool:
        if self._wanted is not None:
            return not self._wanted
        return events_per_s < self._thresholds.leave_per_s


class _Lead:
    """One time of leading, on one connection."""

    def __init__(self, batching: Batching, connection: Any) -> None:
        self._batching = batching
        self._connection = connection
        self._sql = batching._sql
        self._timeout_s = batching._timeout_s
        self._poll_s = batching._thresholds.poll_s
        self._cursor = DifferenceCursor(batching._sql, timeout_s=batching._timeout_s)
        self._events = 0

    async def run(self) -> None:
        await self._enter_state(BatchingState.ENTERING)
        await self._cursor.start(self._connection)
        if await self._close_gate():
            await self._enter_state(BatchingState.POLLING)
            await self._poll_while_busy()
            await self._connection.fetchval(self._sql.open_gate, timeout=self._timeout_s)
        await self._enter_state(BatchingState.LEAVING)
        await self._poll_for_the_silent()
        await self._beat(BatchingState.IDLE)

    async def _enter_state(self, state: BatchingState) -> None:
        await self._beat(state)
        self._batching._set_state(state)

    async def _beat(self, state: BatchingState) -> None:
        self._batching.beaten_at = time.monotonic()
        await self._connection.fetchval(
            self._sql.beat_batching, self._batching._instance, state.value, timeout=self._timeout_s
        )

    async def _close_gate(self) -> bool:
        # While this request waits, writers are refused already; the polls between the tries read what they write.
        await self._connection.execute(f"SET lock_timeout = '{GATE_WAIT_MS}ms'", timeout=self._timeout_s)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ENTERING_MAX_S
        while loop.time() < deadline:
            await self._poll()
            try:
                await self._connection.fetchval(self._sql.close_gate, timeout=self._timeout_s)
            except asyncpg.LockNotAvailableError:
                continue
            return True
        log.warning("gate not closed: a transaction that announced something stays open, see pg_stat_activity")
        return False

    async def _poll_while_busy(self) -> None:
        loop = asyncio.get_running_loop()
        calm_since = window_began = loop.time()
        self._events = 0
        while True:
            await self._poll()
            await asyncio.sleep(self._poll_s)
            now = loop.time()
            if self._batching._wanted is False:
                return
            if now - window_began >= MEASURE_S:
                if not self._batching._wants_to_leave(self._events / (now - window_began)):
                    calm_since = now
                elif now - calm_since >= self._batching._thresholds.leave_after_s:
                    return
                window_began, self._events = now, 0

    async def _poll_for_the_silent(self) -> None:
        """Polls until every transaction that was in progress when the gate opened has ended, but not for ever."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LEAVING_MAX_S
        at_release = await self._connection.fetchval(self._sql.take_snapshot, timeout=self._timeout_s)
        while loop.time() < deadline:
            running = await self._connection.fetchval(
                self._sql.count_still_running, at_release, timeout=self._timeout_s
            )
            await self._poll()
            if not running:
                return
            await asyncio.sleep(self._poll_s)

    async def _poll(self) -> None:
        news = await self._cursor.poll(self._connection, wake_others=True)
        self._batching.polls += 1
        if news is None:
            self._batching._lost()
        elif news.events:
            self._events += news.events
            self._batching._found(news.branch_ids)
        if time.monotonic() - self._batching.beaten_at >= BEAT_S:
            await self._beat(self._batching.state)
