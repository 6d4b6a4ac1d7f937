"""Guests who share the order of a table, each with the link of what they ordered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import RunningServer
from tests.flow.test_rounds import Table

SECRETS = ("Ana", "ALLERGY: nuts", "Not so hot", "birthday")


@pytest.fixture
async def rounds(db: Any) -> None:
    """The branch adds rounds to open orders."""
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")


@pytest.fixture
async def dishes(db: Any) -> list[Any]:
    """Dishes of different stations."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (station) * FROM menu_items WHERE available AND station IS NOT NULL"
        " ORDER BY station, position"
    )
    return list(rows)


@pytest.fixture
def table(http: ClientSession, server: RunningServer) -> Table:
    """A table of the demo restaurant."""
    return Table(http, server, "T1")


class Guest:
    """Holds the link of what they ordered."""

    def __init__(self, http: ClientSession, url: str, placed: dict[str, Any]) -> None:
        self._http = http
        self.url = f"{url}/public/order/{placed['orderId']}"
        self.link = {"token": placed["trackingToken"]}
        self.order_id = UUID(placed["orderId"])

    async def view(self) -> dict[str, Any]:
        """What the link shows."""
        async with self._http.get(self.url, params=self.link) as answer:
            assert answer.status == 200, await answer.text()
            view: dict[str, Any] = await answer.json()
            return view

    async def cancel(self) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        async with self._http.post(f"{self.url}/cancel", params=self.link) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def guests(table: Table, dishes: list[Any]) -> list[Guest]:
    """Three guests of one table, each with a dish of another station; the first with a name and notes."""
    line = {"menuItemId": str(dishes[0]["id"]), "quantity": 2, "note": SECRETS[2]}
    told: dict[str, Any] = {"customerName": SECRETS[0], "note": f"{SECRETS[1]}. {SECRETS[3]}", "items": [line]}
    placed = [await table.order(dishes[0], **told), await table.order(dishes[1]), await table.order(dishes[2])]
    assert [status for status, _ in placed] == [201, 201, 201]
    assert len({body["orderId"] for _, body in placed}) == 1
    assert len({body["trackingToken"] for _, body in placed}) == 3
    return [Guest(table.http, table.url, body) for _, body in placed]
