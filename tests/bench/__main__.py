"""`python -m tests.bench`: measures this machine; prints Markdown and JSON, and draws plots."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tests.bench import (
    backlog,
    board,
    capacity,
    failover,
    fanout,
    first_paint,
    growth,
    instructions,
    latency,
    outage,
    pauses,
    placing,
    polling,
    relays,
    sockets,
    tracking,
    writers,
)

BENCHMARKS = (
    latency, fanout, polling, sockets, growth, relays, writers, instructions, failover, tracking, capacity, board,
    backlog, outage, placing, pauses, first_paint,
)  # fmt: skip


def main() -> int:
    """Runs one benchmark, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="where all of them leave their results")
    parser.add_argument(
        "--rounds", type=int, dest="rounds_of_all", help="of all of them; by default 3, of which the median counts"
    )
    subparsers = parser.add_subparsers(
        dest="benchmark", help="without one all of them run, for about an hour and a half"
    )
    for module in BENCHMARKS:
        module.add_parser(subparsers)
    options = parser.parse_args()
    if options.benchmark is not None and options.rounds_of_all is not None:
        parser.error(f"for one benchmark it stands behind its name: {options.benchmark} --rounds N")
    if options.benchmark is None:
        # only this needs matplotlib, of the extra [bench]
        from tests.bench import everything

        options.run = everything.run
    code: int = asyncio.run(options.run(options))
    return code


sys.exit(main())
