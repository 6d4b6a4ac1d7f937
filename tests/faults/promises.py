"""`python -m tests.faults.promises`: measures every promise with a number, at full size, and says which hold.

Each function is one promise; it returns what was measured as (words, measured, limit).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from tests.faults.disasters import kill_postgres
from tests.faults.journal import read
from tests.faults.restaurant import JWT_SECRET, Restaurant, ServerProcess
from tests.faults.strangers import migrate_as_a_release
from tests.orders import place
from tests.screen import open_screen, token_for

Measure = tuple[str, float, float]
CLIENTS = 1000
FROZEN = 50
BRANCHES = 50


@contextlib.asynccontextmanager
async def restaurant(clients: int = CLIENTS, frozen: int = 0) -> AsyncIterator[Restaurant]:
    """One server, 50 branches, so many screens."""
    with tempfile.TemporaryDirectory(prefix="kds-promises-", ignore_cleanup_errors=True) as folder:
        opened = Restaurant(Path(folder), BRANCHES, 1)
        try:
            await opened.open()
            if frozen:
                await opened.open_screens("few", frozen // BRANCHES)
            if clients:
                await opened.open_screens("most", clients // BRANCHES)
            yield opened
        finally:
            await opened.close()


async def probe(opened: Restaurant) -> dict[str, float]:
    """One order in each branch, and when each was committed."""
    placed: dict[str, float] = {}
    connection = await asyncpg.connect(opened.dsn)
    for branch, canary in opened.canaries.items():
        placed[str(await place(connection, UUID(branch), table=f"{canary} probe"))] = time.time()
    await connection.close()
    return placed


def seen(opened: Restaurant, orders: dict[str, float], screens: str = "") -> list[float]:
    """How long after the time given for it each screen had an order, sorted; of the screens whose names start so."""
    first: dict[tuple[str, str], float] = {}
    for line in read(opened.folder):
        if "screen" in line and line["screen"].startswith(screens):
            shown: Any = line.get("orders", ()) if line["what"] == "snapshot" else (line.get("orderId"),)
            for order_id in shown:
                if order_id in orders:
                    first.setdefault((line["screen"], order_id), line["t"])
    return sorted(at - orders[order_id] for (_, order_id), at in first.items())


def at(ranked: list[float], share: float) -> float:
    """A quantile."""
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


async def killed_server() -> list[Measure]:
    """kill -9 server, restart, 1,000 screens."""
    async with restaurant() as opened:
        await opened.servers[0].end(signal.SIGKILL)
        orders = await probe(opened)
        await opened.servers[0].start()
        bound = time.time()
        await asyncio.sleep(20)
        times = seen(opened, dict.fromkeys(orders, bound))
        missing = CLIENTS - len(times)
        return [
            ("99% of the screens right after bind, s", at(times, 0.99), 10),
            ("all of them, s", times[-1], 20),
            ("screens that are not", missing, 0),
        ]


async def terminated_server() -> list[Measure]:
    """SIGTERM with 1,000 sockets, 50 frozen."""
    async with restaurant(CLIENTS - FROZEN, FROZEN) as opened:
        opened.screens["few"].send_signal(signal.SIGSTOP)
        began = time.time()
        await opened.servers[0].end(signal.SIGTERM)
        ended_s = time.time() - began
        process = opened.servers[0].process
        await asyncio.sleep(1)
        closed = [
            (line["code"], line["t"] - began)
            for line in read(opened.folder)
            if line["what"] == "closed" and line["screen"].startswith("most") and line["t"] >= began
        ]
        opened.screens["few"].send_signal(signal.SIGCONT)
        told = [when for code, when in closed if code == 1001]
        return [
            ("last live screen told 1001, s", max(told), 2),
            ("live screens not told", CLIENTS - FROZEN - len(told), 0),
            ("process ended, s", ended_s, 10),
            ("exit code", float(process.returncode if process and process.returncode is not None else -1), 0),
        ]


async def killed_postgres() -> list[Measure]:
    """kill -9 postgres."""
    async with restaurant(100) as opened:
        branch = next(iter(opened.canaries))
        async with (
            aiohttp.ClientSession() as http,
            open_screen(http, opened.urls[0], token_for(JWT_SECRET, branch), since=0) as screen,
        ):
            await screen.take(2)
            began = time.time()
            restarting = asyncio.create_task(kill_postgres(opened, 5.0))
            await asyncio.sleep(0.1)
            async with http.get(f"{opened.servers[0].url}/public/branches/{branch}/menu") as answer:
                answered_s, status = time.time() - began, answer.status
            while (await screen.until("HEARTBEAT"))["live"]:
                pass
            stale_s = time.time() - began
            await restarting
        accepts = time.time()
        orders = await probe(opened)
        await asyncio.sleep(8)
        times = seen(opened, dict.fromkeys(orders, accepts))
        return [
            ("the API answered 503 (1 is yes)", float(status == 503), 1),
            ("after, s", answered_s, 2),
            ("screens told that they are stale, s", stale_s, 7),
            ("all right after it accepts, s", times[-1], 5),
            ("screens that are not", 100 - len(times), 0),
        ]


async def ended_listener() -> list[Measure]:
    """Terminate the LISTEN backend."""
    async with restaurant(100) as opened:
        orders: dict[str, float] = {}
        for _ in range(5):
            await opened.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            orders |= await probe(opened)
            await asyncio.sleep(2)
        times = seen(opened, orders)
        return [("longest delay, s", times[-1], 1), ("messages missing", 5 * 100 - len(times), 0)]


async def frozen_listener() -> list[Measure]:
    """Freeze the LISTEN backend."""
    async with restaurant(50) as opened:
        branch = next(iter(opened.canaries))
        async with (
            aiohttp.ClientSession() as http,
            open_screen(http, opened.urls[0], token_for(JWT_SECRET, branch), since=0) as screen,
        ):
            await screen.take(2)
            pid = await opened.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'kds-listen'")
            os.kill(pid, signal.SIGSTOP)
            began = time.time()
            while (await screen.until("HEARTBEAT"))["live"]:
                pass
            noticed_s = time.time() - began
            while not (await screen.until("HEARTBEAT"))["live"]:
                pass
            replaced_s = time.time() - began
            os.kill(pid, signal.SIGCONT)
        return [("noticed and told, s", noticed_s, 7), ("replaced, s", replaced_s, 12)]


async def frozen_server() -> list[Measure]:
    """Freeze the server 90 s."""
    async with restaurant() as opened:
        orders = await probe(opened)
        opened.servers[0].signal(signal.SIGSTOP)
        orders |= await probe(opened)
        await asyncio.sleep(90)
        orders |= await probe(opened)
        opened.servers[0].signal(signal.SIGCONT)
        thawed = time.time()
        await asyncio.sleep(20)
        times = seen(opened, {order: max(placed, thawed) for order, placed in orders.items()})
        return [
            ("99% of the screens right after thawing, s", at(times, 0.99), 10),
            ("orders that screens did not get", CLIENTS * 3 - len(times), 0),
        ]


async def frozen_clients() -> list[Measure]:
    """Freeze 50 of 1,000 clients, buffers full."""
    async with restaurant(CLIENTS - FROZEN, FROZEN) as opened:
        before: list[float] = []
        for _ in range(5):
            before += seen(opened, await _spread_probes(opened), "most")
        opened.screens["few"].send_signal(signal.SIGSTOP)
        files = (await opened.servers[0].resources()).descriptors
        during: list[float] = []
        gone = asyncio.create_task(_fewer_descriptors(opened.servers[0], files - FROZEN))
        while not gone.done():
            await _spread_probes(opened, note="x" * 100_000)  # fills the buffers
            during += seen(opened, await _spread_probes(opened), "most")
        opened.screens["few"].send_signal(signal.SIGCONT)
        ratio = at(sorted(during), 0.99) / max(0.001, at(sorted(before), 0.99))
        return [
            ("p99 of the others before, ms", 1000 * at(sorted(before), 0.99), 1000),
            ("p99 of the others meanwhile, ratio", ratio, 2),
            ("frozen ones gone, descriptors freed, s", gone.result(), 30),
        ]


async def _fewer_descriptors(server: ServerProcess, so_many: int) -> float:
    """After how many seconds a server has no more descriptors than this; 60 when it still has."""
    began = time.time()
    while time.time() - began < 60 and (await server.resources()).descriptors > so_many:
        await asyncio.sleep(0.5)
    return time.time() - began


async def _spread_probes(opened: Restaurant, note: str | None = None) -> dict[str, float]:
    connection = await asyncpg.connect(opened.dsn)
    placed: dict[str, float] = {}
    for branch, canary in opened.canaries.items():
        placed[str(await place(connection, UUID(branch), table=f"{canary} probe", note=note))] = time.time()
        await asyncio.sleep(0.01)
    await connection.close()
    await asyncio.sleep(0.5)
    return placed


async def cut_network() -> list[Measure]:
    """Half-open, network cut 60 s."""
    async with restaurant(100) as opened:
        server = opened.servers[0]
        files = (await server.resources()).descriptors
        began = time.time()
        server.proxy.black_hole()
        orders = await probe(opened)
        dropped_s = 99.0
        while time.time() - began < 60:
            await asyncio.sleep(0.5)
            if (await server.resources()).descriptors <= files - 95:
                dropped_s = min(dropped_s, time.time() - began)
        server.proxy.heal()
        healed = time.time()
        await asyncio.sleep(12)
        times = seen(opened, dict.fromkeys(orders, healed))
        return [
            ("server drops the dead sockets, s", dropped_s, 30),
            ("all screens resumed after healing, s", times[-1] if times else 99, 10),
            ("screens that are not", 100 - len(times), 0),
        ]


async def exhausted_pool() -> list[Measure]:
    """Pool exhausted for 30 s."""
    async with restaurant(0) as opened:
        branch = next(iter(opened.canaries))
        url = f"{opened.servers[0].url}/public/branches/{branch}/menu"
        blocker = await asyncpg.connect(opened.dsn)
        async with (
            aiohttp.ClientSession() as http,
            open_screen(http, opened.urls[0], token_for(JWT_SECRET, branch), since=0) as screen,
            blocker.transaction(),
        ):
            await screen.take(2)
            await blocker.execute("LOCK TABLE menu_items IN ACCESS EXCLUSIVE MODE")

            async def ask() -> tuple[float, int]:
                began = time.time()
                async with http.get(url) as answer:
                    return time.time() - began, answer.status

            holding = [asyncio.create_task(ask()) for _ in range(10)]
            await asyncio.sleep(0.3)
            waits = await asyncio.gather(*(ask() for _ in range(20)))
            beats = [await screen.until("HEARTBEAT") for _ in range(2)]
            await asyncio.gather(*holding)
        return [
            ("longest wait for a 503, s", max(wait for wait, _ in waits), 2),
            ("answers that are not 503", float(sum(status != 503 for _, status in waits)), 0),
            ("heartbeats that say not live", float(sum(not beat["live"] for beat in beats)), 0),
        ]


async def held_branch() -> list[Measure]:
    """A transaction holds a branch's lock for 30 s."""
    async with restaurant(0) as opened:
        held, free = list(opened.canaries)[:2]
        blocker = await asyncpg.connect(opened.dsn)
        async with aiohttp.ClientSession() as http, blocker.transaction():
            await place(blocker, UUID(held))
            await blocker.execute("SET CONSTRAINTS ALL IMMEDIATE")

            async def order(branch: str) -> tuple[float, int]:
                began = time.time()
                lines = [{"menuItemId": opened.dishes[branch], "quantity": 1}]
                body = {"branchId": branch, "table": "T1", "items": lines}
                async with http.post(f"{opened.servers[0].url}/public/order/place", json=body) as answer:
                    return time.time() - began, answer.status

            (held_s, held_status), (free_s, free_status) = await asyncio.gather(order(held), order(free))
        return [
            ("the held branch answers 503 (1 is yes)", float(held_status == 503), 1),
            ("after, s", held_s, 5),
            ("another branch answers 201 (1 is yes)", float(free_status == 201), 1),
            ("after, s", free_s, 1),
        ]


