"""One pickup board: a TV that shows which orders can be fetched, and may do nothing else.

Its login has role PICKUP, which no other request takes; the board renews it by POST /staff/refresh.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from kds.config import Config
from kds.errors import NotFound, TooMany
from kds.guests.answers import PickupBoard
from kds.guests.pickup.board import pickup_board, pickup_topic
from kds.guests.queries import GuestQueries
from kds.relay.event import utc_now
from kds.web.requests import IDENTITY
from kds.web.responses import json_response
from kds.web.routes import route
from kds.web.sockets.client_socket import ClientSocket
from kds.web.sockets.serving import SocketServer

OPEN = ("SENT", "READY")


class PickupHandler:
    """GET /pickup/orders, and GET /pickup/live, upgraded."""

    def __init__(self, config: Config, queries: GuestQueries, sockets: SocketServer) -> None:
        self._config = config
        self._queries = queries
        self._sockets = sockets
        self._boards: Counter[UUID] = Counter()

    @route("pickupOrders", "GET", "/pickup/orders", "The pickup board", PickupBoard, role="PICKUP", errors=(404, 503))
    async def orders(self, request: web.Request) -> web.Response:
        """The board of the login's branch, at once: also how a page learns why its socket was refused."""
        branch_id = request[IDENTITY].branch_id
        board, _ = await self._read(branch_id, await self._branch(branch_id))
        return json_response(msgspec.json.encode(board))

    @route(
        "pickupLive",
        "GET",
        "/pickup/live",
        "WebSocket: PICKUP_BOARD, then PICKUP_ORDER at every change",
        None,
        role="PICKUP",
        socket=True,
        errors=(404,),
    )
    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one board from its handshake to its end; a bad token or role is refused before the upgrade."""
        branch_id = request[IDENTITY].branch_id
        if (
            len(self._sockets.open) >= self._config.max_sockets
            or self._boards[branch_id] >= self._config.max_sockets_per_branch
        ):
            raise TooMany("Too many pickup boards are open.", retry_after_s=5)
        self._boards[branch_id] += 1
        try:
            branch = await self._branch(branch_id)
            return await self._sockets.serve(
                request,
                kind="pickup",
                branch_id=branch_id,
                topic_id=pickup_topic(branch_id, with_names=branch["pickup_names"]),
                show=partial(self._show, branch),
            )
        finally:
            self._boards[branch_id] -= 1
            if self._boards[branch_id] <= 0:
                del self._boards[branch_id]

    async def _show(self, branch: Any, client: ClientSocket) -> int | None:
        board, revision = await self._read(branch["id"], branch)
        client.send(msgspec.json.encode({"type": "PICKUP_BOARD", "revision": revision, **board}))
        return revision

    async def _branch(self, branch_id: UUID) -> Any:
        branch = await self._queries.branch(branch_id)
        if branch is None:
            raise NotFound("This restaurant is no longer here.")
        return branch

    async def _read(self, branch_id: UUID, branch: Any) -> tuple[dict[str, Any], int]:
        found = await self._queries.list_orders(branch_id, OPEN)
        board = {
            "branchId": branch_id,
            "name": branch["name"],
            "timezone": branch["timezone"],
            "orders": pickup_board(found.orders, with_names=branch["pickup_names"]),
            "serverTime": utc_now(),
        }
        return board, found.revision
