"""What the pickup board shows of an order: its number, whether it can be fetched, a first name where that is wished.

Made from the order object that kitchen screens get, so that the board needs no reading of its own at every change.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import msgspec

from kds.domain.text import first_characters
from kds.relay.event import Event, utc_now
from kds.relay.hub import TopicId

log = logging.getLogger(__name__)

NAME_MAX = 20
"""Characters as they are read."""


def pickup_topic(branch_id: UUID, *, with_names: bool) -> TopicId:
    """The topic of a branch's pickup boards: one with first names, one without."""
    return "pickup names" if with_names else "pickup", branch_id


class _Kot(msgspec.Struct):
    status: str


class _Item(msgspec.Struct):
    done: bool
    voided: bool


class _Order(msgspec.Struct):
    """What the board needs of an order object: to read it whole takes five times as long."""

    orderId: str
    orderNumber: int
    table: str
    orderType: str
    status: str
    customerName: str | None
    placedAt: str | None
    readyAt: str | None
    kots: list[_Kot]
    items: list[_Item]
    later: bool = False


_decode = msgspec.json.Decoder(_Order).decode


class PickupBoards:
    """The pickup boards of the branch, an audience of kds/relay/relay.py: those with first names, or those without."""

    def __init__(self, *, with_names: bool) -> None:
        self._with_names = with_names
        self.name = "pickup names" if with_names else "pickup"

    def topic(self, event: Event) -> TopicId:
        """As pickup_topic()."""
        return pickup_topic(event.branch_id, with_names=self._with_names)

    def message(self, event: Event) -> bytes:
        """As pickup_message()."""
        return pickup_message(event, with_names=self._with_names)


def _line(order: _Order, *, with_names: bool) -> dict[str, Any]:
    """One line of the board: `{"orderId": "...", "orderNumber": 207, "state": "READY", "since": "..."}`.

    `state` is COOKING, ALMOST (the kitchen has finished a part of it), READY, or GONE: not for this board.
    """
    state = _state(order)
    line = {
        "orderId": order.orderId,
        "orderNumber": order.orderNumber,
        "state": state,
        "since": order.readyAt if state == "READY" else order.placedAt,
    }
    if with_names:
        line["name"] = _first_name(order.customerName)
    return line


def pickup_message(event: Event, *, with_names: bool) -> bytes:
    """The live message of an event: `{"type":"PICKUP_ORDER","revision":7,...the line}`; GONE for a removed order."""
    if event.body is None:
        line: dict[str, Any] = {"orderId": str(event.order_id), "state": "GONE"}
    else:
        line = _line(_decode(event.body), with_names=with_names)
    return msgspec.json.encode({"type": "PICKUP_ORDER", "revision": event.revision, **line, "serverTime": utc_now()})


def pickup_board(orders: list[str], *, with_names: bool) -> list[dict[str, Any]]:
    """The lines of open orders, given as order objects in JSON, without those that nobody fetches."""
    lines: list[dict[str, Any]] = []
    for order in orders:
        try:
            lines.append(_line(_decode(order), with_names=with_names))
        except msgspec.MsgspecError:  # no order may cost the board the others
            log.exception("pickup board lacks an order order=%.60s", order)
    return [line for line in lines if line["state"] != "GONE"]


def _state(order: _Order) -> str:
    is_served_at_table = order.orderType == "dine_in" and order.table
    if is_served_at_table or order.later or order.status not in {"SENT", "READY"}:
        return "GONE"  # what is for later is no number to wait for yet
    if order.status == "READY":
        return "READY"
    has_finished_part = any(kot.status in {"READY", "COMPLETED"} for kot in order.kots) or any(
        item.done and not item.voided for item in order.items
    )
    return "ALMOST" if has_finished_part else "COOKING"


def _first_name(name: str | None) -> str:
    words = (name or "").split()
    return first_characters(words[0], NAME_MAX) if words else ""
