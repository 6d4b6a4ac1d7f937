"""The screens of a run, in a process of their own, as those of a campaign of faults."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import NamedTuple

from tests.faults.journal import read
from tests.faults.restaurant import JWT_SECRET

OPEN_WITHIN_S = 120.0


class Board(NamedTuple):
    """The orders that one screen shows at the end."""

    branch: str
    orders: set[str]


class Screens:
    """Some for each branch; they log to `folder` what they see."""

    def __init__(self, folder: Path, branches: list[str]) -> None:
        self._folder = folder
        self._branches = folder / "branches.json"
        self._branches.write_text(json.dumps(branches), encoding="utf-8")
        self._process: asyncio.subprocess.Process | None = None

    async def open(self, per_branch: int, urls: list[str]) -> None:
        """Returns when all have their boards."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.screens", self._folder, "failover", JWT_SECRET, str(per_branch),
            self._branches, *urls, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(OPEN_WITHIN_S):
            assert await self._process.stdout.readline() == b"ready\n"

    async def close(self) -> list[Board]:
        """What each shows; then they go."""
        assert self._process is not None
        await self._process.communicate(b"\n")
        lines = [line for line in read(self._folder) if line["what"] == "board"]
        return [Board(line["branch"], set(line["orders"])) for line in lines]

    async def kill(self) -> None:
        """Ends them, whatever they do."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
