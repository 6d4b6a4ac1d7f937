"""Limits on how often: orders per table and address, failed logins per account and address. In memory, per process."""

from __future__ import annotations

import time
from collections import OrderedDict

from kds.errors import TooMany

_KEYS_MAX = 50_000
"""Kept at most, the oldest goes first: a flood of addresses cannot fill the memory."""


class RateLimit:
    """At most `per_minute` of something for each key, refilled steadily (a token bucket); 0 is no limit."""

    def __init__(self, per_minute: int, message: str) -> None:
        self._per_minute = per_minute
        self._message = message
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, share: int = 1) -> None:
        """Counts one of a key that may have `share` times the limit.

        Raises:
            TooMany: the limit is reached.
        """
        if not self._per_minute:
            return
        now = time.monotonic()
        per_minute = float(self._per_minute * share)
        tokens, then = self._buckets.pop(key, (per_minute, now))
        tokens = min(per_minute, tokens + (now - then) * per_minute / 60)
        if tokens < 1:
            self._buckets[key] = (tokens, now)
            raise TooMany(self._message, retry_after_s=(1 - tokens) * 60 / per_minute)
        self._buckets[key] = (tokens - 1, now)
        if len(self._buckets) > _KEYS_MAX:
            self._buckets.popitem(last=False)


class GuessDelay:
    """A wait after failed logins that doubles with each, up to a minute; forgotten after ten. Never a lock for good."""

    FREE_TRIES = 5
    LONGEST_S = 60.0
    FORGET_S = 600.0

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, *keys: str) -> None:
        """Refuses a try that comes too soon after failed ones.

        Raises:
            TooMany: with the rest of the wait.
        """
        wait_s = max(self._rest_s(key) for key in keys)
        if wait_s > 0:
            raise TooMany(f"Too many failed logins. Try again in {wait_s:.0f} s.", retry_after_s=wait_s)

    def failed(self, *keys: str) -> None:
        """Counts a failed login."""
        for key in keys:
            count, _ = self._failures.pop(key, (0, 0.0))
            self._failures[key] = (count + 1, time.monotonic())
        while len(self._failures) > _KEYS_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forgets the failures of a login that was right."""
        for key in keys:
            self._failures.pop(key, None)

    def _rest_s(self, key: str) -> float:
        count, last = self._failures.get(key, (0, 0.0))
        passed_s = time.monotonic() - last
        if count < self.FREE_TRIES or passed_s > self.FORGET_S:
            return 0.0
        return min(self.LONGEST_S, 2.0 ** (count - self.FREE_TRIES)) - passed_s
