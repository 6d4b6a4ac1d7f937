"""From a row to a kitchen screen that sends no `since`: three kinds of messages and nothing else."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET
from tests.flow.display.boards import OpenScreen, StartServer, greeted
from tests.orders import add_branch, place
from tests.screen import Screen, token_for

# The plain client


async def test_a_plain_client_gets_the_three_kinds_and_nothing_else(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(heartbeat_s=0.05)
    async with http.ws_connect(f"{server.url}/kitchen/display?token={token}") as ws:
        screen = Screen(ws)
        order_id = await place(db, branch_id, stations=("Fry", "Grill"))
        new = await screen.next(heartbeats=True)
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
        updated = await screen.next(heartbeats=True)
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
        removed = await screen.next(heartbeats=True)
        assert (new["type"], new["itemCount"], len(new["items"]), len(new["kots"])) == ("NEW_ORDER", 6, 4, 2)
        assert (updated["type"], updated["status"]) == ("ORDER_UPDATED", "READY")
        assert set(removed) == {"type", "revision", "prev", "orderId", "timestamp"}
        assert new["orderId"] == updated["orderId"] == removed["orderId"] == str(order_id)
        assert [updated["prev"], removed["prev"]] == [new["revision"], updated["revision"]]


async def test_the_readmes_pos_statement_is_one_new_order(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        order_id = await db.fetchval(
            """
            WITH o AS (INSERT INTO orders (branch_id, table_label) VALUES ($1, 'T1') RETURNING id),
                 k AS (INSERT INTO kots (order_id) SELECT id FROM o RETURNING id, order_id)
            INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
            SELECT k.order_id, k.id, dish.* FROM k, (VALUES ('Chicken tikka', 2, 1450), ('Raita', 1, 450)) AS dish
            RETURNING order_id""",
            branch_id,
        )
        message = await board.next()
        assert (message["type"], message["orderId"], message["itemCount"]) == ("NEW_ORDER", str(order_id), 3)
        await board.silent(lambda: place(db, branch_id))


async def test_a_screen_of_another_branch_hears_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    elsewhere = await add_branch(db)
    async with screen(token=token_for(JWT_SECRET, elsewhere)) as board:
        await place(db, branch_id)
        await board.silent(lambda: place(db, elsewhere))


async def test_a_rolled_back_order_reaches_nobody(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        transaction = db.transaction()
        await transaction.start()
        await place(db, branch_id)
        await transaction.rollback()
        await board.silent(lambda: place(db, branch_id))


async def test_nine_kilobytes_of_notes_arrive(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        await place(db, branch_id, note="ä" * 9000)
        assert (await board.next())["note"] == "ä" * 9000


async def test_a_forged_hint_shows_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        forged = {"type": "NEW_ORDER", "branchId": branch_id, "orderId": branch_id, "status": "SENT", "revision": 10**6}
        for payload in (json.dumps(forged), "not JSON", "[]", '{"type":"WAKE"}', '{"type":1}', "", '{"branchId":"x"}'):
            await db.execute("SELECT pg_notify('kds_events', $1)", payload)
        await board.silent(lambda: place(db, branch_id))


@pytest.mark.parametrize("channel", ["kds_events", "kds_control"])
async def test_a_payload_that_nobody_can_read_is_no_error_of_ours(
    db: Any, branch_id: str, screen: OpenScreen, caplog: pytest.LogCaptureFixture, channel: str
) -> None:
    async with screen() as board:
        for payload in ("[" * 7900, '{"deep":' + "[" * 7900, '{"revision":' + "9" * 7900 + "}", '{"type":"\\ud800"}'):
            await db.execute("SELECT pg_notify($1, $2)", channel, payload)
        await place(db, branch_id)
        assert (await board.next())["type"] == "NEW_ORDER"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert any("not one of ours" in message for message in caplog.messages)


async def test_truncate_sends_a_plain_client_away_and_others_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    await place(db, branch_id)
    async with screen() as plain, screen(since=0) as board:
        assert len((await greeted(board))[1]["orders"]) == 1
        await db.execute("TRUNCATE orders CASCADE")
        assert await plain.close_code() == 4010
        again = await board.next()
        assert (again["type"], again["orders"]) == ("SNAPSHOT", [])
        await board.silent(lambda: place(db, branch_id))
