"""Programs that tests start: found on the machine, watched by what they print, ended with all they started."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass


def program(*names: str) -> str:
    """The first of these programs that is installed here; empty when none is."""
    return next(filter(None, map(shutil.which, names)), "")


@dataclass
class Process:
    """A program in a process group of its own."""

    process: asyncio.subprocess.Process
    reading: asyncio.Task[None]
    said: list[str]

    @classmethod
    async def start(cls, command: Sequence[str], **environment: str) -> Process:
        """Starts it; what it prints is read, or its pipe would fill."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        said: list[str] = []
        return cls(process, asyncio.create_task(_read(process, said)), said)

    async def prints(self, pattern: str, within_s: float) -> re.Match[str]:
        """Waits until it printed this."""
        async with asyncio.timeout(within_s):
            while True:
                for line in self.said:
                    if found := re.search(pattern, line):
                        return found
                if self.process.returncode is not None:
                    raise RuntimeError(f"it ended with {self.process.returncode}: {self.said[-20:]}")
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        """Ends it and what it started."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        await self.reading


async def _read(process: asyncio.subprocess.Process, said: list[str]) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        said.append(line.decode(errors="replace").rstrip())
