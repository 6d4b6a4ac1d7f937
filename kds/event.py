"""An event as the relay reads it, and the frames it becomes.

Between step 3 (kds/listener.py reads events) and step 4 (kds/hub.py writes frames to sockets).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

PING_FRAME = b"\x89\x00"
"""An empty ping: RFC 6455 section 5.5.2."""


@dataclass(frozen=True, slots=True)
class Event:
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


def event_message(event: Event) -> bytes:
    """The JSON message of an event, built once for all screens of its branch."""
    if event.body is None:
        return (
            f'{{"type":"ORDER_REMOVED","revision":{event.revision},"prev":{event.prev},'
            f'"orderId":"{event.order_id}","timestamp":"{event.timestamp}"}}'
        ).encode()
    kind = "NEW_ORDER" if event.kind == "NEW_ORDER" else "ORDER_UPDATED"
    return (
        f'{{"type":"{kind}","revision":{event.revision},"prev":{event.prev},'
        f'"timestamp":"{event.timestamp}",{event.body[1:]}'
    ).encode()


def text_frame(payload: bytes) -> bytes:
    """An unfragmented, unmasked text frame: RFC 6455 section 5.2. The same bytes serve every client."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str) -> bytes:
    """An unmasked close frame: RFC 6455 section 5.5.1; the reason has at most 123 bytes."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes((0x88, len(payload))) + payload


def utc_now() -> str:
    """The present moment as messages write it: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
