"""How long the event loop is held: kds/web/health/turns.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from kds.web.health.turns import TurnMeter

Run = Callable[[Coroutine[Any, Any, float]], float]
HELD_S = 0.06


def _compute() -> None:
    until = time.thread_time() + HELD_S
    while time.thread_time() < until:
        pass


async def _longest_s(turn: Callable[[], None]) -> float:
    """What the meter says after one turn."""
    meter = TurnMeter()
    meter.start()
    await asyncio.sleep(0.05)
    turn()
    await asyncio.sleep(0.05)
    meter.stop()
    _, longest = meter.collect()
    return float(longest.samples[0].value)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_turn_that_computes_is_told_and_one_that_the_system_let_wait_is_not(run: Run) -> None:
    assert HELD_S - 0.011 <= run(_longest_s(_compute)) < 2 * HELD_S
    assert run(_longest_s(lambda: time.sleep(HELD_S))) < 0.03
