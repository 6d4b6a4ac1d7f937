"""Whether a text is a row of the keyboard, a repetition or a count: no secret, and no password."""

from __future__ import annotations

import functools

SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)


def is_pattern(text: str) -> bool:
    """Whether most of a text is a repetition, a row of the keyboard, or counting up or down."""
    triples = [text[index : index + 3] for index in range(len(text) - 2)]
    if not triples:
        return True
    dull = sum(triple in _rows() for triple in triples) + len(triples) - len(set(triples))
    return len(set(text)) < 4 or dull > len(triples) / 2


@functools.cache
def _rows() -> frozenset[str]:
    rows = [*SEQUENCES, *(row[::-1] for row in SEQUENCES)]
    return frozenset(row[index : index + 3] for row in rows for index in range(len(row) - 2))
