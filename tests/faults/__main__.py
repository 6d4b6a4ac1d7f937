"""`python -m tests.faults`: a campaign of faults against a whole restaurant, judged by what its screens saw."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.faults.campaign import Plan, wage


def main() -> int:
    """Wages one campaign; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--branches", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    began = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} {line}", file=sys.stderr, flush=True)

    plan = Plan(options.minutes, options.seed, options.clients, options.branches, options.processes)
    try:
        outcome = asyncio.run(wage(plan, report))
    except KeyboardInterrupt:
        report("Ended before its time: nothing is judged, nothing is left running")
        return 130
    print(outcome.markdown())
    for words in [*outcome.verdict.examples, *outcome.remarks]:
        print("-", words)
    print("PASSED" if outcome.passed else "FAILED")
    return 0 if outcome.passed else 1


sys.exit(main())
