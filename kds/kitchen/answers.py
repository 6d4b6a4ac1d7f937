"""What the kitchen's requests answer, as /openapi.json tells it. Nothing is built from it; schemathesis checks it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kds.domain.answers import MinorUnits, Ordering, OrderType, Status
from kds.web.answers import ErrorDetail


class Cancelled(msgspec.Struct):
    """How many orders were cancelled."""

    cancelled: int


class Item(msgspec.Struct):
    """A line as the kitchen sees it."""

    itemId: UUID
    kotId: UUID
    station: str | None
    name: str
    quantity: int
    modifiers: list[str]
    note: str | None
    allergens: list[str]
    priceCents: int
    done: bool
    voided: bool
    acknowledged: bool


class Kot(msgspec.Struct):
    """The ticket of one station and round."""

    kotId: UUID
    station: str | None
    round: int
    status: Status
    held: bool
    recalled: bool
    sentAt: datetime
    firedAt: datetime | None
    readyAt: datetime | None
    completedAt: datetime | None


class Order(msgspec.Struct):
    """An order as the kitchen sees it, the same in lists, answers and messages."""

    orderId: UUID
    orderNumber: int
    table: str
    orderType: OrderType
    customerName: str | None
    note: str | None
    priority: int
    status: Status
    items: list[Item]
    itemCount: int
    kots: list[Kot]
    totalCents: int
    currency: str
    placedAt: datetime
    readyAt: datetime | None
    completedAt: datetime | None
    cancelledAt: datetime | None
    acknowledged: bool


class OrderConflict(msgspec.Struct):
    """Somebody was faster, or the step is not legal; the order as it is now."""

    error: ErrorDetail
    order: Order


class Action(msgspec.Struct):
    """What a cook did: `was` and `became` are states as text; `username` is null when the member is gone."""

    at: datetime
    action: str
    was: str
    became: str
    username: str | None
    kotId: UUID | None
    itemId: UUID | None


class History(msgspec.Struct):
    """What cooks did to an order, oldest first."""

    actions: list[Action]


class OrderList(msgspec.Struct):
    """Orders, and the revision they were read at."""

    orders: list[Order]
    revision: int
    epoch: str


class Threshold(msgspec.Struct):
    """After how many seconds a ticket is due, and late."""

    dueS: int
    lateS: int


class KitchenBranch(msgspec.Struct):
    """What a board needs to know of its branch."""

    branchId: UUID
    name: str
    locality: str
    timezone: str
    currency: str
    minorUnits: MinorUnits
    stations: list[str]
    thresholds: dict[str, Threshold]
    ordering: Ordering
