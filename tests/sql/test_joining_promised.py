"""sql/firing.sql: a KOT that comes to an order, promised or not, never waits for a cook whom nobody has asked."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest

from tests.sql.firing import fire

DUE = ("NULL", "now() - interval '1 hour'", "now() + interval '10 minutes'", "now() + interval '5 hours'")
THERE = (None, "", "held = true", "cancelled")
"""What the order has already: nothing, a KOT, one that waits for a cook, that and a cancelled one."""
COMES = (
    "",
    "course = 2",
    "waits_for = '{TIME}'",
    "waits_for = '{PAYMENT}'",
    "waits_for = '{PAYMENT}', fire_at = now() - interval '1 minute'",
    "fire_at = now() - interval '1 minute'",
)


async def add_kot(db: Any, order_id: UUID, kot: str) -> UUID:
    """As a till does that commits each statement."""
    given = dict(part.split(" = ", 1) for part in kot.split(", ") if part)
    columns, values = ", ".join(["order_id", *given]), ", ".join(["$1", *given.values()])
    kot_id: UUID = await db.fetchval(f"INSERT INTO kots ({columns}) VALUES ({values}) RETURNING id", order_id)
    return kot_id


@pytest.mark.parametrize("due", DUE)
@pytest.mark.parametrize("is_paid", [False, True])
async def test_what_no_writer_held_waits_for_no_cook(db: Any, branch_id: str, due: str, is_paid: bool) -> None:
    for there, comes, looks in itertools.product(THERE, COMES, (False, True)):
        case = f"{there=} {comes=} {looks=}"
        order_id = await db.fetchval(
            f"INSERT INTO orders (branch_id, due_at, paid_at) VALUES ($1, {due}, $2::timestamptz) RETURNING id",
            UUID(branch_id),
            await db.fetchval("SELECT now()") if is_paid else None,
        )
        if there == "cancelled":
            await add_kot(db, order_id, "held = true")
            await db.execute("UPDATE kots SET status = 'CANCELLED' WHERE id = $1", await add_kot(db, order_id, ""))
        elif there is not None:
            await add_kot(db, order_id, there)
        if looks:
            await fire(db)  # it works out when the order is fired
        kot_id = await add_kot(db, order_id, comes)
        for _ in range(2):
            found = await db.fetchrow("SELECT held, waits_for, fire_at FROM kots WHERE id = $1", kot_id)
            assert "HAND" not in (found["waits_for"] or ()), case
            assert found["held"] == (found["waits_for"] is not None), case
            # the clock comes, unless somebody else has to
            waits = set(found["waits_for"] or ())
            assert found["fire_at"] is not None or not waits or waits <= {"PAYMENT", "COURSE"}, case
            await fire(db)
        if "5 hours" not in due and (comes == "" or (is_paid and "PAYMENT" in comes)):
            assert not (await db.fetchval("SELECT held FROM kots WHERE id = $1", kot_id)), case
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
