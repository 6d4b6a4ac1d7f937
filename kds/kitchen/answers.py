"""What the kitchen's requests answer, as /openapi.json tells it. Nothing is built from it; schemathesis checks it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from kds.domain.answers import MinorUnits, Ordering, OrderType, Status
from kds.web.answers import ErrorDetail

Wait = Literal["HAND", "TIME", "COURSE", "PAYMENT", "TOGETHER"]
"""Why a KOT is held: kot_wait of sql/schema.sql."""

Reason = Literal["sold_out", "mistake", "guest_left", "quality"]
"""Why something is taken back, or cooked again: void_reason of sql/schema.sql."""


class Cancelled(msgspec.Struct):
    """How many orders, and rounds of older ones, were cancelled; and left, as others hold them or they came late."""

    cancelled: int
    left: int


class LineChange(msgspec.Struct):
    """What a line was before, of what differs; `added`: it came to a ticket that the kitchen had."""

    at: datetime
    added: bool | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    quantity: int | msgspec.UnsetType = msgspec.UNSET
    modifiers: list[str] | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET
    allergens: list[str] | msgspec.UnsetType = msgspec.UNSET


class OrderChange(msgspec.Struct):
    """Which table and note the order of a KOT had before, of what differs."""

    at: datetime
    table: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET


class Item(msgspec.Struct):
    """A line as the kitchen sees it; the fields at the end are there when they are set.

    `partOf` is the line that this one is a part of: it costs nothing and counts in no sum; with `refire` it is that
    line, cooked again.
    """

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
    seat: str | UnsetType = UNSET
    externalId: str | UnsetType = UNSET
    partOf: UUID | UnsetType = UNSET
    refire: bool | UnsetType = UNSET
    voidReason: Reason | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    changed: LineChange | msgspec.UnsetType = msgspec.UNSET


class Kot(msgspec.Struct):
    """The ticket of one station, round and course; `waitsFor` says why it is held when no cook did that."""

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
    course: int | msgspec.UnsetType = msgspec.UNSET
    waitsFor: list[Wait] | msgspec.UnsetType = msgspec.UNSET
    fireAt: datetime | msgspec.UnsetType = msgspec.UNSET
    startedAt: datetime | msgspec.UnsetType = msgspec.UNSET
    changed: OrderChange | msgspec.UnsetType = msgspec.UNSET


class Order(msgspec.Struct):
    """An order as the kitchen sees it, the same in lists, answers and messages; the last fields when they are set.

    `priority` is 1 for rush, 2 and more for VIP; `displayNumber` what the guest's receipt says in place of
    `orderNumber`.
    """

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
    displayNumber: str | UnsetType = UNSET
    serverName: str | UnsetType = UNSET
    covers: int | UnsetType = UNSET
    paidAt: datetime | UnsetType = UNSET
    checkId: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    externalId: str | UnsetType = UNSET
    cancelReason: Reason | UnsetType = UNSET
    dueAt: datetime | msgspec.UnsetType = msgspec.UNSET
    later: bool | msgspec.UnsetType = msgspec.UNSET


class OrderConflict(msgspec.Struct):
    """Somebody was faster, or the step is not legal; the order as it is now."""

    error: ErrorDetail
    order: Order


class Action(msgspec.Struct):
    """What was done: `was` and `became` are states as text; `username` is null where no member is there any more.

    `actorName` is what the actor was called then: a member's name, of `sql` the role.
    """

    at: datetime
    action: str
    was: str
    became: str
    username: str | None
    actorKind: Literal["staff", "device", "guest", "clock", "sql", "key"]
    actorName: str | None
    reason: Reason | None
    kotId: UUID | None
    itemId: UUID | None


class History(msgspec.Struct):
    """What was done to an order after it was sent, oldest first: by cooks, guests, and plain SQL."""

    actions: list[Action]


class Later(msgspec.Struct):
    """How many orders are promised for later, and when the next of them is due."""

    count: int
    nextAt: datetime


class KitchenLater(msgspec.Struct):
    """What is promised for later than the boards show, the next first."""

    count: int
    nextAt: datetime | None
    orders: list[Order]


class OrderList(msgspec.Struct):
    """Orders, and the revision they were read at; `later` is there when something is promised for later."""

    orders: list[Order]
    revision: int
    epoch: str
    later: Later | msgspec.UnsetType = msgspec.UNSET


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
