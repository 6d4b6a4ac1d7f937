"""Text in every script: what a name or a label may hold, where it may be cut, and when two of them are the same.

No letter is refused because it does not print alone: Persian needs U+200C between letters, emoji are joined by U+200D.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import regex  # type: ignore[import-untyped]
from msgspec import Meta

# In Python `$` alone also stands before a line feed that ends the text. Readers of /openapi.json know no `\Z`.
WITHOUT_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)"
"""What a guest is called is one line: no control character (Cc of Unicode), everything else."""
LABEL = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$(?!\n)"
"""What the house calls something, printed and called out among other words: nor one that turns those round (UAX #9)."""

_QUOTED_MAX = 60
_UNSAFE_TO_PRINT = {"Cc", "Cs", "Zl", "Zp"}
_REORDERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

NAME_MAX = 100
"""Characters of what a station, a branch or a member of staff is called; of stations check_station() of
sql/restaurant.sql refuses the same."""
TABLE_CHARACTERS_MAX = 40
Table = Annotated[str, Meta(max_length=TABLE_CHARACTERS_MAX, pattern=LABEL)]
"""What a table is called."""


def is_label(text: str, longest: int) -> bool:
    """Whether this can be the name of a table, a station, a branch or a member of staff."""
    return 1 <= len(text) <= longest and re.fullmatch(LABEL, text) is not None


def first_characters(text: str, count: int) -> str:
    """The beginning of a text in whole characters, as they are read (grapheme clusters, UAX #29)."""
    return "".join(match.group() for match in islice(regex.finditer(r"\X", text), count))


def alike(text: str) -> str:
    """What a name is compared by: equal for texts that a person takes for the same, however they were typed."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def whole_number(text: str, least: int, most: int) -> int | None:
    """The number that this is in decimal digits, such as `15`; None where it is none, or out of these bounds."""
    if not text.isascii() or not text.isdecimal():
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)):  # first: int() refuses more than 4,300 digits in words of its own
        return None
    return int(digits) if least <= int(digits) <= most else None


def find_alike(name: str, names: Iterable[str], *, own: str | None = None) -> str | None:
    """Which of `names` nobody can tell from one that is given now, that very name first; `own` is what gets it."""
    wanted = alike(name)
    found = [each for each in names if each != own and alike(each) == wanted]
    return name if name in found else next(iter(found), None)


def quoted(value: object) -> str:
    """A value in a message, on one line and cut where it is long."""
    written = repr(value)
    return written if len(written) <= _QUOTED_MAX else f"{written[:_QUOTED_MAX]}..."


def printable(text: str) -> str:
    """The text as a terminal may show it: nothing in it breaks a line, steers the terminal or turns what follows."""
    return "".join("\ufffd" if _is_unsafe(character) else character for character in text)


def _is_unsafe(character: str) -> bool:
    return character in _REORDERS or unicodedata.category(character) in _UNSAFE_TO_PRINT
