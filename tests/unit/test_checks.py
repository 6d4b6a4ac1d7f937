"""A route's declaration is enough: what it takes is checked and read before its handler is asked."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from kds.web.checks import Checks
from kds.web.login.endings import Endings
from kds.web.login.memberships import Memberships
from kds.web.login.queries import LoginQueries
from kds.web.login.tokens import Tokens
from kds.web.requests import BODY, BODY_BYTES, IDENTITY, KEY, path_id
from kds.web.responses import answer_errors, json_response
from kds.web.routes import IDEMPOTENCY_KEY, Check, Route, add_routes, route, routes_of
from kds.web.sockets.open_sockets import OpenSockets
from tests.conftest import JWT_SECRET, config_for

BRANCH = uuid.uuid4()
DISH = uuid.uuid4()
PHOTO_BYTES_MAX = 100_000


class Photo(msgspec.Struct, forbid_unknown_fields=True):
    """More than a cook ever sends."""

    picture: str


class Photos:
    """A handler that checks nothing itself."""

    def __init__(self) -> None:
        self.asked = 0

    @route(
        "photo",
        "POST",
        "/manager/dishes/{dishId}/photo",
        "A new photo",
        dict,
        body=Photo,
        largest_body=PHOTO_BYTES_MAX,
        role="MANAGER",
        parameters=(IDEMPOTENCY_KEY,),
    )
    async def change(self, request: web.Request) -> web.Response:
        """What was found in the request."""
        self.asked += 1
        photo: Photo = request[BODY]
        found: dict[str, Any] = {
            "dish": path_id(request, "dishId"),
            "branch": request[IDENTITY].branch_id,
            "key": request.get(KEY),
            "characters": len(photo.picture),
            "bytes": len(request[BODY_BYTES]),
        }
        return json_response(msgspec.json.encode(found))


@pytest.fixture
def photos() -> Photos:
    return Photos()


@pytest.fixture
async def client(photos: Photos) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A server with this route and no other."""
    endings = Endings(grace_s=1)
    endings.learn([], [])
    tokens = Tokens(JWT_SECRET, lifetime=timedelta(hours=1), endings=endings)
    app = web.Application(middlewares=[answer_errors])
    pool = Pool("postgresql:///nowhere", size=1, direct=True)
    memberships = Memberships(LoginQueries(pool, load_statements()))
    checks = Checks(config_for("postgresql:///nowhere"), tokens, memberships, OpenSockets())
    add_routes(app, routes_of(photos), checks.checked)
    token, _ = tokens.issue(uuid.uuid4(), BRANCH, "MANAGER")
    async with TestClient(TestServer(app), headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def sized(size: int) -> bytes:
    """A body of so many bytes."""
    empty = len(msgspec.json.encode(Photo("")))
    return msgspec.json.encode(Photo("x" * (size - empty)))


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body without its length told before."""
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


async def test_a_handler_finds_what_its_route_declares(client: TestClient[web.Request, web.Application]) -> None:
    body = sized(PHOTO_BYTES_MAX)
    for sent in (body, in_pieces(body)):
        headers = {"Content-Type": "application/json", "Idempotency-Key": "a-key"}
        async with client.post(f"/manager/dishes/{DISH}/photo", data=sent, headers=headers) as answer:
            assert (answer.status, await answer.json()) == (
                200,
                {
                    "dish": str(DISH),
                    "branch": str(BRANCH),
                    "key": "a-key",
                    "characters": PHOTO_BYTES_MAX - len('{"picture":""}'),
                    "bytes": PHOTO_BYTES_MAX,
                },
            )


async def test_a_body_over_the_size_of_its_route_reaches_no_handler(
    client: TestClient[web.Request, web.Application], photos: Photos
) -> None:
    body = sized(PHOTO_BYTES_MAX + 1)
    for sent in (body, in_pieces(body)):
        headers = {"Content-Type": "application/json"}
        async with client.post(f"/manager/dishes/{DISH}/photo", data=sent, headers=headers) as answer:
            told = (await answer.json())["error"]
            assert (answer.status, told["message"]) == (413, f"The body is over {PHOTO_BYTES_MAX} bytes.")
    assert photos.asked == 0


def test_an_order_of_checks_leaves_none_out() -> None:
    declared = Route(
        "photo", "POST", "/dishes/{dishId}", "A photo", dict,
        body=Photo, role="MANAGER", parameters=(IDEMPOTENCY_KEY,), order=(Check.BODY,),
    )  # fmt: skip
    assert declared.checks[0] is Check.BODY
    assert sorted(check.name for check in declared.checks) == sorted(check.name for check in Check)
