"""`kds demo`: the whole system on one machine, with nothing to set up.

This file is only the command line: what it starts needs the extra `[demo]`, which a deployment does not install.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

from kds.demo import USUAL_PORT
from kds.domain.text import whole_number


def add_parser(subparsers: Any) -> None:
    """Adds `kds demo`."""
    parser = subparsers.add_parser(
        "demo",
        help="try everything: a restaurant on an embedded PostgreSQL",
        description="Starts an embedded PostgreSQL, a restaurant and simulated orders, and prints where to click. "
        "Everything is kept for the next time. Ctrl-C stops everything.",
    )
    parser.add_argument("--port", type=_port, help=f"listen here (default {USUAL_PORT}, or a free one; 0: a free one)")
    parser.add_argument("--data-dir", type=Path, help="keep everything here (default: the user's data folder)")
    people = parser.add_mutually_exclusive_group()
    people.add_argument("--no-simulate", action="store_true", help="no simulated guests and cooks")
    people.add_argument(
        "--rush",
        action="store_true",
        help="1,000 orders an hour, with rounds, rushes, holds and voids (the restaurant then signs its tables)",
    )
    parser.add_argument("--reset", action="store_true", help="delete the data of earlier demos first")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the demo until Ctrl-C."""
    if not os.environ.get("LOG_LEVEL"):
        logging.getLogger().setLevel(logging.WARNING)
    try:
        from kds.demo.session import run_demo
    except ImportError as error:
        print(f"kds demo needs more than a deployment has ({error}). Run: pip install 'kds[demo]'", file=sys.stderr)
        return 1
    return run_demo(options)


def _port(text: str) -> int:
    port = whole_number(text, 0, 65_535)
    if port is None:
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return port
