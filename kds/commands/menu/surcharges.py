"""What a modifier costs, at the end of its text: `ADD oil +1.00`; and what looks like a price and is none.

Read is what can mean one thing alone: any space before the sign, a minus or a plus of another keyboard, the sign or the
code of the branch's currency, brackets around it. All else that looks like a price is refused: as a part of the name it
would cost nothing.
"""

from __future__ import annotations

import json
import re

from kds.commands.menu.prices import read_price
from kds.domain.money import decimal
from kds.domain.text import quoted

_PLUS = "+\uff0b\ufe62"
_MINUS = "\\-\u2212\uff0d\ufe63"
_DASHES = "\u2012\u2013\u2014"
_SIGNS = {
    "€": "EUR", "£": "GBP EGP FKP GIP SHP", "$": "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP BRL", "¥": "JPY CNY",
    "\uffe5": "JPY CNY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "₴": "UAH", "₦": "NGN",
    "₱": "PHP", "฿": "THB", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₵": "GHS", "zł": "PLN",
    "kr": "SEK NOK DKK ISK", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "Fr.": "CHF", "R$": "BRL",
}  # fmt: skip
"""Which currencies people write with which sign."""
_ANY_SIGN = "$¢£¤¥֏؋৲৳฿៛\u20a0-\u20c0﷼﹩\uff04\uffe0\uffe1\uffe5\uffe6"


def split_price(text: str, currency: str) -> tuple[str, int]:
    """The name of a modifier and what it costs more, in minor units; 0 without a price.

    Raises:
        ValueError: there is a price that is not read, or something that looks like one.
    """
    of_branch = _of_branch(currency)
    found = re.fullmatch(
        rf"(?P<name>.*?)(?:^|\s)\s*(?P<open>\()?\s*(?:(?P<plus>[{_PLUS}])\s*|[{_MINUS}])(?:{of_branch}\s*)?"
        rf"(?P<amount>[0-9]*[.,]?[0-9]+)(?:\s*{of_branch})?\s*(?(open)\))",
        text,
        re.DOTALL,
    )
    name = text if found is None else found["name"].strip()
    if _looks_priced(name, of_branch):
        meant = json.dumps([text], ensure_ascii=False)
        raise ValueError(
            f"the modifier {quoted(text)} has what looks like a price and is not read: write it at the end, such as "
            f"+{decimal(150, currency)}; or, where all of that is the name, as JSON: {quoted(meant)}"
        )
    if found is None:
        return name, 0
    amount = found["amount"] if found["amount"][0].isdigit() else f"0{found['amount']}"
    return name, read_price(amount, currency) * (1 if found["plus"] else -1)


def _of_branch(currency: str) -> str:
    signs = [re.escape(sign) for sign, codes in _SIGNS.items() if currency in codes.split()]
    return f"(?:{'|'.join([*signs, f'(?i:{re.escape(currency)})'])})"


def _looks_priced(name: str, of_branch: str) -> bool:
    money = rf"(?:{of_branch}|[{_ANY_SIGN}])"
    number = r"[.,]?\d[\d.,]*"
    looks = (
        rf"[{_PLUS}]\s*(?:{money}\s*)?[.,]?\d",
        rf"(?:^|[\s(])[{_MINUS}](?:{money})?[.,]?\d",
        rf"(?:^|[\s(])[{_MINUS}{_DASHES}]\s*(?:{money}\s*)?{number}\s*(?:{money})?\s*\)?$",
        rf"[{_ANY_SIGN}]\s*(?:[.,]?\d|$)|\d\s*[{_ANY_SIGN}]",
        rf"\b{of_branch}\s*[.,]?\d|\d\s*{of_branch}(?!\w)",
        rf"(?:^|[\s(]){number}\s*\)?$",
        rf"(?:^|[\s(])[{_PLUS}{_MINUS}]\s*\)?$",
    )
    return any(re.search(each, name) for each in looks)
