"""A menu as a file and as it stands in the table, for tests of commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

MENU = """name,section,station,price,allergens,modifiers,description
Chicken tikka,Mains,Grill,14.50,milk; mustard,NO yoghurt; ADD chilli oil +1.00,"Charred thigh, mint"
Raita,Sides,Cold,4.5,milk,,
"""


Kds = Callable[..., Awaitable[tuple[int, str]]]


async def dishes_of(db: Any, branch: str) -> list[Any]:
    """The menu of a branch by name, as it stands in the table."""
    rows = await db.fetch(
        "SELECT m.name, m.section, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers,"
        " m.description FROM menu_items AS m JOIN branches AS b ON b.id = m.branch_id"
        " WHERE b.name = $1 ORDER BY m.position",
        branch,
    )
    return [tuple(row.values()) for row in rows]
