"""A route, declared once, above the handler that answers it: from it come the aiohttp route, CORS and /openapi.json.

@route("kitchenBranch", "GET", "/kitchen/branch", "Stations and age thresholds", KitchenBranch, role="KITCHEN")
async def branch(self, request: web.Request) -> web.Response: ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp_cors
from aiohttp import web

from kds.config import Config
from kds.config.origins import dotted_origin
from kds.web.responses import Handler

HTML = "text/html"
TEXT = "text/plain"
TEXT_SCHEMA = {"type": "string"}
_BODY_ERRORS = (400, 413, 415, 422)
_ATTRIBUTE = "__kds_routes__"

AnyHandler = TypeVar("AnyHandler", bound=Callable[..., Awaitable[web.StreamResponse]])


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


IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "Done once, however often it is sent with this key; 422 when the key was used for something else.",
    place="header",
)


@dataclass(frozen=True)
class Route:
    """One method of one path: what it takes and what it answers.

    `answer` is a type, or the media type of what is no JSON; `also` are further statuses with the same answer. `role`
    is whose token it needs ("any": of any role); a `socket` answers 101. Where a part of the path must not be just
    anything, `patterns` says so to aiohttp. `links` name what can be asked next: {operationId: {parameter: runtime
    expression}}. Pages of other origins may ask for JSON, but not for what is `operational`.
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
    operational: bool = False
    parameters: tuple[Parameter, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    errors: tuple[int, ...] = ()
    also: tuple[tuple[int, str], ...] = ()
    conflict: type | None = None
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

    @property
    def allows_other_origins(self) -> bool:
        """Whether CORS_ORIGINS is for it: a page is looked at, and a socket checks its Origin itself."""
        return not (self.socket or self.operational or isinstance(self.answer, str))

    @property
    def pattern(self) -> str:
        """The path as aiohttp reads it."""
        path = self.path
        for name, pattern in self.patterns:
            path = path.replace(f"{{{name}}}", f"{{{name}:{pattern}}}")
        return path


@dataclass(frozen=True)
class Bound:
    """A route and what answers it."""

    route: Route
    handler: Handler


def route(
    id: str, method: str, path: str, summary: str, answer: Any, **more: Any
) -> Callable[[AnyHandler], AnyHandler]:
    """Declares the route of a handler; see Route for `more`. A handler may have several."""

    def declare(handler: AnyHandler) -> AnyHandler:
        declared = (Route(id, method, path, summary, answer, **more), *getattr(handler, _ATTRIBUTE, ()))
        setattr(handler, _ATTRIBUTE, declared)
        return handler

    return declare


def routes_of(*handlers: object) -> list[Bound]:
    """The routes that these objects declare, in the order in which they are written down."""
    return [
        Bound(declared, getattr(each, name))
        for each in handlers
        for name, member in vars(type(each)).items()
        for declared in getattr(member, _ATTRIBUTE, ())
    ]


def add_routes(app: web.Application, routes: Iterable[Bound], cors: aiohttp_cors.CorsConfig | None = None) -> None:
    """Has an application answer them, and say to the pages that `cors` knows that they may ask."""
    for bound in routes:
        definition = getattr(web, bound.route.method.lower())(bound.route.pattern, bound.handler)
        for added in app.add_routes([definition]):
            if cors is not None and bound.route.allows_other_origins:
                cors.add(added)


def cors_for(app: web.Application, config: Config) -> aiohttp_cors.CorsConfig:
    """What pages of CORS_ORIGINS may ask of an application."""
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=False,
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key"),
        allow_methods=("GET", "POST", "PATCH"),
        expose_headers=("Retry-After",),
        max_age=600,
    )
    defaults = {written: options for origin in config.cors_origins for written in (origin, dotted_origin(origin))}
    return aiohttp_cors.setup(app, defaults=defaults)
