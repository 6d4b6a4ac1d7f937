"""Prices in a menu file: decimals in the branch's currency, `14.50`."""

from __future__ import annotations

import re

from kds.domain.money import PRICE_CENTS_MAX, decimal, minor_units
from kds.domain.text import quoted


def read_price(text: str, currency: str) -> int:
    """The price in minor units.

    Raises:
        ValueError: says what is wrong.
    """
    decimals = minor_units(currency)
    pattern = r"(\d{1,10})" + (rf"(?:\.(\d{{1,{decimals}}}))?" if decimals else "()")
    match = re.fullmatch(pattern, text, re.ASCII)
    if match is None and re.fullmatch(r"\d+,\d+", text, re.ASCII):
        raise ValueError(f"the price {quoted(text)} has a comma: write {quoted(text.replace(',', '.'))}")
    if match is None:
        raise ValueError(f"the price {quoted(text)} is not an amount in {currency} such as {decimal(1450, currency)}")
    cents: int = int(match[1]) * 10**decimals + int((match[2] or "").ljust(decimals, "0") or 0)
    if cents > PRICE_CENTS_MAX:
        raise ValueError(f"the price {quoted(text)} is above {decimal(PRICE_CENTS_MAX, currency)}")
    return cents
