"""/openapi.json: every route as its room declares it, with the types that check its requests and tell its answers.

An answer that is not as its route says fails a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from kds import __version__
from kds.web.answers import Error
from kds.web.login.ranks import ROLES, may_act_as
from kds.web.responses import json_response
from kds.web.routes import ANY_ROLE, Route, route, routes_of

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


class OpenApiHandler:
    """GET /openapi.json."""

    def __init__(self, routes: Iterable[Route]) -> None:
        own = [bound.route for bound in routes_of(self)]
        self._body = encode_document((*routes, *own))

    @route("openapi", "GET", "/openapi.json", "This document", dict, operational=True)
    async def document(self, _request: web.Request) -> web.Response:
        """What this process serves."""
        return json_response(self._body)


@cache
def encode_document(routes: tuple[Route, ...]) -> bytes:
    """The document as JSON, built once in a process, however many servers it starts."""
    return msgspec.json.encode(build_document(routes))


def build_document(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    types = {*_types(routes), Error}
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, Any] = {}
    for operation in routes:
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
                for operation in routes
                if operation.role
            },
        },
    }


def _types(routes: Sequence[Route]) -> list[Any]:
    found = [
        t for o in routes for t in (o.body, o.answer, o.conflict, o.refusal) if isinstance(t, type) and t is not dict
    ]
    return list(dict.fromkeys(found))


def _describe(operation: Route) -> dict[str, Any]:
    schema = {"type": "string"} if operation.is_shown else {"type": "string", "format": "uuid"}
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": schema} for name in operation.path_names),
        *(parameter.describe() for parameter in operation.all_parameters),
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
        told["description"] = _needed(operation.role)
    return told


def _needed(role: str) -> str:
    others = [other for other in ROLES if other != role and may_act_as(other, role)]
    return "Any login." if role == ANY_ROLE else f"A login of role {' or '.join([role, *others])}."


def _scheme(operation: Route) -> str:
    """A scheme for each role, so that a generated client asks for the right token."""
    return f"{operation.role}".lower() + ("Socket" if operation.socket else "Login")


def _success(operation: Route) -> dict[str, Any]:
    if operation.socket:
        return {"101": {"description": "A WebSocket."}}
    if operation.is_shown:
        return {"200": {"description": operation.summary, "content": {operation.answer: {}}}}
    schema = {"type": "object"} if operation.answer is dict else _reference(operation.answer)
    told: dict[str, Any] = {"description": operation.summary, "content": {"application/json": {"schema": schema}}}
    if operation.links:
        told["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)} for target, parameters in operation.links
        }
    found = {str(operation.status): told}
    for status, description in operation.also:
        found[str(status)] = {**told, "description": description}
    return found


def _refusal(operation: Route, status: int) -> dict[str, Any]:
    shape = {409: operation.conflict, 422: operation.refusal}.get(status) or Error
    told: dict[str, Any] = {
        "description": _REASONS[status],
        "content": {"application/json": {"schema": _reference(shape)}},
    }
    if status in _HEADERS:
        told["headers"] = {_HEADERS[status]: {"required": True, "schema": {"type": "string"}}}
    return told


def _reference(shape: Any) -> dict[str, str]:
    return {"$ref": _REF.format(name=shape.__name__)}
