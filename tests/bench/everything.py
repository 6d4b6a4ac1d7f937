"""Runs all benchmarks in turn; keeps the Markdown, the JSON and a plot of each in one folder."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.bench.deployment import machine, note
from tests.bench.plots import plot

ALL = (
    "latency", "fanout", "polling", "sockets", "growth", "relays", "writers", "instructions", "failover",
    "tracking", "capacity", "board", "backlog", "outage", "placing",
)  # fmt: skip
ONCE = {"tracking", "capacity", "board", "outage"}
"""These have no rounds."""


async def run(options: argparse.Namespace) -> int:
    """One after the other, each a process of its own; 1 when one failed."""
    options.out.mkdir(parents=True, exist_ok=True)
    failed = []
    print(f"# Benchmarks\n\n{machine()}", flush=True)
    for number, name in enumerate(ALL, start=1):
        note(f"{number} of {len(ALL)}: {name}")
        began = time.monotonic()
        rounds = [] if name in ONCE or options.rounds_of_all is None else ["--rounds", str(options.rounds_of_all)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench", name, *rounds, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        text = output.decode()
        (options.out / f"{name}.md").write_text(text, encoding="utf-8")
        shown, _, data = text.partition("```json\n")
        print(shown.strip() + "\n", flush=True)
        if data:
            (options.out / f"{name}.json").write_text(data.partition("\n```")[0] + "\n", encoding="utf-8")
            plot(shown, options.out / f"{name}.svg")
        if process.returncode:
            failed.append(name)
        note(f"{name}: {time.monotonic() - began:.0f} s, exit {process.returncode}")
    note(f"Results in {options.out}" + (f"; not within their limits: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0
