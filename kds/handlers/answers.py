"""The shapes of answers, as /openapi.json tells them. Nothing is built from them; schemathesis checks it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from kds.orders import Modifier

Status = Literal["SENT", "READY", "COMPLETED", "CANCELLED"]
OrderType = Literal["dine_in", "takeaway", "delivery"]
Role = Literal["KITCHEN", "MANAGER", "PICKUP"]
TableProblem = Literal["table_token_missing", "table_token_wrong", "table_token_replaced"]
Cents = Annotated[
    int, Meta(ge=0, description="In minor units of `currency`: divide by 10 to the power of `minorUnits`.")
]
MinorUnits = Annotated[
    int, Meta(ge=0, le=4, description="The decimals of `currency` by ISO 4217: 2 for EUR, 0 for JPY.")
]


class ErrorDetail(msgspec.Struct):
    """`code` for programs, `message` for people."""

    code: str
    message: str


class Error(msgspec.Struct):
    """How every refusal looks."""

    error: ErrorDetail


class Login(msgspec.Struct):
    """A token, whom it speaks for, and when it ends; `sessionEndsAt`: when no renewal helps any more, None: never."""

    token: str
    role: Role
    branchId: UUID
    expiresAt: datetime
    sessionEndsAt: datetime | None


class MenuItem(msgspec.Struct):
    """A dish; not `available` is sold out."""

    menuItemId: UUID
    name: str
    description: str
    section: str
    station: str | None
    priceCents: Cents
    available: bool
    allergens: list[str]
    modifiers: list[Modifier]


class Ordering(msgspec.Struct):
    """Whether guests may order now; `until` is when a pause ends by itself."""

    open: bool
    until: datetime | None


class Cancelled(msgspec.Struct):
    """How many orders were cancelled."""

    cancelled: int


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


class CustomerOrderConflict(msgspec.Struct):
    """The kitchen has begun; the order as it is now."""

    error: ErrorDetail
    order: CustomerOrder


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


class Code(msgspec.Struct):
    """A QR code as the path of an SVG whose unit is one module."""

    size: int
    path: str


class TableCard(msgspec.Struct):
    """The signed link of a table, and its code."""

    table: str
    url: str
    code: Code


class TableSheet(msgspec.Struct):
    """What a manager prints."""

    branchId: UUID
    name: str
    locality: str
    requiresTableToken: bool
    tables: list[TableCard]


class Health(msgspec.Struct):
    """The process answers."""

    status: Literal["ok"]


class Flip(msgspec.Struct):
    """A change of the relay mode."""

    state: str


class Batching(msgspec.Struct):
    """The relay mode: here, and in the database."""

    here: str
    state: str | msgspec.UnsetType = msgspec.UNSET
    leader: str | msgspec.UnsetType | None = msgspec.UNSET
    heartbeatAgeS: float | msgspec.UnsetType = msgspec.UNSET
    lastFlips: list[Flip] | msgspec.UnsetType = msgspec.UNSET


class BrokenOrder(msgspec.Struct):
    """An order whose data no screen can show; the log and `kds doctor` say why."""

    orderId: UUID
    branchId: UUID


class LockHoarder(msgspec.Struct):
    """The session that holds most of a full lock table."""

    pid: int
    role: str
    locks: int
    locks_of_all: int
    room: int


class Readiness(msgspec.Struct):
    """Whether this process can serve, and what it lacks; how far the database's clock is ahead of its own."""

    status: Literal["ready", "not ready"]
    database: Literal["ok", "away", "short"]
    shortOf: str | None
    hoarder: LockHoarder | None
    schemaVersion: int | None
    schemaNeeded: int
    relay: str
    brokenOrders: list[BrokenOrder]
    clockApartS: float | None
    batching: Batching
