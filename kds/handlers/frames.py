"""What a client's frames must be and aiohttp does not ask: masked (RFC 6455, section 5.1: else the server closes)."""

from __future__ import annotations

from typing import Protocol

_MASKED = 0x80
_SIZE_BYTES = {126: 2, 127: 8}
_MASK_BYTES = 4
_BROKEN_FRAME = b"\xf0\x80"
"""Reserved bits: what aiohttp's own reader ends a socket for, with 1002."""


class FrameReader(Protocol):
    """aiohttp's reader of frames."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Takes what came; whether it is over."""

    def feed_eof(self) -> None:
        """Takes that nothing more comes."""


class MaskedFrames:
    """Stands before a reader of frames and lets masked ones pass; the first other one ends the socket with 1002."""

    __slots__ = ("_head", "_payload_left", "_reader")

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._head = b""
        self._payload_left = 0

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """As the reader's, of whom a frame that is not masked is kept back."""
        at = 0
        while at < len(data):
            if self._payload_left:
                step = min(self._payload_left, len(data) - at)
                self._payload_left -= step
                at += step
                continue
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


def _head_size(head: bytes) -> int:
    """How long the head of a frame is, as far as its first bytes say: two of them say it all."""
    if len(head) < 2:
        return 2
    return 2 + _SIZE_BYTES.get(head[1] & 0x7F, 0) + _MASK_BYTES


def _payload_size(head: bytes) -> int:
    size = head[1] & 0x7F
    return int.from_bytes(head[2 : 2 + _SIZE_BYTES[size]], "big") if size in _SIZE_BYTES else size
