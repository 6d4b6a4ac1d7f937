"""What a cook does over HTTP: every action is compare-and-set, audited, and done once for each Idempotency-Key.

All answer with the order as it is now. Who was faster wins; the other gets 409 with that order, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from kds.errors import Conflict, NotFound, Unprocessable
from kds.kitchen.actions.actions import (
    ACKNOWLEDGE_ORDER,
    ACKNOWLEDGE_VOID,
    BUMP_ITEM,
    CHANGE_KOT,
    CHANGE_ORDER,
    CHANGE_PRIORITY,
    FIRE_ORDER,
    HOLD_KOT,
    HOLD_ORDER,
    REFIRE_ITEM,
    SEE_KOT_CHANGE,
    SEE_LINE_CHANGE,
    VOID_ITEM,
    Action,
)
from kds.kitchen.actions.bodies import StatusChange
from kds.kitchen.actions.queries import Act, ActionQueries
from kds.kitchen.answers import History, Order, OrderConflict
from kds.kitchen.lists import check_status
from kds.web.requests import BODY, IDENTITY, KEY, path_id
from kds.web.responses import json_response
from kds.web.routes import IDEMPOTENCY_KEY, AnyHandler, Check, route

_ORDER = "/kitchen/order/{orderId}"
_ITEM = f"{_ORDER}/item/{{itemId}}"
_NO_ORDER = "There is no such order in this kitchen."


def _action(id: str, method: str, path: str, summary: str, action: Action[Any]) -> Callable[[AnyHandler], AnyHandler]:
    """The route of something a cook does: each takes an Idempotency-Key and answers with the order."""
    return route(
        id,
        method,
        path,
        summary,
        Order,
        body=action.body,
        role="KITCHEN",
        parameters=(IDEMPOTENCY_KEY,),
        errors=(404, 409, 503),
        conflict=OrderConflict,
    )


class ActionHandlers:
    """/kitchen/order/... and /kitchen/kot/..., for role KITCHEN; the branch and the cook are those of the login."""

    def __init__(self, queries: ActionQueries) -> None:
        self._queries = queries

    @_action("changeOrder", "PATCH", f"{_ORDER}/status", "Move an order one legal step", CHANGE_ORDER)
    @_action("changeOrderByPost", "POST", f"{_ORDER}/status", "Move an order one legal step", CHANGE_ORDER)
    async def change_order(self, request: web.Request) -> web.Response:
        """Moves an order one legal step."""
        return await self._act(request, CHANGE_ORDER, path_id(request, "orderId"))

    @_action("changeKot", "PATCH", "/kitchen/kot/{kotId}/status", "Move one KOT one legal step", CHANGE_KOT)
    async def change_kot(self, request: web.Request) -> web.Response:
        """Moves one KOT one legal step."""
        return await self._act(request, CHANGE_KOT, path_id(request, "kotId"))

    @_action("bumpItem", "PATCH", _ITEM, "Mark one item as done, or not done after all", BUMP_ITEM)
    async def bump_item(self, request: web.Request) -> web.Response:
        """Marks one item as done, or not done after all."""
        return await self._act(request, BUMP_ITEM, *_item_ids(request))

    @_action("changePriority", "PATCH", f"{_ORDER}/priority", "Rush an order, or no more", CHANGE_PRIORITY)
    async def change_priority(self, request: web.Request) -> web.Response:
        """Rush, or no rush any more."""
        return await self._act(request, CHANGE_PRIORITY, path_id(request, "orderId"))

    @_action("holdOrder", "PATCH", f"{_ORDER}/hold", "Hold what is not cooked yet of an order, or fire it", HOLD_ORDER)
    async def hold_order(self, request: web.Request) -> web.Response:
        """Holds all of an order that is not cooked yet, or fires it."""
        return await self._act(request, HOLD_ORDER, path_id(request, "orderId"))

    @_action("holdKot", "PATCH", "/kitchen/kot/{kotId}/hold", "Hold one KOT, or fire it", HOLD_KOT)
    async def hold_kot(self, request: web.Request) -> web.Response:
        """Holds one KOT, or fires it."""
        return await self._act(request, HOLD_KOT, path_id(request, "kotId"))

    @_action("fireOrder", "PATCH", f"{_ORDER}/fire", "Fire a course of an order, or what waits first", FIRE_ORDER)
    async def fire_order(self, request: web.Request) -> web.Response:
        """Fires a course of an order, or what of it waits first, before its time."""
        return await self._act(request, FIRE_ORDER, path_id(request, "orderId"))

    @_action("voidItem", "POST", f"{_ITEM}/void", "Take an item back", VOID_ITEM)
    async def void_item(self, request: web.Request) -> web.Response:
        """Takes a dish back for good; it stays on the boards, struck through, until it was seen."""
        return await self._act(request, VOID_ITEM, *_item_ids(request))

    @_action("refireItem", "POST", f"{_ITEM}/refire", "Cook an item again", REFIRE_ITEM)
    async def refire_item(self, request: web.Request) -> web.Response:
        """Has a dish that was cooked cooked again, on top, at no price; nothing while it is being cooked again."""
        return await self._act(request, REFIRE_ITEM, *_item_ids(request))

    @_action("acknowledgeVoid", "POST", f"{_ITEM}/acknowledge", "Take a voided item off the boards", ACKNOWLEDGE_VOID)
    async def acknowledge_void(self, request: web.Request) -> web.Response:
        """Takes a voided dish off the boards: the kitchen has seen it."""
        return await self._act(request, ACKNOWLEDGE_VOID, *_item_ids(request))

    @_action("seeChange", "POST", f"{_ITEM}/seen", "Take the mark off a line that changed", SEE_LINE_CHANGE)
    async def see_change(self, request: web.Request) -> web.Response:
        """Takes the mark off a line: the kitchen has seen what changed."""
        return await self._act(request, SEE_LINE_CHANGE, *_item_ids(request))

    @_action(
        "seeKotChange",
        "POST",
        "/kitchen/kot/{kotId}/seen",
        "Take the mark off a KOT whose order changed",
        SEE_KOT_CHANGE,
    )
    async def see_kot_change(self, request: web.Request) -> web.Response:
        """Takes the mark off one KOT: its station has seen the other table or note of the order."""
        return await self._act(request, SEE_KOT_CHANGE, path_id(request, "kotId"))

    @_action(
        "acknowledgeOrder", "POST", f"{_ORDER}/acknowledge", "Take a cancelled order off the boards", ACKNOWLEDGE_ORDER
    )
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
        order=(Check.LOGIN, Check.IDS),
    )
    async def history(self, request: web.Request) -> web.Response:
        """What cooks did to an order, oldest first."""
        body = await self._queries.history(path_id(request, "orderId"), request[IDENTITY].branch_id)
        if body is None:
            raise NotFound(_NO_ORDER)
        return json_response(body)

    async def _act(self, request: web.Request, action: Action[Any], *ids: UUID) -> web.Response:
        """Changes, then reads how things stand."""
        cook, wanted = request[IDENTITY], request[BODY]
        if isinstance(wanted, StatusChange):
            _check_statuses(wanted)
        act = Act(ids, cook.branch_id, cook.staff_id, request.get(KEY))
        has_changed = await action.change(self._queries, act, wanted)
        present = await action.read(self._queries, act)
        if present is None:
            raise NotFound(_NO_ORDER)
        if not has_changed:
            refusal = action.why_not(wanted, present)
            if act.key is not None:
                refusal = await self._remember(action, act, wanted, present["order_id"], refusal)
            elif refusal is None:
                await self._queries.await_standby()  # or what another did and could not keep were acknowledged here
            if refusal is not None:
                raise Conflict(refusal, present["body"])
        return json_response(present["body"])

    async def _remember(
        self, action: Action[Any], act: Act, wanted: Any, order_id: UUID, refusal: str | None
    ) -> str | None:
        """Why this request is refused, or was when it came first; None when it is not.

        Raises:
            Unprocessable: the key has done something else before.
        """
        thing_id, *_ = act.ids
        things: dict[str, UUID] = {"order": order_id, action.thing: thing_id}
        kept = await self._queries.remember(act, things, action.asked(wanted), refusal)
        if not action.is_same(wanted, thing_id, kept):
            raise Unprocessable("This Idempotency-Key was used for another change.", code="key_reused")
        return kept["refusal"]  # type: ignore[no-any-return]


def _item_ids(request: web.Request) -> tuple[UUID, UUID]:
    return path_id(request, "itemId"), path_id(request, "orderId")


def _check_statuses(wanted: StatusChange) -> None:
    check_status(wanted.status)
    if wanted.source is not None:
        check_status(wanted.source)
