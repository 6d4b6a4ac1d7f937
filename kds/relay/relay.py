"""Ties the listener to the hub: what each event, state and control message means for the sockets of this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

import msgspec

from kds.background import forever
from kds.config import Config
from kds.logs import Seldom
from kds.postgres.hosts import Primary
from kds.relay.audience import Audience, BranchCache, ControlAudience
from kds.relay.batching import Batching, BatchingThresholds
from kds.relay.broken_orders import BrokenOrders
from kds.relay.event import Event, utc_now
from kds.relay.hub import Hub
from kds.relay.listening.callbacks import RelayCallbacks, RelayState
from kds.relay.listening.hints import UNREADABLE
from kds.relay.listening.listener import Listener
from kds.relay.meters import Meters

log = logging.getLogger(__name__)

BEAT_SPREAD = 0.5
"""The part of the time between two heartbeats over which one is spread."""


class _Control(msgspec.Struct):
    """A message of channel kds_control, which anybody may send."""

    type: str
    branchId: UUID | None = None


class Relay:
    """From PostgreSQL to the sockets of the `hub`: listener, batching and heartbeats.

    Each event is told to every one of the `audiences`, the first one first; each control message to the `controls`.
    """

    def __init__(
        self,
        config: Config,
        sql: SimpleNamespace,
        hub: Hub,
        meters: Meters,
        broken: BrokenOrders,
        *,
        audiences: Sequence[Audience],
        controls: Sequence[ControlAudience],
        caches: Sequence[BranchCache],
        instance: str,
        primary: Primary,
    ) -> None:
        self.hub = hub
        self.meters = meters
        self.broken = broken
        self._audiences = audiences
        self._controls = controls
        self._caches = caches
        self._heartbeat_s = config.heartbeat_s
        self._foreign = Seldom(log, "control message ignored: not one of ours bytes=%d")
        callbacks = RelayCallbacks(
            on_event=self._publish,
            on_resync=self._resync,
            on_history=self._start_new_history,
            on_state=lambda state: self._beat_now.set(),
            on_control=self._hear_control,
            is_own_leader=lambda pid: pid == self.batching.leader_pid,
        )
        self.listener = Listener(
            config.listen_url,
            sql,
            callbacks,
            meters,
            broken,
            primary=primary,
            sweep_s=config.sweep_s,
            read_timeout_s=config.read_timeout_s,
        )
        self.batching = Batching(
            config.listen_url,
            sql,
            primary=primary,
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
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, audience: Audience) -> None:
        """From now on tells this audience, too, of every event."""
        self._audiences = [*self._audiences, audience]

    def start(self) -> None:
        """Connects, relays and beats until `stop`."""
        self.listener.start()
        self.batching.start()
        self._tasks = [asyncio.create_task(forever("heartbeats", self._beat), name="heartbeat")]

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
        """Ends one `watch`; what is kept of the branch goes with the last."""
        self.listener.unwatch(branch_id)
        if branch_id not in self.listener.marks:
            self._forget(branch_id)

    def _publish(self, event: Event) -> None:
        self.broken.forget(event.order_id)
        for cache in self._caches:
            cache.outdate(event.branch_id, event.revision)
        later_s = 0.0
        watched = self.hub.watched(event.branch_id)
        for audience in self._audiences:
            try:
                topic_id = audience.topic(event)
                if topic_id in watched:
                    message = audience.message(event)
                    if message is None:
                        self.hub.resync_topic(topic_id)
                    elif message:
                        later_s = max(later_s, self.hub.publish(topic_id, event.revision, message))
            except Exception:
                self._resync_audience(audience, event)
        self.meters.event(event.kind, event.timestamp, later_s)

    def _resync_audience(self, audience: Audience, event: Event) -> None:
        """What could not be told is read anew by those who missed it, as far as it is known who they are."""
        log.exception(
            "audience failed: it reads anew audience=%s branch=%s order=%s revision=%d",
            audience.name.replace(" ", "-"),
            event.branch_id,
            event.order_id,
            event.revision,
        )
        self.meters.fault(audience.name)
        try:
            topic_id = audience.topic(event)
        except Exception:
            self.hub.resync(event.branch_id, event.revision)
        else:
            self.hub.resync_topic(topic_id)

    def _resync(self, branch_id: UUID, revision: int) -> None:
        self._forget(branch_id)
        self.hub.resync(branch_id, revision)
        self.meters.resync()

    def _start_new_history(self) -> None:
        self._forget(None)
        self._tell_controls("", None)
        self.hub.resync_all()

    def _forget(self, branch_id: UUID | None) -> None:
        for cache in self._caches:
            cache.forget(branch_id)

    # Heartbeats

    async def _beat(self) -> None:
        next_at = asyncio.get_running_loop().time() + self._heartbeat_s
        within_s = 0.0 if self._beat_now.is_set() else self._heartbeat_s * BEAT_SPREAD
        self._beat_now.clear()
        await self.hub.beat(self._heartbeat, within_s=within_s, is_urgent=self._beat_now.is_set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(next_at):
                await self._beat_now.wait()

    def _heartbeat(self, revision: int) -> bytes:
        live = "true" if self.is_live else "false"
        return f'{{"type":"HEARTBEAT","revision":{revision},"serverTime":"{utc_now()}","live":{live}}}'.encode()

    # Control

    def _hear_control(self, payload: str | None) -> None:
        if payload is None:
            self._tell_controls("", None)
            return
        try:
            control = msgspec.json.decode(payload, type=_Control)
        except UNREADABLE:
            self._foreign.warn(len(payload))
            return
        if control.type:  # without one it would mean that all was missed
            self._tell_controls(control.type, control.branchId)

    def _tell_controls(self, kind: str, branch_id: UUID | None) -> None:
        for audience in self._controls:
            try:
                audience.hear(kind, branch_id)
            except Exception:
                log.exception("control message not taken: the others hear it kind=%s", kind)
