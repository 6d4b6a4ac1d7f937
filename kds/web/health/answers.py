"""What health and readiness answer, as /openapi.json tells it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec


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
    lostTriggers: list[str]
    clockApartS: float | None
    batching: Batching
