"""Which rounds of guests a flood is made of, as list_guest_rounds finds them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from kds.postgres.statements import load_statements
from tests.orders import add_kot, place

SQL = load_statements()
WITHIN = timedelta(minutes=10)


async def listed(db: Any, branch_id: str) -> list[UUID]:
    """The rounds of the last ten minutes."""
    return [row["id"] for row in await db.fetch(SQL.list_guest_rounds, UUID(branch_id), WITHIN)]


async def join(db: Any, order_id: UUID, round_id: UUID, ago: timedelta) -> None:
    """A ticket of a round that was sent so long ago."""
    kot_id = await add_kot(db, order_id, str(ago))
    await db.execute(
        "UPDATE kots SET round_id = $2, sent_at = now() - $3::interval WHERE id = $1", kot_id, round_id, ago
    )


async def test_a_round_is_as_old_as_its_first_ticket(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    young, old = uuid4(), uuid4()
    await join(db, order_id, young, timedelta(minutes=9))
    await join(db, order_id, young, timedelta(0))
    await join(db, order_id, old, timedelta(minutes=11))
    await join(db, order_id, old, timedelta(0))
    assert await listed(db, branch_id) == [young]
