"""What a cook is answered of dishes, as /openapi.json tells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kds.domain.stock import Remaining


class KitchenDish(msgspec.Struct):
    """A dish of the menu, and whether guests can have it: counted, how many remain; `backAt` when it is as before."""

    menuItemId: UUID
    name: str
    section: str
    station: str | None
    soldOut: bool
    remaining: Remaining | msgspec.UnsetType = msgspec.UNSET
    backAt: datetime | msgspec.UnsetType = msgspec.UNSET


class KitchenDishes(msgspec.Struct):
    """The dishes of a branch, in the order of its menu."""

    dishes: list[KitchenDish]
