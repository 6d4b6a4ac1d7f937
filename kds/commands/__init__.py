"""The `kds` command: one module or folder for each sub-command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from kds.commands import ages, branch, forget, menu, staff, station, table
from kds.commands.arguments import bad_bytes
from kds.commands.operations import doctor, migrate, serve, tail
from kds.demo import command as demo
from kds.errors import KdsError
from kds.logs import configure_logs
from kds.version import full_version

INTERRUPTED = 130
"""What a shell reports of a command ended by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one sub-command; 0 when all went well, 1 when it could not, 2 for a wrong command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a name shows it escaped
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser()
    typed = sys.argv[1:] if arguments is None else arguments
    if said := bad_bytes(typed):
        parser.error(said)
    options = parser.parse_args(typed)
    configure_logs(os.environ)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except KdsError as error:
        print(f"kds {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `kds tail | head`: what is left to print goes nowhere, or Python complains when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line, whole."""
    parser = argparse.ArgumentParser(
        prog="kds", description="Kitchen display system: orders from PostgreSQL on every screen at once."
    )
    parser.add_argument("--version", action="version", version=f"kds {full_version()}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (demo, serve, migrate, branch, station, table, ages, staff, menu, forget, tail, doctor):
        module.add_parser(subparsers)
    return parser
