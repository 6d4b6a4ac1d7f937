"""A screen that comes back gets what it missed, or a snapshot."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.flow.display.boards import ConnectDb, OpenScreen, StartServer, greeted
from tests.orders import place
from tests.screen import Screen, open_screen, resume_point

AT_ONCE = 100
"""Orders that are written without a pause while one screen is greeted; then a slow one may catch up."""


async def _snapshot_of(screen: OpenScreen) -> tuple[dict[str, Any], dict[str, Any]]:
    async with screen(since=0) as board:
        return await greeted(board)


async def _added_up(board: Screen, *, live: int) -> list[str]:
    """The orders of a screen, as a browser adds them up, until so many came live: a snapshot is a new beginning."""
    orders: list[str] = []
    revision, came = None, 0
    while came < live:
        message = await board.next()
        if message["type"] == "SNAPSHOT":
            orders = [order["orderId"] for order in message["orders"]]
            came = 0
        else:
            assert message["prev"] == revision
            orders.append(message["orderId"])
            came += 1
        revision = message["revision"]
    return orders


# Hello, snapshot, resume


async def test_hello_comes_first_then_the_board_then_what_happens(db: Any, branch_id: str, screen: OpenScreen) -> None:
    first = await place(db, branch_id)
    async with screen(since=0) as board:
        hello, snapshot = await greeted(board)
        assert (hello["protocol"], hello["branchId"], hello["epoch"]) == (1, branch_id, snapshot["epoch"])
        assert hello["revision"] == snapshot["revision"]
        assert [order["orderId"] for order in snapshot["orders"]] == [str(first)]
        second = await place(db, branch_id)
        live = await board.next()
        assert (live["orderId"], live["prev"]) == (str(second), snapshot["revision"])


async def test_the_snapshot_has_what_a_board_shows(db: Any, branch_id: str, screen: OpenScreen) -> None:
    by_status: dict[str, list[str]] = {"SENT": [], "READY": [], "COMPLETED": [], "CANCELLED": []}
    for steps in (["READY", "COMPLETED"],) * 25 + (["READY"], [], ["CANCELLED"], ["CANCELLED"]):
        order_id = await place(db, branch_id)
        for status in steps:
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
        by_status[steps[-1] if steps else "SENT"].append(str(order_id))
    seen, unseen = by_status["CANCELLED"]
    await db.execute("UPDATE orders SET acknowledged = true WHERE id = $1", UUID(seen))
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    shown = {order["orderId"] for order in snapshot["orders"]}
    assert shown == {*by_status["SENT"], *by_status["READY"], unseen, *by_status["COMPLETED"][-20:]}


async def test_a_screen_that_comes_back_gets_each_changed_order_once(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    async with screen(since=0) as board:
        hello, snapshot = await greeted(board)
        stays = await place(db, branch_id)
        last_seen = await board.next()
    epoch = snapshot["epoch"]
    one, two, gone = [await place(db, branch_id) for _ in range(3)]
    await db.execute("UPDATE orders SET note = 'x' WHERE id = $1", one)
    await db.execute("DELETE FROM orders WHERE id = $1", gone)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", stays)
    async with screen(**resume_point(last_seen, epoch)) as board:
        hello = await board.next()
        missed = await board.take(4)
        assert hello["revision"] == missed[-1]["revision"] > last_seen["revision"]
        assert [(message["type"], message["orderId"]) for message in missed] == [
            ("NEW_ORDER", str(two)),
            ("NEW_ORDER", str(one)),
            ("ORDER_REMOVED", str(gone)),
            ("ORDER_UPDATED", str(stays)),
        ]
        chain = [last_seen, *missed]
        assert [message["prev"] for message in missed] == [message["revision"] for message in chain[:-1]]
        await place(db, branch_id)
        assert (await board.next())["prev"] == missed[-1]["revision"]


async def test_a_screen_that_missed_nothing_gets_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    await place(db, branch_id)
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    async with screen(**resume_point(snapshot, snapshot["epoch"])) as board:
        assert (await board.next())["type"] == "HELLO"
        await board.silent(lambda: place(db, branch_id))


@pytest.mark.parametrize(
    "change",
    [
        {"since": 10**12},
        {"since": 2**63},
        {"since": 10**29},
        {"epoch": "0123456789abcdef"},
        {"epoch": ""},
        {"at": "2001-01-01T00:00:00.000000Z"},
        {"at": "yesterday"},
    ],
)
async def test_whoever_cannot_be_resumed_gets_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen, change: dict[str, Any]
) -> None:
    await place(db, branch_id)
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    async with screen(**{**resume_point(snapshot, snapshot["epoch"]), **change}) as board:
        _, again = await greeted(board)
        assert again["revision"] == snapshot["revision"]


async def test_below_the_floor_only_a_snapshot_will_do_and_at_the_floor_a_replay(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    async with screen(since=0) as board:
        await greeted(board)
        await place(db, branch_id)
        below = await board.next()
        await place(db, branch_id)
        at_floor = await board.next()
        _, snapshot = await _snapshot_of(screen)
    await db.execute("UPDATE events SET created_at = created_at - interval '2 hours'")
    await db.execute("SELECT prune_events('1 hour', 1000)")
    later = await place(db, branch_id)
    async with screen(**resume_point(below, snapshot["epoch"])) as board:
        await greeted(board)
    floor = await db.fetchval("SELECT utc(at) FROM event_floors WHERE branch_id = $1", branch_id)
    async with screen(since=at_floor["revision"], epoch=snapshot["epoch"], at=floor) as board:
        _, missed = await board.take(2)
        assert (missed["orderId"], missed["prev"]) == (str(later), at_floor["revision"])


async def test_more_than_can_be_replayed_is_a_snapshot(db: Any, branch_id: str, screen: OpenScreen) -> None:
    _, snapshot = await _snapshot_of(screen)
    await db.execute("INSERT INTO orders (branch_id) SELECT $1::uuid FROM generate_series(1, 600)", branch_id)
    async with screen(**resume_point({**snapshot, "timestamp": ""}, snapshot["epoch"])) as board:
        _, again = await greeted(board)
        assert len(again["orders"]) == 600


async def test_a_resync_in_the_gap_is_a_snapshot(db: Any, branch_id: str, screen: OpenScreen) -> None:
    await place(db, branch_id)
    _, snapshot = await _snapshot_of(screen)
    await db.execute("TRUNCATE order_items")
    async with screen(**resume_point(snapshot, snapshot["epoch"])) as board:
        _, again = await greeted(board)
        assert again["orders"][0]["items"] == []


@pytest.mark.parametrize("buffer_bytes", [256 * 1024, 2_000], ids=["all of it fits", "more than may wait"])
async def test_what_happens_while_a_screen_is_greeted_comes_once(
    branch_id: str, http: ClientSession, start_server: StartServer, token: str, connect_db: ConnectDb, buffer_bytes: int
) -> None:
    server = await start_server(client_buffer_bytes=buffer_bytes)
    writer = await connect_db()
    stop = asyncio.Event()
    written: list[str] = []
    pausing_from = AT_ONCE

    async def write() -> None:
        while not stop.is_set():
            written.append(str(await place(writer, branch_id)))
            if len(written) >= pausing_from:
                await asyncio.sleep(0.1)

    writing = asyncio.create_task(write())
    boards: list[list[str]] = []
    try:
        async with asyncio.timeout(100):
            for _ in range(10):
                pausing_from = len(written) + AT_ONCE
                async with open_screen(http, server.url, token, since=0) as board:
                    assert (await board.next())["type"] == "HELLO"
                    boards.append(await _added_up(board, live=3))
    finally:
        stop.set()
        await writing
    assert boards == [written[: len(board)] for board in boards]
