"""Polling every 5 s against a socket, one screen over a simulated hour: delay, requests, bytes, CPU, yearly cost."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped]

from tests.bench.cpu import cpu_s, tree
from tests.bench.deployment import (
    REMOVE_OPEN_ORDERS,
    branch_id,
    database,
    kitchen_token,
    note,
    report,
    run_sql,
    start_serving,
)
from tests.bench.latency import LINES, PLACE
from tests.bench.phones import frame_size

BRANCH = branch_id(1)
POLL_S = 5.0
HOUR_S = 3600.0
COOKED_S, FETCHED_S = 600.0, 660.0
IDLE_SCREENS, IDLE_S = 200, 20.0
HEARTBEATS_AN_HOUR = HOUR_S / 5.0
DISPLAYS, HOURS_A_DAY, DAYS = 100, 8, 365
Step = tuple[float, Callable[..., Awaitable[None]]]
"""When, in seconds of the hour, and what happens then to the database."""
WAYS = ("poll", "poll, gzip", "socket")


@dataclass
class Hour:
    """What one screen cost in an hour."""

    delay_s: float
    requests: float
    megabytes: float
    cpu_s: float


def add_parser(subparsers: Any) -> None:
    """Adds `polling`."""
    parser = subparsers.add_parser("polling", help=__doc__, description=__doc__)
    parser.add_argument("--orders", default="30,120", help="orders an hour of the branch; each cooks for ten minutes")
    parser.add_argument("--rounds", type=int, default=3, help="hours of each, of which the median counts")
    parser.add_argument("--gigabyte", type=float, default=0.09, help="price of a GB that leaves the cloud, in dollars")
    parser.add_argument("--cpu-hour", type=float, default=0.04, help="price of a core for an hour, in dollars")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Simulates the hours, each way in turn."""
    results: dict[tuple[int, str], list[Hour]] = {}
    async with database(1) as (_, dsn):
        process, url = await start_serving(dsn)
        try:
            server = _Server(dsn, url, tree(process.pid))
            for round_number in range(1, options.rounds + 1):
                for orders in (int(text) for text in options.orders.split(",")):
                    for way in WAYS:
                        hour = await server.hour(way, orders, seed=round_number)
                        results.setdefault((orders, way), []).append(hour)
                        note(f"round {round_number}, {orders} orders an hour, {way}: {hour}")
        finally:
            process.terminate()
            await process.wait()
    _print(options, results)
    return 0


def _print(options: argparse.Namespace, results: dict[tuple[int, str], list[Hour]]) -> None:
    rows, data = [], []
    for (orders, way), hours in results.items():
        delay_s, requests, megabytes, used_s = (
            statistics.median(getattr(hour, name) for hour in hours)
            for name in ("delay_s", "requests", "megabytes", "cpu_s")
        )
        socket_mb = statistics.median(hour.megabytes for hour in results[orders, "socket"])
        screen_hours = DISPLAYS * HOURS_A_DAY * DAYS
        gigabytes, core_hours = screen_hours * megabytes / 1000, screen_hours * used_s / HOUR_S
        dollars = gigabytes * options.gigabyte + core_hours * options.cpu_hour
        transfer = f"{gigabytes:,.0f} GB x ${options.gigabyte}"
        cost = f"{transfer} + {core_hours:,.1f} core-h x ${options.cpu_hour} = ${dollars:,.0f}"
        rows.append([
            orders, way, f"{1000 * delay_s:,.1f}", f"{requests / 60:.1f}", f"{megabytes:.3f}",
            f"{megabytes / socket_mb:.1f}", f"{used_s:.2f}", cost,
        ])  # fmt: skip
        data.append({"orders": orders, "way": way, "hours": [vars(hour) for hour in hours], "dollars": dollars})
    title = f"One screen for an hour; the year is {DISPLAYS} displays x {HOURS_A_DAY} h x {DAYS} days"
    header = ["orders/h", "way", "mean delay ms", "requests/min", "MB/h", "of the socket's", "server CPU s/h", "a year"]
    report(title, header, rows, data)


def _story(orders: int, seed: int) -> list[Step]:
    """What happens in the hour, in order: each order is placed, has its dishes marked, is ready, and is fetched."""
    chance = random.Random(seed)

    def steps() -> Iterator[Step]:
        for _ in range(orders):
            order_id, at = uuid.uuid4(), chance.uniform(-COOKED_S, HOUR_S)
            yield at, partial(_execute, PLACE, order_id, uuid.UUID(BRANCH), LINES)
            for share, sql in (
                (0.6, "UPDATE order_items SET done = true WHERE order_id = $1 AND quantity = 2"),
                (0.9, "UPDATE order_items SET done = true WHERE order_id = $1"),
                (1.0, "UPDATE orders SET status = 'READY' WHERE id = $1"),
                (FETCHED_S / COOKED_S, "UPDATE orders SET status = 'COMPLETED' WHERE id = $1"),
            ):
                yield at + share * COOKED_S, partial(_execute, sql, order_id)

    return sorted((step for step in steps() if step[0] < HOUR_S), key=lambda step: step[0])


