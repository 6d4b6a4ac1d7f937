"""86 and count-down: what is left of a dish, as guests and cooks are told, and who is refused what.

sql/stock.sql counts; whoever reads the menu is told here, and whoever asks for more than is left is refused: by what
was read with the menu, and once more, by check_stock(), when the order is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from kds.errors import SoldOut

SOLD_OUT = "KD086"
"""The SQLSTATE of check_stock(), in sql/stock.sql."""

Remaining = Annotated[int, Meta(ge=0, description="How many are left; not there where nobody counts.")]


class DishLeft(msgspec.Struct):
    """A dish of which less is left than was asked for; 0 is sold out."""

    menuItemId: UUID
    name: str
    remaining: Remaining


def told_stock(dish: Any) -> dict[str, Any]:
    """What a row of dish_states adds to a dish that is counted, or comes back by itself; most add nothing."""
    told: dict[str, Any] = {}
    if dish["remaining"] is not None:
        told["remaining"] = dish["remaining"]
    if dish["back_at"] is not None:
        told["backAt"] = dish["back_at"]
    return told


def check_left(asked: Iterable[tuple[UUID, int]], dishes: Mapping[UUID, Any]) -> None:
    """Whether there is enough for all lines together; `dishes` are rows of dish_states by id.

    Raises:
        SoldOut: there is not.
    """
    wanted: Counter[UUID] = Counter()
    for dish_id, quantity in asked:
        wanted[dish_id] += quantity
    short = []
    for dish_id, quantity in wanted.items():
        dish = dishes[dish_id]
        left = dish["remaining"] if dish["available"] else 0
        if left is not None and left < quantity:
            short.append(DishLeft(dish["id"], dish["name"], left))
    if short:
        raise sold_out(short)


def read_left(detail: str | None) -> list[DishLeft]:
    """What check_stock() told as the detail of its error."""
    return msgspec.json.decode(detail or "[]", type=list[DishLeft])


def sold_out(short: list[DishLeft]) -> SoldOut:
    """The refusal that names them all."""
    words = [
        f"{d.name} is sold out." if d.remaining == 0 else f"Only {d.remaining} of {d.name} are left." for d in short
    ]
    return SoldOut(" ".join(words), short)
