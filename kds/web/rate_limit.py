"""Limits on how often: orders per table and address. In memory, per process."""

from __future__ import annotations

import time
from collections import OrderedDict

from kds.errors import TooMany

_KEYS_MAX = 50_000
"""Kept at most, the oldest goes first: a flood of addresses cannot fill the memory."""


class RateLimit:
    """At most `per_minute` of something for each key, refilled steadily (a token bucket); 0 is no limit."""

    def __init__(self, per_minute: int, message: str, code: str | None = None) -> None:
        self._per_minute = per_minute
        self._message = message
        self._code = code
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, key: str, share: int = 1, *, per_minute: int | None = None) -> None:
        """Counts nothing of a key that may have `share` times the limit, or times `per_minute` instead of it.

        Raises:
            TooMany: the limit is reached.
        """
        self._spend(key, share, per_minute, 0)

    def take(self, key: str, share: int = 1, *, per_minute: int | None = None) -> None:
        """As `check`, and counts one."""
        self._spend(key, share, per_minute, 1)

    def give_back(self, key: str, share: int = 1, *, per_minute: int | None = None) -> None:
        """Undoes a `take`: it was nothing new that was counted."""
        most = float(share * (self._per_minute if per_minute is None else per_minute))
        if key in self._buckets:
            tokens, then = self._buckets[key]
            self._buckets[key] = (min(most, tokens + 1), then)

    def _spend(self, key: str, share: int, per_minute: int | None, count: int) -> None:
        most = float(share * (self._per_minute if per_minute is None else per_minute))
        if not most:
            return
        now = time.monotonic()
        tokens, then = self._buckets.pop(key, (most, now))
        tokens = min(most, tokens + (now - then) * most / 60)
        self._buckets[key] = (tokens - count if tokens >= 1 else tokens, now)
        if len(self._buckets) > _KEYS_MAX:
            self._buckets.popitem(last=False)
        if tokens < 1:
            raise TooMany(self._message, retry_after_s=(1 - tokens) * 60 / most, code=self._code)
