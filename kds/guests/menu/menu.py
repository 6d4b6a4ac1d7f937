"""The menu of a branch as customers get it; changes.py tells those who look at it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from kds.domain.money import minor_units
from kds.domain.ordering import ordering
from kds.domain.stock import told_stock

ORDER_TYPES = ("dine_in", "takeaway", "delivery")


@dataclass(frozen=True)
class Menu:
    """A menu as JSON, `{"readAt":7,"branchId":"...","version":"...","items":[...]}`; equal menus have equal versions.

    `revision` counts the readings of this process: on one socket a page is never shown an older menu after a newer one.
    `read_at` orders what comes to a page by several ways, from several processes: GuestQueries.menu.
    """

    version: str
    body: bytes
    read_at: int
    revision: int = 0

    @property
    def message(self) -> bytes:
        """The live message: `{"type":"MENU","revision":7, ...the menu}`."""
        return b'{"type":"MENU","revision":%d,' % self.revision + self.body[1:]


def make_menu(branch: Any, dishes: list[Any], read_at: int) -> Menu:
    """The menu of a branch from its rows, in menu order, sold-out dishes too."""
    items = [
        {
            "menuItemId": dish["id"],
            "name": dish["name"],
            "description": dish["description"],
            "section": dish["section"],
            "station": dish["station"],
            "priceCents": dish["price_cents"],
            "available": dish["available"],
            "allergens": dish["allergens"],
            "modifiers": msgspec.Raw(dish["modifiers"].encode()),
            **told_stock(dish),
        }
        for dish in dishes
    ]
    menu = {
        "branchId": branch["id"],
        "name": branch["name"],
        "locality": branch["locality"],
        "currency": branch["currency"],
        "minorUnits": minor_units(branch["currency"]),
        "timezone": branch["timezone"],
        "addsRounds": branch["adds_rounds"],
        "requiresTableToken": branch["requires_table_token"],
        "ordering": ordering(branch),
        **_order_types(branch),
        "items": items,
    }
    version = hashlib.blake2b(msgspec.json.encode(menu), digest_size=8).hexdigest()
    return Menu(version, msgspec.json.encode({"readAt": read_at, "version": version, **menu}), read_at)


def _order_types(branch: Any) -> dict[str, list[str]]:
    """What a guest may order whose table's link is good, and what one may who has none; as kds/guests/door.py."""
    allowed = list(ORDER_TYPES if branch["order_types"] is None else branch["order_types"])
    if not branch["requires_table_token"]:
        return {"orderTypes": allowed, "orderTypesWithoutTable": allowed}
    without = [] if branch["order_types"] is None else [kind for kind in allowed if kind != "dine_in"]
    return {"orderTypes": allowed, "orderTypesWithoutTable": without}
