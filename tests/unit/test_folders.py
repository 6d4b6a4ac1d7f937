"""A folder of kds is small enough to be read at a sitting; one that outgrows it is cut along an idea."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

KDS = Path(__file__).parents[2] / "kds"
LINES_MAX = 1500


@pytest.mark.parametrize("ending", ["py", "js"])
def test_no_folder_outgrows_a_sitting(ending: str) -> None:
    lines: Counter[str] = Counter()
    for file in KDS.rglob(f"*.{ending}"):
        lines[file.parent.relative_to(KDS).as_posix()] += len(file.read_text(encoding="utf-8").splitlines())
    assert len(lines) > 10
    assert {folder: count for folder, count in lines.items() if count > LINES_MAX} == {}
