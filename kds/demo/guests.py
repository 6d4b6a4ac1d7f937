"""The simulated guests: what they order. Pure chance, no I/O; simulation.py sends it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

JSON = dict[str, Any]

NAMES = (
    *("Giulia", "Marco", "Priya", "Arjun", "Sofia", "Luca", "Elena", "Tom", "Nadia", "Chiara", "Ben", "Amira"),
    *("Matteo", "Ines", "Rohan", "Greta", "Paolo", "Maya", "Jonas", "Francesca"),
)
LINE_NOTES = ("Sauce on the side", "To share, please", "For the child: not hot", "Well done", "Please bring it first")
ORDER_NOTES = {
    "dine_in": ("Birthday: a candle with the dessert", "Train at half past, quickly please", "Everything at once"),
    "takeaway": ("Two forks", "No cutlery", "Picked up by a friend"),
    "delivery": ("Second floor, the bell says Rossi", "Leave it with the porter", "Please call at the gate"),
}
ALLERGIES = ("peanuts", "nuts", "crustaceans", "milk", "gluten")


class Guests:
    """Believable orders, the same ones for the same chance and menu."""

    def __init__(self, chance: Random, tables: Sequence[str]) -> None:
        self._chance = chance
        self._tables = tables

    def next_order(self, menu: JSON) -> JSON:
        """The body of a place request, from the menu as the API gives it; sold-out dishes are not ordered."""
        chance = self._chance
        order_type = chance.choices(("dine_in", "takeaway", "delivery"), (75, 17, 8))[0]
        allergy = chance.choice(ALLERGIES) if chance.random() < 0.12 else None
        dishes = [dish for dish in menu["items"] if dish["available"] and allergy not in dish["allergens"]]
        count = min(len(dishes), chance.choices((1, 2, 3, 4, 5, 7), (14, 28, 28, 16, 10, 4))[0])
        return {
            "branchId": menu["branchId"],
            "table": chance.choice(self._tables) if order_type == "dine_in" else "",
            "orderType": order_type,
            "customerName": chance.choice(NAMES) if order_type != "dine_in" or chance.random() < 0.3 else None,
            "note": self._note(order_type, allergy),
            "items": [self._line(dish) for dish in chance.sample(dishes, count)],
        }

    def _note(self, order_type: str, allergy: str | None) -> str | None:
        if allergy is not None:
            # as the order page writes it: the board shows it as a band of its own
            return f"ALLERGY: {allergy}."
        return self._chance.choice(ORDER_NOTES[order_type]) if self._chance.random() < 0.2 else None

    def _line(self, dish: JSON) -> JSON:
        return {
            "menuItemId": dish["menuItemId"],
            "quantity": self._chance.choices((1, 2, 3, 4), (70, 21, 6, 3))[0],
            "modifiers": self._modifiers([modifier["name"] for modifier in dish["modifiers"]]),
            "note": self._chance.choice(LINE_NOTES) if self._chance.random() < 0.08 else None,
        }

    def _modifiers(self, offered: list[str]) -> list[str]:
        if not offered or self._chance.random() < 0.55:
            return []
        chosen = [self._chance.choice(offered)]
        # an addition goes with everything; MILD and EXTRA hot would not go together
        additions = [name for name in offered if name.startswith("ADD ") and name not in chosen]
        if additions and self._chance.random() < 0.4:
            chosen.append(self._chance.choice(additions))
        return chosen
