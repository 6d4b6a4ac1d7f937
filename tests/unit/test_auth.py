"""Tokens and links: kds/web/login/tokens.py."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kds.domain.links import Links
from kds.errors import NotLoggedIn, Unavailable
from kds.web.identity import Identity
from kds.web.login.endings import Endings, Revocation, SessionChange
from kds.web.login.tokens import Tokens

SECRET = "a secret of the tests, which is 32 bytes long or more"
STAFF, BRANCH = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def tokens() -> Tokens:
    """As the server has them, once it knows that nothing is over."""
    tokens = Tokens(SECRET, lifetime=timedelta(hours=1), endings=Endings(grace_s=60))
    tokens.endings.learn([], [])
    return tokens


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
    identity = tokens.verify(token)
    assert (identity.staff_id, identity.branch_id, identity.role) == (STAFF, BRANCH, "KITCHEN")
    assert identity.expires_at == expires.timestamp()


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
        forged({}, key=SECRET + "x"), f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{signature[::-1]}",
        good + "x", " ", "", "a.b.c", "\ud800", "é" * 100, "." * 10_000,
    ):  # fmt: skip
        with pytest.raises(NotLoggedIn):
            tokens.verify(token)


def test_a_revocation_ends_the_generations_before_it_and_no_other(tokens: Tokens) -> None:
    old, ahead = (tokens.issue(STAFF, BRANCH, "KITCHEN", generation=number)[0] for number in (4, 6))
    tokens.endings.learn([Revocation(STAFF, 5, 2.0**40)], [])
    with pytest.raises(NotLoggedIn, match="ended"):
        tokens.verify(old)
    tokens.verify(tokens.issue(STAFF, BRANCH, "KITCHEN", generation=5)[0])
    tokens.verify(ahead)  # another process heard of a change before this one
    tokens.verify(tokens.issue(uuid.uuid4(), BRANCH, "KITCHEN", generation=4)[0])


def test_a_token_from_before_there_were_generations_lives_by_its_time(tokens: Tokens) -> None:
    now = datetime.now(UTC).timestamp()
    tokens.endings.learn([Revocation(STAFF, 5, now - 30)], [])
    tokens.verify(forged({"iat": now - 10}))
    with pytest.raises(NotLoggedIn, match="ended"):
        tokens.verify(forged({"iat": now - 50}))


def test_nothing_is_taken_before_it_is_known_what_is_over() -> None:
    tokens = Tokens(SECRET, lifetime=timedelta(hours=1))
    token = tokens.issue(STAFF, BRANCH, "KITCHEN")[0]
    with pytest.raises(Unavailable):
        tokens.verify(token)
    with pytest.raises(NotLoggedIn):
        tokens.verify(token[:-3])
    tokens.endings.learn([], [], is_whole=False)
    with pytest.raises(Unavailable):
        tokens.verify(token)


@pytest.mark.parametrize("apart_s", [-50.0, -2.0, 2.0, 50.0])
def test_a_token_of_a_process_whose_clock_differs_is_taken(tokens: Tokens, apart_s: float) -> None:
    now = datetime.now(UTC).timestamp()
    tokens.verify(forged({"iat": now + apart_s, "exp": int(now) + 60}))


def test_the_end_of_a_token_has_no_leeway(tokens: Tokens) -> None:
    now = datetime.now(UTC).timestamp()
    with pytest.raises(NotLoggedIn, match="expired"):
        tokens.verify(forged({"iat": now - 100, "exp": int(now) - 1}))


@pytest.mark.parametrize(("role", "hours", "is_taken"), [
    ("KITCHEN", 1, True), ("KITCHEN", 2, False), ("MANAGER", 2, False), ("KITCHEN", 29 * 24, False),
    ("PICKUP", 30 * 24, True), ("PICKUP", 31 * 24, False),
])  # fmt: skip
def test_no_token_lasts_longer_than_one_of_its_role(tokens: Tokens, role: str, hours: int, is_taken: bool) -> None:
    now = int(datetime.now(UTC).timestamp())
    token = forged({"role": role, "iat": now, "exp": now + hours * 3600})
    with contextlib.nullcontext() if is_taken else pytest.raises(NotLoggedIn, match="too long"):
        tokens.verify(token)


@given(st.lists(st.integers(0, 29 * 24 * 3600), max_size=8), st.sampled_from(["KITCHEN", "MANAGER"]))
@settings(deadline=None, max_examples=50)
def test_however_a_login_is_renewed_it_ends_after_30_days(steps_s: list[int], role: str) -> None:
    tokens = Tokens(SECRET, lifetime=timedelta(hours=12))
    began = datetime.now(UTC).timestamp()
    identity = Identity(STAFF, BRANCH, role, began, began, uuid.uuid4(), began)
    for step_s in steps_s:
        aged = replace(identity, logged_in_at=identity.logged_in_at - step_s)
        age_s = began - aged.logged_in_at
        if age_s >= 30 * 86_400 - 1:
            with pytest.raises(NotLoggedIn, match="expired"):
                tokens.issue(STAFF, BRANCH, role, after=aged)
            return
        _, expires = tokens.issue(STAFF, BRANCH, role, after=aged)
        assert expires.timestamp() <= aged.logged_in_at + 30 * 86_400
        identity = aged


def test_a_renewed_login_ends_those_before_it_once_it_is_used(tokens: Tokens) -> None:
    first, _ = tokens.issue(STAFF, BRANCH, "KITCHEN")
    second, _ = tokens.issue(STAFF, BRANCH, "KITCHEN", after=tokens.verify(first))
    assert tokens.endings.used == {}
    tokens.verify(first)  # the answer was lost, perhaps
    identity = tokens.verify(second)
    assert tokens.endings.used == {identity.session_id: identity}
    change = SessionChange(identity.session_id, STAFF, turn=1, ended=False, age_s=59.0)
    tokens.endings.learn([], [change])
    tokens.verify(first)  # a second tab has a moment to follow
    tokens.endings.forget(set(), set())
    tokens.endings.learn([], [replace(change, age_s=61.0)])
    with pytest.raises(NotLoggedIn, match="ended"):
        tokens.verify(first)
    tokens.verify(second)


def test_a_session_that_was_signed_out_takes_all_its_tokens_with_it(tokens: Tokens) -> None:
    first, _ = tokens.issue(STAFF, BRANCH, "KITCHEN")
    identity = tokens.verify(first)
    later = [tokens.issue(STAFF, BRANCH, "KITCHEN", after=replace(identity, turn=turn))[0] for turn in range(3)]
    ended = SessionChange(identity.session_id, STAFF, turn=0, ended=True, age_s=0.0)
    tokens.endings.learn([], [ended])
    tokens.endings.learn([], [replace(ended, ended=False, turn=2)])  # a read that began before, and came late
    for token in (first, *later):
        with pytest.raises(NotLoggedIn, match="ended"):
            tokens.verify(token)
    tokens.verify(tokens.issue(STAFF, BRANCH, "KITCHEN")[0])


def test_watchers_hear_of_their_own_member_until_they_leave(tokens: Tokens) -> None:
    heard: list[str] = []

    def hear() -> None:
        heard.append("here")

    tokens.endings.watch(STAFF, hear)
    tokens.endings.watch(uuid.uuid4(), lambda: heard.append("elsewhere"))
    tokens.endings.learn([Revocation(STAFF, 5, 0.0)], [])
    tokens.endings.learn([Revocation(STAFF, 5, 0.0)], [])
    assert heard == ["here"]
    tokens.endings.unwatch(STAFF, hear)
    tokens.endings.learn([Revocation(STAFF, 6, 0.0)], [])
    assert heard == ["here"]


@pytest.mark.parametrize("claim", ["gen", "sid", "turn", "auth_time"])
@pytest.mark.parametrize("value", [None, "x", -1, True, 1.5, [], "drop"])
def test_a_session_is_said_whole_or_not_at_all(tokens: Tokens, claim: str, value: object) -> None:
    claims = jwt.decode(tokens.issue(STAFF, BRANCH, "KITCHEN")[0], options={"verify_signature": False})
    tokens.verify(forged(claims))
    with pytest.raises(NotLoggedIn):
        tokens.verify(forged(claims, drop=claim) if value == "drop" else forged({**claims, claim: value}))


def test_a_new_secret_leaves_the_tokens_and_links_of_the_one_before_good(tokens: Tokens) -> None:
    rotated = Tokens("x" + SECRET, secret_before=SECRET, lifetime=timedelta(hours=1), endings=tokens.endings)
    old, new = tokens.issue(STAFF, BRANCH, "KITCHEN")[0], rotated.issue(STAFF, BRANCH, "KITCHEN")[0]
    rotated.verify(old)
    rotated.verify(new)
    with pytest.raises(NotLoggedIn):
        tokens.verify(new)  # the one before signs nothing any more
    with pytest.raises(NotLoggedIn):
        Tokens("x" + SECRET, lifetime=timedelta(hours=1), endings=tokens.endings).verify(old)
    order = uuid.uuid4()
    before, after = Links(SECRET), Links("x" + SECRET, secret_before=SECRET)
    assert after.is_tracking_token(order, before.tracking_token(order))
    assert after.is_tracking_token(order, after.tracking_token(order))
    assert not before.is_tracking_token(order, after.tracking_token(order))
    assert after.table_generation(BRANCH, "T1", before.table_token(BRANCH, "T1")) == 0
    assert after.table_generation(BRANCH, "T1", before.table_token(BRANCH, "T1", 7)) == 7


def test_codes_printed_for_tables_may_have_a_key_of_their_own() -> None:
    # the value that JWT_SECRET had keeps what was printed; another one ends it
    for generation in (0, 7):
        printed = Links(SECRET).table_token(BRANCH, "T1", generation)
        kept = Links("y" + SECRET, table_secret=SECRET)
        assert kept.table_generation(BRANCH, "T1", printed) == generation
        assert Links(SECRET, table_secret="z" + SECRET).table_generation(BRANCH, "T1", printed) is None
    order = uuid.uuid4()
    assert Links(SECRET).is_tracking_token(order, Links(SECRET, table_secret="z" + SECRET).tracking_token(order))


def test_a_device_is_recognised_by_any_token_we_signed_and_by_no_other(tokens: Tokens) -> None:
    now = int(datetime.now(UTC).timestamp())
    days = 86_400
    known = tokens.recognise(forged({"iat": now - 40 * days, "exp": now - 39 * days}))
    assert known is not None and known.staff_id == STAFF
    assert tokens.recognise(forged({"iat": now - 99 * days, "exp": now - 98 * days})) is None
    assert tokens.recognise(forged({}, key=SECRET + "x")) is None
    assert tokens.recognise("a.b.c") is None


def test_links_open_what_they_were_made_for() -> None:
    links, others = Links(SECRET), Links(SECRET + "x")
    order = uuid.uuid4()
    token = links.tracking_token(order)
    assert token == links.tracking_token(order)
    assert links.is_tracking_token(order, token)
    assert not links.is_tracking_token(uuid.uuid4(), token)
    assert not others.is_tracking_token(order, token)
    assert links.table_generation(order, "", token) is None
    table = links.table_token(BRANCH, "T1")
    assert links.table_generation(BRANCH, "T1", table) == 0
    assert links.table_generation(BRANCH, "T11", table) is None
    assert not links.is_tracking_token(order, "\ud800")
    assert len(token) >= 128 // 6
