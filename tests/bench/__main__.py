"""`python -m tests.bench`: measures this machine and prints Markdown and JSON."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.bench import board, failover, growth, latency, tracking, writers


def main() -> int:
    """Runs one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    subparsers = parser.add_subparsers(dest="benchmark", required=True)
    for module in (writers, latency, failover, tracking, growth, board):
        module.add_parser(subparsers)
    options = parser.parse_args()
    code: int = asyncio.run(options.run(options))
    return code


sys.exit(main())
