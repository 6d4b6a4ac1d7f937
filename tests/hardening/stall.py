"""The costliest request of every route from fifty connections, against the same load on /healthz, limits off.

`python -m tests.hardening stall`: from COMMIT to the frame on 30 screens meanwhile, in three interleaved pairs, and the
longest turn of the event loop. The promise: p99 at most three times that of the other half (median of the pairs).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from aiohttp import ClientSession

from kds.domain.links import Links
from tests.bench.deployment import markdown
from tests.hardening.flood import Kitchen, quantile
from tests.hardening.requests import faults_of_log
from tests.hardening.target import JWT_SECRET, Target, target
from tests.orders import add_branch, place
from tests.screen import token_for

PAIRS = 3
WORSE_MAX = 3.0
LOADS = ("on /healthz", "costliest of each route")


def add_parser(subparsers: Any) -> None:
    """Adds `stall`."""
    parser = subparsers.add_parser("stall", help="the costliest requests, from fifty connections", description=__doc__)
    parser.add_argument("--screens", type=int, default=30)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--rate", type=int, default=20, help="orders a second")
    parser.add_argument("--seconds", type=int, default=60, help="of each half of a pair")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Prints p50, p99 and the longest turn of both loads; 1 when the promise was broken."""
    delays: dict[str, list[list[float]]] = {load: [] for load in LOADS}
    turns: dict[str, list[float]] = {load: [] for load in LOADS}
    async with target() as attacked, Kitchen(attacked, options.screens) as kitchen:
        asked = {LOADS[0]: [_get("/healthz")], LOADS[1]: await costly_requests(attacked)}
        await kitchen.work(options.rate, 5)
        for _ in range(PAIRS):
            for load in LOADS:
                before = await _turns(attacked.url)
                async with crowd(attacked, asked[load], options.connections):
                    delays[load].append(await kitchen.work(options.rate, options.seconds))
                turns[load].append(_longest(before, await _turns(attacked.url)))
        faults = faults_of_log(attacked.log.read_text())
    p99 = {load: [quantile(run, 0.99) for run in runs] for load, runs in delays.items()}
    rows = [
        [
            load,
            f"{statistics.median(quantile(run, 0.5) for run in delays[load]):.1f}",
            " ".join(f"{ms:.1f}" for ms in p99[load]),
            f"{1000 * max(turns[load]):.0f}",
        ]
        for load in LOADS
    ]
    print(markdown(["load", "p50 ms", "p99 ms", "longest turn at most, CPU ms"], rows))
    worse = statistics.median(costly / calm for calm, costly in zip(*(p99[load] for load in LOADS), strict=True))
    print(f"p99 {worse:.2f} times")
    broken = [*([f"p99 is more than {WORSE_MAX:.0f} times"] if worse > WORSE_MAX else []), *faults]
    print("\n".join(["FAILED", *broken] if broken else ["PASSED"]))
    return 1 if broken else 0


async def costly_requests(attacked: Target) -> list[bytes]:
    """What costs most of each route and changes nothing, of a branch as full as a good evening."""
    connection = await asyncpg.connect(attacked.dsn)
    branch_id = await add_branch(connection, "Full")
    await connection.execute(
        "INSERT INTO menu_items (branch_id, name, description, price_cents)"
        " SELECT $1, 'Dish ' || n, repeat('word ', 20), 100 FROM generate_series(1, 300) AS n", branch_id,
    )  # fmt: skip
    for number in range(100):
        order_id = await place(connection, branch_id, table=f"T{number}", stations=(None, "Grill"), note="n" * 100)
    await connection.execute("UPDATE orders SET order_type = 'takeaway' WHERE branch_id = $1", branch_id)
    await connection.close()
    kitchen, manager, pickup = (
        f"Authorization: Bearer {token_for(JWT_SECRET, branch_id, role=role)}"
        for role in ("KITCHEN", "MANAGER", "PICKUP")
    )
    tracking = Links(JWT_SECRET).tracking_token(UUID(str(order_id)))
    tables = urlencode([("table", f"Table {number}") for number in range(200)])
    numbers = "[" + ",".join(["1e308"] * 2600) + "]"
    return [
        *(
            _get(path)
            for path in (
                "/",
                "/kitchen",
                "/tables",
                "/service-worker.js",
                "/static/js/kitchen/view/ticket/ticket-rows.css",
                "/readyz",
            )
        ),
        *(_get(f"/static/{piece * (7800 // len(piece))}") for piece in ("a/", "../", "%2e%2e%2f")),
        _get("/" * 7800),
        _get("/metrics"),
        _get("/openapi.json"),
        _get(f"/public/branches/{branch_id}/menu"),
        _get(f"/public/order/{order_id}?token={tracking}"),
        _get("/kitchen/branch", kitchen),
        _get("/kitchen/orders?status=SENT,READY,COMPLETED,CANCELLED", kitchen),
        _get(f"/kitchen/order/{order_id}/history", kitchen),
        _get("/pickup/orders", pickup),
        _get(f"/manager/tables?{tables}", manager),
        *(_post(path, numbers) for path in ("/public/order/place", "/staff/login")),
        _post(f"/kitchen/order/{order_id}/status", numbers, kitchen),
    ]


def _get(path: str, *headers: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in ("Host: x", "Connection: close", *headers))
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def _post(path: str, body: str, *headers: str) -> bytes:
    lines = ("Host: x", "Connection: close", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers)
    head = "".join(f"{line}\r\n" for line in lines)
    return f"POST {path} HTTP/1.1\r\n{head}\r\n{body}".encode()


@asynccontextmanager
async def crowd(attacked: Target, requests: list[bytes], connections: int) -> AsyncIterator[None]:
    """Asks all of these, over and over, from so many connections."""
    file = _written(attacked.folder / "requests", requests)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hardening.crowd", attacked.url, str(connections), file,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    began = time.monotonic()
    try:
        yield
    finally:
        output, _ = await process.communicate(b"")
        answers = json.loads(output)
        rate = sum(answers.values()) / (time.monotonic() - began)
        told = ", ".join(f"{count} {status}" for status, count in sorted(answers.items()))
        print(f"{rate:.0f} requests/s: {told}", file=sys.stderr, flush=True)


def _written(file: Path, requests: list[bytes]) -> Path:
    file.write_text("".join(base64.b64encode(request).decode() + "\n" for request in requests))
    return file


async def _turns(url: str) -> dict[float, float]:
    """How many turns of the loop took at most so long, in seconds of CPU time."""
    async with ClientSession() as http, http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'^kds_loop_turn_cpu_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {float(bound): float(count) for bound, count in found}


def _longest(before: dict[float, float], after: dict[float, float]) -> float:
    """The bound of the last bucket that has grown more than the one before it."""
    grown = {bound: count - before[bound] for bound, count in after.items()}
    whole = grown[float("inf")]
    return min(bound for bound, count in grown.items() if count == whole)
