"""What commands print: tables, examples under the options, text that steers no terminal."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from kds.domain.text import printable


def shown_as_is(examples: str) -> dict[str, Any]:
    """What makes a parser print these examples under its options, line by line."""
    return {"epilog": examples, "formatter_class": argparse.RawDescriptionHelpFormatter}


def plain(text: object) -> str:
    """The text without control characters: what a guest typed must not steer a DBA's terminal."""
    return printable(str(text))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints rows in aligned columns."""
    lines = [list(headings), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
