"""What goes on in a branch now, as /openapi.json tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kds.domain.answers import Ordering, OrderType


class OrdersNow(msgspec.Struct):
    """How many orders are open: `sent` are being cooked, of them `held` are not to be cooked yet and `late` are late.

    `ready` wait to be fetched. `later`, which are promised for later than the boards show, count in none of these.
    `lateAfterS`: after how many seconds an order of each type is late.
    """

    sent: int
    held: int
    late: int
    ready: int
    later: int
    lateAfterS: dict[OrderType, int]


class TicketsFinished(msgspec.Struct):
    """How many KOTs became ready after `since`, the start of the business day, and half of them within `medianS`.

    In seconds from when each was sent, or fired; None while there is none. What took two hours was forgotten, not
    cooked, and counts as little as what was ready when it was sent. After 2,000 completed orders of a day the last
    ones count, and `since` is when the first of them was completed.
    """

    tickets: int
    since: datetime
    medianS: int | None


class EarlierOrder(msgspec.Struct):
    """One that is open since an earlier business day; `displayNumber` is what boards call it in place of its number."""

    orderId: UUID
    orderNumber: int
    displayNumber: str | None
    status: Literal["SENT", "READY"]
    placedAt: datetime
    ageS: int


class EarlierOrders(msgspec.Struct):
    """All are counted, the 50 oldest told."""

    count: int
    orders: list[EarlierOrder]


class DishNow(msgspec.Struct):
    """A dish that is sold out, or of which so many are left; `backAt`: when it is as before by itself."""

    menuItemId: UUID
    name: str
    soldOut: bool
    remaining: int | None
    backAt: datetime | None


class ScreenNow(msgspec.Struct):
    """A kitchen screen that is connected, and who is signed in at it: None when that member is there no more."""

    connectionId: str
    username: str | None
    connectedAt: datetime


class ScreensNow(msgspec.Struct):
    """All are counted, the 50 that are connected longest told."""

    count: int
    screens: list[ScreenNow]


class Today(msgspec.Struct):
    """All of one moment; `dishes` are in the order of the menu."""

    orders: OrdersNow
    finished: TicketsFinished
    earlier: EarlierOrders
    dishes: list[DishNow]
    ordering: Ordering
    screens: ScreensNow
