"""What more server processes cost: writers and latency with 1, 2, 4 and 8 relays listening."""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from tests.bench import latency, writers
from tests.bench.deployment import database, note, report, run_sql, set_storage

ORDERS_PER_S = 100
WRITERS = 32


def add_parser(subparsers: Any) -> None:
    """Adds `relays`."""
    parser = subparsers.add_parser("relays", help=__doc__, description=__doc__)
    parser.add_argument("--relays", default="1,2,4,8", help="numbers of server processes")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures every number in turn."""
    counts = [int(text) for text in options.relays.split(",")]
    runs: dict[int, list[dict[str, float]]] = {count: [] for count in counts}
    async with database(latency.BRANCHES) as (postgres, dsn):
        await run_sql(dsn, "CREATE SEQUENCE bench_numbers START 1000000 CACHE 100")
        for round_number in range(1, options.rounds + 1):
            for count in counts:
                await set_storage(dsn, slow=False)
                late = await latency.measure(dsn, ORDERS_PER_S, count, options.seconds)
                await set_storage(dsn, slow=True)
                rate, _ = await writers.measure(postgres, dsn, writers.RELAYED, WRITERS, options.seconds, relays=count)
                runs[count].append({**late, "orders_per_s": round(rate)})
                note(f"round {round_number}, {count} relays: {runs[count][-1]}")
    rows = []
    for count in counts:
        median = {name: statistics.median(run[name] for run in runs[count]) for name in runs[count][0]}
        first = statistics.median(run["orders_per_s"] for run in runs[counts[0]])
        rate = median["orders_per_s"]
        rows.append([count, f"{rate:,.0f} ({rate / first:.2f})", median["p50_ms"], median["p99_ms"], median["lost"]])
    header = ["relays", f"orders/s of {WRITERS} writers, 2 ms storage", f"p50 ms at {ORDERS_PER_S}/s", "p99 ms", "lost"]
    report("More relays on one PostgreSQL and the same cores", header, rows, runs)
    return 0
