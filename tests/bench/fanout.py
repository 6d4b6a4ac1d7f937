"""Fan-out: server CPU for each message, latency, memory for each socket, beside what could be picked instead."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import asyncpg

from kds.process import raise_descriptor_limit
from tests.bench.cpu import cpu_s, resident_bytes
from tests.bench.deployment import REMOVE_OPEN_ORDERS, database, note, report, run_sql
from tests.bench.latency import LINES, PLACE
from tests.bench.reading import reading
from tests.bench.rivals import BRANCH, SERVERS, WORDS, NotInstalled, Running

OURS, LIMIT = "kds", "send"
SETTLED_S = 1.0
DRAINED_S = 1.0


def add_parser(subparsers: Any) -> None:
    """Adds `fanout`."""
    parser = subparsers.add_parser("fanout", help=__doc__, description=__doc__)
    parser.add_argument("--sockets", default="500,5000", help="numbers of sockets, all of one branch")
    parser.add_argument("--servers", default=",".join(SERVERS), help="which of them")
    parser.add_argument("--deliveries", type=int, default=300_000, help="messages to sockets in one measurement")
    parser.add_argument("--per-second", type=int, default=50_000, help="messages to sockets a second")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, one server after the other in each")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Measures all servers in turn; prints medians and ratios; a peer that is not to be had is named."""
    raise_descriptor_limit()
    results: dict[tuple[int, str], list[dict[str, float]]] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="kds-peers-") as folder:
        async with database(1) as (_, dsn):
            for round_number in range(1, options.rounds + 1):
                for sockets in (int(text) for text in options.sockets.split(",")):
                    for name in options.servers.split(","):
                        if name in missing:
                            continue
                        try:
                            result = await _measure(Path(folder), dsn, name, sockets, options)
                        except NotInstalled as error:
                            missing[name] = str(error)
                            note(f"{name} is not measured: {error}")
                            continue
                        results.setdefault((sockets, name), []).append(result)
                        note(f"round {round_number}, {sockets} sockets, {name}: {json.dumps(result)}")
    _print(results, missing)
    return 0


def _print(results: dict[tuple[int, str], list[dict[str, float]]], missing: dict[str, str]) -> None:
    rows = []
    for (sockets, name), runs in results.items():
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        cpu_us = {
            base: statistics.median(run["cpu_us"] for run in results[sockets, base])
            for base in (OURS, LIMIT)
            if (sockets, base) in results
        }
        rows.append([
            sockets, WORDS[name], f"{median['cpu_us']:.2f}",
            *(f"{median['cpu_us'] / cpu_us[base]:.2f}" if base in cpu_us else "" for base in (LIMIT, OURS)),
            f"{median['cpu_us'] - cpu_us[LIMIT]:.2f}" if LIMIT in cpu_us else "",
            f"{median['p50_ms']:.1f}", f"{median['p99_ms']:.1f}", f"{median['kb_per_socket']:.1f}",
            f"{median['lost']:.0f}",
        ])  # fmt: skip
    rows += [["", f"{WORDS[name]}: not measured, {why}", *[""] * 8] for name, why in missing.items()]
    header = [
        "sockets", "server", "CPU µs a message", "of send()", "of kds", "µs above send()", "p50 ms", "p99 ms",
        "kB a socket", "lost",
    ]  # fmt: skip
    data = [{"sockets": sockets, "server": name, "runs": runs} for (sockets, name), runs in results.items()]
    report("Fan-out of one order to all sockets of a branch", header, rows, {"fanout": data, "missing": missing})


async def _measure(folder: Path, dsn: str, name: str, sockets: int, options: argparse.Namespace) -> dict[str, float]:
    await run_sql(dsn, *REMOVE_OPEN_ORDERS)
    connection = await asyncpg.connect(dsn)
    order_id = uuid.uuid4()
    await connection.execute(PLACE, order_id, uuid.UUID(BRANCH), LINES)
    try:
        async with SERVERS[name](folder, dsn) as server:
            before = resident_bytes(server.processes)
            async with reading(server.address, sockets, server.kind, [server.path]) as found:
                await asyncio.sleep(SETTLED_S)
                kb = (resident_bytes(server.processes) - before) / sockets / 1000
                events = options.deliveries // sockets
                used_s = cpu_s(server.processes)
                await _write(connection, server, order_id, events, options.per_second / sockets)
                await asyncio.sleep(DRAINED_S)
                used_s = cpu_s(server.processes) - used_s
    finally:
        await connection.close()
    messages = sum(each["messages"] for each in found)
    return {
        "cpu_us": round(1e6 * used_s / max(1, messages), 3),
        "p50_ms": statistics.median(each["p50_ms"] for each in found),
        "p99_ms": max(each["p99_ms"] for each in found),
        "kb_per_socket": round(kb, 1),
        "lost": events * sockets - messages,
    }


async def _write(connection: Any, server: Running, order_id: uuid.UUID, events: int, per_second: float) -> None:
    """Changes the order so often, evenly in time; every change says when it began."""
    began = time.monotonic()
    for number in range(events):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        async with connection.transaction():
            words = f"AT[{time.monotonic():.6f}]"
            await connection.execute("UPDATE orders SET note = $2 WHERE id = $1", order_id, words)
            if server.notify is not None:
                await connection.execute(server.notify, order_id)
