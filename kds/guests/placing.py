"""What the customer's pages ask: to place an order, to see it, to cancel it. Nobody logs in here."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from kds.config import Config
from kds.domain.links import Links, tracked_round
from kds.domain.money import minor_units
from kds.domain.pace import NO_PACE, Pace, PaceCache
from kds.domain.pricing import PlaceOrder, price_lines, written_total
from kds.errors import Conflict, NotFound, TooMany, Unavailable, Unprocessable
from kds.guests.answers import CustomerOrder, CustomerOrderConflict, PlacedOrder
from kds.guests.door import Door, Guest
from kds.guests.menu_handlers import NO_BRANCH
from kds.guests.queries import GuestQueries
from kds.guests.tracking import Part, customer_view, is_expired
from kds.relay.event import utc_now
from kds.web.requests import idempotency_key, parse, path_id, read_body
from kds.web.responses import json_response
from kds.web.routes import IDEMPOTENCY_KEY, TEXT_SCHEMA, Parameter, route

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
        body = await read_body(request, self._config)
        order = parse(body, PlaceOrder)
        key = idempotency_key(request)
        guest = self._door.guest(request, order)
        request_hash = hashlib.sha256(body).digest()
        try:
            branch = await self._admit(guest, order)
        except (TooMany, Unprocessable):
            # what was taken before is answered as before, however full it is by now
            earlier = await self._queries.earlier_answer(order.branchId, key) if key is not None else None
            if earlier is None:
                raise
            return json_response(_earlier_answer(earlier, request_hash), 201)
        if key is None:
            self._door.take(guest, order, branch)
            return json_response(await self._place(order, branch), 201)
        return json_response(await self._place_once(guest, order, branch, key, request_hash), 201)

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
        await self._queries.cancel_unstarted_round(order_id, round_id)
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

    # Placing

    async def _admit(self, guest: Guest, order: PlaceOrder) -> Any:
        self._door.check_pace(guest)
        branch = await self._queries.door(order.branchId, self._config.open_orders_per_branch, order.table)
        if branch is None:
            raise NotFound(NO_BRANCH)
        self._door.check_branch(guest, order, branch)
        return branch

    async def _place_once(self, guest: Guest, order: PlaceOrder, branch: Any, key: str, request_hash: bytes) -> bytes:
        is_counted = False

        async def place() -> bytes:
            nonlocal is_counted
            async with self._queries.pool.transaction() as connection:
                earlier = await self._queries.claim_key(connection, order.branchId, key, request_hash)
                if earlier is not None:
                    return _earlier_answer(earlier, request_hash)
                if not is_counted:
                    self._door.take(guest, order, branch)
                    is_counted = True
                answer = await self._place(order, branch, connection)
                await self._queries.keep_answer(connection, order.branchId, key, answer.decode())
            return answer

        return await self._queries.pool.again(place)

    async def _place(self, order: PlaceOrder, branch: Any, connection: Any = None) -> bytes:
        dishes = await self._queries.dishes(order.branchId, list({line.menuItemId for line in order.items}), connection)
        lines, total_cents = price_lines(order.items, {dish["id"]: dish for dish in dishes})
        if order.expectedTotalCents not in {None, total_cents}:
            raise Unprocessable("Prices have changed. Look at the new total, then order again.", code="price_changed")
        new_order, words = uuid.uuid4(), (order.customerName or None, order.note or None, written_total(total_cents))
        lines_json = msgspec.json.encode(lines).decode()
        if branch["adds_rounds"] and order.orderType == "dine_in" and order.table:
            round_ = (new_order, order.branchId, order.table, *words, lines_json, new_order)
            order_id, number = await self._queries.place_guest_round(round_, connection)
        else:
            order_id = new_order
            row = (order_id, order.branchId, order.table, order.orderType, *words, lines_json)
            number = await self._queries.place_order(row, connection)
        round_id = new_order if order_id != new_order else None
        token = self._links.tracking_token(order_id, round_id)
        return self._answer(order_id, number, total_cents, branch["currency"], token)

    def _answer(self, order_id: UUID, number: int, total_cents: int, currency: str, token: str) -> bytes:
        return msgspec.json.encode(
            {
                "orderId": order_id,
                "orderNumber": number,
                "status": "SENT",
                "totalCents": total_cents,
                "currency": currency,
                "minorUnits": minor_units(currency),
                "trackingToken": token,
            }
        )


def shown_view(row: Any, round_id: UUID | None, pace: Pace = NO_PACE) -> dict[str, Any]:
    """The customer's view of a row of GuestQueries.tracked_order, for the link of this round or of the order itself."""
    part: Part | None = None
    if row["own_kots"] is not None:
        part = Part(frozenset(row["own_kots"]), row["own_cancelled_at"], is_joined=round_id is not None)
    return customer_view(row["branch_id"], row["body"], pace, part)


def _earlier_answer(earlier: Any, request_hash: bytes) -> bytes:
    if earlier["request_hash"] != request_hash:
        raise Unprocessable("This Idempotency-Key was used for another order.", code="key_reused")
    if earlier["answer"] is None:
        raise Unavailable("This order is still being placed. Try again in a moment.")
    return str(earlier["answer"]).encode()
