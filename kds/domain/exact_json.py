"""JSON whose numbers stay what they are, as jsonb keeps them: `0.1234567890123456789`, or one of 5,000 digits.

The standard library makes a float of the first, which is another number, and refuses the second.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

WHOLE_DIGITS_MAX = 50_000
"""More than any column of ours takes as JSON, less than `numeric` of PostgreSQL has."""
DECIMALS_MAX = 16_383
"""What `numeric` of PostgreSQL has."""
_INT_DIGITS_MAX = 20
"""Prices and all that is counted; Python converts no more than 4,300."""


def read_json(text: str) -> Any:
    """As json.loads, with a Decimal for each number that is no small whole one; NaN for what PostgreSQL cannot keep.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deep.
    """
    return json.loads(text, parse_int=_read_whole, parse_float=_read_number)


def write_json(value: Any) -> str:
    """As json.dumps, every letter as it is, and every number with all its digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{write_json(key)}: {write_json(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(write_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _read_whole(digits: str) -> int | Decimal | float:
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else _read_number(digits)


def _read_number(text: str) -> Decimal | float:
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that no Decimal has
        return math.nan
    exponent = number.as_tuple().exponent
    # before anybody writes it out: 1e999999999 has a billion digits
    is_kept = isinstance(exponent, int) and exponent >= -DECIMALS_MAX and number.adjusted() < WHOLE_DIGITS_MAX
    return number if is_kept else math.nan
