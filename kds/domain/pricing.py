"""What a customer may order, and what it costs: the request, checked against the menu, which alone has prices."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from kds.domain.money import PRICE_CENTS_MAX
from kds.domain.stock import check_left
from kds.domain.text import WITHOUT_CONTROLS, Table
from kds.errors import Unprocessable
from kds.web.requests import WITHOUT_NUL

TOTAL_CENTS_MAX = 2**53 - 1
"""The greatest whole number of every JSON reader: RFC 8259 section 6. No order of the API comes near it."""


Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=WITHOUT_NUL)]
Note = Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)]


class OrderLine(msgspec.Struct, forbid_unknown_fields=True):
    """One dish, its quantity, and what the customer wants different about it."""

    menuItemId: UUID
    quantity: Annotated[int, Meta(ge=1, le=99)]
    modifiers: Annotated[list[Name], Meta(max_length=20)] | None = None
    note: Note | None = None


class PlaceOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /public/order/place.

    `expectedTotalCents` is what the customer was shown: another sum is refused, so that nobody pays a price unseen.
    """

    branchId: UUID
    table: Table
    items: Annotated[list[OrderLine], Meta(min_length=1, max_length=50)]
    orderType: Literal["dine_in", "takeaway", "delivery"] = "dine_in"
    customerName: Annotated[str, Meta(max_length=100, pattern=WITHOUT_CONTROLS)] | None = None
    note: Note | None = None
    tableToken: Annotated[str, Meta(max_length=100, pattern=WITHOUT_NUL)] | None = None
    expectedTotalCents: Annotated[int, Meta(ge=0, le=TOTAL_CENTS_MAX)] | None = None


class Modifier(msgspec.Struct):
    """Something a dish may be asked with, as menu_items.modifiers holds it."""

    name: str
    priceCents: int = 0


def price_lines(lines: list[OrderLine], dishes: dict[UUID, Any]) -> tuple[list[dict[str, Any]], int]:
    """The lines as they are written, with name, price, station and allergens of the menu, and their total in cents.

    Raises:
        Unprocessable: a dish is not on this menu, a modifier is unknown or doubled, a price is too large or below 0.
        SoldOut: more is asked for than is left.
    """
    priced: list[dict[str, Any]] = []
    total_cents = 0
    for line in lines:
        dish = dishes.get(line.menuItemId)
        if dish is None:
            raise Unprocessable(f"Dish {line.menuItemId} is not on the menu.", code="unknown_dish")
        price_cents = dish["price_cents"] + _modifiers_cents(line, dish)
        if price_cents < 0:  # a menu from before sql/restaurant.sql, check_dish(), refused such modifiers
            raise Unprocessable(f"{dish['name']} cannot be had with all of these modifiers.", code="below_zero")
        if price_cents > PRICE_CENTS_MAX:
            raise Unprocessable(f"{dish['name']} costs too much with these modifiers.", code="too_large")
        total_cents += price_cents * line.quantity
        priced.append(
            {
                "menuItemId": str(dish["id"]),
                "name": dish["name"],
                "quantity": line.quantity,
                "priceCents": price_cents,
                "modifiers": line.modifiers or [],
                "note": line.note or None,
                "allergens": dish["allergens"],
                "station": dish["station"],
            }
        )
    check_left([(line.menuItemId, line.quantity) for line in lines], dishes)
    return priced, total_cents


def written_total(total_cents: int) -> int | None:
    """What orders.total_cents is given: None, which means the sum of the items, when the column cannot hold it."""
    return total_cents if total_cents <= PRICE_CENTS_MAX else None


def _modifiers_cents(line: OrderLine, dish: Any) -> int:
    wanted = line.modifiers or []
    # reversed: of two of one name the first counts, as on the order page
    offered = {m.name: m.priceCents for m in reversed(msgspec.json.decode(dish["modifiers"], type=list[Modifier]))}
    if len(set(wanted)) != len(wanted):
        raise Unprocessable(f"{dish['name']}: a modifier stands twice.", code="unknown_modifier")
    for name in wanted:
        if name not in offered:
            raise Unprocessable(f"{dish['name']} cannot be had with {name!r}.", code="unknown_modifier")
    return sum(offered[name] for name in wanted)
