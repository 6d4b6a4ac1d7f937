"""Orders over HTTP with a key: requests a second, latency, CPU of server and PostgreSQL, of several checkouts in turn.

Each checkout serves a database of its own on one PostgreSQL with real fsync. They are measured one right after the
other, so that a ratio is of the same moment of the machine; the load generator shares its cores.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kds.postgres.embedded import EmbeddedPostgres
from tests.bench.cpu import cpu_s, tree
from tests.bench.deployment import JWT_SECRET, SETTINGS, branch_id, note, report, run_sql
from tests.no_limits import NO_LIMITS

BRANCHES = 100
DISHES = (("Chicken tikka", 1450, "Grill"), ("Raita", 450, "Cold"), ("Garlic naan", 400, "Tandoor"))
WARM_UP_S = 2.0
HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Measure:
    """One checkout under one load; CPU in microseconds a request."""

    per_s: float
    p50_ms: float
    p99_ms: float
    server_us: float
    postgres_us: float


@dataclass(frozen=True)
class Served:
    """A checkout that serves."""

    name: str
    url: str
    process: asyncio.subprocess.Process


def add_parser(subparsers: Any) -> None:
    """Adds `placing`."""
    parser = subparsers.add_parser("placing", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("--before", type=Path, action="append", default=[], help="another checkout to compare with")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--connections", default="1,8,32", help="numbers of connections that order at once")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures each checkout under each load, in turn; prints medians, and the ratio to this one of each round."""
    folders = {str(folder): folder for folder in options.before} | {"this": HERE}
    counts = [int(text) for text in options.connections.split(",")]
    found: dict[tuple[int, str], list[Measure]] = {}
    with tempfile.TemporaryDirectory(prefix="kds-bench-", ignore_cleanup_errors=True) as data:
        postgres = EmbeddedPostgres(Path(data) / "data", settings=SETTINGS)
        await asyncio.to_thread(postgres.start)
        served: list[Served] = []
        try:
            for number, (name, folder) in enumerate(folders.items()):
                served.append(await _serve(postgres, f"bench_{number}", name, folder))
            for one in served:
                await _order(postgres, one, counts[-1], WARM_UP_S)
            for round_number in range(1, options.rounds + 1):
                for count in counts:
                    for one in served[:: 1 if round_number % 2 else -1]:
                        measure = await _order(postgres, one, count, options.seconds)
                        found.setdefault((count, one.name), []).append(measure)
                        note(f"round {round_number}: {count} connections, {one.name}: {measure}")
        finally:
            for one in served:
                one.process.terminate()
                await one.process.wait()
            await asyncio.to_thread(postgres.stop)
    _print(options, counts, list(folders), found)
    return 0


async def _serve(postgres: EmbeddedPostgres, database: str, name: str, folder: Path) -> Served:
    await run_sql(postgres.dsn(), f"CREATE DATABASE {database}")
    dsn = postgres.dsn(database)
    environment = {**os.environ, **NO_LIMITS, "PYTHONPATH": str(folder), "DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
    settings = {"HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "WARNING"}
    migrate = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "migrate", cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    if await migrate.wait():
        sys.exit(f"kds migrate of {folder} failed")
    branches = ", ".join(f"('{branch_id(number)}', 'Branch {number}')" for number in range(1, BRANCHES + 1))
    dishes = ", ".join(f"('{dish}', {cents}, '{station}')" for dish, cents, station in DISHES)
    await run_sql(
        dsn,
        f"INSERT INTO branches (id, name) VALUES {branches}",
        f"""INSERT INTO stations (branch_id, name)
            SELECT b.id, d.station FROM branches AS b, (VALUES {dishes}) AS d (dish, cents, station)""",
        f"""INSERT INTO menu_items (id, branch_id, name, price_cents, station)
            SELECT md5(b.id || d.dish)::uuid, b.id, d.dish, d.cents, d.station
            FROM branches AS b, (VALUES {dishes}) AS d (dish, cents, station)""",
        "VACUUM ANALYZE",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "serve",
        cwd=folder, env=environment | settings, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    return Served(name, (await process.stdout.readline()).decode().rpartition(" ")[2].strip(), process)


async def _order(postgres: EmbeddedPostgres, one: Served, connections: int, seconds: float) -> Measure:
    server, database = tree(one.process.pid), tree(postgres.pid())
    latencies: list[float] = []
    before = cpu_s(server), cpu_s(database)
    began = time.monotonic()
    await asyncio.gather(*(_guest(one.url, began + seconds, latencies, number) for number in range(connections)))
    lasted = time.monotonic() - began
    # backends that were started meanwhile are counted from their start
    after = cpu_s(tree(one.process.pid)), cpu_s(tree(postgres.pid()))
    ranks = statistics.quantiles(latencies, n=100)
    each = 1e6 / len(latencies)
    used = [(late - early) * each for late, early in zip(after, before, strict=True)]
    return Measure(len(latencies) / lasted, ranks[49] * 1e3, ranks[98] * 1e3, *used)


async def _guest(url: str, until: float, latencies: list[float], number: int) -> None:
    """Orders again and again, on one connection: a client that costs little CPU beside what is measured."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    dice = random.Random(number)
    while (sent_at := time.monotonic()) < until:
        writer.write(_request(parts.netloc, branch_id(dice.randint(1, BRANCHES))))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if head.startswith(b"HTTP/1.1 201"):
            latencies.append(time.monotonic() - sent_at)
        elif not head.startswith(b"HTTP/1.1 503"):  # on a machine that is busy with others no connection may come free
            sys.exit(f"not placed: {head.decode()}{body.decode()}")
    writer.close()


def _request(host: str, branch: str) -> bytes:
    dishes = [str(uuid.UUID(bytes=_md5(f"{branch}{dish}"))) for dish, _, _ in DISHES]
    items = [{"menuItemId": dish, "quantity": 1 + number % 2} for number, dish in enumerate(dishes)]
    body = json.dumps({"branchId": branch, "table": "", "orderType": "takeaway", "items": items}).encode()
    head = (
        f"POST /public/order/place HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _print(
    options: argparse.Namespace,
    counts: Sequence[int],
    names: Sequence[str],
    found: dict[tuple[int, str], list[Measure]],
) -> None:
    rows = []
    for count in counts:
        for name in names:
            runs = [astuple(measure) for measure in found[count, name]]
            base = [astuple(measure) for measure in found[count, "this"]]
            cells = [f"{statistics.median(values):,.1f}" for values in zip(*runs, strict=True)]
            ratios = [
                statistics.median(mine[column] / other[column] for mine, other in zip(base, runs, strict=True))
                for column in range(len(cells))
            ]
            told = (
                cells
                if name == "this"
                else [f"{cell} ({ratio:.2f})" for cell, ratio in zip(cells, ratios, strict=True)]
            )
            rows.append([f"{count} connections, {name}", *told])
    title = (
        f"Orders over HTTP with a key, median of {options.rounds} runs of {options.seconds:g} s "
        "(in brackets: this one's ratio to it, the median of those of each round)"
    )
    header = ["load", "requests/s", "p50 ms", "p99 ms", "server CPU us", "PostgreSQL CPU us"]
    data = [
        {"connections": count, "checkout": name, "runs": [astuple(measure) for measure in runs]}
        for (count, name), runs in found.items()
    ]
    report(title, header, rows, data)
