"""The arithmetic of the layouts, over random boards: order, no gap filled, a modifier with its dish, nothing lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

RULES = Path(__file__).with_name("layout_rules.mjs")
BOARDS = 10_000


async def test_ten_thousand_random_boards_keep_the_rules() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js found: the layouts are also measured in the browser")
    process = await asyncio.create_subprocess_exec(
        node, str(RULES), str(BOARDS), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    found = json.loads(told)
    assert found["boards"] == BOARDS
    assert found["torn"] > BOARDS, "boards that tear nothing prove nothing"
