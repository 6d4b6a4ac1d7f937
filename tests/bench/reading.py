"""Holds WebSockets in reader processes for as long as a block lasts."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

PER_PROCESS = 2_500


@asynccontextmanager
async def reading(address: str, sockets: int, kind: str, paths: Sequence[str]) -> AsyncIterator[list[dict[str, Any]]]:
    """So many sockets, all open when the block begins; the list gets what each process found, after the block."""
    found: list[dict[str, Any]] = []
    processes = []
    for start in range(0, sockets, PER_PROCESS):
        count = min(PER_PROCESS, sockets - start)
        processes.append(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.readers", address, str(count), kind, *paths,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
        )  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        if (await process.stdout.readline()).strip() != b"ready":
            raise RuntimeError("a reader has ended before its sockets were open")
    yield found
    for process in processes:
        output, _ = await process.communicate(b"")
        found.append(json.loads(output))
