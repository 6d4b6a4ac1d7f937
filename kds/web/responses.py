"""Answers: JSON, and errors in one shape. The HTTP status of every error is chosen here and nowhere else."""

from __future__ import annotations

import asyncio
import io
import logging
import math
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from kds.errors import (
    Conflict,
    DishRefused,
    Malformed,
    MenuChanged,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    OtherStations,
    RequestError,
    SoldOut,
    TooLarge,
    TooMany,
    Unavailable,
    Unprocessable,
    UpgradeNeeded,
    WeakPassword,
    WrongContentType,
)

log = logging.getLogger(__name__)

BEGAN_AT: web.RequestKey[float] = web.RequestKey("began_at", float)
"""By the clock of the event loop."""

LARGE_BYTES = 256 * 1024
"""What aiohttp hands to a connection at once of a body that it reads as a file; the kernel takes its time for each byte
while the loop waits."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[type[RequestError], int] = {
    Malformed: 400,
    NotLoggedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    MenuChanged: 409,
    OtherStations: 409,
    TooLarge: 413,
    WrongContentType: 415,
    Unprocessable: 422,
    SoldOut: 422,
    WeakPassword: 422,
    DishRefused: 422,
    UpgradeNeeded: 426,
    TooMany: 429,
    Unavailable: 503,
}


def json_response(body: bytes | str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of the API, never to be stored. A large one is sent in parts, and the event loop turns in between."""
    data = body.encode() if isinstance(body, str) else body
    return web.Response(
        body=data if len(data) <= LARGE_BYTES else io.BytesIO(data),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def encoded_response(body: object, *, status: int = 200) -> web.Response:
    """An answer of the API, of what msgspec makes JSON of."""
    return json_response(msgspec.json.encode(body), status=status)


def error_response(error: RequestError) -> web.Response:
    """An error as every client gets it: `{"error": {"code": "...", "message": "..."}}`."""
    body = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}})
    headers: dict[str, str] = {}
    if isinstance(error, Conflict):
        body = body[:-1] + b',"order":' + error.order.encode() + b"}"
    if isinstance(error, SoldOut):
        body = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}, "dishes": error.dishes})
    if isinstance(error, WeakPassword):
        body = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}, "fault": error.fault})
    if isinstance(error, DishRefused):
        told = {"error": {"code": error.code, "message": str(error)}, "field": error.field, "index": error.index}
        body = msgspec.json.encode(told)
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, NotLoggedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, UpgradeNeeded):
        headers |= {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    return json_response(body, STATUS[type(error)], headers)


def http_error_response(error: web.HTTPException) -> web.Response:
    """A refusal of aiohttp's own, in the shape of ours."""
    code = error.reason.lower().replace(" ", "_")
    message = {404: "There is nothing here.", 413: "The body is too large."}.get(error.status, error.reason)
    headers = {name: value for name, value in error.headers.items() if name in {"Allow", "Retry-After"}}
    return json_response(msgspec.json.encode({"error": {"code": code, "message": message}}), error.status, headers)


def forget_way(error: BaseException | None) -> None:
    """Lets go of where an error came from, and what before it.

    aiohttp keeps an error with the request or the socket that it ended, and the traceback leads to the frames that hold
    those: a circle for each, which only a pass of the garbage collector would free, while all others wait.
    """
    while error is not None:
        error.__traceback__ = None
        before, error.__context__, error.__cause__ = error.__context__, None, None
        error = before


async def _nowhere(_request: web.Request) -> web.StreamResponse:
    """In the place of what aiohttp asked already, for an address that leads nowhere."""
    raise web.HTTPNotFound


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every failure into the error shape; a failure of ours is logged with its trace and told without."""
    request[BEGAN_AT] = asyncio.get_running_loop().time()
    found = request.match_info
    if found.http_exception is not None:
        found.route._handler = _nowhere  # it was a method of the route: a circle as well
    try:
        return await handler(request)
    except RequestError as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        forget_way(error)
        return http_error_response(error)
    except ConnectionResetError:
        log.info("client gone method=%s path=%s", request.method, request.path)
        return web.Response(status=499)  # nobody reads it
    except Exception:
        log.exception("request failed method=%s path=%s", request.method, request.path)
        body = msgspec.json.encode({"error": {"code": "internal", "message": "Something went wrong on our side."}})
        return json_response(body, 500)
