"""`python -m tests.failover`: every way in which a database fails over, against the whole service on a real cluster.

Needs Patroni (the extra `failover`), etcd and PostgreSQL. Medians of all seeds; 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import uvloop

from tests.bench.deployment import machine, markdown
from tests.failover.cluster import missing, open_cluster
from tests.failover.faults import DISASTERS
from tests.failover.run import Crowd, Outcome, run

SCREENS_MAX_S = 3.0
HEADER = (
    "fault", "accepted", "lost", "doubled", "shown, not there", "there, not shown", "s until a new primary",
    "s without an accepted order",
    "screens right, s later", "503s", "503s until, s", "load",
)  # fmt: skip


def main() -> int:
    """Strikes with what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.failover", description=__doc__)
    parser.add_argument("--fault", choices=[*DISASTERS, "all"], default="all")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if reason := missing():
        print(f"python -m tests.failover: {reason}", file=sys.stderr)
        return 2
    faults = list(DISASTERS) if options.fault == "all" else [options.fault]
    try:
        outcomes = uvloop.run(_strike(faults, options.seeds))
    except KeyboardInterrupt:
        return 130
    print(f"{machine()}\n\n{markdown(HEADER, [_row(name, runs) for name, runs in outcomes.items()])}")
    broken = [words for name, runs in outcomes.items() for words in _broken(name, runs)]
    for words in broken:
        print("-", words)
    print("FAILED" if broken else "PASSED")
    return 1 if broken else 0


async def _strike(faults: list[str], seeds: int) -> dict[str, list[Outcome]]:
    outcomes: dict[str, list[Outcome]] = {name: [] for name in faults}
    async with open_cluster() as cluster:
        for seed in range(1, seeds + 1):
            for name in faults:
                note = _noting(f"seed {seed}, {name}")
                outcome = await run(cluster, DISASTERS[name], Crowd(), seed, note)
                note(" ".join(f"{key}={value:.4g}" for key, value in asdict(outcome).items()))
                outcomes[name].append(outcome)
    return outcomes


def _noting(what: str) -> Callable[[str], None]:
    began = time.monotonic()
    return lambda line: print(f"{time.monotonic() - began:6.1f} {what}: {line}", file=sys.stderr, flush=True)


def _row(name: str, runs: list[Outcome]) -> list[str]:
    def median(field: str) -> str:
        return f"{statistics.median(getattr(one, field) for one in runs):.1f}"

    def total(field: str) -> str:
        return str(sum(getattr(one, field) for one in runs))

    kept = [total(field) for field in ("accepted", "lost", "doubled", "ghosts", "missing")]
    return [name, *kept, *map(median, ("promoted_s", "outage_s", "screens_s", "refusals", "refused_for_s", "load"))]


def _broken(name: str, runs: list[Outcome]) -> list[str]:
    """What was promised and is not so."""
    found = [f"{name}: {one}" for one in runs if not one.kept_all]
    outage_s, screens_s = (statistics.median(getattr(one, what) for one in runs) for what in ("outage_s", "screens_s"))
    if outage_s > DISASTERS[name].outage_max_s:
        found.append(f"{name}: {outage_s:.1f} s without an accepted order, promised {DISASTERS[name].outage_max_s} s")
    if screens_s > SCREENS_MAX_S:
        found.append(f"{name}: screens were right {screens_s:.1f} s after the first accepted order")
    return found


sys.exit(main())