async def _execute(sql: str, *arguments: object, db: Any) -> None:
    await db.execute(sql, *arguments)


class _Server:
    """A server under one screen."""

    def __init__(self, dsn: str, url: str, processes: list[psutil.Process]) -> None:
        self._dsn = dsn
        self._host, self._port = str(urlsplit(url).hostname), int(urlsplit(url).port or 80)
        self._processes = processes
        self._token = kitchen_token(BRANCH)

    async def hour(self, way: str, orders: int, seed: int) -> Hour:
        """Simulates one hour, as fast as it goes; what takes real time is added by arithmetic."""
        await run_sql(self._dsn, *REMOVE_OPEN_ORDERS, "VACUUM ANALYZE")
        story = _story(orders, seed)
        db = await asyncpg.connect(self._dsn)
        try:
            for _, step in [each for each in story if each[0] < 0]:
                await step(db=db)
            hour = [each for each in story if each[0] >= 0]
            return await (self._watch(db, hour) if way == "socket" else self._poll(db, hour, is_gzip="gzip" in way))
        finally:
            await db.close()

    async def _poll(self, db: Any, story: list[Step], *, is_gzip: bool) -> Hour:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        accept = "Accept-Encoding: gzip\r\n" if is_gzip else ""
        request = (
            f"GET /kitchen/orders HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n{accept}\r\n"
        ).encode()
        waiting, at, carried, polls = list(story), 0.0, 0, 0
        delays, took_s, used_s = [], [], 0.0
        while at < HOUR_S:
            at += POLL_S
            while waiting and waiting[0][0] <= at:
                happened_at, step = waiting.pop(0)
                delays.append(at - happened_at)
                await step(db=db)
            await asyncio.sleep(0.002)  # the relay's own work for the change is not the poll's
            used_s -= cpu_s(self._processes)
            began = time.monotonic()
            writer.write(request)
            carried += len(request) + await _answer(reader)
            took_s.append(time.monotonic() - began)
            used_s += cpu_s(self._processes)
            polls += 1
        writer.close()
        return Hour(statistics.mean(delays) + statistics.mean(took_s), polls, carried / 1e6, used_s)

    async def _watch(self, db: Any, story: list[Step]) -> Hour:
        heartbeat_bytes, heartbeat_s = await self._idle()
        screen = await self._open()
        carried = await screen.first()
        used_s = -cpu_s(self._processes)
        delays = []
        for _, step in story:
            await step(db=db)
            committed = time.monotonic()
            carried += await screen.next()
            delays.append(max(0.0, time.monotonic() - committed))
        used_s += cpu_s(self._processes)
        screen.close()
        beats = HEARTBEATS_AN_HOUR
        return Hour(statistics.mean(delays), 1, (carried + beats * heartbeat_bytes) / 1e6, used_s + beats * heartbeat_s)

    async def _idle(self) -> tuple[float, float]:
        """What one heartbeat of one screen costs, in bytes and in CPU seconds, with its ping and pong."""
        screens = [await self._open() for _ in range(IDLE_SCREENS)]
        for screen in screens:
            await screen.first()
        before = cpu_s(self._processes)
        carried = sum(await asyncio.gather(*(screen.hear(IDLE_S) for screen in screens)))
        used_s = cpu_s(self._processes) - before
        beats = IDLE_SCREENS * IDLE_S / 5.0
        for screen in screens:
            screen.close()
        return carried / beats, used_s / beats

    async def _open(self) -> _Screen:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=1 << 22)
        request = (
            f"GET /kitchen/display?token={self._token}&since=0 HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        return _Screen(reader, writer, len(request) + len(head))


class _Screen:
    """A socket that counts its bytes, both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, carried: int) -> None:
        self._reader = reader
        self._writer = writer
        self._carried = carried
        self._waiting = b""

    async def first(self) -> int:
        """Handshake, HELLO and SNAPSHOT."""
        while b'"SNAPSHOT"' not in (frame := await self._frame()):
            self._carried += len(frame)
        return self._carried + len(frame)

    async def next(self) -> int:
        """Bytes up to and with the next change of an order."""
        carried = 0
        while True:
            frame = await self._frame()
            carried += len(frame)
            if b'"orderId"' in frame:
                return carried

    async def hear(self, seconds: float) -> int:
        """Bytes of all that comes for so long, and of the pongs it is answered with."""
        carried = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    carried += len(await self._frame())
        return carried

    def close(self) -> None:
        """Goes away."""
        self._writer.close()

    async def _frame(self) -> bytes:
        while not ((size := frame_size(self._waiting)) and len(self._waiting) >= size):
            data = await self._reader.read(1 << 16)
            if not data:
                raise ConnectionError("the server has closed")
            self._waiting += data
        frame, self._waiting = self._waiting[:size], self._waiting[size:]
        if frame[0] == 0x89:
            pong = b"\x8a" + bytes([0x80 | len(frame) - 2]) + b"\0\0\0\0" + frame[2:]
            self._writer.write(pong)
            return frame + pong
        return frame


async def _answer(reader: asyncio.StreamReader) -> int:
    """The bytes of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(head.decode(errors="replace")[:100])
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    return len(head) + len(await reader.readexactly(length))
