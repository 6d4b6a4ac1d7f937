"""Customers who order over HTTP, where a test is not about the order page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession


@dataclass(frozen=True)
class Placed:
    """An order that the server took."""

    order_id: str
    number: int
    token: str


class Customer:
    """Orders over HTTP, where a test is not about the order page."""

    def __init__(self, http: ClientSession, url: str, branch_id: str) -> None:
        self._http = http
        self._url = url
        self._branch_id = branch_id

    async def menu(self) -> list[dict[str, Any]]:
        """The dishes of the branch."""
        async with self._http.get(f"{self._url}/public/branches/{self._branch_id}/menu") as answer:
            assert answer.status == 200, await answer.text()
            body: dict[str, Any] = await answer.json()
        items: list[dict[str, Any]] = body["items"]
        return items

    async def dishes(self, count: int) -> list[dict[str, Any]]:
        """The first dishes that can be had, each of another station where there are enough."""
        available = [dish for dish in await self.menu() if dish["available"]]
        by_station = {dish["station"]: dish for dish in reversed(available)}
        rest = [dish for dish in available if dish not in by_station.values()]
        return [*by_station.values(), *rest][:count]

    async def order(self, dishes: list[dict[str, Any]], table: str = "T1", **more: Any) -> Placed:
        """Places an order with one of each dish."""
        items = [{"menuItemId": dish["menuItemId"], "quantity": 1} for dish in dishes]
        body = {"branchId": self._branch_id, "table": table, "items": items, **more}
        async with self._http.post(f"{self._url}/public/order/place", json=body) as answer:
            assert answer.status == 201, await answer.text()
            placed = await answer.json()
        return Placed(placed["orderId"], placed["orderNumber"], placed["trackingToken"])
