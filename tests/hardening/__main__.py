"""Attacks on a server of its own, for as long as is wished: `python -m tests.hardening requests --seconds 60`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.hardening import flood, requests, stall


def main() -> int:
    """Runs one attack; 1 when something was answered wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.hardening", description=__doc__)
    subparsers = parser.add_subparsers(required=True)
    for module in (requests, flood, stall):
        module.add_parser(subparsers)
    options = parser.parse_args()
    return int(asyncio.run(options.run(options)))


if __name__ == "__main__":
    sys.exit(main())
