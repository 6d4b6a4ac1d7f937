"""`kds doctor`: what is wrong with a deployment, and the command that mends it."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import timedelta
from typing import Any

from kds.commands.printing import plain, shown_as_is
from kds.doctor.examine import Examined, examine
from kds.domain.text import quoted, whole_number

LONG_TRANSACTION_S = 300
SECONDS_MAX = 10**9 - 1

EXAMPLES = """examples:
  kds doctor
  kds doctor --long-transaction 60
  heroku run kds doctor"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is wrong with a deployment, and the command that mends it",
        description="Needs the environment of kds serve. Changes nothing. "
        "Exit code 0: all is well, 1: something is wrong.",
        **shown_as_is(EXAMPLES),
    )
    parser.add_argument(
        "--long-transaction",
        type=_seconds,
        default=LONG_TRANSACTION_S,
        metavar="SECONDS",
        help=f"from how long on an open transaction is a finding (default {LONG_TRANSACTION_S})",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what was examined, and each finding with its mend; 1 when there is one."""
    findings = 0

    def report(examined: Examined) -> None:
        nonlocal findings
        findings += len(examined.findings)
        print(f"{'FAULT' if examined.findings else 'ok   '}  {examined.what}")
        for notice in examined.notices:
            print(f"note   {plain(notice)}")
        for finding in examined.findings:
            print(f"       {plain(finding.what)}\n       mend: {finding.mend}")

    asyncio.run(examine(os.environ, report, long_transaction=timedelta(seconds=options.long_transaction)))
    print(f"{findings} to mend" if findings else "All is well")
    return 1 if findings else 0


def _seconds(text: str) -> int:
    seconds = whole_number(text, 0, SECONDS_MAX)
    if seconds is None:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a number of seconds")
    return seconds
