"""Orders that cannot be made into an order object: an error of any kind, at any order one likes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

POISON = "2001-02-03 04:05:06+00"
"""An order placed at this moment is broken."""
DATA_FAULTS = ("22003", "22P05", "22021", "21000", "54000", "XX001")
"""Of each kind that is the data's fault: a number, a character, an encoding, two rows for one, too much, corrupted."""


async def poison(db: Any, sqlstate: str) -> None:
    """From now on utc(), which every order object needs, raises this for the moment above."""
    await db.execute(f"""
        CREATE OR REPLACE FUNCTION public.utc(moment timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
        BEGIN
          IF moment = timestamptz '{POISON}' THEN
            RAISE EXCEPTION 'poisoned' USING ERRCODE = '{sqlstate}';
          END IF;
          RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
        END $$""")


async def break_order(db: Any, order_id: UUID) -> None:
    """Nobody can show this order any more."""
    await db.execute("UPDATE public.orders SET placed_at = $2::text::timestamptz WHERE id = $1", order_id, POISON)


async def mend_order(db: Any, order_id: UUID) -> None:
    """Everybody can again."""
    await db.execute("UPDATE public.orders SET placed_at = now() WHERE id = $1", order_id)


async def place_broken(db: Any, branch_id: str | UUID, *, table: str = "W") -> UUID:
    """A new order that was never whole; its id."""
    order_id: UUID = await db.fetchval(
        "INSERT INTO public.orders (branch_id, table_label, placed_at) VALUES ($1, $2, $3::text::timestamptz) "
        "RETURNING id",
        branch_id, table, POISON,
    )  # fmt: skip
    return order_id
