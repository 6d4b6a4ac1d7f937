"""What a new password may not be: kds/web/login/password_rules.py; and a secret: kds/config."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kds.config import SECRET_BYTES, secret_faults
from kds.web.login.password_rules import PASSWORD_MAX, PASSWORD_MIN, password_fault

WEAK = [
    "12345678", "password", "Password1", "P@ssw0rd", "passw0rd!", "iloveyou", "football1", "qwertyuiop", "asdfghjkl",
    "abcdefgh", "87654321", "aaaaaaaa", "abcabcabc", "11111111", "kitchen1", "Kitchen2024!", "gina1234", "ginagina",
    "gina-kitchen", "restaurant", "manager!!", "1q2w3e4r", "zxcvbnm,", "sunshine99",
]  # fmt: skip
GOOD = [
    "correct horse",
    "chef-demo",
    "manager-demo",
    "gina likes figs",
    "kæse mit brot",
    "8 ölpumpen!",
    "tr0mbone-velvet",
]


@pytest.mark.parametrize("password", WEAK)
def test_what_is_tried_first_is_no_password(password: str) -> None:
    assert password_fault(password, "gina")


@pytest.mark.parametrize(
    ("password", "reason"),
    [("figs", "length"), ("figs and \x07 bread", "characters"), ("sunshine99", "common"), ("abcabcabc", "pattern"),
     ("gina1234", "name"), ("Kitchen2024!", "name")],
)  # fmt: skip
def test_which_rule_is_broken_is_told_to_programs(password: str, reason: str) -> None:
    fault = password_fault(password, "gina")
    assert fault is not None and fault.reason == reason and str(fault).startswith(("has", "holds", "is", "repeats"))


@pytest.mark.parametrize("password", GOOD)
def test_what_nobody_tries_is_one(password: str) -> None:
    assert password_fault(password, "gina") is None


def test_the_demo_may_keep_its_own() -> None:
    assert [password_fault(f"{name}-demo", name) for name in ("chef", "manager", "pickup", "owner")] == [None] * 4


@given(st.text(max_size=220), st.text(min_size=1, max_size=100))
def test_any_text_has_an_answer(password: str, username: str) -> None:
    fault = password_fault(password, username)
    assert fault or PASSWORD_MIN <= len(password) <= PASSWORD_MAX
    assert not fault or password not in str(fault) or len(password) < 4


@pytest.mark.parametrize(
    "secret",
    ["0123456789" * 4, "abcdefghijklmnopqrstuvwxyz0123456789", "changeme" * 5, "qwertyuiopasdfghjklzxcvbnm1234567890",
     "a-string-secret-at-least-256-bits-long", "x" * 64, "abcdefghijklmnop" * 2, "9876543210fedcba9876543210fedcba"],
)  # fmt: skip
def test_a_secret_that_is_a_pattern_is_refused_with_words(secret: str) -> None:
    (fault,) = secret_faults(secret)
    assert fault.startswith("JWT_SECRET ") and "token_urlsafe" in fault and secret not in fault


def test_a_random_secret_is_taken() -> None:
    for _ in range(200):
        for secret in (secrets.token_urlsafe(48), secrets.token_hex(SECRET_BYTES), secrets.token_urlsafe(24)):
            assert secret_faults(secret) == []
