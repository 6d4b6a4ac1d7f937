"""The batching relay: its states, flips under load, and the transactions that make flips dangerous."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.statements import load_statements
from kds.relay.batching import Batching, BatchingState
from tests.conftest import RunningServer
from tests.faults.witness import Load, agree, witnesses
from tests.orders import place
from tests.patience import eventually

StartServer = Callable[..., Awaitable[RunningServer]]
ConnectDb = Callable[[], Awaitable[Any]]
IDLE, POLLING = BatchingState.IDLE, BatchingState.POLLING


def batching_of(server: RunningServer) -> Batching:
    """The batching part of a server."""
    return server.server.relay.batching


async def enter(batching: Batching) -> None:
    """Makes a relay poll for all, whatever the load is."""
    batching.force(True)
    async with asyncio.timeout(20):
        await batching.reached(POLLING)


async def leave(batching: Batching) -> None:
    """Makes it stop."""
    batching.force(False)
    async with asyncio.timeout(20):
        await batching.reached(IDLE)


async def gate_is_closed(db: Any) -> bool:
    """Whether writers are silent."""
    closed: bool = await db.fetchval("SELECT writers_are_silent FROM relay_status")
    return closed


# States


async def test_the_states_can_be_caused_and_awaited(server: RunningServer, db: Any) -> None:
    batching = batching_of(server)
    await enter(batching)
    assert await gate_is_closed(db)
    status = await db.fetchrow("SELECT batching, leader, leader_pid, relays FROM relay_status")
    assert (status["batching"], status["relays"]) == ("polling", 1)
    name = await db.fetchval("SELECT application_name FROM pg_stat_activity WHERE pid = $1", status["leader_pid"])
    assert name == "kds-leader"
    await leave(batching)
    assert not await gate_is_closed(db)
    flips = [row["state"] for row in await db.fetch("SELECT state FROM batching_flips ORDER BY flip")]
    assert flips == ["entering", "polling", "leaving", "idle"]


async def test_load_enters_and_calm_leaves(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb, db: Any
) -> None:
    server = await start_server(batching_enter_per_s=20, batching_leave_per_s=10)
    async with witnesses([server.url], branches) as watching:
        load = Load(connect_db, branches)
        async with load.running(writers=4):
            async with asyncio.timeout(20):
                await batching_of(server).reached(POLLING)
            await load.grows_by(200)
            assert await gate_is_closed(db)
        async with asyncio.timeout(20):
            await batching_of(server).reached(IDLE)
        await agree(watching, load)


async def test_health_and_metrics_tell_the_mode(server: RunningServer, http: Any) -> None:
    batching = batching_of(server)
    await enter(batching)
    async with http.get(f"{server.url}/readyz") as answer:
        told = (await answer.json())["batching"]
    assert (told["here"], told["state"], told["heartbeatAgeS"] < 60) == ("polling", "polling", True)
    assert [flip["state"] for flip in told["lastFlips"]][-2:] == ["entering", "polling"] or told["lastFlips"]
    async with http.get(f"{server.url}/metrics") as answer:
        assert 'kds_batching_state{state="polling"} 1.0' in await answer.text()


async def test_while_one_relay_leads_another_does_not(start_server: StartServer, db: Any) -> None:
    one, two = batching_of(await start_server()), batching_of(await start_server())
    await enter(one)
    two.force(True)
    assert not await db.fetchval("SELECT take_batching_lead('third')")
    assert two.state is IDLE
    one.force(False)
    async with asyncio.timeout(20):
        await two.reached(POLLING)
    await leave(two)


# Flips under load


async def test_a_hundred_flips_under_load_lose_double_and_swap_nothing(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    # nobody gives up, and nobody is ended, which would be further flips
    monkeypatch.setattr("kds.relay.batching.ENTERING_MAX_S", 60.0)
    monkeypatch.setattr("kds.relay.listening.listener.STALE_LEADER", timedelta(minutes=1))
    servers = [await start_server(), await start_server()]
    async with witnesses([server.url for server in servers], branches) as watching:
        load = Load(connect_db, branches)
        async with load.running(writers=6):
            for flip in range(50):
                leader = batching_of(servers[flip % 2])
                await enter(leader)
                await load.grows_by(1 + flip % 7)
                await leave(leader)
                await load.grows_by(1 + flip % 5)
        await agree(watching, load)
    assert [batching_of(server).flips for server in servers] == [100, 100]


# Transactions that are open across flips


async def test_a_transaction_open_across_both_flips_is_delivered(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb
) -> None:
    server = await start_server()
    batching = batching_of(server)
    load = Load(connect_db, branches)
    early, late = await connect_db(), await connect_db()
    async with witnesses([server.url], branches) as watching:
        async with early.transaction():
            load.placed[branches[0]].append(await place(early, branches[0]))
            await enter(batching)
            async with late.transaction():
                load.placed[branches[1]].append(await place(late, branches[1]))
                await leave(batching)
        await agree(watching, load)


async def test_whoever_was_told_to_be_silent_and_commits_after_the_end_is_delivered(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb
) -> None:
    server = await start_server()
    batching = batching_of(server)
    load = Load(connect_db, branches)
    silent, other = await connect_db(), await connect_db()
    async with witnesses([server.url], branches) as watching:
        await enter(batching)
        async with silent.transaction():
            load.placed[branches[0]].append(await place(silent, branches[0]))
            await silent.execute("SET CONSTRAINTS ALL IMMEDIATE")  # asks the closed gate now
            await leave(batching)
            load.placed[branches[1]].append(await place(other, branches[1]))
        await agree(watching, load)


async def test_whoever_announced_and_stays_open_keeps_the_gate_open_and_nobody_waiting(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb, db: Any
) -> None:
    server = await start_server()
    batching = batching_of(server)
    load = Load(connect_db, branches)
    announced, other = await connect_db(), await connect_db()
    async with witnesses([server.url], branches) as watching:
        async with announced.transaction():
            load.placed[branches[0]].append(await place(announced, branches[0]))
            await announced.execute("SET CONSTRAINTS ALL IMMEDIATE")  # takes its share of the open gate
            batching.force(True)
            async with asyncio.timeout(20):
                await batching.reached(BatchingState.ENTERING)
            for _ in range(20):
                load.placed[branches[1]].append(await place(other, branches[1]))
            assert not await gate_is_closed(db)
        async with asyncio.timeout(20):
            await batching.reached(POLLING)
        await leave(batching)
        await agree(watching, load)


# Cost and choice


async def test_a_long_transaction_elsewhere_keeps_polls_cheap(
    branches: list[UUID], connect_db: ConnectDb, db: Any
) -> None:
    poll = load_statements().poll_events
    elsewhere = await connect_db()
    async with elsewhere.transaction():
        await elsewhere.execute("SELECT pg_current_xact_id()")
        await db.execute("INSERT INTO orders (branch_id) SELECT $1::uuid FROM generate_series(1, 900)", branches[0])
        before = await db.fetchval("SELECT pg_current_snapshot()::text")
        for _ in range(3):
            await place(db, branches[1])
        await db.execute("ANALYZE events; SET enable_seqscan = off")
        plan = json.loads(await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {poll}", before, False))[0]["Plan"]
    assert _rows_read(plan) == 3


def _rows_read(plan: dict[str, Any]) -> int:
    here = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == "events" else 0
    discarded = plan.get("Rows Removed by Filter", 0) if plan.get("Relation Name") == "events" else 0
    return int(here + discarded) + sum(_rows_read(child) for child in plan.get("Plans", ()))


async def test_forced_notify_is_never_silent(
    cluster: Any, start_server: StartServer, branches: list[UUID], connect_db: ConnectDb, db: Any
) -> None:
    name = await db.fetchval("SELECT current_database()")
    await db.execute(f"ALTER DATABASE \"{name}\" SET kds.notify = 'always'")
    server = await start_server(batching_enter_per_s=10)
    async with witnesses([server.url], branches) as watching:
        load = Load(connect_db, branches)
        async with load.running(writers=4):
            await load.grows_by(300)
            assert not await gate_is_closed(db)
        assert batching_of(server).flips == 0

        async def all_were_announced() -> bool:
            return server.server.relay.listener.hints >= load.count

        await eventually(all_were_announced)
        await agree(watching, load)


async def test_a_leader_whose_connection_dies_is_followed_by_another(
    start_server: StartServer, branches: list[UUID], connect_db: ConnectDb, db: Any
) -> None:
    server = await start_server()
    batching = batching_of(server)
    async with witnesses([server.url], branches) as watching:
        load = Load(connect_db, branches)
        async with load.running(writers=4):
            for _ in range(3):
                await enter(batching)
                pid = batching.leader_pid
                await db.execute("SELECT pg_terminate_backend($1)", pid)

                async def leads_anew(old: int = pid) -> bool:
                    return batching.state is POLLING and batching.leader_pid not in (0, old)

                await eventually(leads_anew)
                await load.grows_by(20)
            await leave(batching)
        await agree(watching, load)
