"""What the customer's pages ask: to place an order, to see it, to cancel it. Nobody logs in here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from kds.config import Config
from kds.domain.links import Links, tracked_round
from kds.domain.pace import NO_PACE, Pace, PaceCache
from kds.domain.pricing import PlaceOrder
from kds.errors import Conflict, NotFound
from kds.guests.answers import CustomerOrder, CustomerOrderConflict, PlacedOrder, PlacingRefused
from kds.guests.door import Door
from kds.guests.orders import GuestOrders
from kds.guests.queries import GuestQueries
from kds.guests.tracking import Part, customer_view, is_expired
from kds.relay.event import utc_now
from kds.web.requests import BODY, BODY_BYTES, KEY, path_id
from kds.web.responses import json_response
from kds.web.routes import IDEMPOTENCY_KEY, TEXT_SCHEMA, Check, Parameter, route

TRACKING = Parameter("token", TEXT_SCHEMA, "The trackingToken of the order.", required=True)
_OF_ORDER = (("orderId", "$response.body#/orderId"),)
_TRACKED = (*_OF_ORDER, ("token", "$response.body#/trackingToken"))
_NO_ORDER = "This link leads to no order. Ask the staff."


class CustomerHandlers:
    """/public/order/*: place, track, cancel."""

    def __init__(self, config: Config, queries: GuestQueries, links: Links, paces: PaceCache) -> None:
        self._config = config
        self._queries = queries
        self._links = links
        self._paces = paces
        self._door = Door(config, links)
        self._orders = GuestOrders(config, queries, links, self._door)

    @route(
        "placeOrder",
        "POST",
        "/public/order/place",
        "Place an order",
        PlacedOrder,
        status=201,
        body=PlaceOrder,
        parameters=(IDEMPOTENCY_KEY,),
        errors=(404, 429, 503),
        refusal=PlacingRefused,
        order=(Check.BODY, Check.KEY),
        links=(
            ("trackOrder", _TRACKED),
            ("trackLive", _TRACKED),
            ("cancelOrder", _TRACKED),
            ("changeOrder", _OF_ORDER),
            ("changeOrderByPost", _OF_ORDER),
            ("acknowledgeOrder", _OF_ORDER),
        ),
    )
    async def place(self, request: web.Request) -> web.Response:
        """Places an order; with an Idempotency-Key once, however often it is sent."""
        order: PlaceOrder = request[BODY]
        key = request.get(KEY)
        guest = self._door.guest(request, order)
        request_hash = hashlib.sha256(request[BODY_BYTES]).digest()
        return json_response(await self._orders.place(guest, order, key, request_hash), 201)

    @route(
        "trackOrder",
        "GET",
        "/public/order/{orderId}",
        "What the customer sees of an order",
        CustomerOrder,
        parameters=(TRACKING,),
        # or GET /public/order/place would look for an order of that name, instead of answering 405
        patterns=(("orderId", "(?!place$)[^{}/]+"),),
        errors=(404, 503),
    )
    async def track(self, request: web.Request) -> web.Response:
        """The customer's view of one order, for whoever holds its link."""
        round_id = self.checked_round(request)
        row = await self.read_tracked(path_id(request, "orderId"), round_id)
        return json_response(msgspec.json.encode(await self._answer_view(row, round_id)))

    @route(
        "cancelOrder",
        "POST",
        "/public/order/{orderId}/cancel",
        "Cancel an order that the kitchen has not begun",
        CustomerOrder,
        parameters=(TRACKING,),
        errors=(404, 409, 503),
        conflict=CustomerOrderConflict,
    )
    async def cancel(self, request: web.Request) -> web.Response:
        """Cancels what its link shows when nothing of that is finished; what is cancelled already is answered the same.

        Raises:
            Conflict: the kitchen has begun; carries the customer's view, not the kitchen's order object.
        """
        round_id = self.checked_round(request)
        order_id = path_id(request, "orderId")
        await self.read_tracked(order_id, round_id)
        if not await self._queries.cancel_unstarted_round(order_id, round_id):
            await self._queries.await_standby()  # or what a first request did and could not keep were acknowledged here
        view = await self._answer_view(await self.read_tracked(order_id, round_id), round_id)
        if view["status"] != "CANCELLED":
            message = "The kitchen has begun with your order: it cannot be cancelled here. Ask the staff."
            raise Conflict(message, msgspec.json.encode(view).decode(), code="already_started")
        return json_response(msgspec.json.encode(view))

    async def _answer_view(self, row: Any, round_id: UUID | None) -> dict[str, Any]:
        pace = await self._paces.fetch(row["branch_id"])
        return {**shown_view(row, round_id, pace), "revision": row["revision"], "serverTime": utc_now()}

    def checked_round(self, request: web.Request) -> UUID | None:
        """The round whose tracking link this is; None for the link of the order itself.

        Raises:
            NotFound: it is forged.
        """
        token = request.query.get("token", "")
        if not self._links.is_tracking_token(path_id(request, "orderId"), token):
            raise NotFound(_NO_ORDER)
        return tracked_round(token)

    async def read_tracked(self, order_id: UUID, round_id: UUID | None) -> Any:
        """What such a link opens, as GuestQueries.tracked_order tells it, for shown_view().

        Raises:
            NotFound: unknown or expired: the same answer as for a forged one.
        """
        row = await self._queries.tracked_order(order_id, round_id)
        is_there = row is not None and (round_id is None or row["own_kots"])
        if not is_there or is_expired(shown_view(row, round_id), datetime.now(UTC)):
            raise NotFound(_NO_ORDER)
        return row


def shown_view(row: Any, round_id: UUID | None, pace: Pace = NO_PACE) -> dict[str, Any]:
    """The customer's view of a row of GuestQueries.tracked_order, for the link of this round or of the order itself."""
    part: Part | None = None
    if row["own_kots"] is not None:
        part = Part(frozenset(row["own_kots"]), row["own_cancelled_at"], is_joined=round_id is not None)
    return customer_view(row["branch_id"], row["body"], pace, part)
