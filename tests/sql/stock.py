"""Dishes that are counted, and what is left of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID


async def count(db: Any, dish_id: UUID, remaining: int | None = None, **more: Any) -> None:
    """Begins to count a dish, or sells it out."""
    await db.execute("DELETE FROM dish_stock WHERE menu_item_id = $1", dish_id)
    await db.execute(
        "INSERT INTO dish_stock (menu_item_id, remaining, sold_out, back_at)"
        " VALUES ($1, $2, $3, $4::text::timestamptz)",
        dish_id, remaining, more.get("sold_out", False), more.get("back_at"),
    )  # fmt: skip


async def left(db: Any, dish_id: UUID) -> tuple[int | None, bool]:
    """What is left, and whether it is sold out."""
    row = await db.fetchrow("SELECT remaining, is_sold_out FROM dish_states WHERE menu_item_id = $1", dish_id)
    return row["remaining"], row["is_sold_out"]
