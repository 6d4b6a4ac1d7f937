"""What a kitchen screen asks over HTTP. The branch is that of the verified login."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.domain.money import minor_units
from kds.domain.ordering import ordering
from kds.errors import Malformed, NotFound
from kds.kitchen.answers import KitchenBranch, KitchenLater, OrderList
from kds.kitchen.queries import KitchenQueries
from kds.web.requests import IDENTITY
from kds.web.responses import encoded_response, json_response
from kds.web.routes import Parameter, route

STATUSES = ("SENT", "READY", "COMPLETED", "CANCELLED")
StatusName = Annotated[str, Meta(extra_json_schema={"enum": list(STATUSES)})]
"""Told as an enumeration, read as any text: a status that is none of these is answered 400, not 422."""

ASKED_STATUSES = Parameter(
    "status",
    {"type": "array", "items": {"enum": list(STATUSES)}, "minItems": 1},
    "Repeated, or a comma list; SENT and READY without it.",
)
_FIRST = (("orderId", "$response.body#/orders/0/orderId"),)
_FIRST_ITEM = (*_FIRST, ("itemId", "$response.body#/orders/0/items/0/itemId"))
_FIRST_KOT = (("kotId", "$response.body#/orders/0/kots/0/kotId"),)


class KitchenHandlers:
    """/kitchen/branch and /kitchen/orders, for role KITCHEN."""

    def __init__(self, queries: KitchenQueries) -> None:
        self._queries = queries

    @route(
        "kitchenBranch",
        "GET",
        "/kitchen/branch",
        "Stations and age thresholds",
        KitchenBranch,
        role="KITCHEN",
        errors=(404, 503),
    )
    async def branch(self, request: web.Request) -> web.Response:
        """What a board needs to know of its branch: name, stations, age thresholds."""
        row = await self._queries.branch(request[IDENTITY].branch_id)
        if row is None:
            raise NotFound("This branch does not exist any more.")
        answer = {
            "branchId": row["id"],
            "name": row["name"],
            "locality": row["locality"],
            "timezone": row["timezone"],
            "currency": row["currency"],
            "minorUnits": minor_units(row["currency"]),
            "stations": row["stations"],
            "thresholds": msgspec.Raw(row["thresholds"].encode()),
            "ordering": ordering(row),
        }
        return encoded_response(answer)

    @route(
        "listOrders",
        "GET",
        "/kitchen/orders",
        "The orders of the kitchen",
        OrderList,
        role="KITCHEN",
        parameters=(ASKED_STATUSES,),
        errors=(503,),
        links=(("changeOrder", _FIRST), ("changeKot", _FIRST_KOT), ("bumpItem", _FIRST_ITEM)),
    )
    async def list_orders(self, request: web.Request) -> web.Response:
        """The orders of the branch with one of the asked statuses; SENT and READY when none is asked."""
        asked = [status for text in request.query.getall("status", []) for status in text.split(",")]
        for status in asked:
            check_status(status)
        found = await self._queries.list_orders(request[IDENTITY].branch_id, asked or ["SENT", "READY"])
        orders = ",".join(found.orders)
        answer = json_response(
            f'{{"orders":[{orders}],"revision":{found.revision},"epoch":"{found.epoch}"{found.later}}}'
        )
        answer.enable_compression()
        return answer

    @route(
        "ordersForLater",
        "GET",
        "/kitchen/orders/later",
        "What is promised for later than the boards show",
        KitchenLater,
        role="KITCHEN",
        errors=(503,),
    )
    async def later(self, request: web.Request) -> web.Response:
        """How many orders are promised for later than the boards show, when the next is due, and the next of them."""
        answer = json_response(await self._queries.later(request[IDENTITY].branch_id))
        answer.enable_compression()
        return answer


def check_status(status: Any) -> None:
    """Refuses what is no status.

    Raises:
        Malformed: it is none.
    """
    if status not in STATUSES:
        raise Malformed(f"Status {status!r:.40} is none of {', '.join(STATUSES)}.", code="unknown_status")
