"""Tokens and links: kds/auth.py."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from kds.auth import Links, Tokens
from kds.errors import NotAllowed, NotLoggedIn

SECRET = "a secret of the tests, which is 32 bytes long or more"
STAFF, BRANCH = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def tokens() -> Tokens:
    """As the server has them."""
    return Tokens(SECRET, lifetime=timedelta(hours=1))


def forged(change: dict[str, Any], *, drop: str = "", key: str = SECRET, algorithm: str = "HS256") -> str:
    """A token made by somebody else."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "kds", "aud": "kds", "sub": str(STAFF), "branch": str(BRANCH), "role": "KITCHEN",
        "iat": now, "exp": now + 60, "jti": "x", **change,
    }  # fmt: skip
    claims.pop(drop, None)
    return jwt.encode(claims, key, algorithm=algorithm)


def test_a_token_speaks_for_its_member(tokens: Tokens) -> None:
    token, expires = tokens.issue(STAFF, BRANCH, "KITCHEN")
    identity = tokens.verify_role(token, "KITCHEN")
    assert (identity.staff_id, identity.branch_id, identity.expires_at) == (STAFF, BRANCH, expires.timestamp())


def test_another_role_is_not_allowed(tokens: Tokens) -> None:
    with pytest.raises(NotAllowed):
        tokens.verify_role(tokens.issue(STAFF, BRANCH, "PICKUP")[0], "KITCHEN")


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "jti", "aud", "iss", "branch", "role"])
def test_every_claim_is_required(tokens: Tokens, claim: str) -> None:
    with pytest.raises(NotLoggedIn):
        tokens.verify(forged({}, drop=claim))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": "soon"},
        {"iat": datetime.now(UTC).timestamp() + 3600},
        {"iat": "now"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"iss": "k"},
        {"iss": "kds2"},
        {"sub": "chef"},
        {"branch": "x"},
        {"branch": None},
        {"branch": 7},
        {"nbf": 2**40},
    ],
)
def test_every_claim_is_checked(tokens: Tokens, change: dict[str, Any]) -> None:
    with pytest.raises(NotLoggedIn):
        tokens.verify(forged(change))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_forged_tokens_are_refused(tokens: Tokens) -> None:
    good = forged({})
    tokens.verify(good)
    head, body, signature = good.split(".")
    none = jwt.encode(jwt.decode(good, options={"verify_signature": False}), None, algorithm="none")
    for token in (
        none, none + signature, forged({}, algorithm="HS512"), forged({}, algorithm="HS384"),
        forged({}, key=SECRET + "x"), f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{signature[:-2]}AA",
        good + "x", " ", "", "a.b.c", "\ud800", "é" * 100, "." * 10_000,
    ):  # fmt: skip
        with pytest.raises(NotLoggedIn):
            tokens.verify(token)


def test_a_revocation_ends_older_tokens_only(tokens: Tokens) -> None:
    old, _ = tokens.issue(STAFF, BRANCH, "KITCHEN")
    tokens.replace_revocations({STAFF: datetime.now(UTC)})
    with pytest.raises(NotLoggedIn, match="ended"):
        tokens.verify(old)
    tokens.verify(tokens.issue(STAFF, BRANCH, "KITCHEN")[0])
    tokens.verify(tokens.issue(uuid.uuid4(), BRANCH, "KITCHEN")[0])


def test_links_open_what_they_were_made_for() -> None:
    links, others = Links(SECRET), Links(SECRET + "x")
    order = uuid.uuid4()
    token = links.tracking_token(order)
    assert token == links.tracking_token(order)
    assert links.is_tracking_token(order, token)
    assert not links.is_tracking_token(uuid.uuid4(), token)
    assert not others.is_tracking_token(order, token)
    assert not links.is_table_token(order, "", token)
    table = links.table_token(BRANCH, "T1")
    assert links.is_table_token(BRANCH, "T1", table)
    assert not links.is_table_token(BRANCH, "T11", table)
    assert not links.is_tracking_token(order, "\ud800")
    assert len(token) >= 128 // 6
