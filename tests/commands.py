"""Commands that a test runs to their end: one that hangs is ended, with all that it started."""

from __future__ import annotations

import asyncio
import contextlib

import psutil  # type: ignore[import-untyped]

ENDED_WITHIN_S = 60.0
"""No promise: a machine that runs all tests at once is slow to start anything."""
KILLED_WITHIN_S = 10.0


async def communicate(
    process: asyncio.subprocess.Process, typed: bytes | None = None, *, within_s: float = ENDED_WITHIN_S
) -> tuple[bytes, bytes]:
    """What it printed to standard output and to standard error, as `process.communicate`.

    Raises:
        TimeoutError: it went on for longer, and was killed.
    """
    try:
        async with asyncio.timeout(within_s):
            return await process.communicate(typed)
    finally:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    """Ends a command that has not ended, with all that it started."""
    if process.returncode is not None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        command = psutil.Process(process.pid)
        for each in [*command.children(recursive=True), command]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(KILLED_WITHIN_S):
            await process.communicate()  # what it printed must be read, or its end is not noticed
