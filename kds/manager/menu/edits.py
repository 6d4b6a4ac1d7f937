"""What a manager typed of a dish, as menu_items has it, by the rules of kds/domain/dishes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kds.domain.dishes import (
    DishFault,
    check_controls,
    check_dish,
    check_modifier_names,
    check_modifier_price,
    comparable,
    find_station,
)
from kds.domain.pricing import Modifier
from kds.domain.text import quoted
from kds.manager.menu.answers import DishEdit, NewDish, SentModifier

_FIELDS = {
    "name": "name",
    "section": "section",
    "priceCents": "price_cents",
    "description": "description",
    "station": "station",
    "allergens": "allergens",
    "modifiers": "modifiers",
    "prepS": "prep_s",
    "course": "course",
    "available": "available",
}
"""Of a request, and their columns."""


def field_of(column: str) -> str:
    """As a request calls a column of menu_items."""
    return next(field for field, its_column in _FIELDS.items() if its_column == column)


def edited(
    dish: Mapping[str, Any],
    wanted: NewDish | DishEdit,
    *,
    others: Sequence[Any],
    stations: Sequence[str],
    currency: str,
) -> dict[str, Any]:
    """The dish, a row or nothing, with the fields that are sent: columns of menu_items, `modifiers_json` as JSON text.

    Raises:
        DishFault: it cannot be so, or one of the `others` has its name.
    """
    sent = {column: getattr(wanted, field) for field, column in _FIELDS.items()}
    sent = {column: value for column, value in sent.items() if value is not msgspec.UNSET}
    before = dish.get("modifiers", "[]")
    new: dict[str, Any] = {column: dish.get(column) for column in _FIELDS.values()} | sent
    new["modifiers"] = msgspec.to_builtins(msgspec.json.decode(before, type=list[Modifier]))
    new["modifiers_json"] = before
    for column in sent.keys() & {"name", "section", "description"}:
        new[column] = sent[column].strip()
    for column in sent.keys() & {"name", "section"}:
        check_controls(column, new[column])
    if "station" in sent:
        new["station"] = find_station((sent["station"] or "").strip(), stations)
    if "allergens" in sent:
        new["allergens"] = _allergens(sent["allergens"])
    if "modifiers" in sent:
        new["modifiers"] = _modifiers(sent["modifiers"])
        new["modifiers_json"] = _with_what_else(new["modifiers"], before)
    check_dish(new, currency)
    if "name" in sent:
        _check_free(new["name"], others)
    return new


def last_of_section(dishes: Sequence[Any], section: str, dish_id: UUID) -> list[UUID]:
    """The order in which this dish follows all others of the section; a section that is new comes last."""
    others = [dish for dish in dishes if dish["id"] != dish_id]
    places = [place for place, dish in enumerate(others, 1) if dish["section"] == section]
    ids = [dish["id"] for dish in others]
    ids.insert(places[-1] if places else len(ids), dish_id)
    return ids


def _allergens(sent: list[str]) -> list[str]:
    allergens = [each.strip() for each in sent]
    for index, each in enumerate(allergens):
        check_controls("allergens", each, index)
        if not each:
            raise DishFault("an allergen is empty: remove it", "allergen_empty", "allergens", index)
    return allergens


def _modifiers(sent: list[SentModifier]) -> list[dict[str, Any]]:
    modifiers = [{"name": each.name.strip(), "priceCents": each.priceCents} for each in sent]
    for index, each in enumerate(modifiers):
        check_controls("modifiers", str(each["name"]), index)
        check_modifier_price(str(each["name"]), each["priceCents"], index)
    check_modifier_names(str(each["name"]) for each in modifiers)
    return modifiers


def _with_what_else(modifiers: list[dict[str, Any]], before: str) -> str:
    """As JSON, each with what else one of its name held: a till's number for it stays."""
    kept = {msgspec.json.decode(each["name"]): each for each in msgspec.json.decode(before, type=list[_AnyModifier])}
    return msgspec.json.encode([{**kept.get(each["name"], {}), **each} for each in modifiers]).decode()


_AnyModifier = dict[str, msgspec.Raw]


def _check_free(name: str, others: Sequence[Any]) -> None:
    wanted = comparable(name)
    if any(comparable(each["name"]) == wanted for each in others):
        message = f"there is a dish {quoted(name)} already: choose another name, or change that one"
        raise DishFault(message, "name_taken", "name")
