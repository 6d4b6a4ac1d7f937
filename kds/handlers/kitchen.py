"""What a kitchen screen asks and does over HTTP. The branch always comes from the verified token."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.auth import Tokens
from kds.config import Config
from kds.errors import Conflict, Malformed, NotFound
from kds.handlers.edge import bearer_token, json_response, parse, path_id, read_body
from kds.store import Change, Store

STATUSES = ("SENT", "READY", "COMPLETED", "CANCELLED")
LEGAL_SOURCES = {
    "SENT": ["READY"],
    "READY": ["SENT", "COMPLETED"],
    "COMPLETED": ["READY"],
    "CANCELLED": ["SENT", "READY"],
}
"""From where a status may be reached, as sql/rules.sql, is_legal_transition(), says."""

StatusName = Annotated[str, Meta(extra_json_schema={"enum": list(STATUSES)})]
"""Told as an enumeration, read as any text: a status that is none of these is answered 400, not 422."""

_NO_ORDER = "There is no such order in this kitchen."


class StatusChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a status change: `{"status": "READY", "from": "SENT"}`, `from` being optional."""

    status: StatusName
    source: StatusName | None = None


class ItemBump(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an item bump: `{"done": true}`."""

    done: bool


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty body: `{}`."""


class KitchenHandlers:
    """/kitchen/branch, /kitchen/orders and the status changes, for role KITCHEN."""

    def __init__(self, config: Config, store: Store, tokens: Tokens) -> None:
        self._config = config
        self._store = store
        self._tokens = tokens

    async def branch(self, request: web.Request) -> web.Response:
        """What a board needs to know of its branch: name, stations, age thresholds."""
        row = await self._store.branch(self._branch_id(request))
        if row is None:
            raise NotFound("This branch does not exist any more.")
        answer = {
            "branchId": row["id"],
            "name": row["name"],
            "locality": row["locality"],
            "timezone": row["timezone"],
            "currency": row["currency"],
            "stations": row["stations"],
            "thresholds": msgspec.Raw(row["thresholds"].encode()),
        }
        return json_response(msgspec.json.encode(answer))

    async def list_orders(self, request: web.Request) -> web.Response:
        """The orders of the branch with one of the asked statuses; SENT and READY when none is asked."""
        branch_id = self._branch_id(request)
        asked = [status for text in request.query.getall("status", []) for status in text.split(",")]
        for status in asked:
            _check_status(status)
        row = await self._store.list_orders(branch_id, asked or ["SENT", "READY"])
        orders = ",".join(row["orders"])
        return json_response(f'{{"orders":[{orders}],"revision":{row["revision"]},"epoch":"{row["epoch"]}"}}')

    async def change_order(self, request: web.Request) -> web.Response:
        """Moves an order one legal step."""
        branch_id = self._branch_id(request)
        order_id = path_id(request, "orderId")
        wanted = await self._status_change(request)
        change = await self._store.change_order_status(order_id, branch_id, _sources(wanted), wanted.status)
        return self._answer_change(change, wanted)

    async def change_kot(self, request: web.Request) -> web.Response:
        """Moves one KOT one legal step."""
        branch_id = self._branch_id(request)
        kot_id = path_id(request, "kotId")
        wanted = await self._status_change(request)
        change = await self._store.change_kot_status(kot_id, branch_id, _sources(wanted), wanted.status)
        return self._answer_change(change, wanted)

    async def bump_item(self, request: web.Request) -> web.Response:
        """Marks one item as done, or not done after all."""
        branch_id = self._branch_id(request)
        order_id, item_id = path_id(request, "orderId"), path_id(request, "itemId")
        wanted = parse(await read_body(request, self._config), ItemBump)
        body = await self._store.bump_item(item_id, order_id, branch_id, wanted.done)
        if body is None:
            raise NotFound(_NO_ORDER)
        return json_response(body)

    async def acknowledge(self, request: web.Request) -> web.Response:
        """Takes a cancelled order off the boards: the kitchen has seen it."""
        branch_id = self._branch_id(request)
        order_id = path_id(request, "orderId")
        parse(await read_body(request, self._config), Nothing)
        change = await self._store.acknowledge_order(order_id, branch_id)
        if change is None:
            raise NotFound(_NO_ORDER)
        if change.status != "CANCELLED":
            raise Conflict(f"This order is {change.status}, not CANCELLED.", change.body)
        return json_response(change.body)

    def _branch_id(self, request: web.Request) -> UUID:
        return self._tokens.verify_role(bearer_token(request), "KITCHEN").branch_id

    async def _status_change(self, request: web.Request) -> StatusChange:
        wanted = parse(await read_body(request, self._config), StatusChange)
        _check_status(wanted.status)
        if wanted.source is not None:
            _check_status(wanted.source)
        return wanted

    @staticmethod
    def _answer_change(change: Change | None, wanted: StatusChange) -> web.Response:
        if change is None:
            raise NotFound(_NO_ORDER)
        if not change.changed and change.status != wanted.status:
            raise Conflict(_why_not(change.status, wanted), change.body)
        return json_response(change.body)


def _sources(wanted: StatusChange) -> list[str]:
    legal = LEGAL_SOURCES[wanted.status]
    return legal if wanted.source is None else [source for source in legal if source == wanted.source]


def _why_not(present: str, wanted: StatusChange) -> str:
    if wanted.source is not None and wanted.source != present:
        return f"Somebody was faster: it is {present} by now, not {wanted.source}."
    return f"It is {present} and cannot become {wanted.status}."


def _check_status(status: Any) -> None:
    if status not in STATUSES:
        raise Malformed(f"Status {status!r:.40} is none of {', '.join(STATUSES)}.", code="unknown_status")
