"""Two ways in which a database fails over; `python -m tests.failover` knows more, and measures."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.failover.cluster import Cluster, missing, open_cluster
from tests.failover.faults import DISASTERS
from tests.failover.run import Crowd, run

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
FEW = Crowd(branches=2, screens_per_branch=2, orders_per_s=5.0)


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    """Three nodes, which follow each other."""
    async with open_cluster() as cluster:
        yield cluster


async def test_what_was_acknowledged_outlives_the_primary_and_screens_show_nothing_else(cluster: Cluster) -> None:
    for name in ("switchover", "killed postmaster"):
        before = await cluster.leader()
        outcome = await run(
            cluster, replace(DISASTERS[name], heals_after_s=5.0), FEW, 1, lambda line: print(line, file=sys.stderr)
        )
        assert outcome.kept_all, (name, outcome)
        assert (await cluster.leader()) is not before, f"{name}: nothing failed over"
