"""`python -m tests.faults.promises`: measures every promise with a number, at full size, and says which hold.

Each is a function of server_promises.py or database_promises.py, which returns (words, measured, limit).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.faults.database_promises import (
    ended_listener,
    exhausted_pool,
    frozen_listener,
    held_branch,
    killed_postgres,
    release_beside_writers,
)
from tests.faults.measuring import Measure
from tests.faults.server_promises import (
    cut_network,
    frozen_clients,
    frozen_server,
    killed_server,
    phantom_screens,
    terminated_server,
)

PROMISES: tuple[Callable[[], Awaitable[list[Measure]]], ...] = (
    killed_server, terminated_server, killed_postgres, ended_listener, frozen_listener, frozen_server, frozen_clients,
    cut_network,
    exhausted_pool, held_branch, phantom_screens, release_beside_writers,
)  # fmt: skip


async def run(names: list[str]) -> int:
    """Measures; 1 when a promise does not hold."""
    broken = 0
    print("| promise | measured | limit | holds |\n|---|---|---|---|", flush=True)
    for promise in PROMISES:
        if names and promise.__name__ not in names:
            continue
        for words, measured, limit in await promise():
            holds = measured >= limit if words.endswith("(1 is yes)") else measured <= limit
            broken += not holds
            title = f"{(promise.__doc__ or '').rstrip('.')}: {words}"
            print(f"| {title} | {measured:.2f} | {limit:g} | {'yes' if holds else '**no**'} |", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults.promises", description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(promise.__name__ for promise in PROMISES))
    sys.exit(asyncio.run(run(parser.parse_args().names)))
