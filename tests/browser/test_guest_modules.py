"""What the order page makes of a menu and of what is chosen, in its own modules."""

from __future__ import annotations

import json

import pytest

from .conftest import Ask

ALLERGENS = [
    ["Nuts (e.g. almonds)", "Milk"],
    ["Cereals (wheat etc.)", "Peanuts"],
    ["A. Gluten", "C. Eggs"],
    ["nuts; peanuts", "fish"],
    ["花生。", "鱼；虾"],  # noqa: RUF001
]


@pytest.mark.parametrize("allergens", ALLERGENS, ids=lambda names: names[0])
async def test_every_allergy_of_a_guest_is_in_the_band_whatever_it_is_called(ask: Ask, allergens: list[str]) -> None:
    band, note = await ask(
        f"const allergens = {json.dumps(allergens)};"
        """
        const { noteWithAllergies } = await load("guests/order/placing/basket");
        const { allergyOf } = await load("kitchen/state/ticket/allergy");
        const written = noteWithAllergies(allergens, "Window. Birthday");
        const { allergy, note } = allergyOf(order("a", { note: written, items: [] }));
        return [allergy, note];
        """
    )
    assert note == "Window. Birthday"
    told = "".join(filter(str.isalnum, band))
    assert told == "".join(filter(str.isalnum, "".join(allergens)))


async def test_what_a_till_writes_in_brackets_does_not_end_the_allergy(ask: Ask) -> None:
    assert await ask(
        """
        const { statedAllergy } = await load("common/allergies/allergy");
        return ["Allergy: nuts (e.g. almonds), milk. Rare", "ALLERGY: nuts (e.g. almonds"].map(statedAllergy);
        """
    ) == [{"allergy": "nuts (e.g. almonds), milk", "note": "Rare"}, {"allergy": "nuts (e", "note": "g. almonds"}]


async def test_a_modifier_without_a_price_costs_nothing_and_of_two_the_first_counts(ask: Ask) -> None:
    dish = {"menuItemId": "d", "name": "Pizza", "section": "", "priceCents": 800, "allergens": [],
            "modifiers": [{"name": "NO cheese"}, {"name": "extra", "priceCents": 100},
                          {"name": "extra", "priceCents": 200}, {"name": "none", "priceCents": None}]}  # fmt: skip
    modifiers, price = await ask(
        f"const menu = [{json.dumps(dish)}];"
        """
        const { readableDishes } = await load("guests/order/menu/menu-change");
        const { unitPrice } = await load("guests/order/placing/basket");
        const [dish] = readableDishes(menu);
        return [dish.modifiers, unitPrice({ modifiers: ["NO cheese", "extra", "none"] }, dish)];
        """
    )
    assert [(modifier["name"], modifier["priceCents"]) for modifier in modifiers] == [
        ("NO cheese", 0), ("extra", 100), ("none", 0)]  # fmt: skip
    assert price == 900
