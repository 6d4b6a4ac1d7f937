"""A DBA's week, its steps shared out among the PostgreSQL versions; `python -m tests.deploy.week` takes all on each."""

from __future__ import annotations

import math

import pytest

from tests.deploy.week.week import STEPS, Step, servers, spend

SERVERS = servers()


def share(name: str) -> list[Step]:
    """Those of one server: the founding, and a run of what follows, for some steps go on from the one before."""
    each = math.ceil((len(STEPS) - 1) / len(SERVERS))
    begin = 1 + each * list(reversed(SERVERS)).index(name)
    return [STEPS[0], *STEPS[begin : begin + each]]


@pytest.mark.parametrize("name", SERVERS)
async def test_the_kitchen_works_after_each_step(name: str) -> None:
    said: list[str] = []
    outcomes = await spend(SERVERS[name], name, share(name), said.append)
    assert all(outcome.works for outcome in outcomes), "\n".join(said)
