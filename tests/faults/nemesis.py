"""The faults of a campaign: each hurts one thing for a while and heals it.

Two of the list are waged elsewhere: a screen's clock (tests/browser) and 1,000 equal bumps (tests/flow).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import uuid
from collections.abc import Awaitable, Callable
from uuid import UUID

import aiohttp
import asyncpg

from tests.faults.disasters import fill_disk, kill_postgres, promote_standby, restore_dump
from tests.faults.restaurant import Restaurant, ServerProcess
from tests.faults.strangers import break_order, hostile_role, release_in_the_rush, rewind_history, storm
from tests.orders import place

Fault = Callable[[Restaurant, float], Awaitable[None]]


def _server(restaurant: Restaurant) -> ServerProcess:
    return restaurant.servers[0]


async def kill_server(restaurant: Restaurant, _for_s: float) -> None:
    """kill -9 server, restart."""
    await _server(restaurant).end(signal.SIGKILL)
    await _server(restaurant).start()


async def restart_server(restaurant: Restaurant, _for_s: float) -> None:
    """SIGTERM, restart."""
    await _server(restaurant).end(signal.SIGTERM)
    await _server(restaurant).start()


async def freeze_server(restaurant: Restaurant, for_s: float) -> None:
    """Freeze a server."""
    _server(restaurant).signal(signal.SIGSTOP)
    await asyncio.sleep(for_s)
    _server(restaurant).signal(signal.SIGCONT)


async def end_listeners(restaurant: Restaurant, _for_s: float) -> None:
    """Terminate the LISTEN backends."""
    await restaurant.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
    )


async def end_leader(restaurant: Restaurant, _for_s: float) -> None:
    """Terminate the batching leader's backend."""
    await restaurant.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'kds-leader'"
    )


async def freeze_listener(restaurant: Restaurant, for_s: float) -> None:
    """Freeze a LISTEN backend."""
    pid = await restaurant.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'kds-listen' LIMIT 1")
    with contextlib.suppress(ProcessLookupError, TypeError):
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(for_s)
        os.kill(pid, signal.SIGCONT)


async def black_hole(restaurant: Restaurant, for_s: float) -> None:
    """Network to a server cut, silently."""
    _server(restaurant).proxy.black_hole()
    await asyncio.sleep(for_s)
    _server(restaurant).proxy.heal()


async def reset_connections(restaurant: Restaurant, _for_s: float) -> None:
    """Every connection reset."""
    for server in restaurant.servers:
        server.proxy.reset()


async def bad_network(restaurant: Restaurant, for_s: float) -> None:
    """Network slow and sliced."""
    for server in restaurant.servers:
        server.proxy.latency_s, server.proxy.slice_bytes, server.proxy.bytes_per_s = 0.1, 700, 200_000
    await asyncio.sleep(for_s)
    for server in restaurant.servers:
        server.proxy.heal()


async def freeze_clients(restaurant: Restaurant, for_s: float) -> None:
    """Freeze a part of the clients."""
    restaurant.screens["few"].send_signal(signal.SIGSTOP)
    await asyncio.sleep(for_s)
    restaurant.screens["few"].send_signal(signal.SIGCONT)


async def hold_branch(restaurant: Restaurant, for_s: float) -> None:
    """A transaction holds a branch's lock."""
    branch, canary = next(iter(restaurant.canaries.items()))
    connection = await asyncpg.connect(restaurant.dsn)
    try:
        async with connection.transaction():
            await place(connection, UUID(branch), table=f"{canary} held")
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await asyncio.sleep(for_s)
    finally:
        connection.terminate()


async def exhaust_pool(restaurant: Restaurant, for_s: float) -> None:
    """Every query of the API waits."""
    connection = await asyncpg.connect(restaurant.dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE menu_items IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(for_s)
    finally:
        connection.terminate()


async def truncate_items(restaurant: Restaurant, _for_s: float) -> None:
    """TRUNCATE."""
    await restaurant.sql("TRUNCATE order_items")


async def change_epoch(restaurant: Restaurant, for_s: float) -> None:
    """Another epoch."""
    await restaurant.sql("UPDATE deployment SET nonce = gen_random_uuid()")
    await end_listeners(restaurant, for_s)


async def prune_all(restaurant: Restaurant, _for_s: float) -> None:
    """Events pruned past everybody, screens away."""
    for server in restaurant.servers:
        server.proxy.black_hole()
    await asyncio.sleep(1)
    await restaurant.sql("SELECT prune_events('0 s', 1000000)")
    for server in restaurant.servers:
        server.proxy.reset()
        server.proxy.heal()


async def forge_hints(restaurant: Restaurant, _for_s: float) -> None:
    """Forged NOTIFYs."""
    for branch in restaurant.canaries:
        hint = f'{{"type":"NEW_ORDER","branchId":"{branch}","orderId":"{branch}","status":"SENT","revision":999999999}}'
        await restaurant.sql("SELECT pg_notify('kds_events', $1)", hint)
    await restaurant.sql("SELECT pg_notify('kds_events', 'nonsense')")


async def repeat_order(restaurant: Restaurant, _for_s: float) -> None:
    """50 equal POSTs, server killed midway."""
    server, key = _server(restaurant), uuid.uuid4().hex
    branch, canary = next(iter(restaurant.canaries.items()))
    line = {"menuItemId": restaurant.dishes[branch], "quantity": 1}
    order = {"branchId": branch, "table": f"{canary} T1", "items": [line], "note": key}

    async def post(session: aiohttp.ClientSession) -> bytes | None:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            url, headers = f"{server.url}/public/order/place", {"Idempotency-Key": key}
            async with session.post(url, json=order, headers=headers) as answer:
                return await answer.read() if answer.status == 201 else None
        return None

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        posts = [asyncio.create_task(post(session)) for _ in range(50)]
        await asyncio.sleep(0.03)
        await kill_server(restaurant, 0)
        answers = set(await asyncio.gather(*posts))
        while len(answers - {None}) < 1:
            answers |= set(await asyncio.gather(*(post(session) for _ in range(50))))
    assert len(answers - {None}) == 1, "equal requests were answered differently"
    assert await restaurant.sql("SELECT count(*) FROM orders WHERE note = $1", key) == 1


FAULTS: tuple[Fault, ...] = (
    kill_server, restart_server, freeze_server, kill_postgres, fill_disk, promote_standby, restore_dump, end_listeners,
    end_leader, freeze_listener, black_hole,
    reset_connections, bad_network, freeze_clients, hold_branch, exhaust_pool, truncate_items, change_epoch, prune_all,
    forge_hints, repeat_order, break_order, rewind_history, release_in_the_rush, storm, hostile_role,
)  # fmt: skip
