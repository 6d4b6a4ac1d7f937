"""WebSocket frames as bytes (RFC 6455): built once, they serve every socket of a topic."""

from __future__ import annotations

PING_FRAME = b"\x89\x00"
"""An empty ping: RFC 6455 section 5.5.2."""


def text_frame(payload: bytes) -> bytes:
    """An unfragmented, unmasked text frame: RFC 6455 section 5.2. The same bytes serve every client."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, which has at most 125 bytes: RFC 6455 section 5.5.3."""
    return bytes((0x8A, len(payload))) + payload


def close_frame(code: int, reason: str) -> bytes:
    """An unmasked close frame: RFC 6455 section 5.5.1; the reason has at most 123 bytes."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes((0x88, len(payload))) + payload
