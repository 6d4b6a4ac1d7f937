"""`kds migrate`: brings the database to the schema of this code."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import Any

from kds.config import notices
from kds.postgres.connect import UNAVAILABLE_ERRORS, reason
from kds.postgres.migrate.migrate import migrate


def add_parser(subparsers: Any) -> None:
    """Adds `kds migrate`."""
    parser = subparsers.add_parser(
        "migrate",
        help="create or update the schema and put the triggers in place",
        description="Applies what the database at LISTEN_DATABASE_URL or DATABASE_URL lacks. Safe at every deploy.",
    )
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Migrates; 1 when there is no database."""
    url = os.environ.get("LISTEN_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        print("kds migrate: set DATABASE_URL, such as postgresql://user:password@host:5432/database", file=sys.stderr)
        return 1
    try:
        for notice in notices(os.environ):
            print(f"kds migrate: {notice}", file=sys.stderr)
        asyncio.run(migrate(url, lambda line: print(line, flush=True)))
    except UNAVAILABLE_ERRORS as error:
        print(f"kds migrate: cannot reach the database: {reason(error)}", file=sys.stderr)
        return 1
    return 0
