"""`kds serve`, and how long it was held: `python -m tests.bench.held`, configured as `kds serve` is.

For every line of standard input it prints a line of JSON with what there was since the one before: the longest turn of
the event loop and the longest pass of the garbage collector in ms of CPU time, `{"turn_ms": ..., "gc_ms": ...}`. Not by
the server's own meters: the same is measured of every version.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from typing import Any

from kds.commands import main
from kds.server import Server

LOOK_EVERY_S = 0.002


class Holds:
    """Watches the loop of this process."""

    def __init__(self) -> None:
        self._turn_s = self._gc_s = 0.0
        self._pass_began_s = 0.0
        gc.callbacks.append(self._hear_pass)

    async def look(self) -> None:
        """The lesser of how late a timer was and the CPU time used meanwhile: a process that waits holds nothing."""
        while True:
            due, used_s = time.monotonic() + LOOK_EVERY_S, time.thread_time()
            await asyncio.sleep(LOOK_EVERY_S)
            self._turn_s = max(self._turn_s, min(time.monotonic() - due, time.thread_time() - used_s))

    def _hear_pass(self, phase: str, _told: dict[str, int]) -> None:
        if phase == "start":
            self._pass_began_s = time.thread_time()
        else:
            self._gc_s = max(self._gc_s, time.thread_time() - self._pass_began_s)

    def tell(self) -> None:
        """Answers every line."""
        for _ in sys.stdin:
            found = {"turn_ms": round(1000 * self._turn_s, 1), "gc_ms": round(1000 * self._gc_s, 1)}
            self._turn_s = self._gc_s = 0.0
            print(json.dumps(found), flush=True)


def _watch() -> None:
    start: Any = Server.start
    looking: list[asyncio.Task[None]] = []

    async def watched(server: Server) -> None:
        holds = Holds()
        await start(server)
        looking.append(asyncio.create_task(holds.look()))
        threading.Thread(target=holds.tell, daemon=True).start()

    Server.start = watched  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    _watch()
    sys.argv = ["kds", "serve"]
    sys.exit(main())
