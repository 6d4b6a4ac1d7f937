"""Guests who order from whatever address, and what is said of whether the door is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import ClientSession

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.screen import token_for


class Guests:
    """Whoever orders at the demo restaurant, from whatever address."""

    def __init__(self, http: ClientSession, server: RunningServer, dish_id: UUID) -> None:
        self._http = http
        self._server = server
        self._line = {"menuItemId": str(dish_id), "quantity": 1}

    async def order(
        self,
        kind: str = "dine_in",
        table: str = "",
        *,
        proves: bool = False,
        address: str = "192.0.2.1",
        key: str = "",
        **more: object,
    ) -> tuple[int, str]:
        """Orders one dish; the status, and the order's id or the code of the refusal."""
        branch_id = self._server.branch_id
        body: dict[str, Any] = {"branchId": branch_id, "table": table, "orderType": kind, "items": [self._line], **more}
        if proves:
            body["tableToken"] = Links(JWT_SECRET).table_token(UUID(branch_id), table)
        headers = {"X-Forwarded-For": address, **({"Idempotency-Key": key} if key else {})}
        url = f"{self._server.url}/public/order/place"
        async with self._http.post(url, json=body, headers=headers) as answer:
            told = await answer.json()
            assert answer.status != 429 or int(answer.headers["Retry-After"]) >= 1
            return answer.status, told["orderId"] if answer.status == 201 else told["error"]["code"]


async def said_of_ordering(http: ClientSession, server: RunningServer) -> list[Any]:
    """What the menu and what the kitchen's own answer say."""
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    told = []
    for path in (f"/public/branches/{server.branch_id}/menu", "/kitchen/branch"):
        async with http.get(server.url + path, headers=bearer) as answer:
            told.append((await answer.json())["ordering"])
    return told
