"""What stands on a command line, before any command has it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kds.domain.text import quoted


def bad_bytes(arguments: Sequence[str]) -> str | None:
    """What to say of the first that is no text; None where all are.

    Python hands over a byte that is no UTF-8 as half a character, which no database, page or pipe takes (PEP 383).
    """
    for place, argument in enumerate(arguments, 1):
        if re.search("[\ud800-\udfff]", argument):
            shown = quoted(argument)
            return f"argument {place}, {shown}, holds bytes that are no UTF-8: type it anew, or rename the file"
    return None
