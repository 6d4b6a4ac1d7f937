"""What Prometheus may know of this process, read from the relay when it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kds.batching import BatchingState
from kds.listener import RelayState
from kds.relay import Relay


class RelayCollector(Collector):
    """Sockets, hints, reads, messages, and the states of relay and batching."""

    def __init__(self, relay: Relay, count_sockets: Callable[[], int]) -> None:
        self._relay = relay
        self._count_sockets = count_sockets

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        relay, listener, batching = self._relay, self._relay.listener, self._relay.batching
        yield GaugeMetricFamily("kds_sockets", "Open WebSockets.", self._count_sockets())
        yield GaugeMetricFamily("kds_branches_watched", "Branches with a client on this process.", len(listener.marks))
        yield CounterMetricFamily("kds_hints", "Hints heard on kds_events.", listener.hints)
        yield CounterMetricFamily("kds_reads", "Reads of events.", listener.reads)
        yield CounterMetricFamily("kds_messages", "Messages handed to sockets.", relay.hub.delivered)
        yield CounterMetricFamily("kds_snapshots", "Boards read whole.", relay.desk.reads)
        yield CounterMetricFamily("kds_polls", "Polls as batching leader.", batching.polls)
        yield CounterMetricFamily("kds_batching_flips", "Changes of the batching state here.", batching.flips)
        yield _states("kds_relay_state", "Where the relay stands.", RelayState, listener.state)
        yield _states("kds_batching_state", "Whether this process polls for all.", BatchingState, batching.state)
        heartbeat_age_s = batching.heartbeat_age_s()
        if heartbeat_age_s is not None:
            yield GaugeMetricFamily(
                "kds_batching_heartbeat_age_seconds", "Since the leader here last showed itself.", heartbeat_age_s
            )


def _states(
    name: str, help_text: str, states: type[RelayState] | type[BatchingState], present: RelayState | BatchingState
) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=["state"])
    for state in states:
        family.add_metric([state.value], float(state is present))
    return family
