"""What Prometheus may know of this process and nobody needs to count: read when it asks. Next to kds/relay/meters.py.

All of it is put into text in a thread, once for all who ask meanwhile: with the counts of every route that is 10 ms.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kds.background import start_shared
from kds.postgres.pool import PoolUse
from kds.relay.batching import BatchingState
from kds.relay.listening.callbacks import RelayState
from kds.relay.relay import Relay
from kds.web.health.triggers import TriggerWatch

SOCKET_KINDS = ("kitchen", "order", "menu", "pickup")
PAUSE_S = 0.25
"""Between two texts: while a thread writes one, the event loop waits for the interpreter now and then."""


class MetricsText:
    """The text of a registry, never older than the question."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._next: asyncio.Task[bytes] | None = None
        self._writing = asyncio.Lock()
        self._written_at = -PAUSE_S

    async def read(self) -> bytes:
        """All metrics as they are now, in the text format of Prometheus."""
        if self._next is None:
            self._next = start_shared(self._write(), name="metrics")
        return await asyncio.shield(self._next)

    async def _write(self) -> bytes:
        async with self._writing:
            await asyncio.sleep(self._written_at + PAUSE_S - time.monotonic())
            self._next = None  # who asks from now on wants to know what happens from now on
            try:
                return await asyncio.to_thread(generate_latest, self._registry)
            finally:
                self._written_at = time.monotonic()


class RelayCollector(Collector):
    """Sockets, hints, reads, messages, the pool, and the states of relay and batching."""

    def __init__(
        self,
        relay: Relay,
        sockets: Mapping[str, int],
        pool_use: Callable[[], PoolUse],
        boards_read: Callable[[], int],
        triggers: TriggerWatch,
    ) -> None:
        self._relay = relay
        self._triggers = triggers
        self._boards_read = boards_read
        self._sockets = sockets
        self._pool_use = pool_use
        self.loop: asyncio.AbstractEventLoop | None = None
        """Whose tasks are counted; whoever collects is in a thread."""

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the registry need not ask while the process is still being made."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        relay, listener, batching = self._relay, self._relay.listener, self._relay.batching
        sockets = GaugeMetricFamily("kds_sockets", "Open WebSockets, by what they watch.", labels=["topic"])
        for kind in sorted({*SOCKET_KINDS, *self._sockets}):
            sockets.add_metric([kind], self._sockets.get(kind, 0))
        yield sockets
        yield GaugeMetricFamily("kds_branches_watched", "Branches with a client on this process.", len(listener.marks))
        yield CounterMetricFamily("kds_hints", "Hints heard on kds_events.", listener.hints)
        yield CounterMetricFamily("kds_reads", "Reads of events.", listener.reads)
        yield CounterMetricFamily("kds_messages", "Messages handed to sockets.", relay.hub.delivered)
        yield CounterMetricFamily("kds_snapshots", "Boards read whole.", self._boards_read())
        yield GaugeMetricFamily("kds_broken_orders", "Orders that no screen can show, by /readyz.", len(relay.broken))
        yield CounterMetricFamily("kds_broken_orders_found", "The same, those mended since too.", relay.broken.found)
        yield GaugeMetricFamily(
            "kds_triggers_missing", "Triggers that are lost or disabled, by /readyz.", len(self._triggers.lost)
        )
        yield CounterMetricFamily("kds_polls", "Polls as batching leader.", batching.polls)
        yield CounterMetricFamily("kds_batching_flips", "Changes of the batching state here.", batching.flips)
        yield _states("kds_relay_state", "Where the relay stands.", RelayState, listener.state)
        yield _states("kds_batching_state", "Whether this process polls for all.", BatchingState, batching.state)
        heartbeat_age_s = batching.heartbeat_age_s()
        if heartbeat_age_s is not None:
            yield GaugeMetricFamily(
                "kds_batching_heartbeat_age_seconds", "Since the leader here last showed itself.", heartbeat_age_s
            )
        if self.loop is not None:
            tasks = len(asyncio.all_tasks(self.loop))
            yield GaugeMetricFamily("kds_tasks", "Asyncio tasks that are not done.", tasks)
        yield from self._link()
        yield from self._pool()

    def _link(self) -> Iterator[Metric]:
        now, listener = time.monotonic(), self._relay.listener
        if listener.state in {RelayState.LIVE, RelayState.CATCHING_UP}:
            yield GaugeMetricFamily(
                "kds_listen_age_seconds",
                "Since this LISTEN link was made; absent while there is none.",
                now - listener.linked_at,
            )
            yield GaugeMetricFamily(
                "kds_listen_answer_age_seconds",
                "Since the LISTEN link last answered its probe.",
                now - listener.answered_at,
            )

    def _pool(self) -> Iterator[Metric]:
        pool = self._pool_use()
        connections = GaugeMetricFamily("kds_pool_connections", "Connections of the pool.", labels=["state"])
        connections.add_metric(["idle"], pool.idle)
        connections.add_metric(["used"], pool.size - pool.idle)
        yield connections
        yield GaugeMetricFamily("kds_pool_size_max", "POOL_SIZE.", pool.size_max)
        yield GaugeMetricFamily("kds_pool_waiting", "Requests that wait for a connection.", pool.waiting)
        yield CounterMetricFamily("kds_pool_refusals", "Questions the database could not take.", pool.refusals)


def _states(
    name: str, help_text: str, states: type[RelayState] | type[BatchingState], present: RelayState | BatchingState
) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=["state"])
    for state in states:
        family.add_metric([state.value], float(state is present))
    return family
