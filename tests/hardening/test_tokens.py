"""Tokens forged in every way that RFC 8725 names: none of them opens a door, on HTTP or on a socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from kds.domain.links import Links
from kds.errors import NotLoggedIn
from kds.web.login.tokens import Tokens
from tests.conftest import JWT_SECRET, RunningServer
from tests.hardening.requests import faults_of_log
from tests.screen import token_for

Claims = dict[str, Any]
PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----"
)
ALGORITHMS: tuple[Any, ...] = ("none", "None", "nOnE", "", None, 1, [])
WEAK_SECRETS = ("", "secret", "\0" * 32, JWT_SECRET[:-1])
KEY_IDS = ("/dev/null", "' OR 1=1", "../../x", 7)
NO_OBJECTS: tuple[Any, ...] = ([], "x", 7, None)


def part(value: object) -> str:
    """One part of a token: base64url of JSON, or of bytes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: object, claims: object, secret: str = JWT_SECRET, digest: str = "sha256") -> str:
    """A token by hand, so that no library refuses to make it."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(secret.encode(), text.encode(), digest))}"


def good_claims(branch_id: str) -> Claims:
    """What a real token of the kitchen says."""
    token = token_for(JWT_SECRET, branch_id)
    claims: Claims = jwt.decode(token, options={"verify_signature": False})
    return claims


SESSION = {"gen", "sid", "turn", "auth_time"}
"""What a session says; a token of before says none of it."""
HS256 = {"alg": "HS256", "typ": "JWT"}


def forgeries(branch_id: str) -> dict[str, str]:
    """Every forged token by what is wrong with it; the sections are those of RFC 8725."""
    good = good_claims(branch_id)
    now = time.time()
    real = signed(HS256, good)
    head, claims, signature = real.split(".")
    without = {f"no {name}": signed(HS256, {k: v for k, v in good.items() if k != name}) for name in good}
    values: dict[str, list[Any]] = {
        "exp": [now - 1, "never", None, True, [now + 60], {}, -1, 1e300, "1e9"],
        "nbf": [now + 3600, "tomorrow"],
        "iat": [now + 3600, "yesterday", None, [], 1e300],
        "iss": ["", "kd", "kdss", "KDS", None, 1, {"kds": 1}, ["evil"]],
        "aud": ["", "other", "KDS", None, 1, [], ["other"], {"kds": 1}],
        "sub": ["", "chef", None, 7, [], str(uuid.uuid4())[:-1], "\ud800"],
        "jti": [None, 7, []],
        "gen": [None, "7", -1, True, 1.5, [0]],
        "sid": ["", None, 7, "../", [str(uuid.uuid4())]],
        "turn": [None, "0", -1, True, [0]],
        "auth_time": [None, "now", -1, [], now],
        "branch": ["", None, 7, [branch_id], "../", branch_id[:-1]],
        "role": ["", "kitchen", "ADMIN", None, ["KITCHEN"], {"KITCHEN": 1}, "KITCHEN "],
    }
    changed = {
        f"{name} is {value!r:.40}": signed(HS256, {**good, name: value}) for name in values for value in values[name]
    }
    return {
        **without,
        **changed,
        # 2.1, 3.1: the algorithm is ours to choose
        **{f"alg {alg!r}": signed({"alg": alg, "typ": "JWT"}, good) for alg in ALGORITHMS},
        "alg none, unsigned": f"{part({'alg': 'none'})}.{claims}.",
        "alg HS384": signed({"alg": "HS384"}, good, digest="sha384"),
        "alg HS512": signed({"alg": "HS512"}, good, digest="sha512"),
        "alg RS256 with our key": signed({"alg": "RS256"}, good),
        "alg ES256, empty signature": f"{part({'alg': 'ES256'})}.{claims}.",
        "alg EdDSA": signed({"alg": "EdDSA"}, good),
        "no alg": signed({"typ": "JWT"}, good),
        "a public key as the secret": signed(HS256, good, secret=PUBLIC_KEY),
        # 2.2, 3.5: weak keys
        **{f"secret {secret!r}": signed(HS256, good, secret=secret) for secret in WEAK_SECRETS},
        "the hash of the secret": signed(HS256, good, secret=hashlib.sha256(JWT_SECRET.encode()).hexdigest()),
        # 2.3, 2.4: encrypted, nested, packed
        "JWE": f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..{part(b'0' * 12)}.{claims}.{part(b'1' * 16)}",
        "nested": signed({**HS256, "cty": "JWT"}, real),
        "zip": signed({**HS256, "zip": "DEF"}, b"\x4b\x04\x00"),
        "b64 false": signed({**HS256, "b64": False, "crit": ["b64"]}, good),
        "crit unknown": signed({**HS256, "crit": ["exp"]}, good),
        # 3.10: nothing in the header may say where a key is
        "jwk": signed({**HS256, "jwk": {"kty": "oct", "k": part(b"attacker" * 4)}}, good, secret="attacker" * 4),
        **{name: signed({**HS256, name: "http://127.0.0.1:9/"}, good, secret="attacker") for name in ("jku", "x5u")},
        **{f"kid {kid!r}": signed({**HS256, "kid": kid}, good, secret="") for kid in KEY_IDS},
        # signatures and shapes
        "another's signature": f"{head}.{part({**good, 'role': 'MANAGER'})}.{signature}",
        "signature cut": real[:-3],
        "signature of another token": f"{head}.{claims}.{signed(HS256, {**good, 'jti': 'x'}).split('.')[2]}",
        "no signature": f"{head}.{claims}.",
        "two parts": f"{head}.{claims}",
        "four parts": f"{real}.{signature}",
        "parts swapped": f"{claims}.{head}.{signature}",
        "nothing in it": "..",
        "not base64": f"{head}.{claims}!.{signature}",
        "claims no JSON": signed(HS256, b"nonsense"),
        "claims not UTF-8": signed(HS256, b"\xff\xfe"),
        "claims too deep": signed(HS256, b"[" * 3000 + b"]" * 3000),
        **{f"claims {value!r}": signed(HS256, value) for value in NO_OBJECTS},
        **{f"header {value!r}": signed(value, good) for value in (*NO_OBJECTS, {})},
        "a tracking token": Links(JWT_SECRET).tracking_token(UUID(branch_id)),
        "a table token": Links(JWT_SECRET).table_token(UUID(branch_id), "T1"),
        "the secret": JWT_SECRET.replace(" ", "+"),
        "long": "e" * 6000,
    }  # fmt: skip


async def refusal(http: ClientSession, url: str, token: str) -> tuple[int, int, str]:
    """How HTTP, the socket's subprotocol and its query refuse a token."""
    bearer = {"Authorization": f"Bearer {token}"}
    async with http.get(f"{url}/kitchen/orders", headers=bearer) as answer:
        status, challenge = answer.status, answer.headers.get("WWW-Authenticate", "")
    sockets = []
    for options in ({"protocols": ("kds.v1", f"bearer.{token}")}, {"params": {"token": token}}):
        try:
            async with http.ws_connect(f"{url}/kitchen/display", **options):
                sockets.append(101)
        except WSServerHandshakeError as error:
            sockets.append(error.status)
    return status, max(sockets), challenge


