"""What a client's frames must be and aiohttp does not ask: masked (RFC 6455, section 5.1: else the server closes), few.

An empty frame is 6 bytes, so one read of a socket may bring 43,000, and aiohttp works through them, answering each
ping, in one turn of the event loop. Clients send a pong now and then, and hardly a message.
"""

from __future__ import annotations

import logging
import time
from typing import Protocol

log = logging.getLogger(__name__)

FRAMES_AT_ONCE = 50
"""One frame costs some 25 us: so many hold the event loop for less than 2 ms."""
FRAMES_PER_S = 5.0
"""Afterwards: a pong every few seconds is what a client owes."""
_MASKED = 0x80
_SIZE_BYTES = {126: 2, 127: 8}
_MASK_BYTES = 4
_BROKEN_FRAME = b"\xf0\x80"
"""Reserved bits: what aiohttp's own reader ends a socket for, with 1002."""

_TOO_MANY_FRAMES = b"\x88\x82\0\0\0\0" + (1008).to_bytes(2, "big")
"""A masked close frame, as if the client had said itself that it broke a rule."""


class FrameReader(Protocol):
    """aiohttp's reader of frames."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Takes what came; whether it is over."""

    def feed_eof(self) -> None:
        """Takes that nothing more comes."""


class MaskedFrames:
    """Stands before a reader of frames and lets masked ones pass; the first other one ends the socket with 1002.

    One that comes too soon after many ends it with 1008, and nothing passes after it.
    """

    __slots__ = ("_free_at", "_head", "_is_over", "_payload_left", "_reader")

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._head = b""
        self._payload_left = 0
        self._free_at = 0.0
        """When all frames until now are paid for, at FRAMES_PER_S."""
        self._is_over = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """As the reader's, of whom a frame that is not masked is kept back."""
        if self._is_over:
            return False, b""
        at = 0
        while at < len(data):
            if self._payload_left:
                step = min(self._payload_left, len(data) - at)
                self._payload_left -= step
                at += step
                continue
            if not self._head and not self._takes_one():
                self._is_over = True
                log.info("socket cut: too many frames")
                return self._reader.feed_data(data[:at] + _TOO_MANY_FRAMES)
            began_before = len(self._head)
            wanted = _head_size(self._head)
            taken = data[at : at + wanted - began_before]
            self._head += taken
            at += len(taken)
            if len(self._head) == 2 and not self._head[1] & _MASKED:
                if began_before:  # its first byte is with the reader already: no frame of ours can be made of it
                    return True, b""
                return self._reader.feed_data(data[: at - len(taken)] + _BROKEN_FRAME)
            if len(self._head) == _head_size(self._head):
                self._payload_left = _payload_size(self._head)
                self._head = b""
        return self._reader.feed_data(data)

    def feed_eof(self) -> None:
        """As the reader's."""
        self._reader.feed_eof()

    def _takes_one(self) -> bool:
        now = time.monotonic()
        free_at = max(self._free_at, now) + 1 / FRAMES_PER_S
        if free_at > now + FRAMES_AT_ONCE / FRAMES_PER_S:
            return False
        self._free_at = free_at
        return True


def _head_size(head: bytes) -> int:
    """How long the head of a frame is, as far as its first bytes say: two of them say it all."""
    if len(head) < 2:
        return 2
    return 2 + _SIZE_BYTES.get(head[1] & 0x7F, 0) + _MASK_BYTES


def _payload_size(head: bytes) -> int:
    size = head[1] & 0x7F
    return int.from_bytes(head[2 : 2 + _SIZE_BYTES[size]], "big") if size in _SIZE_BYTES else size
