"""What comes over the channels: hints that something changed, which anybody who may connect can send as well."""

from __future__ import annotations

import logging
from uuid import UUID

import msgspec

from kds.logs import Seldom

log = logging.getLogger(__name__)

EVENTS_CHANNEL = "kds_events"
CONTROL_CHANNEL = "kds_control"
WAKE = "WAKE"
"""What a batching leader sends instead of many hints."""

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding raises for a payload that is none of ours; the last for one of nothing but brackets."""


class Hint(msgspec.Struct):
    """A hint of sql/announce.sql, `{"type":"NEW_ORDER","branchId":"...","revision":7}`, or `{"type":"WAKE"}`."""

    type: str
    branchId: UUID | None = None
    revision: int = 0


class HintReader:
    """Reads hints, and says now and then that there are others."""

    def __init__(self) -> None:
        self._foreign = Seldom(log, "hint ignored: not one of ours bytes=%d")

    def read(self, payload: str) -> Hint | None:
        """The hint; None when it is none of ours."""
        try:
            return msgspec.json.decode(payload, type=Hint)
        except UNREADABLE:
            self._foreign.warn(len(payload))
            return None
