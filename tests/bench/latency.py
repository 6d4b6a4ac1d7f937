"""From COMMIT to the frame on a screen: how late the kitchen hears of an order, at several loads."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from tests.bench.deployment import REMOVE_OPEN_ORDERS, branch_id, database, note, report, run_sql, serving, set_storage

BRANCHES = 100
PLACE = "SELECT place_order($1, $2, 'T1', 'dine_in', NULL, NULL, 3300, $3::jsonb)"
LINES = json.dumps(
    [
        {"name": "Chicken tikka", "quantity": 2, "priceCents": 1450, "modifiers": ["NO yoghurt"], "note": None,
         "allergens": ["milk"], "station": "Grill", "menuItemId": None},
        {"name": "Raita", "quantity": 1, "priceCents": 400, "modifiers": [], "note": None, "allergens": ["milk"],
         "station": "Cold", "menuItemId": None},
    ]
)  # fmt: skip


def add_parser(subparsers: Any) -> None:
    """Adds `latency`."""
    parser = subparsers.add_parser("latency", help=__doc__, description=__doc__)
    parser.add_argument("--rates", default="1,100,1000", help="orders a second over all branches")
    parser.add_argument("--relays", default="1,2", help="numbers of server processes")
    parser.add_argument("--seconds", type=int, default=10, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--slow-storage", action="store_true", help="2 ms for each flush")
    parser.add_argument("--notify", action="store_true", help="force plain NOTIFY, to compare")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures every combination; prints p50 and p99 and whether anything was lost or out of order."""
    results: dict[tuple[int, int], list[dict[str, float]]] = {}
    async with database(BRANCHES) as (_, dsn):
        await set_storage(dsn, slow=options.slow_storage)
        if options.notify:
            await run_sql(dsn, "ALTER DATABASE bench SET kds.notify = 'always'")
        for round_number in range(1, options.rounds + 1):
            for relays in (int(text) for text in options.relays.split(",")):
                for rate in (int(text) for text in options.rates.split(",")):
                    result = await measure(dsn, rate, relays, options.seconds)
                    results.setdefault((relays, rate), []).append(result)
                    note(f"round {round_number}: {relays} relays, {rate}/s: {result}")
    names = ("placed_per_s", "p50_ms", "p99_ms", "max_ms", "lost", "doubled")
    rows = [
        [relays, rate, *(f"{statistics.median(result[name] for result in runs):.2f}" for name in names)]
        for (relays, rate), runs in results.items()
    ]
    data = [{"relays": relays, "rate": rate, "runs": runs} for (relays, rate), runs in results.items()]
    report("From COMMIT to the frame on a screen, 100 branches", ["relays", "orders/s", *names], rows, data)
    return 0


async def measure(dsn: str, rate: int, relays: int, seconds: int) -> dict[str, float]:
    """One measurement, with server processes of its own and a screen of each branch on each of them."""
    await run_sql(dsn, *REMOVE_OPEN_ORDERS, "VACUUM ANALYZE", "CHECKPOINT")
    async with serving(dsn, relays) as urls:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "seen.jsonl"
            screens = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.screens", str(output), str(relays), str(BRANCHES), *urls,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert screens.stdout is not None and screens.stdin is not None
            await screens.stdout.readline()
            committed = await _place_at_rate(dsn, rate, seconds)
            await asyncio.sleep(4)  # longer than a sweep: what is not there by then is lost
            screens.stdin.close()
            await screens.wait()
            seen = [json.loads(line) for line in output.read_text().splitlines()]
    return _judge(committed, seen, relays, seconds)


async def _place_at_rate(dsn: str, rate: int, seconds: int) -> dict[str, float]:
    """Places orders, evenly in time, whatever the answers take; when each COMMIT returned."""
    committed: dict[str, float] = {}
    async with asyncpg.create_pool(dsn, min_size=min(rate, 16), max_size=min(max(rate, 1), 16)) as pool:

        async def place() -> None:
            order_id = uuid.uuid4()
            await pool.execute(PLACE, order_id, uuid.UUID(branch_id(random.randint(1, BRANCHES))), LINES)
            committed[str(order_id)] = time.monotonic()

        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(rate * seconds):
                wait_s = began + number / rate - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                group.create_task(place())
    return committed


def _judge(committed: dict[str, float], seen: list[dict[str, Any]], relays: int, seconds: int) -> dict[str, float]:
    delays = sorted(1000 * (message["at"] - committed[message["orderId"]]) for message in seen)
    counts = Counter(message["orderId"] for message in seen)
    return {
        "placed_per_s": len(committed) / seconds,
        "p50_ms": round(statistics.median(delays), 2),
        "p99_ms": round(delays[int(len(delays) * 0.99)], 2),
        "max_ms": round(delays[-1], 2),
        "lost": sum(relays - counts[order_id] for order_id in committed if counts[order_id] < relays),
        "doubled": sum(count - relays for count in counts.values() if count > relays),
    }
