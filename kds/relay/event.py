"""An event as the relay reads it.

Between step 3 (kds/relay/listening/listener.py reads events) and step 4 (kds/relay/hub.py writes frames to sockets).
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """That an order changed, with the order as it is now.

    `body` is the order object as compact JSON text, for example `{"orderId":"...","orderNumber":7,...}`,
    None when the order is gone. `prev` is the revision before it in its branch.
    """

    branch_id: UUID
    revision: int
    prev: int
    kind: str
    order_id: UUID
    timestamp: str
    body: str | None


def utc_now() -> str:
    """The present moment as messages write it: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
