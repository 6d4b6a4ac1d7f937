"""Orders that draw their numbers, and a branch whose day moves."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

DRAW = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
DRAW_OF_DAY = "INSERT INTO orders (branch_id, business_day) VALUES ($1, {today} + $2::integer) RETURNING order_number"
CHOOSE = "INSERT INTO orders (branch_id, business_day, order_number) VALUES ($1, {today} + $2::integer, $3)"
TODAY = "(SELECT ((clock_timestamp() AT TIME ZONE timezone) - day_starts_at)::date FROM branches WHERE id = $1)"
DRAW_OF_DAY, CHOOSE = (text.format(today=TODAY) for text in (DRAW_OF_DAY, CHOOSE))


async def draw(db: Any, branch_id: str | UUID, times: int = 1, of_day: int | None = None) -> list[int]:
    """Places orders; their numbers."""
    if of_day is None:
        return [await db.fetchval(DRAW, branch_id) for _ in range(times)]
    return [await db.fetchval(DRAW_OF_DAY, branch_id, of_day) for _ in range(times)]


async def move_today(db: Any, branch_id: str | UUID, days: int) -> None:
    """Moves the day of a branch as the clock does, unseen by triggers: 1 is after 0, -1 before it."""
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await change_day(db, branch_id, days)


async def change_day(db: Any, branch_id: str | UUID, days: int) -> None:
    """Changes the zone of a branch and the hour at which its day starts, and so its day: 1 is after 0, -1 before it."""
    zone = "Etc/GMT+12" if days < 0 else "Etc/GMT-14"
    starts_at = "00:00" if days > 0 else "23:59:59.999"
    await db.execute(
        "UPDATE branches SET timezone = $2, day_starts_at = $3::text::time WHERE id = $1", branch_id, zone, starts_at
    )


async def today_of(db: Any, branch_id: str | UUID) -> date:
    """The business day of a branch now."""
    day: date = await db.fetchval("SELECT " + TODAY, branch_id)
    return day


async def number_of(db: Any, order_id: UUID) -> int:
    """The number of an order."""
    number: int = await db.fetchval("SELECT order_number FROM orders WHERE id = $1", order_id)
    return number
