"""What a cook does over HTTP: every action is compare-and-set, audited, and done once for each Idempotency-Key.

All answer with the order as it is now. Who was faster wins; the other gets 409 with that order, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from kds.auth import Tokens
from kds.config import Config
from kds.errors import Conflict, NotFound, Unprocessable
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
        return await self._act(request, CHANGE_ORDER, path_id(request, "orderId"))

    async def change_kot(self, request: web.Request) -> web.Response:
        """Moves one KOT one legal step."""
        return await self._act(request, CHANGE_KOT, path_id(request, "kotId"))

    async def bump_item(self, request: web.Request) -> web.Response:
        """Marks one item as done, or not done after all."""
        return await self._act(request, BUMP_ITEM, *_item_ids(request))

    async def change_priority(self, request: web.Request) -> web.Response:
        """Rush, or no rush any more."""
        return await self._act(request, CHANGE_PRIORITY, path_id(request, "orderId"))

    async def hold_order(self, request: web.Request) -> web.Response:
        """Holds all of an order that is not cooked yet, or fires it."""
        return await self._act(request, HOLD_ORDER, path_id(request, "orderId"))

    async def hold_kot(self, request: web.Request) -> web.Response:
        """Holds one KOT, or fires it."""
        return await self._act(request, HOLD_KOT, path_id(request, "kotId"))

    async def void_item(self, request: web.Request) -> web.Response:
        """Takes a dish back for good; it stays on the boards, struck through, until it was seen."""
        return await self._act(request, VOID_ITEM, *_item_ids(request))

    async def acknowledge_void(self, request: web.Request) -> web.Response:
        """Takes a voided dish off the boards: the kitchen has seen it."""
        return await self._act(request, ACKNOWLEDGE_VOID, *_item_ids(request))

    async def acknowledge(self, request: web.Request) -> web.Response:
        """Takes a cancelled order off the boards: the kitchen has seen it."""
        return await self._act(request, ACKNOWLEDGE_ORDER, path_id(request, "orderId"))

    async def history(self, request: web.Request) -> web.Response:
        """What cooks did to an order, oldest first."""
        branch_id = self._tokens.verify_role(bearer_token(request), "KITCHEN").branch_id
        body = await self._store.history(path_id(request, "orderId"), branch_id)
        if body is None:
            raise NotFound(_NO_ORDER)
        return json_response(body)

    async def _act(self, request: web.Request, action: Action, *ids: UUID) -> web.Response:
        """Changes, then reads how things stand."""
        cook = self._tokens.verify_role(bearer_token(request), "KITCHEN")
        key = idempotency_key(request)
        wanted: Any = parse(await read_body(request, self._config), action.body)
        if isinstance(wanted, StatusChange):
            _check_statuses(wanted)
        where = (*ids, cook.branch_id)
        has_changed = await self._store.act(action.change, *where, *action.arguments(wanted), cook.staff_id, key)
        present = await self._store.acted(action.read, cook.branch_id, *where, key)
        if present is None:
            raise NotFound(_NO_ORDER)
        if not has_changed:
            _check_unchanged(action, wanted, ids[0], present)
        return json_response(present["body"])


def _item_ids(request: web.Request) -> tuple[UUID, UUID]:
    return path_id(request, "itemId"), path_id(request, "orderId")


def _check_statuses(wanted: StatusChange) -> None:
    check_status(wanted.status)
    if wanted.source is not None:
        check_status(wanted.source)


def _check_unchanged(action: Action, wanted: Any, thing_id: UUID, present: Any) -> None:
    """Why nothing was changed.

    Raises:
        Unprocessable: the key has done something else before.
        Conflict: it is not as wanted, nor was it made so before by this request.
    """
    if present["keyed_action"] is not None:
        did = present["keyed_action"], present["keyed_id"], present["keyed_became"]
        source = getattr(wanted, "source", None)
        if did != (action.name, thing_id, action.became(wanted)) or str(source) not in ("None", present["keyed_was"]):
            raise Unprocessable("This Idempotency-Key was used for another change.", code="key_reused")
        return
    reason = action.why_not(wanted, present)
    if reason is not None:
        raise Conflict(reason, present["body"])


def _step(wanted: StatusChange) -> tuple[object, ...]:
    legal = LEGAL_SOURCES[wanted.status]
    sources = legal if wanted.source is None else [source for source in legal if source == wanted.source]
    return sources, wanted.status, wanted.undo


def _bump(wanted: ItemBump) -> tuple[object, ...]:
    return (wanted.done,)


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


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a cook may do to an order, a KOT or an item.

    `name` is what kitchen_actions calls it, `became` what it writes there as the outcome; `change` and `read` are
    statements of sql/queries/actions.sql; `why_not` tells what forbids it, None when all is as wanted.
    """

    name: str
    body: type
    change: str
    read: str
    arguments: Callable[[Any], tuple[object, ...]]
    became: Callable[[Any], str]
    why_not: Callable[[Any, Any], str | None]


def _truth(value: bool) -> str:
    """As PostgreSQL writes it."""
    return "true" if value else "false"


CHANGE_ORDER = Action(
    "status", StatusChange, "change_order_status", "read_order_state", _step, lambda w: str(w.status), _may_step
)
CHANGE_KOT = Action(
    "kot-status", StatusChange, "change_kot_status", "read_kot_state", _step, lambda w: str(w.status), _may_step
)
BUMP_ITEM = Action("item", ItemBump, "bump_item", "read_item_state", _bump, lambda w: _truth(w.done), _may_bump)
CHANGE_PRIORITY = Action(
    "priority", PriorityChange, "change_priority", "read_order_state", _rush, lambda w: str(w.priority), _may_rush
)
HOLD_ORDER = Action("hold", Hold, "hold_order", "read_order_state", _hold, lambda w: _truth(w.held), _may_hold_order)
HOLD_KOT = Action("kot-hold", Hold, "hold_kot", "read_kot_state", _hold, lambda w: _truth(w.held), _may_hold_kot)
VOID_ITEM = Action("void", Nothing, "void_item", "read_item_state", _nothing, lambda w: "true", _may_void)
ACKNOWLEDGE_VOID = Action(
    "void-acknowledge", Nothing, "acknowledge_void", "read_item_state", _nothing, lambda w: "true", _may_see_void
)
ACKNOWLEDGE_ORDER = Action(
    "acknowledge", Nothing, "acknowledge_order", "read_order_state", _nothing, lambda w: "true", _may_see
)
