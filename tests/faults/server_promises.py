"""The promises with a number about servers, screens and the network between them; each function is one."""

from __future__ import annotations

import asyncio
import signal
import time

from tests.faults.journal import read
from tests.faults.measuring import CLIENTS, FROZEN, Measure, at, probe, restaurant, seen, spread_probes
from tests.faults.restaurant import ServerProcess


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
            before += seen(opened, await spread_probes(opened), "most")
        opened.screens["few"].send_signal(signal.SIGSTOP)
        files = (await opened.servers[0].resources()).descriptors
        during: list[float] = []
        gone = asyncio.create_task(_fewer_descriptors(opened.servers[0], files - FROZEN))
        while not gone.done():
            await spread_probes(opened, note="x" * 100_000)  # fills the buffers
            during += seen(opened, await spread_probes(opened), "most")
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
