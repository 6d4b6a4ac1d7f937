"""Currencies: how many decimals a price has, the one source of it for menu files, answers and pages.

The table is ISO 4217's own (list one), as the package iso4217 carries it. Browsers and CLDR count differently, by what
is customary in shops (none for HUF, IDR, IQD): what a price means is decided here and sent, a browser only makes it
look well.
"""

from __future__ import annotations

import functools

import iso4217

PRICE_CENTS_MAX = 2**31 - 1
"""What a column of type integer holds."""
UNLISTED_MINOR_UNITS = 2
"""Of a code that ISO 4217 does not list any more: branches of before keep what their prices meant."""


@functools.lru_cache(maxsize=512)
def minor_units(currency: str) -> int:
    """How many decimals a price has: 2 for EUR, 0 for JPY, 3 for KWD."""
    units = _listed(currency)
    return UNLISTED_MINOR_UNITS if units is None else units


def decimal(cents: int, currency: str) -> str:
    """The price of so many minor units as people write it: `14.50`."""
    decimals = minor_units(currency)
    whole, part = divmod(cents, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def is_currency(code: str) -> bool:
    """Whether prices can be in it: EUR; not EUX, nor XAU or XXX, which have no unit to count in."""
    return _listed(code) is not None


def currencies() -> dict[str, int]:
    """Every currency that prices can be in, with its minor units."""
    return {each.code: each.exponent for each in iso4217.Currency if each.exponent is not None}


def _listed(code: str) -> int | None:
    try:
        return iso4217.Currency(code).exponent
    except ValueError:
        return None
