"""What a dish may be asked with, as one cell of a menu file: `NO yoghurt; ADD chilli oil +1.00`, or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kds.commands.menu.cells import as_json, json_list, split_list, write_list
from kds.commands.menu.surcharges import split_price
from kds.domain.dishes import check_modifier_name, check_modifier_names, check_modifier_price
from kds.domain.money import decimal
from kds.domain.text import quoted

SUCH_AS = 'NO yoghurt; ADD oil +1.00, or ["NO yoghurt", {"name": "ADD oil", "priceCents": 100}]'


def read_modifiers(text: str, currency: str) -> list[dict[str, Any]]:
    """The modifiers of a cell, as menu_items has them.

    Raises:
        ValueError: says what is wrong.
    """
    listed = json_list(text, (dict, str), SUCH_AS)
    if listed is None:
        read = [_read_modifier(part, currency) for part in split_list(text)]
    else:
        read = [{"name": each, "priceCents": 0} if isinstance(each, str) else each for each in listed]
        _check_listed(read)
    check_modifier_names(each["name"] for each in read)
    return read


def _check_listed(listed: list[dict[str, Any]]) -> None:
    for each in listed:
        name = each.get("name")
        values = [value for more in each.values() for value in (more if isinstance(more, list) else [more])]
        # First: how deep it is nested, that may be too deep to show.
        if any(isinstance(value, dict | list) for value in values):
            whose = quoted(name) if isinstance(name, str) else "without a name"
            raise ValueError(f"the modifier {whose} holds more than texts, numbers and lists of them")
        check_modifier_name(name, as_json(each))
        check_modifier_price(str(name), each.get("priceCents", 0))
        if any(isinstance(value, float) for value in values):
            raise ValueError(f"the modifier {quoted(name)} holds a number that the database cannot keep")


def _read_modifier(text: str, currency: str) -> dict[str, Any]:
    name, price_cents = split_price(text, currency)
    check_modifier_name(name, text)
    return {"name": name, "priceCents": price_cents}


def write_modifiers(modifiers: list[Mapping[str, Any]], currency: str) -> str:
    """The cell of modifiers."""
    if any(each.keys() - {"name", "priceCents"} for each in modifiers):
        return as_json(modifiers)
    return write_list(
        [{"priceCents": 0, **each} for each in modifiers],
        lambda listed: "; ".join(_write_modifier(each, currency) for each in listed),
        lambda text: read_modifiers(text, currency),
    )


def _write_modifier(modifier: Mapping[str, Any], currency: str) -> str:
    price_cents = modifier.get("priceCents", 0)
    if not price_cents:
        return str(modifier["name"])
    return f"{modifier['name']} {'-' if price_cents < 0 else '+'}{decimal(abs(price_cents), currency)}"
