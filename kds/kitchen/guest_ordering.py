"""What the kitchen does with the door: closes it for a while, opens it, and takes back what came in a flood."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.domain.answers import Ordering
from kds.domain.ordering import ordering
from kds.errors import NotFound
from kds.kitchen.answers import Cancelled
from kds.kitchen.queries import KitchenQueries
from kds.web.requests import BODY, IDENTITY
from kds.web.responses import encoded_response
from kds.web.routes import route

Minutes = Annotated[int, Meta(ge=1, le=1440)]


class Pause(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a pause: `{"paused": true, "minutes": 15}`; without minutes until somebody opens."""

    paused: bool
    minutes: Minutes | None = None


class Flood(msgspec.Struct, forbid_unknown_fields=True):
    """How far back guests' orders are cancelled: `{"minutes": 10}`."""

    minutes: Minutes


class OrderingHandlers:
    """/kitchen/ordering, for role KITCHEN; the branch is that of the login."""

    def __init__(self, queries: KitchenQueries) -> None:
        self._queries = queries

    @route(
        "changeOrdering",
        "PATCH",
        "/kitchen/ordering",
        "Pause ordering by guests, or open it",
        Ordering,
        body=Pause,
        role="KITCHEN",
        errors=(404, 503),
    )
    async def change(self, request: web.Request) -> web.Response:
        """Pauses ordering by guests, or opens it; how it is now: `{"open": false, "until": "..." | null}`."""
        pause: Pause = request[BODY]
        branch_id = request[IDENTITY].branch_id
        row = await self._queries.pause_ordering(branch_id, paused=pause.paused, minutes=pause.minutes)
        if row is None:
            raise NotFound("This branch does not exist any more.")
        return encoded_response(ordering(row))

    @route(
        "cancelGuestOrders",
        "POST",
        "/kitchen/ordering/cancel",
        "Cancel what guests placed in the last minutes and no cook has finished",
        Cancelled,
        body=Flood,
        role="KITCHEN",
        errors=(503,),
    )
    async def cancel(self, request: web.Request) -> web.Response:
        """Cancels what guests placed in the last minutes and no cook has finished: `{"cancelled": 57, "left": 0}`."""
        identity = request[IDENTITY]
        flood: Flood = request[BODY]
        age = timedelta(minutes=flood.minutes)
        done = await self._queries.cancel_guest_orders(identity.branch_id, age, identity.staff_id)
        return encoded_response(Cancelled(done.cancelled, done.left))
