"""Names in every script: refused only for control characters, never cut inside a character, compared as read."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kds.domain.text import LABEL, WITHOUT_CONTROLS, alike, find_alike, first_characters, is_label, printable
from kds.guests.pickup.board import _first_name

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WRITTEN = [
    "\u0645\u06cc\u0632\u200c\u0647\u0627",
    "Bar\u00a07",
    FAMILY,
    "卓子",
    "T\u200d1",
    "\u0e42\u0e15\u0e4a\u0e30",
    "e\u0301",
    "\U0001f1ee\U0001f1f9",
]
TURNING = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
PIECES = st.sampled_from(
    [*WRITTEN, "a", " ", "\u0301", "\u200d", "\U0001f3fd", "Z\u0351\u0368", "한", "\u1112\u1161\u11ab"]
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_label_may_be_written_in_any_script(text: str) -> None:
    assert is_label(text, 40) and re.fullmatch(WITHOUT_CONTROLS, text)


@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cc", "Cf"])), max_size=60))
@example("T1\n")
def test_a_label_is_refused_for_control_characters_and_length_alone(text: str) -> None:
    is_plain = not any(unicodedata.category(each) == "Cc" for each in text)
    turns = any(unicodedata.bidirectional(each) in TURNING for each in text)
    assert bool(re.search(WITHOUT_CONTROLS, text)) == is_plain  # as msgspec looks
    assert bool(re.search(LABEL, text)) == (is_plain and not turns)
    assert is_label(text, 40) == (is_plain and not turns and 1 <= len(text) <= 40)


@given(st.lists(PIECES, max_size=30).map("".join), st.integers(0, 25))
def test_a_text_is_cut_between_characters(text: str, count: int) -> None:
    first = first_characters(text, count)
    assert text.startswith(first)
    assert first_characters(text, count + 1).startswith(first)
    rest = text[len(first) :]
    if rest and first:
        assert not unicodedata.combining(rest[0]) and rest[0] not in "\u200d\U0001f3fd", "cut inside a character"


@pytest.mark.parametrize(
    ("name", "shown"), [(FAMILY * 25, FAMILY * 20), ("Zoe\u0301" * 9, "Zoe\u0301" * 6 + "Zo"), (None, "")]
)
def test_a_name_on_the_pickup_board_keeps_whole_characters(name: str | None, shown: str) -> None:
    assert _first_name(name) == shown


@given(st.text(max_size=30))
def test_what_looks_the_same_is_the_same(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {alike(form) for form in forms} == {alike(text)}
    assert alike(f"  {text} ") == alike(text)


@given(st.text(max_size=10), st.lists(st.text(max_size=10)))
def test_a_name_that_is_given_is_alike_no_other_but_its_own_of_before(name: str, others: list[str]) -> None:
    there = [*others, f" {name} "]
    found = find_alike(name, there)
    assert found in there and alike(found) == alike(name)
    assert find_alike(name, [name], own=name) is None
    assert (find_alike(name, others) is None) == all(alike(name) != alike(other) for other in others)


def test_a_terminal_shows_letters_and_is_not_steered() -> None:
    assert printable("\u0645\u06cc\u0632\u200c\u0647\u0627\u00a07") == "\u0645\u06cc\u0632\u200c\u0647\u0627\u00a07"
    assert printable("a\x1b[2J\n\u202eb\ud800") == "a\ufffd[2J\ufffd\ufffdb\ufffd"
