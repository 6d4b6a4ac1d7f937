"""What is counted as it happens: one `Meters` for a process, handed to those who have something to count.

What can be read when Prometheus asks is not counted here: kds/metrics.py reads it then.
"""

from __future__ import annotations

import time
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

DELAYS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)
EVENTS_PER_READ = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
BYTES_PER_READ = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


class Meters:
    """The counters and histograms of one process, in a registry of their own.

    On the way of an event they cost one call for each read and one for each event, and none for each client.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._delays = Histogram(
            "kds_commit_to_frame_seconds",
            "From the moment an event was written, at COMMIT, to its frames being written to the sockets; "
            "a difference between the clocks of database and server shifts it.",
            buckets=DELAYS_S,
            registry=registry,
        )
        self._events = Counter("kds_events", "Events relayed.", ["kind"], registry=registry)
        self._reads = Histogram(
            "kds_read_events", "Events found by one read.", buckets=EVENTS_PER_READ, registry=registry
        )
        self._bytes = Histogram(
            "kds_read_bytes",
            "Order objects found by one read, in characters.",
            buckets=BYTES_PER_READ,
            registry=registry,
        )
        self._resumes = Counter("kds_resumes", "Screens greeted, by what they got.", ["answer"], registry=registry)
        self._replayed = Counter("kds_replayed_messages", "Messages of replays.", registry=registry)
        self._closes = Counter(
            "kds_closes",
            "Sockets closed by this process: 4008 too slow or silent, 1001 restart.",
            ["code"],
            registry=registry,
        )
        self._answers = Counter("kds_http_requests", "Answers.", ["method", "route", "status"], registry=registry)
        self._answer_s = Histogram(
            "kds_http_request_seconds",
            "From the request's head to its answer's; a WebSocket counts to its handshake.",
            ["route"],
            buckets=DELAYS_S,
            registry=registry,
        )

    def read(self, events: int, size: int) -> None:
        """The relay read `events` with order objects of `size` characters."""
        self._reads.observe(events)
        self._bytes.observe(size)

    def event(self, kind: str, written_at: str) -> None:
        """The frames of an event, written at this ISO 8601 time, have been handed to the sockets."""
        self._events.labels(kind).inc()
        self._delays.observe(max(0.0, time.time() - datetime.fromisoformat(written_at).timestamp()))

    def resync(self) -> None:
        """A branch must be read anew."""
        self._events.labels("RESYNC").inc()

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

    def answer(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request of a route was answered."""
        self._answers.labels(method, route, str(status)).inc()
        self._answer_s.labels(route).observe(seconds)
