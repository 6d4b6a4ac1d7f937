"""What announcing costs those who write: orders a second with no trigger, a plain NOTIFY trigger, and ours.

Two bases: no trigger at all, and the rules of sql/rules.sql without any announcement. The rules (order numbers,
statuses that follow each other) are what a writer would else have to do by itself; the difference to them is what
announcing and relaying cost.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from kds.postgres.embedded import EmbeddedPostgres
from tests.bench.deployment import REMOVE_OPEN_ORDERS, database, note, report, run_sql, serving, set_storage

BRANCHES = 100
WARM_UP_S = 3
_BRANCH = "('00000000-0000-4000-8000-' || lpad(:branch::text, 12, '0'))::uuid"
_NUMBERED = (
    f"INSERT INTO orders (branch_id, table_label, order_number, business_day) "
    f"VALUES ({_BRANCH}, 'T1', nextval('bench_numbers'), current_date) RETURNING id AS o \\gset"
)
_PLAIN = f"INSERT INTO orders (branch_id, table_label) VALUES ({_BRANCH}, 'T1') RETURNING id AS o \\gset"
_SCRIPT = """
\\set branch random(1, {branches})
BEGIN;
{order}
INSERT INTO kots (order_id, station, round) VALUES (:o, 'Grill', 1) RETURNING id AS k \\gset
INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
VALUES (:o, :k, 'Chicken tikka', 2, 1450), (:o, :k, 'Raita', 1, 450), (:o, :k, 'Garlic naan', 2, 400);
COMMIT;
"""
_TABLES = ("orders", "kots", "order_items")
NO_TRIGGERS = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in _TABLES]
ALL_TRIGGERS = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in _TABLES]
_PLAIN_NOTIFY = """
CREATE OR REPLACE FUNCTION bench_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('bench', row_to_json(NEW)::text); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER bench_notify AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION bench_notify();
ALTER TABLE orders ENABLE ALWAYS TRIGGER bench_notify;
"""
_DROP_NOTIFY = "DROP TRIGGER IF EXISTS bench_notify ON orders"
_SECOND = re.compile(
    r"progress: [\d.]+ s, (?P<rate>[\d.]+) tps, lat (?P<latency>[\d.]+) ms.*?(lag (?P<lag>[\d.]+) ms)?$"
)
RULES_ONLY = """
DO $$
DECLARE announcing record;
BEGIN
  FOR announcing IN SELECT c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relname IN ('orders', 'kots', 'order_items') AND t.tgname ~ '_(announce|touch)_'
  LOOP
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', announcing.relname, announcing.tgname);
  END LOOP;
END $$
"""
BARE, RULES, PLAIN, ALONE, RELAYED = VARIANTS = (
    "no triggers", "rules only", "plain NOTIFY trigger", "ours, no relay", "ours, relay and 20 screens",
)  # fmt: skip


def add_parser(subparsers: Any) -> None:
    """Adds `writers`."""
    parser = subparsers.add_parser("writers", help=__doc__, description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--writers", default="1,8,32", help="numbers of concurrent writers")
    parser.add_argument("--storage", default="real,slow", help="real fsync, slow: 2 ms for each flush")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures every combination; prints orders a second and the ratio to no triggers."""
    counts = [int(text) for text in options.writers.split(",")]
    results: dict[tuple[str, int, str], list[float]] = {}
    idle: dict[str, list[float]] = {}
    async with database(BRANCHES) as (postgres, dsn):
        await run_sql(dsn, "CREATE SEQUENCE bench_numbers START 1000000 CACHE 100")
        for round_number in range(1, options.rounds + 1):
            for storage in options.storage.split(","):
                await set_storage(dsn, slow=storage == "slow")
                for writers in counts:
                    for variant in VARIANTS:
                        rate, _ = await measure(postgres, dsn, variant, writers, options.seconds)
                        results.setdefault((storage, writers, variant), []).append(rate)
                        note(f"round {round_number}: {storage} storage, {writers} writers, {variant}: {rate:,.0f}/s")
            await set_storage(dsn, slow=False)
            for variant in (BARE, RULES, RELAYED):
                _, latency_ms = await measure(postgres, dsn, variant, 1, options.seconds, rate=20)
                idle.setdefault(variant, []).append(latency_ms)
                note(f"round {round_number}: one idle writer, {variant}: {latency_ms:.2f} ms")
    _print(options, counts, results, idle)
    return 0


