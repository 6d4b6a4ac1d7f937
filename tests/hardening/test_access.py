"""Who may ask what: every route, for every role, of one's own branch and of another one. A route must stand in DOORS.

Another branch is full of canaries: no answer to a stranger may hold one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.web.headers import CONTENT_SECURITY_POLICY
from tests.conftest import JWT_SECRET, RunningServer
from tests.hardening.test_openapi import declared, routes
from tests.orders import place
from tests.screen import token_for

CANARY = "canary-of-elsewhere"
MAY = {
    "OWNER": {"OWNER", "MANAGER", "KITCHEN", "WAITER"},
    "MANAGER": {"MANAGER", "KITCHEN", "WAITER"},
    "KITCHEN": {"KITCHEN"},
    "WAITER": {"WAITER"},
    "PICKUP": {"PICKUP"},
}
"""Whose doors are open to whom."""
STATUS = {"status": "READY"}
NOWHERE = "00000000-0000-4000-8000-000000000000"
WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass(frozen=True)
class Door:
    """How a route is asked, and who may pass.

    `role` is whose token it takes, those of MAY too; None for everybody. `foreign` is what an object of another branch
    gets, also with the right role; None where the route names no object, so that it can only tell of the branch that
    the login is in.
    """

    role: str | None = None
    foreign: int | None = None
    body: Any = None
    query: str = ""
    is_socket: bool = False
    is_page: bool = False


PAGE = Door(is_page=True)
OPEN = Door()
DOORS = {
    ("POST", "/staff/login"): Door(body={"username": "nobody", "password": "x"}),
    ("POST", "/staff/refresh"): Door(role="any", body={}),
    ("POST", "/staff/logout"): Door(role="any", body={}),
    ("GET", "/staff/me"): Door(role="any"),
    ("POST", "/staff/password"): Door(role="any", body={"password": "x", "newPassword": "figs and bread"}),
    ("POST", "/staff/welcome"): Door(foreign=404, body={"token": "x", "newPassword": "figs and bread"}),
    ("POST", "/staff/welcome/name"): Door(foreign=404, body={"token": "x"}),
    # a menu is for everybody: it is the one thing of a branch that strangers see
    ("GET", "/public/branches/{branchId}/menu"): OPEN,
    ("GET", "/public/branches/{branchId}/menu/live"): Door(is_socket=True),
    ("POST", "/public/order/place"): Door(foreign=422, body="order"),
    ("GET", "/public/order/{orderId}"): Door(foreign=404, query="?token={token}"),
    ("GET", "/public/order/{orderId}/live"): Door(foreign=404, query="?token={token}", is_socket=True),
    ("POST", "/public/order/{orderId}/cancel"): Door(foreign=404, query="?token={token}", body={}),
    ("GET", "/kitchen/branch"): Door(role="KITCHEN"),
    ("GET", "/kitchen/orders"): Door(role="KITCHEN", query="?status=SENT,READY,COMPLETED,CANCELLED"),
    ("GET", "/kitchen/orders/later"): Door(role="KITCHEN"),
    ("PATCH", "/kitchen/ordering"): Door(role="KITCHEN", body={"paused": False}),
    ("POST", "/kitchen/ordering/cancel"): Door(role="KITCHEN", body={"minutes": 1}),
    ("GET", "/kitchen/dishes"): Door(role="KITCHEN"),
    ("PATCH", "/kitchen/dish/{menuItemId}"): Door(role="KITCHEN", foreign=404, body={"soldOut": True}),
    ("PATCH", "/kitchen/order/{orderId}/status"): Door(role="KITCHEN", foreign=404, body=STATUS),
    ("POST", "/kitchen/order/{orderId}/status"): Door(role="KITCHEN", foreign=404, body=STATUS),
    ("PATCH", "/kitchen/kot/{kotId}/status"): Door(role="KITCHEN", foreign=404, body=STATUS),
    ("PATCH", "/kitchen/order/{orderId}/item/{itemId}"): Door(role="KITCHEN", foreign=404, body={"done": True}),
    ("POST", "/kitchen/order/{orderId}/acknowledge"): Door(role="KITCHEN", foreign=404, body={}),
    ("PATCH", "/kitchen/order/{orderId}/priority"): Door(role="KITCHEN", foreign=404, body={"priority": 1}),
    ("PATCH", "/kitchen/order/{orderId}/hold"): Door(role="KITCHEN", foreign=404, body={"held": True}),
    ("PATCH", "/kitchen/order/{orderId}/fire"): Door(role="KITCHEN", foreign=404, body={}),
    ("PATCH", "/kitchen/kot/{kotId}/hold"): Door(role="KITCHEN", foreign=404, body={"held": True}),
    ("POST", "/kitchen/order/{orderId}/item/{itemId}/void"): Door(role="KITCHEN", foreign=404, body={}),
    ("POST", "/kitchen/order/{orderId}/item/{itemId}/refire"): Door(role="KITCHEN", foreign=404, body={}),
    ("POST", "/kitchen/order/{orderId}/item/{itemId}/acknowledge"): Door(role="KITCHEN", foreign=404, body={}),
    ("POST", "/kitchen/order/{orderId}/item/{itemId}/seen"): Door(role="KITCHEN", foreign=404, body={}),
    ("POST", "/kitchen/kot/{kotId}/seen"): Door(role="KITCHEN", foreign=404, body={}),
    ("GET", "/kitchen/order/{orderId}/history"): Door(role="KITCHEN", foreign=404),
    ("GET", "/kitchen/display"): Door(role="KITCHEN", is_socket=True),
    ("GET", "/pickup/orders"): Door(role="PICKUP"),
    ("GET", "/pickup/live"): Door(role="PICKUP", is_socket=True),
    ("GET", "/manager/tables"): Door(role="MANAGER", query="?table=T1"),
    ("POST", "/manager/tables/renew"): Door(role="MANAGER", body={"tables": ["T1"]}),
    ("GET", "/manager/staff"): Door(role="MANAGER"),
    ("POST", "/manager/staff"): Door(role="MANAGER", foreign=403, body={"username": "eve", "role": "KITCHEN"}),
    ("GET", "/manager/staff-changes"): Door(role="MANAGER"),
    ("GET", "/manager/today"): Door(role="MANAGER"),
    ("GET", "/manager/menu"): Door(role="MANAGER"),
    ("POST", "/manager/menu"): Door(role="MANAGER", foreign=422, body={"name": "", "section": "", "priceCents": 1}),
    ("PUT", "/manager/menu/order"): Door(role="MANAGER", foreign=409, body={"menuItemIds": [NOWHERE]}),
    ("PATCH", "/manager/menu/{menuItemId}"): Door(role="MANAGER", foreign=404, body={"priceCents": 1}),
    ("DELETE", "/manager/menu/{menuItemId}"): Door(role="MANAGER", foreign=404),
    ("GET", "/manager/stations"): Door(role="MANAGER"),
    ("POST", "/manager/stations"): Door(role="MANAGER", foreign=422, body={"name": ""}),
    ("PATCH", "/manager/stations"): Door(role="MANAGER", query=f"?station={CANARY}", foreign=404, body={"name": "x"}),
    ("DELETE", "/manager/stations"): Door(role="MANAGER", query=f"?station={CANARY}", foreign=404),
    ("PUT", "/manager/stations/order"): Door(role="MANAGER", foreign=409, body={"stations": [CANARY]}),
    ("PATCH", "/manager/staff/{staffId}"): Door(role="MANAGER", foreign=404, body={"active": False}),
    ("POST", "/manager/staff/{staffId}/branches"): Door(role="MANAGER", foreign=404, body="join"),
    ("POST", "/manager/staff/{staffId}/end-sessions"): Door(role="MANAGER", foreign=404, body={}),
    ("POST", "/manager/staff/{staffId}/password"): Door(role="MANAGER", foreign=404, body={}),
    ("GET", "/manager/branches"): Door(role="MANAGER"),
    # asked by nobody of the database
    ("POST", "/manager/branches"): Door(role="OWNER", foreign=403, body={"name": "Mine"}),
    **{("GET", path): OPEN for path in ("/healthz", "/readyz", "/metrics", "/openapi.json")},
    **{
        ("GET", path): PAGE
        for path in (
            "/", "/kitchen", "/manager", "/tables", "/welcome", "/order/{branchId}", "/track/{orderId}",
            "/pickup", "/pickup/{branchId}", "/static/{path}", "/service-worker.js",
        )
    },
}  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """Another branch: everything of it that a path or a body can name."""

    branch_id: UUID
    ids: dict[str, str]
    dish_id: UUID


@pytest.fixture
async def elsewhere(db: Any) -> Elsewhere:
    """A branch with an order, a dish and a name that nobody else may read."""
    branch_id = await db.fetchval("INSERT INTO branches (name) VALUES ($1) RETURNING id", CANARY)
    dish_id = await db.fetchval(
        "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, $2, 100) RETURNING id", branch_id, CANARY
    )
    await db.execute("INSERT INTO stations (branch_id, name) VALUES ($1, $2)", branch_id, CANARY)
    order_id = await place(db, branch_id, table="T9", note=CANARY)
    await db.execute("UPDATE orders SET customer_name = $1, order_type = 'takeaway'", CANARY)
    row = await db.fetchrow("SELECT kot_id, id FROM order_items WHERE order_id = $1 LIMIT 1", order_id)
    ids = {"branchId": branch_id, "orderId": order_id, "kotId": row["kot_id"], "itemId": row["id"], "path": "icon.svg"}
    ids["menuItemId"] = dish_id
    ids["staffId"] = await db.fetchval(
        "INSERT INTO staff (branch_id, username, password_hash) VALUES ($1, $2, 'x') RETURNING id", branch_id, CANARY
    )
    return Elsewhere(branch_id, {name: str(value) for name, value in ids.items()}, dish_id)


class Stranger:
    """Somebody of the demo restaurant, or nobody at all, who asks for what belongs elsewhere."""

    def __init__(self, http: ClientSession, server: RunningServer, elsewhere: Elsewhere, role: str | None) -> None:
        self._http = http
        self._server = server
        self._elsewhere = elsewhere
        self._bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id, role=role)}"} if role else {}

    async def ask(self, method: str, path: str, door: Door) -> tuple[int, str]:
        """Status and text of the answer; of a socket, of its handshake."""
        elsewhere = self._elsewhere
        # the link of another order, signed by this very server
        token = Links(JWT_SECRET).tracking_token(uuid.uuid4())
        url = self._server.url + path.format(**elsewhere.ids) + door.query.format(token=token)
        headers = {**self._bearer, **(WEBSOCKET if door.is_socket else {})}
        if door.is_socket and self._bearer:
            headers["Sec-WebSocket-Protocol"] = "kds.v1, bearer." + self._bearer["Authorization"].split()[1]
        body = door.body
        if body == "join":
            body = {"branchId": self._server.branch_id, "role": "KITCHEN"}
        if body == "order":
            line = {"menuItemId": str(elsewhere.dish_id), "quantity": 1}
            body = {"branchId": self._server.branch_id, "table": "T1", "items": [line]}
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, "" if answer.status == 101 else await answer.text()


def test_every_route_stands_in_the_table() -> None:
    assert set(DOORS) == routes()
    declared_roles = {(route.method, route.path): (route.role, route.socket) for route in declared()}
    assert {key: (door.role, door.is_socket) for key, door in DOORS.items()} == declared_roles


@pytest.mark.parametrize("role", [None, *MAY])
async def test_a_stranger_passes_no_door_that_is_not_his(
    server: RunningServer, http: ClientSession, db: Any, elsewhere: Elsewhere, role: str | None
) -> None:
    stranger = Stranger(http, server, elsewhere, role)
    before = await db.fetch("SELECT o.*, k.status, i.done FROM orders o JOIN kots k ON k.order_id = o.id"
                            " JOIN order_items i ON i.kot_id = k.id ORDER BY i.id")  # fmt: skip
    wrong: list[object] = []
    for (method, path), door in DOORS.items():
        status, text = await stranger.ask(method, path, door)
        if door.role is not None and role is None:
            expected = {401}
        elif door.role == "any":
            expected = {401}  # nobody in the database has this token's name
        elif door.role is not None and door.role not in MAY[str(role)]:
            expected = {403}
        elif door.foreign is not None:
            expected = {door.foreign}
        elif path == "/staff/login":
            expected = {401}
        else:
            expected = {101} if door.is_socket else {200}
        leaks = CANARY in text and path != "/public/branches/{branchId}/menu"
        if status not in expected or leaks:
            wrong.append((method, path, status, sorted(expected), "leaks" if leaks else ""))
    assert wrong == []
    after = await db.fetch("SELECT o.*, k.status, i.done FROM orders o JOIN kots k ON k.order_id = o.id"
                           " JOIN order_items i ON i.kot_id = k.id ORDER BY i.id")  # fmt: skip
    assert after == before


@pytest.mark.parametrize("role", MAY)
async def test_no_door_leads_into_a_branch_that_is_not_of_the_login(
    server: RunningServer, http: ClientSession, elsewhere: Elsewhere, role: str
) -> None:
    stranger = Stranger(http, server, elsewhere, role)
    wrong: list[object] = []
    for (method, path), door in DOORS.items():
        if door.role in {None, "any"}:
            continue
        query = f"{door.query}&branch=" if door.query else "?branch="
        asked = {
            branch: await stranger.ask(method, path, replace(door, query=query + branch))
            for branch in (str(elsewhere.branch_id), str(uuid.uuid4()), "nowhere", "")
        }
        (status, text), *others = asked.values()
        if status != 404 or any(other != (status, text) for other in others):
            wrong.append((method, path, asked))
    assert wrong == []


async def test_every_answer_carries_the_headers_of_its_kind(
    server: RunningServer, http: ClientSession, elsewhere: Elsewhere
) -> None:
    wrong: list[object] = []
    for (method, path), door in DOORS.items():
        url = server.url + path.format(**elsewhere.ids)
        for asked in (method, "PROPFIND"):
            async with http.request(asked, url, json=door.body) as answer:
                headers = answer.headers
                told = {
                    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
                    "X-Content-Type-Options": "nosniff",
                    "Referrer-Policy": "no-referrer",
                    "Cross-Origin-Opener-Policy": "same-origin",
                    "Server": "kds",
                    "Cache-Control": "no-cache" if door.is_page and asked == "GET" else "no-store",
                }
                wrong += [(asked, path, name, headers.get(name)) for name in told if headers.get(name) != told[name]]
                named = {"X-Powered-By", "Via", "X-AspNet-Version", "Strict-Transport-Security", "Set-Cookie"}
                wrong += [(asked, path, name) for name in named & set(headers)]
                if asked == "PROPFIND" and (answer.status != 405 or method not in headers.get("Allow", "")):
                    wrong.append((asked, path, answer.status, headers.get("Allow")))
                if "text/html" not in headers["Content-Type"] and answer.status >= 400:
                    wrong += [] if set(await answer.json()) == {"error"} else [(asked, path, await answer.text())]
    assert wrong == []


def test_the_policy_lets_nothing_in_but_our_own() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'none'" and rules["frame-ancestors"] == "'none'" and rules["base-uri"] == "'none'"
    # the one policy is that of the script which opens the board without a network
    assert rules["trusted-types"] == "kds-service-worker"
    assert rules["require-trusted-types-for"] == "'script'" and rules["script-src"] == "'self'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "*" not in CONTENT_SECURITY_POLICY


async def test_behind_tls_the_browser_is_told_to_stay_there(start_server: Any, http: ClientSession) -> None:
    for trusts, expected in ((True, "max-age=31536000"), (False, None)):
        server = await start_server(trust_proxy=trusts)
        async with http.get(f"{server.url}/healthz", headers={"X-Forwarded-Proto": "https"}) as answer:
            assert answer.headers.get("Strict-Transport-Security") == expected
