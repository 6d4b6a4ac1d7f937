"""What a cook does over HTTP: every action is compare-and-set, audited, and done once for each Idempotency-Key.

All answer with the order as it is now. Who was faster wins; the other gets 409 with that order, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.auth import Tokens
from kds.config import Config
from kds.errors import Conflict, NotFound
from kds.handlers.edge import bearer_token, idempotency_key, json_response, parse, path_id, read_body
from kds.handlers.kitchen import StatusName, check_status
from kds.store import Store

LEGAL_SOURCES = {
    "SENT": ["READY"],
    "READY": ["SENT", "COMPLETED"],
    "COMPLETED": ["READY"],
    "CANCELLED": ["SENT", "READY"],
}
"""From where a status may be reached, as sql/rules.sql, is_legal_transition(), says."""

_NO_ORDER = "There is no such order in this kitchen."

Priority = Annotated[int, Meta(ge=0, le=1)]


class StatusChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a status change: `{"status": "READY", "from": "SENT"}`.

    `from` is optional. `undo` says that a step back takes a mistake back, and is no recall.
    """

    status: StatusName
    source: StatusName | None = None
    undo: bool = False


class PriorityChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a rush: `{"priority": 1, "from": 0}`, `from` being optional."""

    priority: Priority
    source: Priority | None = None


class ItemBump(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an item bump: `{"done": true}`."""

    done: bool


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """The body of hold and fire: `{"held": true}` holds, `{"held": false}` fires."""

    held: bool


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty body: `{}`."""


class ActionHandlers:
    """/kitchen/order/... and /kitchen/kot/..., for role KITCHEN; the branch and the cook are those of the token."""

    def __init__(self, config: Config, store: Store, tokens: Tokens) -> None:
        self._config = config
        self._store = store
        self._tokens = tokens

    async def change_order(self, request: web.Request) -> web.Response:
        """Moves an order one legal step."""
        order, wanted = path_id(request, "orderId"), self._status_change
        return await self._act(request, wanted, "change_order_status", "read_order_state", (order,), _step, _may_step)

    async def change_kot(self, request: web.Request) -> web.Response:
        """Moves one KOT one legal step."""
        kot, wanted = path_id(request, "kotId"), self._status_change
        return await self._act(request, wanted, "change_kot_status", "read_kot_state", (kot,), _step, _may_step)

    async def bump_item(self, request: web.Request) -> web.Response:
        """Marks one item as done, or not done after all."""
        ids = path_id(request, "itemId"), path_id(request, "orderId")
        return await self._act(
            request, self._body(ItemBump), "bump_item", "read_item_state", ids, lambda wanted: (wanted.done,), _may_bump
        )

    async def change_priority(self, request: web.Request) -> web.Response:
        """Rush, or no rush any more."""
        order, wanted = path_id(request, "orderId"), self._body(PriorityChange)
        return await self._act(request, wanted, "change_priority", "read_order_state", (order,), _rush, _may_rush)

    async def hold_order(self, request: web.Request) -> web.Response:
        """Holds all of an order that is not cooked yet, or fires it."""
        order, wanted = path_id(request, "orderId"), self._body(Hold)
        return await self._act(request, wanted, "hold_order", "read_order_state", (order,), _hold, _may_hold_order)

    async def hold_kot(self, request: web.Request) -> web.Response:
        """Holds one KOT, or fires it."""
        kot, wanted = path_id(request, "kotId"), self._body(Hold)
        return await self._act(request, wanted, "hold_kot", "read_kot_state", (kot,), _hold, _may_hold_kot)

    async def void_item(self, request: web.Request) -> web.Response:
        """Takes a dish back for good; it stays on the boards, struck through, until it was seen."""
        ids, wanted = (path_id(request, "itemId"), path_id(request, "orderId")), self._body(Nothing)
        return await self._act(request, wanted, "void_item", "read_item_state", ids, _nothing, _may_void)

    async def acknowledge_void(self, request: web.Request) -> web.Response:
        """Takes a voided dish off the boards: the kitchen has seen it."""
        ids, wanted = (path_id(request, "itemId"), path_id(request, "orderId")), self._body(Nothing)
        return await self._act(request, wanted, "acknowledge_void", "read_item_state", ids, _nothing, _may_see_void)

    async def acknowledge(self, request: web.Request) -> web.Response:
        """Takes a cancelled order off the boards: the kitchen has seen it."""
        order, wanted = path_id(request, "orderId"), self._body(Nothing)
        return await self._act(request, wanted, "acknowledge_order", "read_order_state", (order,), _nothing, _may_see)

    async def history(self, request: web.Request) -> web.Response:
        """What cooks did to an order, oldest first."""
        branch_id = self._tokens.verify_role(bearer_token(request), "KITCHEN").branch_id
        body = await self._store.history(path_id(request, "orderId"), branch_id)
        if body is None:
            raise NotFound(_NO_ORDER)
        return json_response(body)

    async def _act(
        self,
        request: web.Request,
        read_wanted: Callable[[web.Request], Any],
        change: str,
        read: str,
        ids: tuple[UUID, ...],
        arguments: Callable[[Any], tuple[object, ...]],
        why_not: Callable[[Any, Any], str | None],
    ) -> web.Response:
        """Changes, then reads how things stand; `why_not` tells what forbids it, None when it is as wanted."""
        cook = self._tokens.verify_role(bearer_token(request), "KITCHEN")
        key = idempotency_key(request)
        wanted = await read_wanted(request)
        where = (*ids, cook.branch_id)
        has_changed = await self._store.act(change, *where, *arguments(wanted), cook.staff_id, key)
        present = await self._store.acted(read, cook.branch_id, *where, key)
        if present is None:
            raise NotFound(_NO_ORDER)
        reason = None if has_changed or present["repeated"] else why_not(wanted, present)
        if reason is not None:
            raise Conflict(reason, present["body"])
        return json_response(present["body"])

    def _body(self, kind: type) -> Callable[[web.Request], Any]:
        async def read(request: web.Request) -> Any:
            return parse(await read_body(request, self._config), kind)

        return read

    async def _status_change(self, request: web.Request) -> StatusChange:
        wanted = parse(await read_body(request, self._config), StatusChange)
        check_status(wanted.status)
        if wanted.source is not None:
            check_status(wanted.source)
        return wanted


def _step(wanted: StatusChange) -> tuple[object, ...]:
    legal = LEGAL_SOURCES[wanted.status]
    sources = legal if wanted.source is None else [source for source in legal if source == wanted.source]
    return sources, wanted.status, wanted.undo


def _rush(wanted: PriorityChange) -> tuple[object, ...]:
    return wanted.priority, wanted.source


def _hold(wanted: Hold) -> tuple[object, ...]:
    return (wanted.held,)


def _nothing(_wanted: Any) -> tuple[object, ...]:
    return ()


def _may_step(wanted: StatusChange, present: Any) -> str | None:
    if present["status"] == wanted.status:
        return None
    if wanted.source is not None and wanted.source != present["status"]:
        return f"Somebody was faster: it is {present['status']} by now, not {wanted.source}."
    return f"It is {present['status']} and cannot become {wanted.status}."


def _may_bump(wanted: ItemBump, present: Any) -> str | None:
    return None if present["done"] == wanted.done else "It changed at this very moment."


def _may_rush(wanted: PriorityChange, present: Any) -> str | None:
    if present["priority"] == wanted.priority:
        return None
    if present["status"] not in ("SENT", "READY"):
        return f"It is {present['status']}: too late to rush."
    return f"Somebody was faster: its priority is {present['priority']} by now."


def _may_hold_order(_wanted: Hold, present: Any) -> str | None:
    return None if present["can_hold"] else f"It is {present['status']}: nothing of it waits to be cooked."


def _may_hold_kot(_wanted: Hold, present: Any) -> str | None:
    return None if present["status"] == "SENT" else f"It is {present['status']}, and only what is SENT can wait."


def _may_void(_wanted: Nothing, present: Any) -> str | None:
    return None if present["voided"] else f"The order is {present['status']}: nothing of it can be taken back."


def _may_see_void(_wanted: Nothing, present: Any) -> str | None:
    return None if present["is_void"] else "This dish was not taken back."


def _may_see(_wanted: Nothing, present: Any) -> str | None:
    return None if present["status"] == "CANCELLED" else f"This order is {present['status']}, not CANCELLED."
