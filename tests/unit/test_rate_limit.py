"""Limits per table and address: kds/web/rate_limit.py."""

from __future__ import annotations

import pytest

from kds.errors import TooMany
from kds.web.rate_limit import RateLimit


def test_a_limit_counts_each_key_for_itself_and_says_when_to_come_back() -> None:
    limit = RateLimit(2, "Slowly.")
    for key in ("T1", "T1", "T2"):
        limit.take(key)
    with pytest.raises(TooMany, match="Slowly") as refused:
        limit.take("T1")
    assert 0 < refused.value.retry_after_s <= 30
    limit.take("T2")


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, "Slowly.")
    for _ in range(1000):
        limit.take("T1")
