"""Ties the listener to the hub: what each event, state and control message means for the sockets of this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from types import SimpleNamespace
from uuid import UUID

import msgspec

from kds.auth import Tokens
from kds.batching import Batching, BatchingThresholds
from kds.config import Config
from kds.errors import Unavailable
from kds.event import Event, event_message, utc_now
from kds.hub import Hub
from kds.listener import Listener, RelayCallbacks, RelayState
from kds.snapshots import SnapshotDesk
from kds.store import Store
from kds.tracking import customer_view

log = logging.getLogger(__name__)

CONTROL_RETRY_S = 1.0


class Relay:
    """From PostgreSQL to the sockets: listener, hub, heartbeats and the shared snapshots."""

    def __init__(self, config: Config, sql: SimpleNamespace, store: Store, tokens: Tokens, *, instance: str) -> None:
        self.hub = Hub(silence_s=config.silence_s)
        self.desk = SnapshotDesk(store.snapshot)
        self._store = store
        self._tokens = tokens
        self._heartbeat_s = config.heartbeat_s
        callbacks = RelayCallbacks(
            on_event=self._publish,
            on_resync=self._resync,
            on_epoch=self._start_new_history,
            on_state=lambda state: self._beat_now.set(),
            on_control=lambda payload: self._control_due.set(),
            is_own_leader=lambda pid: pid == self.batching.leader_pid,
        )
        self.listener = Listener(
            config.listen_url, sql, callbacks, sweep_s=config.sweep_s, read_timeout_s=config.read_timeout_s
        )
        self.batching = Batching(
            config.listen_url,
            sql,
            instance=instance,
            thresholds=BatchingThresholds(
                config.batching_enter_per_s,
                config.batching_leave_per_s,
                config.batching_leave_after_s,
                config.batching_poll_s,
            ),
            timeout_s=config.read_timeout_s,
            hints=lambda: self.listener.hints,
            found=self.listener.mark_news,
            lost=self.listener.sweep,
        )
        self._beat_now = asyncio.Event()
        self._control_due = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Connects, relays and beats until `stop`."""
        self.listener.start()
        self.batching.start()
        self._tasks = [
            asyncio.create_task(self._beat_for_ever(), name="heartbeat"),
            asyncio.create_task(self._follow_control(), name="control"),
        ]

    async def stop(self) -> None:
        """Ends the relay; the sockets are the handlers' to close."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.batching.stop()
        await self.listener.stop()

    @property
    def is_live(self) -> bool:
        """Whether events reach this process right now."""
        return self.listener.state is RelayState.LIVE

    async def watch(self, branch_id: UUID) -> None:
        """As Listener.watch; each is ended by one `unwatch`."""
        await self.listener.watch(branch_id)

    def unwatch(self, branch_id: UUID) -> None:
        """Ends one `watch`; the kept board goes with the last."""
        self.listener.unwatch(branch_id)
        if branch_id not in self.listener.marks:
            self.desk.forget(branch_id)

    def _publish(self, event: Event) -> None:
        self.hub.publish(event.branch_id, event.revision, event_message(event))
        if self.hub.is_watched(event.order_id):
            if event.body is None:
                self.hub.resync_topic(event.order_id)
            else:
                message = order_status_message(event.branch_id, event.body)
                self.hub.publish(event.order_id, event.revision, message)

    def _resync(self, branch_id: UUID, revision: int) -> None:
        self.hub.resync(branch_id, revision)

    def _start_new_history(self, _epoch: str) -> None:
        self.desk.forget()
        self.hub.resync_all()

    # Heartbeats

    async def _beat_for_ever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_s):
                    await self._beat_now.wait()
            self._beat_now.clear()
            await self.hub.beat(self._heartbeat)

    def _heartbeat(self, revision: int) -> bytes:
        live = "true" if self.is_live else "false"
        return f'{{"type":"HEARTBEAT","revision":{revision},"serverTime":"{utc_now()}","live":{live}}}'.encode()

    # Control

    async def _follow_control(self) -> None:
        while True:
            await self._control_due.wait()
            self._control_due.clear()
            try:
                self._tokens.replace_revocations(await self._store.revocations(self._tokens.lifetime))
                self.hub.review()
            except Unavailable:
                self._control_due.set()
                await asyncio.sleep(CONTROL_RETRY_S)


def order_status_message(branch_id: UUID, order_json: str) -> bytes:
    """The live message of a track page: `{"type":"ORDER_STATUS", ...the customer's view}`."""
    view = customer_view(branch_id, order_json)
    view["serverTime"] = utc_now()
    return msgspec.json.encode({"type": "ORDER_STATUS", **view})
