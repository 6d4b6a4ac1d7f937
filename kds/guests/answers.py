"""What guests' requests answer, as /openapi.json tells it. Nothing is built from it; schemathesis checks it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kds.domain.answers import Cents, MinorUnits, Ordering, OrderType, Status
from kds.domain.pricing import Modifier
from kds.domain.stock import DishLeft, Remaining
from kds.web.answers import ErrorDetail

TableProblem = Literal["table_token_missing", "table_token_wrong", "table_token_replaced"]


class MenuItem(msgspec.Struct):
    """A dish; not `available` is sold out, until `backAt` if that is there; counted: how many are `remaining`."""

    menuItemId: UUID
    name: str
    description: str
    section: str
    station: str | None
    priceCents: Cents
    available: bool
    allergens: list[str]
    modifiers: list[Modifier]
    remaining: Remaining | msgspec.UnsetType = msgspec.UNSET
    backAt: datetime | msgspec.UnsetType = msgspec.UNSET


class Menu(msgspec.Struct):
    """The menu of a branch; equal menus have equal versions, a later one no lower `readAt`.

    `tableAccepted` when a table was asked about, and as `tableProblem` the code with which its orders are refused.
    """

    readAt: int
    version: str
    branchId: UUID
    name: str
    locality: str
    currency: str
    minorUnits: MinorUnits
    timezone: str
    addsRounds: bool
    requiresTableToken: bool
    ordering: Ordering
    orderTypes: list[str]
    orderTypesWithoutTable: list[str]
    items: list[MenuItem]
    tableAccepted: bool | msgspec.UnsetType = msgspec.UNSET
    tableProblem: TableProblem | msgspec.UnsetType | None = msgspec.UNSET


class PlacedOrder(msgspec.Struct):
    """What the customer keeps; the same bytes for every repetition with one Idempotency-Key.

    What joined the open order of its table has the `orderId` of that, and a sum and a `trackingToken` of its own.
    """

    orderId: UUID
    orderNumber: int
    status: Literal["SENT"]
    totalCents: Cents
    currency: str
    minorUnits: MinorUnits
    trackingToken: str


class PlacingRefused(msgspec.Struct):
    """Why an order was not taken; `dishes` where they are sold out, or fewer are left than were asked for."""

    error: ErrorDetail
    dishes: list[DishLeft] | msgspec.UnsetType = msgspec.UNSET


class Estimate(msgspec.Struct):
    """Half of such orders are ready at `expectedAt`, nine of ten at `latestAt`; `kots` is how many tickets say so."""

    expectedAt: datetime
    latestAt: datetime
    kots: int


class CustomerItem(msgspec.Struct):
    """A line as its customer sees it."""

    name: str
    quantity: int
    modifiers: list[str]
    note: str | None
    priceCents: int
    status: Status


class CustomerOrder(msgspec.Struct):
    """An order as its customer sees it: of one that guests share, what belongs to the link."""

    orderId: UUID
    branchId: UUID
    orderNumber: int
    table: str
    orderType: OrderType
    customerName: str | None
    note: str | None
    status: Status
    placedAt: datetime
    readyAt: datetime | None
    completedAt: datetime | None
    cancelledAt: datetime | None
    totalCents: int
    currency: str
    minorUnits: MinorUnits
    items: list[CustomerItem]
    estimate: Estimate | None
    canCancel: bool
    revision: int
    serverTime: datetime


class CustomerOrderConflict(msgspec.Struct):
    """The kitchen has begun; the order as it is now."""

    error: ErrorDetail
    order: CustomerOrder


class PickupLine(msgspec.Struct):
    """An order on the pickup board."""

    orderId: UUID
    orderNumber: int
    state: Literal["COOKING", "ALMOST", "READY"]
    since: datetime
    name: str | msgspec.UnsetType = msgspec.UNSET


class PickupBoard(msgspec.Struct):
    """What can be fetched, and what soon."""

    branchId: UUID
    name: str
    timezone: str
    orders: list[PickupLine]
    serverTime: datetime
