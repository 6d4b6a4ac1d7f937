"""Texts as people of any script write them, and as nobody should: for tests that put them everywhere.

Pieces rather than single characters, so that what belongs together meets what takes it apart: letters with their
marks, families of emoji, text from right to left, controls that turn text round, and what HTML, JSON and CSV mean.
"""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "a", "Tea", "é", "e\u0301", "ﬁ", "ß", "İ", "\u0131", "Å", "\u212b", "\u0301", "Z\u0338\u0330\u035d", " ", "  ",
    "\u00a0", "\u3000", "\n", "\t", "\r\n", "\u2028", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad",
    "👩\u200d👩\u200d👧", "👍🏽", "🇮🇹", "🏴\U000e0067\U000e0062\U000e007f", "✈\ufe0f", "1\ufe0f\u20e3",
    "\u0645\u06cc\u0632\u200c\u0647\u0627", "شرفة", "שולחן", "ने", "กำ", "한", "\u1112\u1161\u11ab", "寿司", "𠮷",
    "\u202e", "\u202c", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c",
    "\x01", "\x1b[31m", "\x7f", "\x85", "\ue000", "\ufffd", "\ufffe", "\U0010ffff",
    "<b>", "</script>", "&amp;", "'", '"', "\\", "\\u0000", "${x}", "{{x}}", "%s", "null", "constructor", "__proto__",
)  # fmt: skip
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


def texts(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Any text of so many characters (code points) that PostgreSQL can hold."""
    built = st.lists(st.sampled_from(PIECES) | CHARACTERS, max_size=10).map("".join)
    return built.map(lambda text: text[:most]).filter(lambda text: len(text) >= least)
