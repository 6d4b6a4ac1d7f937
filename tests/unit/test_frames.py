"""Frames must be masked and few, wherever the network cuts them: kds/web/connections/masked_frames.py."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kds.web.connections.masked_frames import FRAMES_AT_ONCE, MaskedFrames

MASK = b"mask"


class Reader:
    """Takes what passes."""

    def __init__(self) -> None:
        self.passed = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.passed += data
        return False, b""

    def feed_eof(self) -> None:
        self.passed += b"EOF"


def frame(size: int, *, masked: bool = True) -> bytes:
    """A frame with a payload of this size."""
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((0x82, bit | size))
    elif size < 65_536:
        head = bytes((0x82, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x82, bit | 127)) + size.to_bytes(8, "big")
    return head + (MASK if masked else b"") + b"\x01" * size


SIZES = st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000])


def feed(frames: MaskedFrames, data: bytes, cuts: list[int]) -> list[bool]:
    """Hands over bytes in pieces; what was said to each."""
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [frames.feed_data(data[a:b])[0] for a, b in pairwise(bounds)]


@given(st.lists(SIZES, max_size=5), st.lists(st.integers(0, 10**6), max_size=8))
def test_masked_frames_pass_as_they_are(sizes: list[int], cuts: list[int]) -> None:
    reader = Reader()
    data = b"".join(map(frame, sizes))
    assert not any(feed(MaskedFrames(reader), data, cuts))
    assert reader.passed == data


@given(st.lists(SIZES, max_size=3), SIZES, st.lists(st.integers(0, 10**6), max_size=8))
def test_one_that_is_not_masked_never_passes(before: list[int], size: int, cuts: list[int]) -> None:
    reader = Reader()
    good, bad = b"".join(map(frame, before)), frame(size, masked=False)
    frames = MaskedFrames(reader)
    ended = feed(frames, good, cuts)
    assert not any(ended) and reader.passed == good
    assert frames.feed_data(bad) == (False, b"")
    assert reader.passed == good + b"\xf0\x80"


def test_one_that_is_cut_within_its_head_ends_the_connection() -> None:
    reader = Reader()
    frames = MaskedFrames(reader)
    bad = frame(3, masked=False)
    assert frames.feed_data(bad[:1]) == (False, b"")
    assert frames.feed_data(bad[1:]) == (True, b"")
    frames.feed_eof()
    assert reader.passed == bad[:1] + b"EOF"


@given(st.lists(st.integers(0, 10**6), max_size=8))
def test_of_more_than_anybody_has_to_say_none_passes(cuts: list[int]) -> None:
    reader = Reader()
    frames = MaskedFrames(reader)
    data = frame(3) * (FRAMES_AT_ONCE + 20)
    assert not any(feed(frames, data, cuts))
    passed, _, close = reader.passed.rpartition(b"\x88\x82\0\0\0\0")
    assert close == (1008).to_bytes(2, "big")
    assert frame(3) * (FRAMES_AT_ONCE - 1) in passed and len(passed) < len(data)
    frames.feed_data(data)
    assert reader.passed == passed + b"\x88\x82\0\0\0\0" + close
