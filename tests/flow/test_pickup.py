"""The pickup board's socket and its login: numbers and states of its branch, and nothing else it may see or do."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from kds.web.login.tokens import PICKUP_LIFETIME
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import NOBODYS_ID, add_branch, kots_of, place
from tests.screen import token_for

LINE = {"orderId", "orderNumber", "state", "since"}


@pytest.fixture
def token(branch_id: str) -> str:
    """The login of a pickup board."""
    return token_for(JWT_SECRET, branch_id, role="PICKUP")


@pytest.fixture
async def nameless(db: Any) -> None:
    """The branch does not show names."""
    await db.execute("UPDATE branches SET pickup_names = false")


async def _message(board: ClientWebSocketResponse) -> dict[str, Any]:
    while True:
        body: dict[str, Any] = await board.receive_json(timeout=10)
        if body["type"] != "HEARTBEAT":
            return body


async def _fetched(db: Any, branch_id: str, **order: Any) -> UUID:
    order_id = await place(db, branch_id, table="", stations=("Grill", "Cold"), **order)
    await db.execute("UPDATE orders SET order_type = 'takeaway', customer_name = 'Ana Rossi' WHERE id = $1", order_id)
    return order_id


def _live(http: ClientSession, server: RunningServer, token: str) -> Any:
    return http.ws_connect(f"{server.url}/pickup/live", protocols=("kds.v1", f"bearer.{token}"))


@pytest.mark.usefixtures("nameless")
async def test_a_board_follows_an_order_from_almost_ready_to_fetched(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    order_id = await _fetched(db, branch_id)
    cold, grill = await kots_of(db, order_id)
    async with _live(http, server, token) as board:
        first = await _message(board)
        assert (first["type"], first["name"], first["timezone"]) == ("PICKUP_BOARD", "Via Masala", "Europe/Rome")
        assert [(line["orderId"], line["state"], set(line)) for line in first["orders"]] == [
            (str(order_id), "COOKING", LINE)
        ]
        seen = []
        for statement in (
            ("UPDATE kots SET status = 'READY' WHERE id = $1", cold),
            ("UPDATE kots SET status = 'READY' WHERE id = $1", grill),
            ("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", order_id),
        ):
            await db.execute(*statement)
            seen.append(await _message(board))
    assert [message["state"] for message in seen] == ["ALMOST", "READY", "GONE"]
    assert {frozenset(message) for message in seen} == {frozenset({"type", "revision", "serverTime", *LINE})}


async def test_a_branch_may_show_first_names(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    async with _live(http, server, token) as board:
        await _message(board)
        await _fetched(db, branch_id)
        while (message := await _message(board))["name"] == "":
            pass
    assert message["name"] == "Ana"


async def test_what_is_served_at_a_table_is_not_fetched(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    async with _live(http, server, token) as board:
        await _message(board)
        await place(db, branch_id, table="T1")
        assert (await _message(board))["state"] == "GONE"


async def test_an_order_for_later_comes_to_the_board_when_it_is_fired(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    async with _live(http, server, token) as board:
        await _message(board)
        async with db.transaction():
            order_id = await _fetched(db, branch_id)
            await db.execute("UPDATE orders SET due_at = now() + interval '5 hours' WHERE id = $1", order_id)
        assert (await _message(board))["state"] == "GONE"
        await db.execute("UPDATE kots SET held = false WHERE order_id = $1", order_id)
        while (message := await _message(board))["state"] == "GONE":
            pass
    assert (message["orderId"], message["state"]) == (str(order_id), "COOKING")


async def test_a_removed_order_leaves_the_board(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    order_id = await _fetched(db, branch_id)
    async with _live(http, server, token) as board:
        await _message(board)
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
        message = await _message(board)
    assert (message["orderId"], message["state"]) == (str(order_id), "GONE")


async def test_another_branch_is_not_heard(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    elsewhere = await add_branch(db)
    async with _live(http, server, token) as board:
        assert (await _message(board))["orders"] == []
        await _fetched(db, str(elsewhere))
        own = await _fetched(db, branch_id)
        assert (await _message(board))["orderId"] == str(own)


async def test_a_board_is_told_to_read_anew(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, token: str
) -> None:
    await _fetched(db, branch_id)
    async with _live(http, server, token) as board:
        assert len((await _message(board))["orders"]) == 1
        await db.execute("TRUNCATE orders CASCADE")
        message = await _message(board)
    assert (message["type"], message["orders"]) == ("PICKUP_BOARD", [])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/kitchen/orders"),
        ("GET", "/kitchen/branch"),
        ("PATCH", f"/kitchen/order/{NOBODYS_ID}/status"),
        ("PATCH", f"/kitchen/kot/{NOBODYS_ID}/status"),
        ("POST", f"/kitchen/order/{NOBODYS_ID}/acknowledge"),
    ],
)
async def test_its_token_can_do_nothing_else(
    http: ClientSession, server: RunningServer, token: str, method: str, path: str
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    async with http.request(method, server.url + path, headers=bearer, json={}) as answer:
        assert answer.status == 403
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(f"{server.url}/kitchen/display?token={token}")
    assert refused.value.status == 403


@pytest.mark.parametrize(("role", "status"), [("KITCHEN", 403), ("MANAGER", 403), ("", 401)])
async def test_no_other_login_opens_it(
    http: ClientSession, server: RunningServer, branch_id: str, role: str, status: int
) -> None:
    token = token_for(JWT_SECRET, branch_id, role=role) if role else "x"
    with pytest.raises(WSServerHandshakeError) as refused:
        await _live(http, server, token)
    assert refused.value.status == status
    async with http.get(f"{server.url}/pickup/orders", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == status


async def test_a_board_that_was_off_for_weeks_comes_back_by_itself(http: ClientSession, server: RunningServer) -> None:
    body = {"username": "pickup", "password": "pickup-demo"}
    async with http.post(f"{server.url}/staff/login", json=body) as answer:
        login = await answer.json()
    bearer = {"Authorization": f"Bearer {login['token']}"}
    async with http.post(f"{server.url}/staff/refresh", headers=bearer) as answer:
        assert answer.status == 200
        renewed = await answer.json()
    assert renewed["role"] == "PICKUP"
    assert PICKUP_LIFETIME.days >= 28


async def test_a_deactivated_board_goes_dark(http: ClientSession, server: RunningServer, db: Any) -> None:
    body = {"username": "pickup", "password": "pickup-demo"}
    async with http.post(f"{server.url}/staff/login", json=body) as answer:
        token = (await answer.json())["token"]
    async with _live(http, server, token) as board:
        await _message(board)
        await db.execute("UPDATE staff SET active = false WHERE username = 'pickup'")
        async with asyncio.timeout(5):
            while (await board.receive()).type is WSMsgType.TEXT:
                pass
    assert board.close_code == 4503