async def phantom_screens() -> list[Measure]:
    """Rows of ws_connections after kill -9."""
    async with restaurant(50) as opened:
        await asyncio.sleep(1)
        await opened.close_screens()
        await opened.open_screens("again", 1)
        await opened.servers[0].end(signal.SIGKILL)
        began = time.time()
        await opened.servers[0].start()
        opened.screens["again"].kill()
        await opened.screens.pop("again").wait()
        rows = 1
        while rows and time.time() - began < 60:
            rows = await opened.sql("SELECT count(*) FROM ws_connections")
            await asyncio.sleep(0.5)
        return [("last phantom gone, s", time.time() - began, 45)]


async def release_beside_writers() -> list[Measure]:
    """kds migrate while writers and a long report run."""
    async with restaurant(0) as opened:
        orders = list(await _spread_probes(opened))
        report = await asyncpg.connect(opened.dsn)
        waits: list[float] = []
        rolled_back = 0
        stopping = asyncio.Event()

        async def write(number: int) -> None:
            nonlocal rolled_back
            connection = await asyncpg.connect(opened.dsn)
            turn = number
            while not stopping.is_set():
                turn += 1
                began = time.monotonic()
                try:
                    async with connection.transaction():
                        await connection.execute(
                            "UPDATE orders SET note = $2 WHERE id = $1", UUID(orders[turn % len(orders)]), str(turn)
                        )
                        await place(connection, UUID(list(opened.canaries)[turn % BRANCHES]))
                except asyncpg.PostgresError:
                    rolled_back += 1
                waits.append(time.monotonic() - began)
                await asyncio.sleep(0.01)
            await connection.close()

        async with report.transaction():
            await report.fetchval("SELECT count(*) FROM orders")
            writers = [asyncio.create_task(write(number)) for number in range(4)]
            await asyncio.sleep(3)
            before, waits = max(waits), []
            await migrate_as_a_release(opened)
            idle, waits = max(waits), []
            await opened.sql("DROP VIEW trigger_status")
            release = asyncio.create_task(migrate_as_a_release(opened))
            await asyncio.sleep(5)
        await release
        stopping.set()
        await asyncio.gather(*writers)
        await report.close()
        return [
            ("longest write before, s", before, 1),
            ("longest write beside a release with nothing to do, above that, s", max(0.0, idle - before), 0.25),
            ("longest write beside one with work, above that, s", max(0.0, max(waits) - before), 0.25),
            ("writes rolled back", float(rolled_back), 0),
        ]


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
