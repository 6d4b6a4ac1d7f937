"""A manager of a branch with three stations, who changes them over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.screen import token_for

NAMES = ["Grill", "Fry", "Cold"]


class Office:
    """A manager of one branch, who changes its stations."""

    def __init__(self, http: ClientSession, url: str, branch_id: str) -> None:
        self.http, self.url, self.branch_id = http, url, branch_id
        self.bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}"}

    async def ask(self, method: str, path: str = "", body: Any = None, **query: str) -> tuple[int, Any]:
        """Status and body."""
        url = f"{self.url}/manager/stations{path}"
        async with self.http.request(method, url, json=body, params=query, headers=self.bearer) as answer:
            return answer.status, await answer.json()

    async def refusal(self, method: str, path: str = "", body: Any = None, **query: str) -> tuple[int, str]:
        """Status and code."""
        status, told = await self.ask(method, path, body, **query)
        assert status >= 400 and told["error"]["message"].endswith("."), (status, told)
        return status, told["error"]["code"]

    async def rename(self, name: str, new_name: str) -> int:
        """How many orders are left."""
        status, told = await self.ask("PATCH", body={"name": new_name}, station=name)
        assert (status, told) == (200, {"name": new_name, "left": told.get("left")})
        return int(told["left"])

    async def remove(self, name: str, **to: str) -> int:
        """How many orders are left."""
        status, told = await self.ask("DELETE", station=name, **to)
        assert (status, told) == (200, {"name": to.get("to"), "left": told.get("left")})
        return int(told["left"])

    async def told(self) -> Any:
        """The answer of GET."""
        status, told = await self.ask("GET")
        assert status == 200
        return told

    async def names(self) -> list[str]:
        """Of the stations, as they stand."""
        return [each["name"] for each in (await self.told())["stations"]]


async def open_office(http: ClientSession, server: RunningServer, db: Any, branch_id: str) -> Office:
    """Of a branch with three stations, one dish at each and one at none."""
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    await db.execute("DELETE FROM stations WHERE branch_id = $1", UUID(branch_id))
    for position, name in enumerate(NAMES):
        await db.execute("INSERT INTO stations VALUES ($1, $2, $3)", UUID(branch_id), name, position)
    for station in (*NAMES, None):
        await db.execute(
            "INSERT INTO menu_items (branch_id, name, station, price_cents) VALUES ($1, $2, $3, 100)",
            UUID(branch_id), f"Dish of {station}", station,
        )  # fmt: skip
    return Office(http, server.url, branch_id)


async def tickets(db: Any, order_id: Any) -> list[str | None]:
    """The stations of the tickets of an order."""
    rows = await db.fetch("SELECT station FROM kots WHERE order_id = $1 ORDER BY 1", order_id)
    return [row["station"] for row in rows]