def _print(
    options: argparse.Namespace,
    counts: list[int],
    results: dict[tuple[str, int, str], list[float]],
    idle: dict[str, list[float]],
) -> None:
    rows = []
    for storage in options.storage.split(","):
        for writers in counts:
            runs = [results[storage, writers, variant] for variant in VARIANTS]
            cells = [f"{statistics.median(rates):,.0f} ({_ratio(rates, runs[0]):.2f})" for rates in runs]
            rows.append([f"{storage}, {writers} writers", *cells, f"{_ratio(runs[-1], runs[1]):.2f}"])
    bare_ms, rules_ms, relayed_ms = (statistics.median(idle[variant]) for variant in (BARE, RULES, RELAYED))
    remark = (
        f"One writer of 20 orders a second, real storage: {relayed_ms:.2f} ms an order, "
        f"{relayed_ms - bare_ms:+.2f} to no triggers, {relayed_ms - rules_ms:+.2f} to the rules only."
    )
    data = [
        {"storage": storage, "writers": writers, "variant": variant, "orders_per_s": rates}
        for (storage, writers, variant), rates in results.items()
    ]
    title = (
        f"Writers: orders/s, median of {options.rounds} runs of {options.seconds} s "
        "(ratio to no triggers, the median of those of each round)"
    )
    header = ["storage", *VARIANTS, "relayed to rules"]
    report(title, header, rows, {"writers": data, "idle_ms": idle}, remark)


def _ratio(rates: list[float], base: list[float]) -> float:
    """Round by round, because the speed of a shared machine drifts from one to the next."""
    return statistics.median(rate / other for rate, other in zip(rates, base, strict=True))


async def measure(
    postgres: EmbeddedPostgres, dsn: str, variant: str, writers: int, seconds: int, rate: int = 0, relays: int = 1
) -> tuple[float, float]:
    """Orders a second, and ms of each, of one variant; `relays` server processes listen where one is meant to."""
    await run_sql(dsn, *REMOVE_OPEN_ORDERS, _DROP_NOTIFY)
    triggers = {BARE: NO_TRIGGERS, RULES: [*ALL_TRIGGERS, RULES_ONLY], PLAIN: [*NO_TRIGGERS, _PLAIN_NOTIFY]}
    await run_sql(dsn, *triggers.get(variant, ALL_TRIGGERS))
    await run_sql(dsn, "VACUUM ANALYZE", "CHECKPOINT")
    script = _SCRIPT.format(branches=BRANCHES, order=_NUMBERED if variant in (BARE, PLAIN) else _PLAIN)
    if variant != RELAYED:
        return await _pgbench(postgres, dsn, script, writers, seconds, rate)
    async with serving(dsn, relays) as urls:
        with tempfile.NamedTemporaryFile() as output:
            screens = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.screens", output.name, "1", "20", *urls,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert screens.stdout is not None and screens.stdin is not None
            await screens.stdout.readline()
            try:
                return await _pgbench(postgres, dsn, script, writers, seconds, rate)
            finally:
                screens.stdin.close()
                await screens.wait()


async def _pgbench(
    postgres: EmbeddedPostgres, dsn: str, script: str, writers: int, seconds: int, rate: int
) -> tuple[float, float]:
    """The median second after a warm-up of the same connections, as a pool has them.

    Until then each of them reads the catalogue for every table, function and sequence it meets, and the relay, when it
    is there, enters polling.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            str(Path(postgres.bin_path) / "pgbench"), "-n", "-M", "prepared", "-c", str(writers), "-j", "2",
            "-T", str(WARM_UP_S + seconds), "-P", "1", *(["-R", str(rate)] if rate else []), "-f", file.name, dsn,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, output = await process.communicate()
    found = [_SECOND.match(line) for line in output.decode().splitlines()]
    spent = [second for second in found if second is not None][WARM_UP_S:]
    if process.returncode or not spent:
        raise RuntimeError(f"pgbench failed: {output.decode()[-2000:]}")
    rates = [float(second["rate"]) for second in spent]
    latencies_ms = [float(second["latency"]) - float(second["lag"] or 0) for second in spent]
    return statistics.median(rates), statistics.median(latencies_ms)
