"""A route, declared once, above the handler that answers it: from it come the aiohttp route, CORS and /openapi.json.

@route("pause", "PATCH", "/kitchen/ordering", "Pause ordering by guests", Ordering, body=Pause, role="KITCHEN")
async def pause(self, request: web.Request) -> web.Response: ...

What is declared is checked before the handler is asked, by kds/web/checks.py; the handler finds it in the request.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp_cors
from aiohttp import web

from kds.config import Config
from kds.config.origins import dotted_origin
from kds.web.responses import Handler

HTML = "text/html"
TEXT = "text/plain"
TEXT_SCHEMA = {"type": "string"}
ANY_ROLE = "any"
_BODY_ERRORS = (400, 413, 415, 422)
_ATTRIBUTE = "__kds_routes__"

AnyHandler = TypeVar("AnyHandler", bound=Callable[..., Awaitable[web.StreamResponse]])


@dataclass(frozen=True)
class Parameter:
    """One value of the query or of a header, with its JSON schema."""

    name: str
    schema: dict[str, Any] = field(hash=False)
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


BRANCH = Parameter(
    "branch",
    {"type": "string", "format": "uuid"},
    "In which branch of the login; without it in its own.",
)


class Check(enum.Enum):
    """One thing of a request that a route may declare."""

    IDS = "the ids in the path"
    LOGIN = "the login and its role"
    KEY = "the Idempotency-Key"
    BODY = "the body"


@dataclass(frozen=True)
class Route:
    """One method of one path: what it takes and what it answers.

    `answer` is a type, or the media type of what is no JSON; `also` are further statuses with the same answer. `role`
    is whose token it needs, or one of a higher rank (see login/ranks.py; "any": of any role); where it is a role, the
    branch may be chosen by `?branch=`. A `socket` answers 101. Where a part of the path must not be just
    anything, `patterns` says so to aiohttp. `links` name what can be asked next: {operationId: {parameter: runtime
    expression}}. Pages of other origins may ask for JSON, but not for what is `operational`.

    A 409 has the shape `conflict`, a 422 `refusal` where that tells more than any error.

    A `body` has at most `largest_body` bytes; None: BODY_LIMIT_BYTES. What is declared is checked in this `order`.
    """

    id: str
    method: str
    path: str
    summary: str
    answer: Any
    status: int = 200
    body: type | None = None
    largest_body: int | None = None
    role: str | None = None
    socket: bool = False
    operational: bool = False
    parameters: tuple[Parameter, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    errors: tuple[int, ...] = ()
    also: tuple[tuple[int, str], ...] = ()
    conflict: type | None = None
    refusal: type | None = None
    links: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    order: tuple[Check, ...] = (Check.IDS, Check.LOGIN, Check.KEY, Check.BODY)

    @property
    def path_names(self) -> list[str]:
        """What is named in the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def is_shown(self) -> bool:
        """Whether it answers a page or a file, which comes whatever is in its path and says itself what is wrong."""
        return isinstance(self.answer, str)

    @property
    def checks(self) -> list[Check]:
        """What it takes of a request, in the order in which that is checked."""
        declared = {
            Check.IDS: bool(self.path_names) and not self.is_shown,
            Check.LOGIN: self.role is not None,
            Check.KEY: IDEMPOTENCY_KEY in self.parameters,
            Check.BODY: self.body is not None,
        }
        # what an order leaves out comes last, and is never left undone
        return [check for check in dict.fromkeys((*self.order, *Check)) if declared[check]]

    @property
    def refusals(self) -> list[int]:
        """Every status of an error it may answer."""
        found = {*self.errors, 400}
        if self.role is not None:
            found |= {401, 403, 404, 503} if self.takes_branch else {401}
        if self.body is not None:
            found |= set(_BODY_ERRORS)
        if self.socket:
            found |= {403, 426, 429, 503}
        return sorted(found)

    @property
    def takes_branch(self) -> bool:
        """Whether it works in one of the branches of the login: what is of the login itself does not."""
        return self.role not in {None, ANY_ROLE}

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """What it takes of query and headers."""
        return (*self.parameters, BRANCH) if self.takes_branch else self.parameters

    @property
    def allows_other_origins(self) -> bool:
        """Whether CORS_ORIGINS is for it: a page is looked at, and a socket checks its Origin itself."""
        return not (self.socket or self.operational or self.is_shown)

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


def add_routes(
    app: web.Application,
    routes: Iterable[Bound],
    checked: Callable[[Bound], Handler],
    cors: aiohttp_cors.CorsConfig | None = None,
) -> None:
    """Has an application answer them, each `checked` first, and say to the pages of `cors` that they may ask."""
    for bound in routes:
        definition = getattr(web, bound.route.method.lower())(bound.route.pattern, checked(bound))
        for added in app.add_routes([definition]):
            if cors is not None and bound.route.allows_other_origins:
                cors.add(added)


def cors_for(app: web.Application, config: Config) -> aiohttp_cors.CorsConfig:
    """What pages of CORS_ORIGINS may ask of an application."""
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=False,
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key"),
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        expose_headers=("Retry-After",),
        max_age=600,
    )
    defaults = {written: options for origin in config.cors_origins for written in (origin, dotted_origin(origin))}
    return aiohttp_cors.setup(app, defaults=defaults)
