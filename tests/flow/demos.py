"""`kds demo` as a process, what it printed, and what still runs on its folder."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from tests.commands import communicate

START_WITHIN_S = 60.0
END_WITHIN_S = 30.0
SEEN_WITHIN_S = 20.0


@dataclass
class Demo:
    """A running demo and what it printed."""

    process: asyncio.subprocess.Process
    folder: Path
    printed: str

    @property
    def url(self) -> str:
        """Where the landing page is."""
        return self._found(r"(http://127\.0\.0\.1:\d+)/\s")

    @property
    def branch_id(self) -> str:
        """The branch of the order page."""
        return self._found(r"/order/([0-9a-f-]{36})\?table=T1")

    @property
    def psql(self) -> list[str]:
        """The psql command, as a shell would split it."""
        return shlex.split(self._found(r"(?m)^\s*(.*psql.*postgresql://.*)$"))

    def postgres_pid(self) -> int:
        """The postmaster."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])

    async def stop(self, number: int = signal.SIGINT) -> int:
        """Sends a signal and reads to the end; the exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(END_WITHIN_S):
            assert self.process.stdout is not None
            self.printed += (await self.process.stdout.read()).decode()
            return await self.process.wait()

    def _found(self, pattern: str) -> str:
        match = re.search(pattern, self.printed)
        assert match is not None, self.printed
        return match[1]


StartDemo = Callable[..., Coroutine[Any, Any, Demo]]


def running_on(folder: Path) -> dict[int, str]:
    """The command lines of whatever still runs on the folder, by process id."""
    found = {process.pid: " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])}
    return {pid: line for pid, line in found.items() if pid != os.getpid() and str(folder) in line}


def processes_of(folder: Path) -> list[str]:
    """Whatever still runs on the folder."""
    return list(running_on(folder).values())


async def run_to_end(*arguments: str) -> tuple[int, str]:
    """Runs a command that is expected to end by itself; exit code and all it printed."""
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await communicate(process, within_s=START_WITHIN_S)
    assert process.returncode is not None
    return process.returncode, output.decode()


def demo_command(folder: Path, *flags: str, port: int | None = 0) -> list[str]:
    """The command line of a demo."""
    ports = [] if port is None else ["--port", str(port)]
    return [sys.executable, "-m", "kds", "demo", "--data-dir", str(folder), *ports, *flags]
