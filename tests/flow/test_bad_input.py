"""The bad-input list: every answer an error in the one shape, no 5xx, nothing changed."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest

from tests.conftest import RunningServer
from tests.flow.client import PLACE, Client
from tests.orders import NOBODYS_ID

DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize("path", [PLACE, "/staff/login", f"/kitchen/order/{NOBODYS_ID}/status"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'"\xc3\x28"',
        b'{"a": NaN}',
        b'{"username": Infinity}',
        DEEP,
        b'{"username":' + DEEP + b"}",
        b'{"username": "\\ud800", "password": "x"}',
        b'{"status": "a\\u0000b"}',
        b'{"username": "a\\u0000", "password": "x"}',
    ],
)
async def test_what_cannot_be_read_is_malformed(client: Client, path: str, body: bytes) -> None:
    assert (await client.refused("POST", path, body))[0] == 400


@pytest.mark.parametrize("path", [PLACE, "/staff/login"])
async def test_size_and_content_type_are_checked(client: Client, path: str) -> None:
    assert (await client.refused("POST", path, b"x" * 17_000))[0] == 413
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert (await client.refused("POST", path, b"{}", **{"Content-Type": kind}))[0] == 415


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1000000000", "9223372036854775808", "true", "1.5", "1.0", '"1"', "null", "1e3", "9" * 5000]
)
async def test_a_quantity_is_a_small_whole_number(
    client: Client, db: Any, order: dict[str, Any], quantity: str
) -> None:
    body = json.dumps(order).replace('"quantity": 2', f'"quantity": {quantity}').encode()
    status, _ = await client.refused("POST", PLACE, body)
    assert status in (400, 422)
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"status": "READY"},
        {"totalCents": 1},
        {"items": []},
        {"items": 50},
        {"items": None},
        {"items": "x"},
        {"note": "n" * 201},
        {"customerName": "n" * 201},
        {"customerName": "Ada\n"},
        {"table": "T1\n"},
        {"table": 7},
        {"table": "t" * 201},
        {"table": None},
        {"orderType": "by_drone"},
        {"orderType": True},
        {"branchId": 1},
        {"tableToken": "x" * 5000},
        {"tableToken": "forged"},
    ],
)
async def test_an_order_is_exactly_what_the_contract_says(
    client: Client, db: Any, order: dict[str, Any], change: dict[str, Any]
) -> None:
    if change.get("items") == 50:
        change = {"items": order["items"] * 51}
    assert (await client.refused("POST", PLACE, {**order, **change}))[0] == 422
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"priceCents": 1},
        {"menuItemId": str(uuid.uuid4())},
        {"modifiers": ["ADD gold leaf"]},
        {"modifiers": "NO salt"},
        {"note": "n" * 201},
        {"station": "Grill"},
    ],
)
async def test_a_line_is_exactly_what_the_menu_offers(
    client: Client, db: Any, order: dict[str, Any], change: dict[str, Any]
) -> None:
    order["items"][0] |= change
    assert (await client.refused("POST", PLACE, order))[0] == 422
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


async def test_a_dish_that_is_sold_out_or_of_another_branch_is_refused(
    client: Client, db: Any, order: dict[str, Any]
) -> None:
    await db.execute("UPDATE menu_items SET available = false")
    assert (await client.refused("POST", PLACE, order))[0] == 422
    await db.execute(
        "WITH b AS (INSERT INTO branches (name) VALUES ('B') RETURNING id)"
        " UPDATE menu_items SET available = true, station = NULL, branch_id = (SELECT id FROM b)"
    )
    assert (await client.refused("POST", PLACE, order))[0] == 422


async def test_an_unknown_branch_is_not_found(client: Client, order: dict[str, Any]) -> None:
    assert (await client.refused("POST", PLACE, {**order, "branchId": str(uuid.uuid4())}))[0] == 404
    assert (await client.refused("GET", f"/public/branches/{uuid.uuid4()}/menu"))[0] == 404


@pytest.mark.parametrize(
    "text", ["\u202eright to left", "zero\u200bwidth", "🍕" * 40, "<script>alert(1)</script>", "'; --"]
)
async def test_any_text_is_accepted_as_text(client: Client, db: Any, order: dict[str, Any], text: str) -> None:
    status, _, _ = await client.call("POST", PLACE, {**order, "note": text, "customerName": text})
    assert status == 201
    assert await db.fetchval("SELECT note FROM orders") == text


@pytest.mark.parametrize("bad", ["x", "1", "..%2f..%2fetc%2fpasswd", "%00", "a" * 500, "%F0%9F%8D%95"])
async def test_an_id_that_is_none_is_not_found(client: Client, bad: str) -> None:
    for method, path, body in [
        ("PATCH", f"/kitchen/order/{bad}/status", {"status": "READY"}),
        ("PATCH", f"/kitchen/kot/{bad}/status", {"status": "READY"}),
        ("PATCH", f"/kitchen/order/{uuid.uuid4()}/item/{bad}", {"done": True}),
        ("GET", f"/public/order/{bad}?token=x", None),
        ("GET", f"/public/branches/{bad}/menu", None),
    ]:
        assert (await client.refused(method, path, body))[0] == 404, path


@pytest.mark.parametrize("status", ["BURNT", "sent", "", 1, None, True, ["READY"]])
async def test_a_status_is_one_of_four(client: Client, status: Any) -> None:
    answer, _ = await client.refused("PATCH", f"/kitchen/order/{uuid.uuid4()}/status", {"status": status})
    assert answer == (400 if isinstance(status, str) else 422)


async def test_an_item_is_done_or_not(client: Client) -> None:
    path = f"/kitchen/order/{uuid.uuid4()}/item/{uuid.uuid4()}"
    for body in ({}, {"done": 1}, {"done": "true"}, {"done": True, "voided": True}):
        assert (await client.refused("PATCH", path, body))[0] == 422


async def test_a_wrong_method_says_the_right_ones(client: Client) -> None:
    for method, path, allowed in [
        ("DELETE", "/kitchen/orders", "GET"),
        ("GET", "/staff/login", "POST"),
        ("PUT", f"/kitchen/order/{uuid.uuid4()}/status", "PATCH"),
    ]:
        status, answer, headers = await client.call(method, path)
        assert (status, answer["error"]["code"]) == (405, "method_not_allowed")
        assert allowed in headers["Allow"]


@pytest.mark.parametrize("path", ["/nowhere", "/static/../../setup.cfg", "/static/%2e%2e/app.py", "/kitchen/", "//"])
async def test_there_is_nothing_elsewhere(client: Client, path: str) -> None:
    assert (await client.refused("GET", path))[0] in (403, 404)


async def say(server: RunningServer, *parts: bytes, within_s: float = 12.0) -> bytes:
    """Sends raw bytes, with a pause between parts, and reads until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.05)
        async with asyncio.timeout(within_s):
            return await reader.read()
    finally:
        writer.close()


HEAD = b"POST /staff/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def test_a_stalled_head_or_body_is_closed(start_server: Any) -> None:
    server = await start_server(request_stall_s=0.5)
    stalled = [(HEAD,), (b"GET",), (HEAD + b"Content-Length: 50\r\n\r\n", b"{")]
    answers = await asyncio.gather(*(say(server, *parts) for parts in stalled))
    assert all(answer == b"" or b" 408 " in answer or b" 400 " in answer for answer in answers), answers


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused(start_server: Any, request_bytes: bytes) -> None:
    server = await start_server(request_stall_s=1.0)
    answer = await say(server, request_bytes)
    assert answer.startswith(b"HTTP/1.") and answer.split()[1].startswith(b"4"), answer[:200]
    assert b"aiohttp" not in answer.lower() and b"python" not in answer.lower()
