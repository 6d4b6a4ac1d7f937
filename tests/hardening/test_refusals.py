"""In which order a route refuses a request that is wrong in every way: how a client learns of its faults is a promise.

What is wrong is put right one by one, as it is refused.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace

import pytest
from aiohttp import ClientSession

from kds.web.routes import Route
from tests.conftest import JWT_SECRET, RunningServer
from tests.hardening.test_access import WEBSOCKET
from tests.hardening.test_openapi import declared
from tests.screen import token_for

ID = "404 not_found"
LOGIN = "401 not_logged_in"
ROLE = "403 not_allowed"
KEY = "422 bad_key"
TYPE, SIZE, JSON, SHAPE = BODY = ("415 wrong_content_type", "413 too_large", "400 malformed", "422 unprocessable")
ACTION = (ID, LOGIN, ROLE, KEY, *BODY)
"""Of what a cook does to an order."""
OTHERS: dict[str, tuple[str, ...]] = {
    "login": BODY,
    "changePassword": (LOGIN, *BODY),
    "refresh": (LOGIN, "401 token_revoked"),
    "logout": (LOGIN, "401 token_revoked"),
    "ownLogin": (LOGIN, "401 token_revoked"),
    "placeOrder": (*BODY, KEY, ID),
    "changeOrdering": (LOGIN, ROLE, *BODY),
    "cancelGuestOrders": (LOGIN, ROLE, *BODY),
    "tableSheet": (LOGIN, ROLE, "422 bad_tables"),
    "renewTables": (LOGIN, ROLE, *BODY),
    "kitchenBranch": (LOGIN, ROLE),
    "listOrders": (LOGIN, ROLE),
    "ordersForLater": (LOGIN, ROLE),
    "listDishes": (LOGIN, ROLE),
    "history": (LOGIN, ROLE, ID),
    "display": (LOGIN, ROLE),
    "pickupOrders": (LOGIN, ROLE),
    "pickupLive": (LOGIN, ROLE),
    "useLink": BODY,
    "readLink": BODY,
    **{
        id: (LOGIN, ROLE)
        for id in ("listStaff", "staffChanges", "ownBranches", "today", "managedMenu", "managedStations")
    },
    **{
        id: (LOGIN, ROLE, *BODY)
        for id in ("addStaff", "addBranch", "addDish", "orderMenu", "addStation", "renameStation", "orderStations")
    },
    **{
        id: (ID, LOGIN, ROLE, *BODY)
        for id in ("changeStaff", "addBranchOfStaff", "endSessionsOfStaff", "newPasswordOfStaff", "editDish")
    },
    "removeDish": (ID, LOGIN, ROLE, ID),
    "removeStation": (LOGIN, ROLE, SHAPE),
    **{id: (ID,) for id in ("menu", "menuLive", "trackOrder", "trackLive", "cancelOrder")},
    **{id: () for id in ("healthz", "readyz", "openapi")},
}


@dataclass(frozen=True)
class Request:
    """What a stranger sends, everything of it wrong."""

    id: str = "none"
    token: str = ""
    key: str = "no key"
    content_type: str = "text/plain"
    body: bytes = b'"' + b"x" * 20_000

    def without(self, fault: str, route: Route, branch_id: str) -> Request | None:
        """The request without what it was refused for; None when that is nothing that could be put right."""
        if fault == ID and self.id == "none" and "Id}" in route.path:
            return replace(self, id=str(uuid.uuid4()))
        if fault == LOGIN:
            another = "KITCHEN" if route.role == "PICKUP" else "PICKUP"
            return replace(self, token=token_for(JWT_SECRET, branch_id, role=another))
        if fault == ROLE:
            return replace(self, token=token_for(JWT_SECRET, branch_id, role=str(route.role)))
        if fault == KEY:
            return replace(self, key="a-key")
        if fault == TYPE:
            return replace(self, content_type="application/json")
        if fault in (SIZE, JSON):
            return replace(self, body=b"{" if fault == SIZE else b"[]")
        if fault == SHAPE and route.id == "placeOrder":
            line = {"menuItemId": str(uuid.uuid4()), "quantity": 1}
            return replace(
                self, body=json.dumps({"branchId": line["menuItemId"], "table": "T", "items": [line]}).encode()
            )
        return None


async def refusals(http: ClientSession, server: RunningServer, route: Route) -> tuple[str, ...]:
    """Status and code of one answer after the other, each without the fault of the one before."""
    told: list[str] = []
    request: Request | None = Request()
    if route.largest_body is not None:
        request = Request(body=b'"' + b"x" * route.largest_body)
    while request is not None:
        headers = {"Idempotency-Key": request.key, "Content-Type": request.content_type}
        headers |= WEBSOCKET if route.socket else {}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
            headers["Sec-WebSocket-Protocol"] = f"kds.v1, bearer.{request.token}"
        ids = dict.fromkeys(("branchId", "orderId", "kotId", "itemId", "menuItemId", "staffId"), request.id)
        url = server.url + route.path.format_map(ids)
        body = None if route.method == "GET" else request.body
        async with http.request(route.method, url, data=body, headers=headers) as answer:
            if answer.status < 400:
                break
            fault = f"{answer.status} {(await answer.json())['error']['code']}"
        if fault != (told[-1] if told else None):
            told.append(fault)
        request = request.without(fault, route, server.branch_id)
    return tuple(told)


@pytest.mark.parametrize(
    "route", [route for route in declared() if not isinstance(route.answer, str)], ids=lambda route: route.id
)
async def test_what_is_wrong_is_told_in_this_order(server: RunningServer, http: ClientSession, route: Route) -> None:
    assert await refusals(http, server, route) == OTHERS.get(route.id, ACTION)
