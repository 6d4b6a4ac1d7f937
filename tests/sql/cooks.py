"""A cook who fires and takes back, and what is seen of the KOTs."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from kds.postgres.statements import load_statements

SQL = load_statements()


class Cook:
    """A member of the staff of a branch, and what such a one presses at an order."""

    def __init__(self, db: Any, branch_id: str) -> None:
        self._db, self._branch, self.staff_id = db, UUID(branch_id), uuid4()

    async def fires(self, order_id: UUID) -> bool:
        """All of it that waits."""
        done = await self._db.execute(SQL.hold_order, order_id, self._branch, False, self.staff_id, None)
        return str(done) == "INSERT 0 1"

    async def holds(self, order_id: UUID) -> bool:
        """All of it that is not cooked yet."""
        done = await self._db.execute(SQL.hold_order, order_id, self._branch, True, self.staff_id, None)
        return str(done) == "INSERT 0 1"

    async def fires_kot(self, kot_id: UUID) -> bool:
        """One KOT."""
        return (
            str(await self._db.execute(SQL.hold_kot, kot_id, self._branch, False, self.staff_id, None)) == "INSERT 0 1"
        )

    async def fires_course(self, order_id: UUID, course: int | None) -> bool:
        """A course, or what waits first."""
        done = await self._db.execute(SQL.fire_order, order_id, self._branch, course, self.staff_id, None)
        return str(done) == "INSERT 0 1"

    async def takes_back(self, order_id: UUID) -> bool:
        """What this cook fired last of an order."""
        done = await self._db.execute(SQL.take_back_order_fire, order_id, self._branch, self.staff_id, None)
        return str(done) == "INSERT 0 1"

    async def takes_back_kot(self, kot_id: UUID) -> bool:
        """What this cook fired last of one KOT."""
        done = await self._db.execute(SQL.take_back_kot_fire, kot_id, self._branch, self.staff_id, None)
        return str(done) == "INSERT 0 1"


async def kots(db: Any, order_id: UUID) -> list[Any]:
    """Of each KOT by course: what it waits for, until when, and since when it is fired."""
    rows = await db.fetch(
        "SELECT waits_for::text[], fire_at, fired_at, held, status::text FROM kots WHERE order_id = $1 "
        "ORDER BY course NULLS FIRST, id",
        order_id,
    )
    return [tuple(row.values()) for row in rows]


async def lead(db: Any, order_id: UUID) -> int | None:
    """How long before its promise an order is fired; None while it is for later."""
    value: int | None = await db.fetchval("SELECT lead_s FROM orders WHERE id = $1", order_id)
    return value
