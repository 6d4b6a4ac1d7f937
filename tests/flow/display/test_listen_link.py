"""Screens while the LISTEN link is cut, late, or meets another history."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from aiohttp import ClientSession

from kds.relay.listening.callbacks import RelayState
from tests.clusters import Cluster
from tests.conftest import RunningServer
from tests.flow.display.boards import ConnectDb, OpenScreen, StartServer, greeted
from tests.orders import place
from tests.screen import open_screen

# The link to PostgreSQL


async def test_what_commits_while_the_listen_link_is_cut_arrives(
    db: Any, branch_id: str, server: RunningServer, screen: OpenScreen
) -> None:
    relay = server.server.relay
    async with screen(since=0) as board:
        await greeted(board)
        for number in range(5):
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            orders = [str(await place(db, branch_id)) for _ in range(3)]
            assert [message["orderId"] for message in await board.take(3)] == orders, number
        async with asyncio.timeout(10):
            await relay.listener.reached(RelayState.LIVE)


async def test_screens_are_told_when_the_link_breaks_and_when_it_heals(
    cluster: Cluster, db: Any, screen: OpenScreen
) -> None:
    name = await db.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(cluster.admin_dsn)
    async with screen(since=0) as board:
        await greeted(board)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            heard = await board.until("HEARTBEAT")
            while heard["live"]:
                heard = await board.until("HEARTBEAT")
        finally:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await admin.close()
        while not heard["live"]:
            heard = await board.until("HEARTBEAT")


async def test_an_unannounced_event_is_found_by_the_sweep(
    db: Any, branch_id: str, screen: OpenScreen, connect_db: ConnectDb
) -> None:
    gatekeeper = await connect_db()
    await gatekeeper.execute("SELECT pg_advisory_lock(493269101, 0)")
    async with screen() as board:
        order_id = await place(db, branch_id)
        assert (await board.next())["orderId"] == str(order_id)


async def test_a_transaction_open_since_before_the_relay_started_is_delivered(
    db: Any, branch_id: str, start_server: StartServer, http: ClientSession, token: str, connect_db: ConnectDb
) -> None:
    early = await connect_db()
    async with early.transaction():
        order_id = await place(early, branch_id)
        server = await start_server()
        async with open_screen(http, server.url, token, since=0) as board:
            _, snapshot = await greeted(board)
            assert snapshot["orders"] == []
            await place(db, branch_id)
            await board.next()
            await early.execute("COMMIT")
            assert (await board.next())["orderId"] == str(order_id)
            await early.execute("BEGIN")


async def test_a_new_epoch_sends_plain_clients_away_and_others_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    await place(db, branch_id)
    async with screen() as plain, screen(since=0) as board:
        _, before = await greeted(board)
        await db.execute("UPDATE deployment SET nonce = gen_random_uuid()")
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'")
        assert await plain.close_code() == 4010
        after = await board.next()
        assert after["type"] == "SNAPSHOT" and after["epoch"] != before["epoch"]
        assert len(after["orders"]) == 1
        await board.silent(lambda: place(db, branch_id))


async def test_a_hundred_screens_that_come_at_once_cost_one_read(
    db: Any, branch_id: str, start_server: StartServer, token: str
) -> None:
    server = await start_server(max_sockets_per_user=1000)
    await place(db, branch_id)
    async with ClientSession() as http, asyncio.TaskGroup() as group:

        async def look() -> None:
            async with open_screen(http, server.url, token, since=0) as board:
                _, snapshot = await greeted(board)
                assert len(snapshot["orders"]) == 1

        for _ in range(100):
            group.create_task(look())
    assert server.server.boards.reads <= 3
