"""Limits on how often: orders per table and address. In memory, per process."""

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