async def test_no_forged_token_opens_anything(server: RunningServer, http: ClientSession, branch_id: str) -> None:
    assert (await refusal(http, server.url, signed(HS256, good_claims(branch_id))))[:2] == (200, 101)
    forged = forgeries(branch_id)
    assert len(forged) > 80
    # of a role that may cook nothing it is 403: the token counts, the role does not
    expected = {name: 403 if name.startswith("role is") else 401 for name in forged}
    wrong = {}
    for name, token in forged.items():
        status, socket, challenge = await refusal(http, server.url, token)
        if (status, socket) != (expected[name], expected[name]) or (status == 401) != (challenge == "Bearer"):
            wrong[name] = (status, socket, challenge)
    assert wrong == {}


async def test_a_token_says_what_it_is_and_no_more(branch_id: str) -> None:
    token = token_for(JWT_SECRET, branch_id)
    assert jwt.get_unverified_header(token) == HS256
    assert set(good_claims(branch_id)) == {"iss", "aud", "sub", "branch", "role", "iat", "exp", "jti"} | SESSION
    assert jwt.decode(token, JWT_SECRET, algorithms=["HS256"], audience="kds")["jti"] != good_claims(branch_id)["jti"]


async def test_guesses_get_slower_for_the_account_from_every_address_and_lock_nobody_out(
    serve_process: Callable[..., Awaitable[Any]], http: ClientSession
) -> None:
    server = await serve_process(TRUST_PROXY="1")

    async def login(username: str, password: str, address: str) -> tuple[int, int]:
        body = {"username": username, "password": password}
        hops = {"X-Forwarded-For": f"10.9.9.9, {address}"}
        async with http.post(f"{server.url}/staff/login", json=body, headers=hops) as answer:
            return answer.status, int(answer.headers.get("Retry-After", "0"))

    # one name from many addresses, as a botnet would
    answers = [await login("chef", f"guess {number}", f"192.0.2.{number}") for number in range(12)]
    assert [status for status, _ in answers[:5]] == [401] * 5 and answers[-1][0] == 429
    # the right password waits like any other, and no longer than a minute
    status, wait_s = await login("chef", "chef-demo", "192.0.2.200")
    assert status == 429 and 1 <= wait_s <= 60
    # another account is not touched by it; one address trying many names is
    assert (await login("manager", "manager-demo", "192.0.2.201"))[0] == 200
    answers = [await login(f"nobody-{number}", "x", "192.0.2.202") for number in range(8)]
    assert answers[-1][0] == 429
    # what the client itself wrote into X-Forwarded-For moves it nowhere
    assert (await login("somebody", "x", "192.0.2.202"))[0] == 429
    assert await server.stop() == 0
    assert faults_of_log(server.log.read_text()) == []
    assert "guess 1" not in server.log.read_text()


@pytest.mark.parametrize("skew_s", [-3600.0, 3600.0])
def test_a_token_of_a_server_with_a_wrong_clock_is_judged_by_ours(branch_id: str, skew_s: float) -> None:
    claims = {**good_claims(branch_id), "iat": time.time() + skew_s, "exp": time.time() + skew_s + 60}
    with pytest.raises(NotLoggedIn):
        Tokens(JWT_SECRET, lifetime=timedelta(hours=1)).verify(signed(HS256, claims))
