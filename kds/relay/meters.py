"""What the relay and its sockets count as it happens: one `Meters` for a process, handed to those who count.

What can be read when Prometheus asks is not counted here: kds/web/health/metrics.py reads it then. What is answered
over HTTP counts kds/web/health/http_metrics.py, in the same registry.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

DELAYS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)
EVENTS_PER_READ = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
CLOSE_CODES = ("1001", "1003", "1008", "1011", "1013", "4008", "4010", "4501", "4503", "4504")
"""Of sockets that we close: each counts from 0, or the first close would be no increase that an alert could see."""
BYTES_PER_READ = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


class Tally:
    """A histogram that costs its caller a search and an addition, a third of what that of prometheus_client costs."""

    __slots__ = ("_bounds", "_counts", "_help", "_name", "_sum")

    def __init__(self, name: str, help_text: str, bounds: tuple[float, ...]) -> None:
        self._name = name
        self._help = help_text
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Counts one."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def collect(self) -> Metric:
        """What was counted until now."""
        bounds = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        cumulative = list(zip(bounds, accumulate(self._counts.copy()), strict=True))
        return HistogramMetricFamily(self._name, self._help, buckets=cumulative, sum_value=self._sum)


def new_registry() -> CollectorRegistry:
    """Where a process counts; two processes in one interpreter, as in tests, have one each."""
    disable_created_metrics()  # type: ignore[no-untyped-call] # a line for each series, when it began, which nobody asks
    return CollectorRegistry()


class Meters(Collector):
    """The counters and histograms of one relay, in a registry made by new_registry().

    On the way of an event they cost one call for each read and one for each event, and none for each client; what is
    counted there is not locked. It is counted in the event loop and collected in a thread: what may grow is copied
    whole, which the interpreter does in one step.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._delays = Tally(
            "kds_commit_to_frame_seconds",
            "From the moment an event was written, at COMMIT, to its frames being written to the sockets; "
            "a difference between the clocks of database and server shifts it.",
            DELAYS_S,
        )
        self._events: Counts[str] = Counts()
        self._faults: Counts[str] = Counts()
        self._reads = Tally("kds_read_events", "Events found by one read.", EVENTS_PER_READ)
        self._bytes = Tally("kds_read_bytes", "Order objects found by one read, in characters.", BYTES_PER_READ)
        self._resumes = Counter("kds_resumes", "Screens greeted, by what they got.", ["answer"], registry=registry)
        self._replayed = Counter("kds_replayed_messages", "Messages of replays.", registry=registry)
        self._closes = Counter(
            "kds_closes",
            "Sockets closed by this process: 4008 too slow or silent, 1001 restart.",
            ["code"],
            registry=registry,
        )
        for code in CLOSE_CODES:
            self._closes.labels(code)
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """What is counted on the way of an event."""
        events = CounterMetricFamily("kds_events", "Events relayed.", labels=["kind"])
        for kind, count in self._events.copy().items():
            events.add_metric([kind], count)
        yield events
        faults = CounterMetricFamily("kds_audience_faults", "Events that could not be told.", labels=["audience"])
        for audience, count in self._faults.copy().items():
            faults.add_metric([audience], count)
        yield faults
        for tally in (self._delays, self._reads, self._bytes):
            yield tally.collect()

    def read(self, events: int, size: int) -> None:
        """The relay read `events` with order objects of `size` characters."""
        self._reads.add(events)
        self._bytes.add(size)

    def event(self, kind: str, written_at: str, later_s: float) -> None:
        """The frames of an event, written at this ISO 8601 time, are handed to the screens, in `later_s` from now."""
        self._events[kind] += 1
        try:
            age_s = time.time() - datetime.fromisoformat(written_at).timestamp()
        except (ValueError, OverflowError):  # written by a clock that is out of all reason
            age_s = 0.0
        self._delays.add(max(0.0, age_s) + later_s)

    def fault(self, audience: str) -> None:
        """An event could not be told to an audience, which reads anew."""
        self._faults[audience] += 1

    def resync(self) -> None:
        """A branch must be read anew."""
        self._events["RESYNC"] += 1

    def replay(self, messages: int) -> None:
        """A screen was told what it missed."""
        self._resumes.labels("replay").inc()
        self._replayed.inc(messages)

    def snapshot(self) -> None:
        """A screen was sent a board whole."""
        self._resumes.labels("snapshot").inc()

    def close(self, code: int) -> None:
        """A socket is closed by us."""
        self._closes.labels(str(code)).inc()
