"""The promises with a number about PostgreSQL, its connections, its locks and its schema; each function is one."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from uuid import UUID

import aiohttp
import asyncpg

from tests.faults.disasters import kill_postgres
from tests.faults.measuring import BRANCHES, Measure, probe, restaurant, seen, spread_probes
from tests.faults.restaurant import JWT_SECRET
from tests.faults.strangers import migrate_as_a_release
from tests.orders import place
from tests.screen import open_screen, token_for


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


async def release_beside_writers() -> list[Measure]:
    """kds migrate while writers and a long report run."""
    async with restaurant(0) as opened:
        orders = list(await spread_probes(opened))
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
