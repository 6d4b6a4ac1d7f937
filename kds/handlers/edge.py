"""What holds for every request: the error shape, the status of each error, security headers, strict bodies.

The HTTP status of every error is chosen here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from kds.config import Config
from kds.errors import (
    Conflict,
    Malformed,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RequestError,
    TooLarge,
    TooMany,
    Unavailable,
    Unprocessable,
    UpgradeNeeded,
    WrongContentType,
)
from kds.handlers.proxies import is_secure
from kds.meters import Meters

log = logging.getLogger(__name__)

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[type[RequestError], int] = {
    Malformed: 400,
    NotLoggedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    WrongContentType: 415,
    Unprocessable: 422,
    UpgradeNeeded: 426,
    TooMany: 429,
    Unavailable: 503,
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types kds-service-worker"
)
SECURITY_HEADERS = {
    "Server": "kds",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # no page of another site shows what is ours; what CORS_ORIGINS allows is asked otherwise
    "Cross-Origin-Resource-Policy": "same-origin",
}
# what no page of ours asks for, a script that got into one cannot either; only of a document does a browser read it
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), bluetooth=()"
_DEPTH_MAX = 20
decode_json = msgspec.json.Decoder(float_hook=float).decode
"""Reads what strangers send: without the hook msgspec needs 13 us for each `1e308`, and 35 ms for a body of them."""
LOGGED_PATH_MAX = 512
BEGAN_AT: web.RequestKey[float] = web.RequestKey("began_at", float)


def json_response(body: bytes | str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of the API, never to be stored."""
    data = body.encode() if isinstance(body, str) else body
    return web.Response(
        body=data,
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def error_response(error: RequestError) -> web.Response:
    """An error as every client gets it: `{"error": {"code": "...", "message": "..."}}`."""
    body = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}})
    headers: dict[str, str] = {}
    if isinstance(error, Conflict):
        body = body[:-1] + b',"order":' + error.order.encode() + b"}"
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


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every failure into the error shape; a failure of ours is logged with its trace and told without."""
    request[BEGAN_AT] = asyncio.get_running_loop().time()
    try:
        return await handler(request)
    except RequestError as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return http_error_response(error)
    except ConnectionResetError:
        log.info("client gone method=%s path=%s", request.method, request.path)
        return web.Response(status=499)  # nobody reads it
    except Exception:
        log.exception("request failed method=%s path=%s", request.method, request.path)
        body = msgspec.json.encode({"error": {"code": "internal", "message": "Something went wrong on our side."}})
        return json_response(body, 500)


def security_headers(config: Config) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The headers of every answer, as an on_response_prepare signal."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        if response.status == 101:
            # a WebSocket's handshake shows nothing that the others guard, and its headers last as long as the socket
            headers["Server"] = SECURITY_HEADERS["Server"]
            return
        headers.update(SECURITY_HEADERS)
        if response.content_type == "text/html":
            headers["Permissions-Policy"] = PERMISSIONS_POLICY
        headers.setdefault("Cache-Control", "no-cache")
        if config.cors_origins:
            headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))
        if is_secure(request, config):
            headers["Strict-Transport-Security"] = "max-age=31536000"

    return add


def count_answers(meters: Meters) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Counts every answer by the route as it was declared, as an on_response_prepare signal: no path, no id, no end."""

    async def count(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        route, method = (resource.canonical, request.method) if resource is not None else ("none", "any")
        now = asyncio.get_running_loop().time()
        meters.answer(method, route, response.status, now - request.get(BEGAN_AT, now))

    return count


class PathOnlyAccessLog(AbstractAccessLogger):
    """Logs the path without its query, which may hold a token."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """One line per request."""
        path = request.path[:LOGGED_PATH_MAX]
        self.logger.info(
            "request method=%s path=%s status=%d ms=%.1f", request.method, path, response.status, time * 1000
        )


# Reading a request


async def read_body(request: web.Request, config: Config) -> bytes:
    """The body, JSON by its declaration, whole and in time.

    Raises:
        WrongContentType, TooLarge, Malformed
    """
    if request.content_type != "application/json":
        raise WrongContentType("Send the body as Content-Type: application/json.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise WrongContentType("Send the body as it is, without Content-Encoding.")
    if (request.content_length or 0) > config.body_limit_bytes:
        raise TooLarge(f"The body is over {config.body_limit_bytes} bytes.")
    try:
        async with asyncio.timeout(config.request_stall_s):
            return await request.read()
    except TimeoutError:
        # The rest of the body may still come: this connection cannot carry another request.
        request.protocol.force_close()
        raise Malformed("The body did not arrive in time.", code="timeout") from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"The body is over {config.body_limit_bytes} bytes.") from None
    except web.RequestPayloadError:
        raise Malformed("The body ends in the middle or is not chunked as it says.") from None


def parse(body: bytes, wanted: type[T]) -> T:
    """The body as a value of a strict type.

    Raises:
        Malformed: no valid JSON, or text that no database and no screen can hold.
        Unprocessable: valid JSON of another shape.
    """
    try:
        document = decode_json(body)
        _refuse_unstorable(document, 0)
    except (msgspec.DecodeError, ValueError, RecursionError, OverflowError):
        raise Malformed("The body is not valid JSON.") from None
    try:
        return msgspec.convert(document, wanted)
    except msgspec.ValidationError as error:
        raise Unprocessable(str(error)) from None


def _refuse_unstorable(value: Any, depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
        if "\0" in value:
            raise ValueError("NUL in text")
    elif isinstance(value, int | float) and not -(2.0**64) < value < 2.0**64:
        raise ValueError("number too large")
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable(member, depth + 1)
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable(name, depth + 1)
            _refuse_unstorable(member, depth + 1)


def path_id(request: web.Request, name: str) -> UUID:
    """An id in the path.

    Raises:
        NotFound: it is none, so nothing can be there.
    """
    text = request.match_info[name]
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound("There is no such thing.") from None
    if str(found) != text.lower():
        raise NotFound("There is no such thing.")
    return found


def idempotency_key(request: web.Request) -> str | None:
    """The key under which a request is done once, however often it is sent.

    Raises:
        Unprocessable: it is no key.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Unprocessable("Idempotency-Key must be 1 to 200 visible ASCII characters.", code="bad_key")
    return key


def bearer_token(request: web.Request) -> str:
    """The token of the Authorization header.

    Raises:
        NotLoggedIn: there is none.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotLoggedIn("Log in first.")
    return token.strip()
