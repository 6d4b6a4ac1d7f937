"""The customer's view of one order, made from the order object that kitchen screens get: no staff, no internals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from kds.event import Event, utc_now
from kds.money import minor_units
from kds.pace import NO_PACE, Pace, PaceDesk, estimate, moment

LINK_LIFE = timedelta(hours=24)
"""How long a tracking link works after the order has ended."""
LINK_LIFE_UNENDED = timedelta(days=7)
"""How long it works when nobody ever completes the order."""

_COPIED = (
    "orderId",
    "orderNumber",
    "table",
    "orderType",
    "customerName",
    "note",
    "status",
    "placedAt",
    "readyAt",
    "completedAt",
    "cancelledAt",
    "totalCents",
    "currency",
)


class TrackPages:
    """The phones that track the order of the event, an audience of kds/relay.py."""

    name = "order"

    def __init__(self, paces: PaceDesk) -> None:
        self._paces = paces

    def topic(self, event: Event) -> UUID:
        """The order."""
        return event.order_id

    def message(self, event: Event) -> bytes | None:
        """As order_status_message(); a page whose order is gone asks for it, and learns that."""
        if event.body is None:
            return None
        return order_status_message(event.branch_id, event.body, self._paces.known(event.branch_id), event.revision)


def order_status_message(branch_id: UUID, order_json: str, pace: Pace, revision: int) -> bytes:
    """The live message of a track page: `{"type":"ORDER_STATUS","revision":7, ...the customer's view}`."""
    view = customer_view(branch_id, order_json, pace)
    view["revision"] = revision
    view["serverTime"] = utc_now()
    return msgspec.json.encode({"type": "ORDER_STATUS", **view})


def customer_view(branch_id: UUID, order_json: str, pace: Pace = NO_PACE) -> dict[str, Any]:
    """What the customer sees, for example `{"orderNumber": 7, "status": "SENT", "items": [...], ...}`.

    `estimate` is that of kds/pace.py or null, `canCancel` whether the kitchen has finished nothing of it yet.
    """
    order = msgspec.json.decode(order_json)
    kot_status = {kot["kotId"]: kot["status"] for kot in order["kots"]}
    view = {name: order[name] for name in _COPIED}
    view["minorUnits"] = minor_units(order["currency"])
    view["branchId"] = str(branch_id)
    view["items"] = [
        {
            "name": item["name"],
            "quantity": item["quantity"],
            "modifiers": item["modifiers"],
            "note": item["note"],
            "priceCents": item["priceCents"],
            "status": _item_status(item, kot_status[item["kotId"]]),
        }
        for item in order["items"]
    ]
    view["estimate"] = estimate(order["kots"], pace)
    view["canCancel"] = _is_unstarted(order)
    return view


def is_expired(view: dict[str, Any], now: datetime) -> bool:
    """Whether the link has had its time: a day after the order was completed or cancelled, a week if it never was."""
    ended = moment(view["completedAt"] or view["cancelledAt"])
    if ended is not None:
        return ended < now - LINK_LIFE
    placed = moment(view["placedAt"])
    return placed is not None and placed < now - LINK_LIFE_UNENDED


def _is_unstarted(order: dict[str, Any]) -> bool:
    """As cancel_unstarted_order() of sql/functions.sql decides it for good."""
    return (
        order["status"] == "SENT"
        and all(kot["status"] in {"SENT", "CANCELLED"} for kot in order["kots"])
        and not any(item["done"] and not item["voided"] for item in order["items"])
    )


def _item_status(item: dict[str, Any], kot_status: str) -> str:
    if item["voided"]:
        return "CANCELLED"
    return "READY" if item["done"] and kot_status == "SENT" else str(kot_status)
