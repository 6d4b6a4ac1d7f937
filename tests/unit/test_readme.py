"""The README speaks the truth: its links lead somewhere, its length is kept."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_come_first() -> None:
    commands = re.findall(r"(?m)^    (pip install .*?)\s{2,}#", README)
    assert commands == ["pip install '.[demo]' && kds demo", "pip install -e '.[test]' && pytest"]


def test_every_link_and_picture_is_there() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    assert targets
    assert [target for target in targets if not target.startswith("http") and not (ROOT / target).exists()] == []


def test_it_can_be_read_at_one_sitting() -> None:
    assert len(README.splitlines()) <= 200
