"""CPU and memory of processes, finer than the clock ticks of /proc/PID/stat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    found = psutil.Process(pid)
    return [found, *found.children(recursive=True)]


def cpu_s(processes: Iterable[psutil.Process]) -> float:
    """Seconds of CPU so far of those that still run, from the scheduler's nanoseconds."""
    used_ns = 0
    for process in processes:
        for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            try:
                used_ns += int(path.read_text().split()[0])
            except OSError:
                continue  # a thread that has just ended
    return used_ns / 1e9


def resident_bytes(processes: Iterable[psutil.Process]) -> int:
    """Memory in use."""
    return sum(process.memory_info().rss for process in processes)
