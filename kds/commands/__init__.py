"""The `kds` command: one module for each sub-command."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from kds import __version__
from kds.commands import migrate, serve
from kds.demo import command as demo
from kds.errors import KdsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one sub-command; 0 when all went well, 1 when it could not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(
        prog="kds", description="Kitchen display system: orders from PostgreSQL on every screen at once."
    )
    parser.add_argument("--version", action="version", version=f"kds {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (demo, serve, migrate):
        module.add_parser(subparsers)
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO").upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    try:
        return int(options.run(options))
    except KdsError as error:
        print(f"kds {options.command}: {error}", file=sys.stderr)
        return 1
