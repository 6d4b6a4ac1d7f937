"""How long the garbage collector holds everything: no thread runs Python meanwhile, and no frame goes out.

Passes over the youngest objects are too short and too many to be counted.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kds.relay.meters import Tally
from kds.web.health.turns import TURNS_S, Longest


class PassMeter(Collector):
    """The passes of this process, in whichever thread one began, from `start` to `stop`."""

    def __init__(self) -> None:
        self._passes = Tally("kds_gc_pass_cpu_seconds", "CPU time of a pass of the garbage collector.", TURNS_S)
        self._longest = Longest()
        self._began_s = 0.0

    def start(self) -> None:
        """Begins to listen."""
        gc.callbacks.append(self._hear)

    def stop(self) -> None:
        """Listens no more."""
        gc.callbacks.remove(self._hear)

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the names are no surprise."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The passes until now, and the longest of this minute and the last."""
        yield self._passes.collect()
        yield GaugeMetricFamily(
            "kds_gc_longest_pass_cpu_seconds",
            "The longest pass of the last one to two minutes.",
            self._longest.seconds(),
        )

    def _hear(self, phase: str, told: dict[str, int]) -> None:
        if told["generation"] == 0:
            return
        if phase == "start":
            self._began_s = time.thread_time()
        else:
            took_s = time.thread_time() - self._began_s
            self._passes.add(took_s)
            self._longest.add(took_s)
