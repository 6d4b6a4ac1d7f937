"""What a dish of a menu may hold: one set of rules for the line of a menu file and for what a manager types.

PostgreSQL refuses the same (menu_items of sql/schema.sql, check_dish() of sql/restaurant.sql); here it is said which
field it is, and what to do. A dish has the columns of menu_items, each of its modifiers `{"name", "priceCents"}`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kds.domain.exact_json import write_json
from kds.domain.money import PRICE_CENTS_MAX, decimal
from kds.domain.text import find_alike, quoted

CHARACTERS_MAX = {"name": 500, "section": 500, "description": 5_000}
ALLERGENS_CHARACTERS_MAX = 2_000
LIST_MAX = 100
"""Allergens and modifiers of a dish; this and what stands above are CHECKs of menu_items."""
MODIFIERS_BYTES_MAX = 50_000
MODIFIER_NAME_MAX = 100
"""POST /public/order/place takes no longer one."""
WHOLE_NUMBERS = {"prep_s": (0, 7_200), "course": (1, 99)}


class DishFault(ValueError):
    """A dish cannot be so: `column` of menu_items, `code` for programs, `index` where it is one of a list, from 0."""

    def __init__(self, message: str, code: str, column: str, index: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.column = column
        self.index = index


def comparable(name: str) -> str:
    """What names of dishes, and of modifiers, are compared by: however their letters were typed (UAX #15)."""
    return unicodedata.normalize("NFC", name)


def find_station(text: str, stations: Sequence[str]) -> str | None:
    """The station of this name, however it was typed; None for no name: the kitchen as a whole.

    Raises:
        DishFault: there is none.
    """
    if not text or text in stations:
        return text or None
    station = find_alike(text, stations)
    if station is None:
        there = ", ".join(stations) or "none"
        remedy = "Add it first, in the back office or with kds station add"
        raise DishFault(
            f"there is no station {quoted(text)} (there are: {there}). {remedy}", "unknown_station", "station"
        )
    return station


def check_controls(column: str, text: str, index: int | None = None) -> None:
    """Refuses what nobody sees and a terminal obeys, in what is called out.

    Raises:
        DishFault: there is a control character other than a line feed.
    """
    for character in text.replace("\r\n", "\n"):
        if unicodedata.category(character) == "Cc" and character != "\n":
            message = f"a control character, U+{ord(character):04X}, in {column}: remove it"
            raise DishFault(message, "control_character", column, index)


def check_modifier_names(names: Iterable[str]) -> None:
    """What is ordered names a modifier: of two of one name the kitchen could not tell which.

    Raises:
        DishFault: a name stands twice, or is no name.
    """
    seen: set[str] = set()
    for index, name in enumerate(names):
        check_modifier_name(name, name, index)
        if (same := comparable(name)) in seen:
            raise DishFault(f"the modifier {quoted(name)} stands twice", "modifier_twice", "modifiers", index)
        seen.add(same)


def check_modifier_name(name: object, modifier: object, index: int | None = None) -> None:
    """Refuses a `modifier` without a name, or with one that is too long.

    Raises:
        DishFault
    """
    if not isinstance(name, str) or not 1 <= len(name) <= MODIFIER_NAME_MAX:
        message = f"the modifier {quoted(modifier)} needs a name of 1 to {MODIFIER_NAME_MAX} characters"
        raise DishFault(message, "modifier_name", "modifiers", index)


def check_modifier_price(name: str, cents: object, index: int | None = None) -> None:
    """Refuses what is no whole number, or none that a price can be.

    Raises:
        DishFault
    """
    if type(cents) is not int or abs(cents) > PRICE_CENTS_MAX:
        message = f"the modifier {quoted(name)} has no whole number for its priceCents"
        raise DishFault(message, "modifier_price", "modifiers", index)


def check_dish(dish: Mapping[str, Any], currency: str) -> None:
    """Refuses what menu_items would.

    Raises:
        DishFault
    """
    for column, value in dish.items():
        if any("\0" in text or re.search("[\ud800-\udfff]", text) for text in _texts(value)):
            raise DishFault("a NUL character, or half of one (a lone surrogate)", "bad_text", column)
    _check_lengths(dish)
    for column, (least, most) in WHOLE_NUMBERS.items():
        if (number := dish.get(column)) is not None and not least <= number <= most:
            raise DishFault(f"{column} is a number from {least} to {most}, not {number}", "bad_number", column)
    _check_prices(dish, currency)


def _check_lengths(dish: Mapping[str, Any]) -> None:
    if not dish["name"]:
        raise DishFault("the name is empty", "name_empty", "name")
    for column, most in CHARACTERS_MAX.items():
        if len(dish[column]) > most:
            message = f"the {column} has {len(dish[column])} characters, more than {most}"
            raise DishFault(message, "too_long", column)
    if len("".join(dish["allergens"])) > ALLERGENS_CHARACTERS_MAX:
        message = f"the allergens have more than {ALLERGENS_CHARACTERS_MAX} characters"
        raise DishFault(message, "too_long", "allergens")
    for column in ("allergens", "modifiers"):
        if len(dish[column]) > LIST_MAX:
            raise DishFault(f"{len(dish[column])} {column}, more than {LIST_MAX}", "too_many", column)
    if len(write_json(dish["modifiers"]).encode()) > MODIFIERS_BYTES_MAX:
        raise DishFault(f"the modifiers have more than {MODIFIERS_BYTES_MAX} bytes as JSON", "too_long", "modifiers")


def _check_prices(dish: Mapping[str, Any], currency: str) -> None:
    price_cents = dish["price_cents"]
    if not 0 <= price_cents <= PRICE_CENTS_MAX:
        message = f"the price is not from 0 to {decimal(PRICE_CENTS_MAX, currency)}"
        raise DishFault(message, "bad_price", "price_cents")
    least_cents = price_cents + sum(min(0, each.get("priceCents", 0)) for each in dish["modifiers"])
    if least_cents < 0:
        least = decimal(-least_cents, currency)
        message = f"it costs -{least} with all the modifiers that make it cheaper: less than nothing"
        raise DishFault(message, "below_zero", "modifiers")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
