"""Orders with a past, and a branch in the middle of a day in which everything is going on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.orders import place


async def place_ago(db: Any, branch_id: Any, minutes: float, **more: Any) -> UUID:
    """An order that was placed, and sent to every station, so long ago."""
    order_id = await place(db, branch_id, **more)
    ago = timedelta(minutes=minutes)
    await db.execute("UPDATE orders SET placed_at = now() - $2::interval WHERE id = $1", order_id, ago)
    await db.execute("UPDATE kots SET sent_at = now() - $2::interval WHERE order_id = $1", order_id, ago)
    return order_id


async def become(db: Any, order_id: UUID, *statuses: str) -> None:
    """Steps an order, with its tickets."""
    for status in statuses:
        await db.execute("UPDATE orders SET status = $2::kitchen_status WHERE id = $1", order_id, status)


async def finish(db: Any, branch_id: Any, cooked_minutes: float, ago_minutes: float = 1) -> UUID:
    """A completed order whose ticket was cooked for so long, and became ready and completed so long ago."""
    order_id = await place(db, branch_id)
    await become(db, order_id, "READY", "COMPLETED")
    cooked, ago = timedelta(minutes=cooked_minutes), timedelta(minutes=ago_minutes)
    await db.execute(
        "UPDATE kots SET ready_at = now() - $2::interval, sent_at = now() - $2::interval - $3::interval"
        " WHERE order_id = $1",
        order_id, ago, cooked,
    )  # fmt: skip
    await db.execute("UPDATE orders SET completed_at = now() - $2::interval WHERE id = $1", order_id, ago)
    return order_id


async def enter_day(db: Any, branch_id: Any, hours: int) -> None:
    """The business day of the branch began so many hours ago, whenever the tests run."""
    await db.execute(
        "UPDATE branches SET timezone = 'UTC', day_starts_at = (now() AT TIME ZONE 'UTC' - $2::interval)::time"
        " WHERE id = $1",
        branch_id, timedelta(hours=hours),
    )  # fmt: skip


async def be_busy(db: Any, branch_id: str) -> None:
    """6 orders are open, of them 3 late, 1 held and 2 of days before; 2 are ready and 1 is for later.

    Completed tickets took 4, 6 and 9 minutes, those that are ready 5 and 9. Of three dishes two are sold out and 7 are
    left, guests may not order for 15 minutes, and chef has two screens.
    """
    branch = UUID(branch_id)
    await enter_day(db, branch, 12)
    await db.execute("DELETE FROM age_thresholds WHERE branch_id = $1", branch)
    await db.execute(
        "INSERT INTO age_thresholds (branch_id, order_type, due_s, late_s) VALUES ($1, 'delivery', 300, 930)", branch
    )
    for minutes in (1, 2, 12):
        await place_ago(db, branch, minutes)
    held = await place_ago(db, branch, 50)
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1", held)
    for minutes in (5, 9):
        await become(db, await place_ago(db, branch, minutes), "READY")
    later = await place(db, branch)
    await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", later)
    for minutes in (4, 6, 9):
        await finish(db, branch, minutes)
    for number, days in ((88, 1), (89, 2)):
        old = await place_ago(db, branch, days * 24 * 60 + 5)
        await db.execute(
            "UPDATE orders SET business_day = business_day - $2::integer, order_number = $3 WHERE id = $1",
            old, days, number,
        )  # fmt: skip
    await db.execute("UPDATE menu_items SET available = true WHERE branch_id = $1", branch)
    dishes = [
        row["id"]
        for row in await db.fetch("SELECT id FROM menu_items WHERE branch_id = $1 ORDER BY position LIMIT 3", branch)
    ]
    await db.execute(
        "INSERT INTO dish_stock (menu_item_id, sold_out, remaining, back_at)"
        " VALUES ($1, true, NULL, now() + interval '2 days'), ($2, true, NULL, NULL), ($3, false, 7, NULL)",
        *dishes,
    )
    await db.execute(
        "UPDATE branches SET ordering_paused = true, ordering_paused_until = now() + interval '15 minutes'"
        " WHERE id = $1",
        branch,
    )
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, staff_id, instance, connected_at, lease_expires_at)"
        " SELECT 'screen ' || g, $1, s.id, 'elsewhere', now() - g * interval '1 minute', now() + interval '1 hour'"
        " FROM generate_series(1, 2) AS g, staff AS s WHERE s.username = 'chef'",
        branch,
    )
