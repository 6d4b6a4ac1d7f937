"""What a cook does over HTTP: every action is compare-and-set, audited, and done once for each Idempotency-Key.

All answer with the order as it is now. Who was faster wins; the other gets 409 with that order, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from kds.config import Config
from kds.errors import Conflict, NotFound, Unprocessable
from kds.kitchen.actions import (
    ACKNOWLEDGE_ORDER,
    ACKNOWLEDGE_VOID,
    BUMP_ITEM,
    CHANGE_KOT,
    CHANGE_ORDER,
    CHANGE_PRIORITY,
    HOLD_KOT,
    HOLD_ORDER,
    VOID_ITEM,
    Action,
    Hold,
    ItemBump,
    Nothing,
    PriorityChange,
    StatusChange,
)
from kds.kitchen.answers import History, Order, OrderConflict
from kds.kitchen.lists import check_status
from kds.kitchen.queries import KitchenQueries
from kds.web.login.tokens import Tokens
from kds.web.requests import bearer_token, idempotency_key, parse, path_id, read_body
from kds.web.responses import json_response
from kds.web.routes import IDEMPOTENCY_KEY, AnyHandler, route

_ORDER = "/kitchen/order/{orderId}"
_ITEM = f"{_ORDER}/item/{{itemId}}"
_NO_ORDER = "There is no such order in this kitchen."


def _action(id: str, method: str, path: str, summary: str, body: type) -> Callable[[AnyHandler], AnyHandler]:
    """The route of something a cook does: each takes an Idempotency-Key and answers with the order."""
    return route(
        id,
        method,
        path,
        summary,
        Order,
        body=body,
        role="KITCHEN",
        parameters=(IDEMPOTENCY_KEY,),
        errors=(404, 409, 503),
        conflict=OrderConflict,
    )


class ActionHandlers:
    """/kitchen/order/... and /kitchen/kot/..., for role KITCHEN; the branch and the cook are those of the token."""

    def __init__(self, config: Config, queries: KitchenQueries, tokens: Tokens) -> None:
        self._config = config
        self._queries = queries
        self._tokens = tokens

    @_action("changeOrder", "PATCH", f"{_ORDER}/status", "Move an order one legal step", StatusChange)
    @_action("changeOrderByPost", "POST", f"{_ORDER}/status", "Move an order one legal step", StatusChange)
    async def change_order(self, request: web.Request) -> web.Response:
        """Moves an order one legal step."""
        return await self._act(request, CHANGE_ORDER, path_id(request, "orderId"))

    @_action("changeKot", "PATCH", "/kitchen/kot/{kotId}/status", "Move one KOT one legal step", StatusChange)
    async def change_kot(self, request: web.Request) -> web.Response:
        """Moves one KOT one legal step."""
        return await self._act(request, CHANGE_KOT, path_id(request, "kotId"))

    @_action("bumpItem", "PATCH", _ITEM, "Mark one item as done, or not done after all", ItemBump)
    async def bump_item(self, request: web.Request) -> web.Response:
        """Marks one item as done, or not done after all."""
        return await self._act(request, BUMP_ITEM, *_item_ids(request))

    @_action("changePriority", "PATCH", f"{_ORDER}/priority", "Rush an order, or no more", PriorityChange)
    async def change_priority(self, request: web.Request) -> web.Response:
        """Rush, or no rush any more."""
        return await self._act(request, CHANGE_PRIORITY, path_id(request, "orderId"))

    @_action("holdOrder", "PATCH", f"{_ORDER}/hold", "Hold what is not cooked yet of an order, or fire it", Hold)
    async def hold_order(self, request: web.Request) -> web.Response:
        """Holds all of an order that is not cooked yet, or fires it."""
        return await self._act(request, HOLD_ORDER, path_id(request, "orderId"))

    @_action("holdKot", "PATCH", "/kitchen/kot/{kotId}/hold", "Hold one KOT, or fire it", Hold)
    async def hold_kot(self, request: web.Request) -> web.Response:
        """Holds one KOT, or fires it."""
        return await self._act(request, HOLD_KOT, path_id(request, "kotId"))

    @_action("voidItem", "POST", f"{_ITEM}/void", "Take an item back", Nothing)
    async def void_item(self, request: web.Request) -> web.Response:
        """Takes a dish back for good; it stays on the boards, struck through, until it was seen."""
        return await self._act(request, VOID_ITEM, *_item_ids(request))

    @_action("acknowledgeVoid", "POST", f"{_ITEM}/acknowledge", "Take a voided item off the boards", Nothing)
    async def acknowledge_void(self, request: web.Request) -> web.Response:
        """Takes a voided dish off the boards: the kitchen has seen it."""
        return await self._act(request, ACKNOWLEDGE_VOID, *_item_ids(request))

    @_action("acknowledgeOrder", "POST", f"{_ORDER}/acknowledge", "Take a cancelled order off the boards", Nothing)
    async def acknowledge(self, request: web.Request) -> web.Response:
        """Takes a cancelled order off the boards: the kitchen has seen it."""
        return await self._act(request, ACKNOWLEDGE_ORDER, path_id(request, "orderId"))

    @route(
        "history",
        "GET",
        "/kitchen/order/{orderId}/history",
        "What cooks did to an order",
        History,
        role="KITCHEN",
        errors=(404, 503),
    )
    async def history(self, request: web.Request) -> web.Response:
        """What cooks did to an order, oldest first."""
        branch_id = self._tokens.verify_role(bearer_token(request), "KITCHEN").branch_id
        body = await self._queries.history(path_id(request, "orderId"), branch_id)
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
        has_changed = await self._queries.act(action.change, *where, *action.arguments(wanted), cook.staff_id, key)
        present = await self._queries.acted(action.read, cook.branch_id, *where, key)
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
