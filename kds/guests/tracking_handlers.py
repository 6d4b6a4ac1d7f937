"""One customer's phone: the state of one order at once, then at every change."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

from aiohttp import web

from kds.config import Config
from kds.domain.pace import PaceCache
from kds.errors import NotFound
from kds.guests.placing import TRACKING, CustomerHandlers, shown_view
from kds.guests.tracking import order_status_message, round_topic
from kds.web.requests import path_id
from kds.web.routes import route
from kds.web.sockets.client_socket import ClientSocket
from kds.web.sockets.close_codes import RESYNC
from kds.web.sockets.seats import CustomerSeats
from kds.web.sockets.serving import SocketServer


class TrackHandler:
    """GET /public/order/{orderId}/live, upgraded."""

    def __init__(
        self,
        config: Config,
        paces: PaceCache,
        sockets: SocketServer,
        seats: CustomerSeats,
        customers: CustomerHandlers,
    ) -> None:
        self._seats = seats
        self._paces = paces
        self._sockets = sockets
        self._customers = customers
        # ten thousand phones that are told to read anew wait here: for a connection they would wait too long
        self._reads = asyncio.Semaphore(max(1, config.pool_size // 2))

    @route(
        "trackLive",
        "GET",
        "/public/order/{orderId}/live",
        "WebSocket: ORDER_STATUS at once and at every change",
        None,
        socket=True,
        parameters=(TRACKING,),
        errors=(404,),
    )
    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one phone from its handshake to its end; a bad link is 404 before the upgrade."""
        order_id, round_id = path_id(request, "orderId"), self._customers.checked_round(request)
        # The row itself is not kept: it would cost as much memory as the socket, for as long.
        branch_id = (await self._customers.read_tracked(order_id, round_id))["branch_id"]
        with self._seats.take(request):
            return await self._sockets.serve(
                request,
                kind="order",
                branch_id=branch_id,
                topic_id=order_id if round_id is None else round_topic(order_id),
                show=partial(self._show, order_id, round_id),
            )

    async def _show(self, order_id: UUID, round_id: UUID | None, client: ClientSocket) -> int | None:
        try:
            async with self._reads:
                pace = await self._paces.fetch(client.branch_id)
                row = await self._customers.read_tracked(order_id, round_id)
        except NotFound:
            client.end(RESYNC, "read the order again")
            return None
        client.send(order_status_message(shown_view(row, round_id, pace), row["revision"]))
        return int(row["revision"])
