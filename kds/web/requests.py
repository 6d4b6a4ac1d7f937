"""What a request brings, read strictly: its body, the ids of its path, its token, its Idempotency-Key.

kds/web/checks.py leaves in a request what its route declares: IDENTITY, KEY, BODY and BODY_BYTES, and path_id().
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from kds.errors import Malformed, NotFound, NotLoggedIn, TooLarge, Unprocessable, WrongContentType
from kds.web.identity import Identity

IDENTITY: web.RequestKey[Identity] = web.RequestKey("identity", Identity)
"""Who asks, in the branch that was chosen: there when the route has a role. The branch is read nowhere else."""
BODY: web.RequestKey[Any] = web.RequestKey("body", object)
"""A value of the type that the route takes."""
BODY_BYTES: web.RequestKey[bytes] = web.RequestKey("body_bytes", bytes)
"""The same as it was sent."""
KEY: web.RequestKey[str] = web.RequestKey("key", str)
"""Under which the request is done once, however often it is sent; not there when it has none."""
PATH_IDS: web.RequestKey[dict[str, UUID]] = web.RequestKey("path_ids", dict)

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


T = TypeVar("T")


_DEPTH_MAX = 20


decode_json = msgspec.json.Decoder(float_hook=float).decode
"""Reads what strangers send: without the hook msgspec needs 13 us for each `1e308`, and 35 ms for a body of them."""


async def read_body(request: web.Request, *, at_most: int, stall_s: float) -> bytes:
    """The body, JSON by its declaration, of so many bytes at most, in so many seconds.

    Raises:
        WrongContentType, TooLarge, Malformed
    """
    if request.content_type != "application/json":
        raise WrongContentType("Send the body as Content-Type: application/json.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise WrongContentType("Send the body as it is, without Content-Encoding.")
    if (request.content_length or 0) > at_most:
        raise TooLarge(f"The body is over {at_most} bytes.")
    body = bytearray()
    try:
        async with asyncio.timeout(stall_s):
            while piece := await request.content.readany():
                body += piece
                if len(body) > at_most:
                    raise TooLarge(f"The body is over {at_most} bytes.")
    except TimeoutError:
        # The rest of the body may still come: this connection cannot carry another request.
        request.protocol.force_close()
        raise Malformed("The body did not arrive in time.", code="timeout") from None
    except web.RequestPayloadError:
        raise Malformed("The body ends in the middle or is not chunked as it says.") from None
    return bytes(body)


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
    """An id in the path of the route."""
    return request[PATH_IDS][name]


def read_id(text: str) -> UUID:
    """An id as a path has it.

    Raises:
        NotFound: it is none, so nothing can be there.
    """
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound("There is no such thing.") from None
    if str(found) != text.lower():
        raise NotFound("There is no such thing.")
    return found


def idempotency_key(request: web.Request) -> str | None:
    """As KEY.

    Raises:
        Unprocessable: it is no key.
    """
    keys = set(request.headers.getall("Idempotency-Key", ()))
    if len(keys) > 1:
        raise Unprocessable("Send one Idempotency-Key.", code="bad_key")
    if not keys:
        return None
    key = keys.pop()
    if not _KEY.fullmatch(key):
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


WITHOUT_NUL = r"^[^\x00]*$"
"""No text of PostgreSQL can hold it."""
