"""/openapi.json: every route of kds/app.py, with the types that check its requests and tell its answers.

A route that is not in OPERATIONS fails a test, and so does an answer that is not as OPERATIONS says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from kds import __version__
from kds.domain.answers import Ordering, Status
from kds.domain.pricing import PlaceOrder
from kds.guests.answers import CustomerOrder, CustomerOrderConflict, Menu, PickupBoard, PlacedOrder
from kds.kitchen.actions import Hold, ItemBump, Nothing, PriorityChange, StatusChange
from kds.kitchen.answers import Cancelled, History, KitchenBranch, Order, OrderConflict, OrderList
from kds.kitchen.guest_ordering import Flood, Pause
from kds.manager.answers import TableSheet
from kds.manager.tables import Renewal
from kds.web.answers import Error
from kds.web.health.answers import Health, Readiness
from kds.web.login.answers import Login
from kds.web.login.handlers import Credentials, NewPassword
from kds.web.responses import json_response

HTML = "text/html"
TEXT = "text/plain"
_REF = "#/components/schemas/{name}"
_REASONS = {
    400: "The request cannot be read.",
    401: "No token, or one that does not count: log in.",
    403: "A good token of another role, or a foreign Origin.",
    404: "Not there, or not for this token.",
    409: "Somebody was faster, or the step is not legal.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "Readable, but not something the kitchen can do.",
    426: "This is a WebSocket.",
    429: "Over a limit.",
    503: "The database does not answer.",
}
_HEADERS = {401: "WWW-Authenticate", 426: "Upgrade", 429: "Retry-After", 503: "Retry-After"}
_LOGIN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_SOCKET_LOGIN = {"type": "apiKey", "in": "query", "name": "token"}
_BODY_ERRORS = (400, 413, 415, 422)


@dataclass(frozen=True)
class Parameter:
    """One value of the query or of a header, with its JSON schema."""

    name: str
    schema: dict[str, Any]
    description: str
    place: str = "query"
    required: bool = False

    def describe(self) -> dict[str, Any]:
        """As OpenAPI has it."""
        told = {"name": self.name, "in": self.place, "schema": self.schema, "description": self.description}
        return {**told, "required": self.required}


@dataclass(frozen=True)
class Operation:
    """One method of one path: what it takes and what it answers.

    `answer` is a type, or the media type of what is no JSON; `role` whose token it needs ("any": of any role);
    a `socket` answers 101. `links` name what can be asked next: {operationId: {parameter: runtime expression}}.
    """

    id: str
    method: str
    path: str
    summary: str
    answer: Any
    status: int = 200
    body: type | None = None
    role: str | None = None
    socket: bool = False
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[int, ...] = ()
    conflict: type = OrderConflict
    links: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def refusals(self) -> list[int]:
        """Every status of an error it may answer."""
        found = {*self.errors, 400}
        if self.role is not None:
            found |= {401} if self.role == "any" else {401, 403}
        if self.body is not None:
            found |= set(_BODY_ERRORS)
        if self.socket:
            found |= {403, 426, 429, 503}
        return sorted(found)


TEXT_SCHEMA = {"type": "string"}
TRACKING = Parameter("token", TEXT_SCHEMA, "The trackingToken of the order.", required=True)
TABLE = Parameter("table", TEXT_SCHEMA, "The table of the link that was opened.")
TABLE_TOKEN = Parameter("tableToken", TEXT_SCHEMA, "The signature of that link.")
STATUSES = Parameter(
    "status",
    {"type": "array", "items": {"enum": list(Status.__args__)}, "minItems": 1},  # type: ignore[attr-defined]
    "Repeated, or a comma list; SENT and READY without it.",
)
SINCE = Parameter(
    "since",
    {"type": "string", "pattern": "^[0-9]{1,30}$"},
    "The last revision applied; 0 for a snapshot. Without it the client gets live messages only.",
)
EPOCH = Parameter("epoch", TEXT_SCHEMA, "The epoch of that revision.")
AT = Parameter("at", TEXT_SCHEMA, "The timestamp of that revision.")
VERSION = Parameter("version", TEXT_SCHEMA, "The version of the menu the page has.")
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "Done once, however often it is sent with this key; 422 when the key was used for something else.",
    place="header",
)
TABLES = Parameter(
    "table",
    {"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9]{1,40}$"}, "minItems": 1, "maxItems": 200},
    "1 to 200 tables of 1 to 40 printable characters.",
    required=True,
)

_OF_ORDER = (("orderId", "$response.body#/orderId"),)
_TRACKED = (*_OF_ORDER, ("token", "$response.body#/trackingToken"))
_FIRST = (("orderId", "$response.body#/orders/0/orderId"),)
_FIRST_ITEM = (*_FIRST, ("itemId", "$response.body#/orders/0/items/0/itemId"))
_FIRST_KOT = (("kotId", "$response.body#/orders/0/kots/0/kotId"),)

_ORDER = "/kitchen/order/{orderId}"
_ITEM = f"{_ORDER}/item/{{itemId}}"

ACTIONS = (
    ("changeOrder", "PATCH", f"{_ORDER}/status", StatusChange, "Move an order one legal step"),
    ("changeOrderByPost", "POST", f"{_ORDER}/status", StatusChange, "Move an order one legal step"),
    ("changePriority", "PATCH", f"{_ORDER}/priority", PriorityChange, "Rush an order, or no more"),
    ("holdOrder", "PATCH", f"{_ORDER}/hold", Hold, "Hold what is not cooked yet of an order, or fire it"),
    ("acknowledgeOrder", "POST", f"{_ORDER}/acknowledge", Nothing, "Take a cancelled order off the boards"),
    ("bumpItem", "PATCH", _ITEM, ItemBump, "Mark one item as done, or not done after all"),
    ("voidItem", "POST", f"{_ITEM}/void", Nothing, "Take an item back"),
    ("acknowledgeVoid", "POST", f"{_ITEM}/acknowledge", Nothing, "Take a voided item off the boards"),
    ("changeKot", "PATCH", "/kitchen/kot/{kotId}/status", StatusChange, "Move one KOT one legal step"),
    ("holdKot", "PATCH", "/kitchen/kot/{kotId}/hold", Hold, "Hold one KOT, or fire it"),
)
"""What a cook does: id, method, path, body, summary. Each takes an Idempotency-Key and answers with the order."""

OPERATIONS = (
    Operation("login", "POST", "/staff/login", "Log in", Login, body=Credentials, errors=(401, 429, 503)),
    Operation("refresh", "POST", "/staff/refresh", "Stay logged in", Login, role="any", errors=(503,)),
    Operation("logout", "POST", "/staff/logout", "End this session everywhere", dict, role="any", errors=(503,)),
    Operation(
        "changePassword",
        "POST",
        "/staff/password",
        "Set another password, and end every other login",
        Login,
        body=NewPassword,
        role="any",
        errors=(422, 429, 503),
    ),
    Operation(
        "menu",
        "GET",
        "/public/branches/{branchId}/menu",
        "The menu of a branch",
        Menu,
        parameters=(TABLE, TABLE_TOKEN),
        errors=(404, 503),
    ),
    Operation(
        "placeOrder",
        "POST",
        "/public/order/place",
        "Place an order",
        PlacedOrder,
        status=201,
        body=PlaceOrder,
        parameters=(IDEMPOTENCY_KEY,),
        errors=(404, 429, 503),
        links=(
            ("trackOrder", _TRACKED),
            ("trackLive", _TRACKED),
            ("cancelOrder", _TRACKED),
            ("changeOrder", _OF_ORDER),
            ("changeOrderByPost", _OF_ORDER),
            ("acknowledgeOrder", _OF_ORDER),
        ),
    ),
    Operation(
        "trackOrder",
        "GET",
        "/public/order/{orderId}",
        "What the customer sees of an order",
        CustomerOrder,
        parameters=(TRACKING,),
        errors=(404, 503),
    ),
    Operation(
        "cancelOrder",
        "POST",
        "/public/order/{orderId}/cancel",
        "Cancel an order that the kitchen has not begun",
        CustomerOrder,
        parameters=(TRACKING,),
        errors=(404, 409, 503),
        conflict=CustomerOrderConflict,
    ),
    Operation(
        "kitchenBranch",
        "GET",
        "/kitchen/branch",
        "Stations and age thresholds",
        KitchenBranch,
        role="KITCHEN",
        errors=(404, 503),
    ),
    Operation(
        "listOrders",
        "GET",
        "/kitchen/orders",
        "The orders of the kitchen",
        OrderList,
        role="KITCHEN",
        parameters=(STATUSES,),
        errors=(503,),
        links=(("changeOrder", _FIRST), ("changeKot", _FIRST_KOT), ("bumpItem", _FIRST_ITEM)),
    ),
    Operation(
        "changeOrdering",
        "PATCH",
        "/kitchen/ordering",
        "Pause ordering by guests, or open it",
        Ordering,
        body=Pause,
        role="KITCHEN",
        errors=(404, 503),
    ),
    Operation(
        "cancelGuestOrders",
        "POST",
        "/kitchen/ordering/cancel",
        "Cancel what guests placed in the last minutes and no cook has finished",
        Cancelled,
        body=Flood,
        role="KITCHEN",
        errors=(503,),
    ),
    *(
        Operation(
            name,
            method,
            path,
            summary,
            Order,
            body=body,
            role="KITCHEN",
            parameters=(IDEMPOTENCY_KEY,),
            errors=(404, 409, 503),
        )
        for name, method, path, body, summary in ACTIONS
    ),
    Operation(
        "history",
        "GET",
        "/kitchen/order/{orderId}/history",
        "What cooks did to an order",
        History,
        role="KITCHEN",
        errors=(404, 503),
    ),
    Operation(
        "pickupOrders",
        "GET",
        "/pickup/orders",
        "The pickup board",
        PickupBoard,
        role="PICKUP",
        errors=(404, 503),
    ),
    Operation(
        "tableSheet",
        "GET",
        "/manager/tables",
        "Signed links and codes of tables",
        TableSheet,
        role="MANAGER",
        parameters=(TABLES,),
        errors=(404, 422, 503),
    ),
    Operation(
        "renewTables",
        "POST",
        "/manager/tables/renew",
        "Make the codes of tables anew: those printed so far end",
        TableSheet,
        body=Renewal,
        role="MANAGER",
        errors=(404, 503),
    ),
    Operation(
        "display",
        "GET",
        "/kitchen/display",
        "WebSocket of a kitchen screen; subprotocols kds.v1, bearer.JWT instead of ?token=",
        None,
        role="KITCHEN",
        socket=True,
        parameters=(SINCE, EPOCH, AT),
    ),
    Operation(
        "trackLive",
        "GET",
        "/public/order/{orderId}/live",
        "WebSocket: ORDER_STATUS at once and at every change",
        None,
        socket=True,
        parameters=(TRACKING,),
        errors=(404,),
    ),
    Operation(
        "menuLive",
        "GET",
        "/public/branches/{branchId}/menu/live",
        "WebSocket: HELLO, then MENU at every change",
        None,
        socket=True,
        parameters=(VERSION,),
        errors=(404,),
    ),
    Operation(
        "pickupLive",
        "GET",
        "/pickup/live",
        "WebSocket: PICKUP_BOARD, then PICKUP_ORDER at every change",
        None,
        role="PICKUP",
        socket=True,
        errors=(404,),
    ),
    Operation("healthz", "GET", "/healthz", "Whether the process answers", Health),
    Operation("readyz", "GET", "/readyz", "Whether it can serve; 503 with the same when not", Readiness),
    Operation("metrics", "GET", "/metrics", "Counters for Prometheus", TEXT),
    Operation("openapi", "GET", "/openapi.json", "This document", dict),
    Operation("landingPage", "GET", "/", "Where to go", HTML),
    Operation("kitchenPage", "GET", "/kitchen", "The board", HTML),
    Operation("orderPage", "GET", "/order/{branchId}", "The menu to order from", HTML),
    Operation("trackPage", "GET", "/track/{orderId}", "The customer's order", HTML),
    Operation("pickupPage", "GET", "/pickup/{branchId}", "The pickup board", HTML),
    Operation("tablesPage", "GET", "/tables", "The table sheet", HTML),
    Operation("serviceWorker", "GET", "/service-worker.js", "Opens the board without a network", "text/javascript"),
    Operation("static", "GET", "/static/{path}", "Modules, styles, pictures, words", "*/*", errors=(404,)),
)


class OpenApiHandler:
    """GET /openapi.json, built once."""

    def __init__(self) -> None:
        self._body = msgspec.json.encode(build_document())

    async def document(self, _request: web.Request) -> web.Response:
        """What this process serves."""
        return json_response(self._body)


def build_document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    types = {*_types(), Error, Readiness}
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kds",
            "version": __version__,
            "description": "A kitchen display system on PostgreSQL. The README tells the messages of the WebSockets.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                _scheme(operation): _SOCKET_LOGIN if operation.socket else _LOGIN
                for operation in OPERATIONS
                if operation.role
            },
        },
    }


def _types() -> list[Any]:
    found = [t for o in OPERATIONS for t in (o.body, o.answer, o.conflict) if isinstance(t, type) and t is not dict]
    return list(dict.fromkeys(found))


def _describe(operation: Operation) -> dict[str, Any]:
    ids = re.findall(r"\{(\w+)\}", operation.path)
    # a page comes whatever is in its path, and says itself what is wrong with that
    schema = {"type": "string"} if isinstance(operation.answer, str) else {"type": "string", "format": "uuid"}
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": schema} for name in ids),
        *(parameter.describe() for parameter in operation.parameters),
    ]
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            **_success(operation),
            **{str(status): _refusal(operation, status) for status in operation.refusals},
        },
    }
    if operation.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    if operation.role is not None:
        told["security"] = [{_scheme(operation): []}]
        told["description"] = "Any login." if operation.role == "any" else f"A login of role {operation.role}."
    return told


def _scheme(operation: Operation) -> str:
    """A scheme for each role, so that a generated client asks for the right token."""
    return f"{operation.role}".lower() + ("Socket" if operation.socket else "Login")


def _success(operation: Operation) -> dict[str, Any]:
    if operation.socket:
        return {"101": {"description": "A WebSocket."}}
    if isinstance(operation.answer, str):
        return {"200": {"description": operation.summary, "content": {operation.answer: {}}}}
    schema = {"type": "object"} if operation.answer is dict else _reference(operation.answer)
    told: dict[str, Any] = {"description": operation.summary, "content": {"application/json": {"schema": schema}}}
    if operation.links:
        told["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)} for target, parameters in operation.links
        }
    found = {str(operation.status): told}
    if operation.answer is Readiness:
        found["503"] = {**told, "description": "Not ready."}
    return found


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    shape = operation.conflict if status == 409 else Error
    told: dict[str, Any] = {
        "description": _REASONS[status],
        "content": {"application/json": {"schema": _reference(shape)}},
    }
    if status in _HEADERS:
        told["headers"] = {_HEADERS[status]: {"required": True, "schema": {"type": "string"}}}
    return told


def _reference(shape: Any) -> dict[str, str]:
    return {"$ref": _REF.format(name=shape.__name__)}
