"""Nobody can hold the event loop: whatever is asked, no turn of it takes longer than a few milliseconds of CPU."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.hardening.hostile import BODIES, PIECES, requests
from tests.hardening.test_access import DOORS, WEBSOCKET, Door
from tests.hardening.turns import REPEATS, measured
from tests.hardening.wire import frame
from tests.orders import place
from tests.screen import token_for

TURN_MS_MAX = 5.0
"""The promise. A quiet machine takes a tenth of it for most of these."""
SAID_BYTES = 4096
ORDERS = 150
DISHES = 200


@pytest.fixture
async def server(start_server: Callable[..., Awaitable[RunningServer]]) -> RunningServer:
    """A server that does not wait long for the rest of a body that was promised."""
    return await start_server(request_stall_s=0.5)


def get(path: str) -> bytes:
    """A GET as bytes, after which the server closes."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize(
    "path",
    [
        "/static/" + "a/" * 3900,
        "/static/" + "../" * 2600,
        "/static/" + "%2e%2e%2f" * 860,
        "/" + "/" * 7800,
        "/nowhere/" + "%E2%82%AC/" * 700,
        "/service-worker.js",
        "/static/js/common/text/words.js",
    ],
    ids=lambda path: path[:24],
)
async def test_a_page_or_what_is_none_takes_the_loop_for_a_moment_only(server: RunningServer, path: str) -> None:
    with measured(server.url) as turns:
        assert await turns.longest_ms(get(path)) < TURN_MS_MAX / 2


async def test_metrics_of_many_tasks_and_routes_are_written_beside_the_loop(server: RunningServer) -> None:
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(20_000)]
    for route in range(50):
        server.server.http_metrics.add("GET", f"/route/{route}", 200, 0.01)
    with measured(server.url) as turns:
        assert await turns.longest_ms(get("/metrics")) < TURN_MS_MAX / 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_sheet_of_many_tables_is_drawn_beside_the_loop(server: RunningServer) -> None:
    bearer = f"Authorization: Bearer {token_for(JWT_SECRET, server.branch_id, role='MANAGER')}\r\n"
    longest_ms = []
    with measured(server.url) as turns:
        for batch in range(REPEATS):  # each of tables that were never drawn; as many as fit into the first line
            query = urlencode([("table", f"🍕{batch}.{number}" + "x" * 25) for number in range(150)])
            asked = get(f"/manager/tables?{query}").replace(b"\r\n\r\n", f"\r\n{bearer}\r\n".encode())
            assert len(query) < 8000
            longest_ms.append(await turns.once_ms(asked))
    assert min(longest_ms) < TURN_MS_MAX  # a sheet drawn in the loop takes a hundred, in every batch


# Every route


@pytest.fixture
async def full(server: RunningServer, db: Any) -> dict[str, str]:
    """Fills the branch as full as a good evening does, and names what its routes are asked for."""
    await db.execute(
        "INSERT INTO menu_items (branch_id, name, description, section, price_cents, allergens, modifiers)"
        " SELECT $1, 'Dish ' || n, repeat('word ', 20), 'Section ' || n / 20, 100, '{gluten,milk}',"
        "   (SELECT jsonb_agg(jsonb_build_object('name', 'With ' || m, 'priceCents', 10))"
        "    FROM generate_series(1, 20) AS m)"
        " FROM generate_series(1, $2) AS n",
        UUID(server.branch_id), DISHES,
    )  # fmt: skip
    for number in range(ORDERS):
        order_id = await place(db, server.branch_id, table=f"T{number}", stations=(None, "Grill"), note="n" * 100)
        if number % 3 == 0:
            await db.execute("UPDATE orders SET status = $2, order_type = 'takeaway' WHERE id = $1", order_id, "READY")
    await db.execute("UPDATE orders SET customer_name = 'Somebody'")
    row = await db.fetchrow(
        "SELECT order_id, kot_id, id FROM order_items WHERE order_id = $1 ORDER BY id LIMIT 1", order_id
    )
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE name = 'Dish 1'")
    staff_id = await db.fetchval("SELECT id FROM staff WHERE branch_id = $1 LIMIT 1", UUID(server.branch_id))
    return {
        "branchId": server.branch_id,
        "orderId": str(row["order_id"]),
        "kotId": str(row["kot_id"]),
        "itemId": str(row["id"]),
        "path": "js/common/text/words.js",
        "token": Links(JWT_SECRET).tracking_token(row["order_id"]),
        "menuItemId": str(dish_id),
        "staffId": str(staff_id),
    }


def _asked(method: str, path: str, door: Door, full: dict[str, str]) -> tuple[str, str, str, str]:
    """Method, target, headers and body of a legal request of this route, as large as it may be."""
    target = path.format(**full) + door.query.format(**full)
    headers = "".join(f"{name}: {value}\r\n" for name, value in (WEBSOCKET.items() if door.is_socket else ()))
    if door.role is not None:
        token = token_for(JWT_SECRET, full["branchId"], role="KITCHEN" if door.role == "any" else door.role)
        headers += f"Authorization: Bearer {token}\r\n"
        if door.is_socket:
            headers += f"Sec-WebSocket-Protocol: kds.v1, bearer.{token}\r\n"
            target += "?since=0"
    body = door.body
    if body == "order":
        line = {"menuItemId": full["menuItemId"], "quantity": 1, "modifiers": [f"With {n}" for n in range(1, 13)]}
        body = {"branchId": full["branchId"], "table": "T1", "items": [line] * 50}
    return method, target, headers, "" if body is None else json.dumps(body)


async def test_whatever_is_asked_of_any_route_no_turn_is_long(server: RunningServer, full: dict[str, str]) -> None:
    dice = random.Random(1)
    long: list[tuple[float, bytes]] = []
    with measured(server.url) as turns:
        for (method, path), door in DOORS.items():
            for asked in requests(*_asked(method, path, door, full), dice):
                if await turns.once_ms(asked) > TURN_MS_MAX and (ms := await turns.longest_ms(asked)) > TURN_MS_MAX:
                    long.append((ms, asked[:200]))
    assert long == []


async def test_whatever_is_said_on_a_socket_no_turn_is_long(server: RunningServer, full: dict[str, str]) -> None:
    path = "/public/branches/{branchId}/menu/live"
    handshake = next(requests(*_asked("GET", path, DOORS["GET", path], full), random.Random(1)))
    texts = [text.encode(errors="replace")[:SAID_BYTES] for text in BODIES]
    texts += [(piece * SAID_BYTES).encode()[:SAID_BYTES] for piece in PIECES]
    texts.append(b"[" + b",".join([b"1e308"] * (SAID_BYTES // 6)) + b"]")
    long: list[tuple[float, bytes]] = []
    with measured(server.url) as turns:
        for text in texts:
            said = handshake + frame(0x81, text) * 4
            if await turns.once_ms(said) > TURN_MS_MAX and (ms := await turns.longest_ms(said)) > TURN_MS_MAX:
                long.append((ms, text[:50]))
    assert long == []
