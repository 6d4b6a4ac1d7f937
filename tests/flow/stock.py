"""Dishes that are counted, and guests who order them by name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import RunningServer

NAMES = ("Chicken tikka", "Raita", "Garlic naan")


@pytest.fixture
async def dishes(db: Any, branch_id: str) -> dict[str, UUID]:
    """All dishes of the branch, by name."""
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    rows = await db.fetch(
        "INSERT INTO menu_items (branch_id, name, price_cents, position)"
        " SELECT $1, n, 100, p FROM unnest($2::text[]) WITH ORDINALITY AS t (n, p) RETURNING name, id",
        UUID(branch_id), list(NAMES),
    )  # fmt: skip
    return {row["name"]: row["id"] for row in rows}


async def count(db: Any, dish_id: UUID, remaining: int) -> None:
    """Begins to count a dish."""
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, $2)", dish_id, remaining)


class Guests:
    """Order what is asked for by name."""

    def __init__(self, http: ClientSession, server: RunningServer, dishes: dict[str, UUID]) -> None:
        self._http = http
        self._server = server
        self._dishes = dishes

    async def order(self, **wanted: int) -> tuple[int, dict[str, Any]]:
        """Status and answer; `Garlic_naan=2`."""
        items = [
            {"menuItemId": str(self._dishes[name.replace("_", " ")]), "quantity": quantity}
            for name, quantity in wanted.items()
        ]
        body = {"branchId": self._server.branch_id, "table": "T1", "items": items}
        async with self._http.post(f"{self._server.url}/public/order/place", json=body) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def guests(http: ClientSession, server: RunningServer, dishes: dict[str, UUID]) -> Guests:
    """Guests of the demo restaurant."""
    return Guests(http, server, dishes)
