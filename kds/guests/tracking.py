"""The customer's view of one order, made from the order object that kitchen screens get: no staff, no internals.

Guests who share the order of a table have a link each: it shows the tickets of their own round, and no words of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from kds.domain.money import minor_units
from kds.domain.pace import NO_PACE, Pace, PaceCache, estimate, moment
from kds.relay.event import Event, utc_now
from kds.relay.hub import TopicId

LINK_LIFE = timedelta(hours=24)
"""How long a tracking link works after the order has ended."""
LINK_LIFE_UNENDED = timedelta(days=3)
"""How long it works when nobody completes the order in that time: over its business day, and two days more."""
_ROLL_UP = ("SENT", "READY", "COMPLETED", "CANCELLED")
"""As kitchen_status of sql/schema.sql: an order has the least status of its tickets."""

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


@dataclass(frozen=True)
class Part:
    """What a link may show of an order that guests share: these tickets, the last of them cancelled then.

    Name and note of the order belong to whoever began it: `is_joined` says that this link is another guest's.
    """

    kot_ids: frozenset[str]
    cancelled_at: str | None
    is_joined: bool


def round_topic(order_id: UUID) -> TopicId:
    """The topic of the phones whose link is that of a round which joined the order."""
    return "round", order_id


class TrackPages:
    """The phones that track the order of the event by its own link, an audience of kds/relay/relay.py."""

    name = "order"

    def __init__(self, paces: PaceCache) -> None:
        self._paces = paces

    def topic(self, event: Event) -> TopicId:
        """The order."""
        return event.order_id

    def message(self, event: Event) -> bytes | None:
        """As order_status_message(); a page whose order is gone, or may be shared, asks for it, and learns that."""
        if event.body is None:
            return None
        order = msgspec.json.decode(event.body)
        if any(kot["round"] > 1 for kot in order["kots"]):
            return None
        view = _view(event.branch_id, order, self._paces.known(event.branch_id))
        return order_status_message(view, event.revision)


class TrackRounds:
    """Those that track it by the link of a round: what is theirs of it only the database tells. An audience, too."""

    name = "order round"

    def topic(self, event: Event) -> TopicId:
        """As round_topic()."""
        return round_topic(event.order_id)

    def message(self, _event: Event) -> None:
        """None: they read it anew."""


def order_status_message(view: dict[str, Any], revision: int) -> bytes:
    """The live message of a track page: `{"type":"ORDER_STATUS","revision":7, ...the customer's view}`."""
    told = {"type": "ORDER_STATUS", **view, "revision": revision, "serverTime": utc_now()}
    return msgspec.json.encode(told)


def customer_view(branch_id: UUID, order_json: str, pace: Pace = NO_PACE, part: Part | None = None) -> dict[str, Any]:
    """What the customer sees, for example `{"orderNumber": 7, "status": "SENT", "items": [...], ...}`.

    `estimate` is that of kds/domain/pace.py or null, `canCancel` whether the kitchen has finished nothing of it yet. Of
    a shared order all of it, status and sum too, is that of the `part`.
    """
    order = msgspec.json.decode(order_json)
    return _view(branch_id, order if part is None else _only(part, order), pace)


def _view(branch_id: UUID, order: dict[str, Any], pace: Pace) -> dict[str, Any]:
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
        # the kitchen's alone: parts, of which the guest ordered the whole, and what is left of deleted lines
        if "partOf" not in item and "deleted" not in item
    ]
    view["estimate"] = estimate(order["kots"], pace)
    view["canCancel"] = _is_unstarted(order)
    return view


def _only(part: Part, order: dict[str, Any]) -> dict[str, Any]:
    """The order as if nothing else had been ordered."""
    kots = [kot for kot in order["kots"] if kot["kotId"] in part.kot_ids]
    items = [item for item in order["items"] if item["kotId"] in part.kot_ids]
    status = min((kot["status"] for kot in kots), key=_ROLL_UP.index, default=order["status"])
    own = {
        **order,
        "kots": kots,
        "items": items,
        "status": status,
        "readyAt": _last(kots, "readyAt") if status != "SENT" else None,
        "completedAt": _last(kots, "completedAt") if status == "COMPLETED" else None,
        "cancelledAt": part.cancelled_at if status == "CANCELLED" else None,
        "totalCents": sum(item["quantity"] * item["priceCents"] for item in items if not item["voided"]),
    }
    if part.is_joined:
        own |= {"customerName": None, "note": None, "placedAt": min(kot["sentAt"] for kot in kots)}
    return own


def _last(kots: list[dict[str, Any]], moment_name: str) -> str | None:
    return max((kot[moment_name] for kot in kots if kot[moment_name] is not None), default=None)


def is_expired(view: dict[str, Any], now: datetime) -> bool:
    """Whether the link has had its time: three days after the order was placed, or a day after it ended before that.

    A link that once led nowhere never leads to the order again: who completes an old one opens no link by that.
    """
    placed = moment(view["placedAt"])
    ended = moment(view["completedAt"] or view["cancelledAt"])
    if ended is None or (placed is not None and ended > placed + LINK_LIFE_UNENDED):
        return placed is not None and placed < now - LINK_LIFE_UNENDED
    return ended < now - LINK_LIFE


def _is_unstarted(order: dict[str, Any]) -> bool:
    """As cancel_unstarted_round() of sql/cancelling.sql decides it for good."""
    return (
        order["status"] == "SENT"
        and all(kot["status"] in {"SENT", "CANCELLED"} for kot in order["kots"])
        and not any(item["done"] and not item["voided"] for item in order["items"])
    )


def _item_status(item: dict[str, Any], kot_status: str) -> str:
    if item["voided"]:
        return "CANCELLED"
    return "READY" if item["done"] and kot_status == "SENT" else str(kot_status)
