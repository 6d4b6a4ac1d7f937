"""A short campaign with every fault once; `python -m tests.faults --help` wages long ones."""

from __future__ import annotations

import os

from tests.faults.campaign import Plan, wage

KINDS_MIN = 18
SEED = int(os.environ.get("KDS_CAMPAIGN_SEED", "7"))


async def test_a_short_campaign_loses_doubles_swaps_and_misdelivers_nothing() -> None:
    plan = Plan(
        minutes=2.8, seed=SEED, clients=60, branches=6, processes=2, on_s=(1.0, 4.0), off_s=3.0, kinds_min=KINDS_MIN
    )
    outcome = await wage(plan, print)
    assert not outcome.verdict.counts, outcome.verdict.examples
    assert not outcome.remarks
    assert len(outcome.injected) >= KINDS_MIN
