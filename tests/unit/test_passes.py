"""How long the garbage collector holds everything: kds/web/health/passes.py."""

from __future__ import annotations

import gc
import time

from kds.web.health.passes import PassMeter

CIRCLES = 200_000


def _told(meter: PassMeter) -> tuple[float, float, float]:
    """How many passes, how long all took, and the longest of them."""
    passes, longest = meter.collect()
    values = {sample.name: sample.value for sample in passes.samples}
    return values["kds_gc_pass_cpu_seconds_count"], values["kds_gc_pass_cpu_seconds_sum"], longest.samples[0].value


def test_a_pass_is_told_with_the_cpu_time_it_took() -> None:
    gc.disable()
    meter = PassMeter()
    meter.start()
    try:
        circles: list[list[object]] = [[] for _ in range(CIRCLES)]
        for circle in circles:
            circle.append(circle)
        del circles, circle
        gc.collect(0)
        assert _told(meter) == (0, 0, 0), "over the youngest alone"
        gc.collect()
        before_s = time.thread_time()
        gc.collect()
        took_s = time.thread_time() - before_s
        count, all_s, longest_s = _told(meter)
        assert count == 2 and 0 < longest_s <= all_s
        assert all_s - longest_s <= took_s
    finally:
        meter.stop()
        gc.enable()
    gc.collect()
    assert _told(meter)[0] == 2
