"""How long the event loop is held: the one thing that makes every screen of a process late at once.

A timer asks to be called every 10 ms. When it is called late, what ran meanwhile was one turn of the loop, less at most
the 10 ms before the timer was due; and that turn took no more CPU time than this thread has used since the last call.
The lesser of the two is told: a process that the system let wait, or a machine that slept, held nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kds.relay.meters import Tally

LOOK_EVERY_S = 0.01
TURNS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
LONGEST_OF_S = 60.0


class Longest:
    """The longest of what came in the last one to two minutes; of an earlier one nobody needs to be told again."""

    def __init__(self) -> None:
        self._of_minutes = [0.0, 0.0]
        self._ends_at = time.monotonic() + LONGEST_OF_S

    def add(self, seconds: float) -> None:
        """One has come."""
        now = time.monotonic()
        if now >= self._ends_at:
            is_old = now >= self._ends_at + LONGEST_OF_S
            self._of_minutes = [0.0 if is_old else self._of_minutes[1], 0.0]
            self._ends_at = now + LONGEST_OF_S
        self._of_minutes[1] = max(self._of_minutes[1], seconds)

    def seconds(self) -> float:
        """The longest; asked in whichever thread."""
        late_s = time.monotonic() - self._ends_at
        if late_s >= LONGEST_OF_S:
            return 0.0
        return self._of_minutes[1] if late_s >= 0 else max(self._of_minutes)


class TurnMeter(Collector):
    """The turns of the loop that kept its timer waiting, from `start` to `stop`; it costs 0.1 % of a core."""

    def __init__(self) -> None:
        self._turns = Tally(
            "kds_loop_turn_cpu_seconds",
            "CPU time for which a turn of the event loop kept a timer waiting, looked at every 10 ms.",
            TURNS_S,
        )
        self._longest = Longest()
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._cpu_s = 0.0

    def start(self) -> None:
        """Begins to look, in the running loop."""
        self._ask_again(asyncio.get_running_loop())

    def stop(self) -> None:
        """Looks no more."""
        if self._timer is not None:
            self._timer.cancel()

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the names are no surprise."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The turns until now, and the longest of this minute and the last."""
        yield self._turns.collect()
        yield GaugeMetricFamily(
            "kds_loop_longest_turn_cpu_seconds",
            "The longest turn of the last one to two minutes.",
            self._longest.seconds(),
        )

    def _ask_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._cpu_s = time.thread_time()
        self._due_at = time.monotonic() + LOOK_EVERY_S
        self._timer = loop.call_later(LOOK_EVERY_S, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.monotonic()
        held_s = max(0.0, min(now - self._due_at, time.thread_time() - self._cpu_s))
        self._turns.add(held_s)
        self._longest.add(held_s)
        self._ask_again(loop)
