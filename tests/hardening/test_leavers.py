"""Any client may leave in any way at any point: no traceback, no ERROR in the log, nothing of it stays."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, ServeProcess
from tests.hardening.requests import faults_of_log
from tests.hardening.test_access import DOORS, WEBSOCKET, Door
from tests.hardening.wire import frame
from tests.orders import place
from tests.patience import eventually
from tests.screen import token_for

Serve = Callable[..., Awaitable[ServeProcess]]
Leave = Callable[[socket.socket, bytes], None]
LINGER = struct.pack("ii", 1, 0)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    connection.close()


def _in_the_head(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request[: request.index(b"\r\n") + 10])


def _before_the_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request[: request.index(b"\r\n\r\n") + 4])


def _in_the_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request[:-1])


def _at_once(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)


def _half(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)
    connection.shutdown(socket.SHUT_WR)


def _within_the_answer(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)
    connection.recv(1)


def _between_two(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request.replace(b"Connection: close\r\n", b"") * 3)
    connection.recv(100)


def _after_some_frames(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request + frame(0x81, b"x")[:3])
    connection.recv(4000)


WAYS: tuple[Leave, ...] = (
    _in_the_head, _before_the_body, _in_the_body, _at_once, _half, _within_the_answer, _between_two, _after_some_frames,
)  # fmt: skip


def _request(method: str, path: str, door: Door, ids: dict[str, str]) -> bytes:
    token = token_for(JWT_SECRET, ids["branchId"], role="KITCHEN" if door.role in (None, "any") else door.role)
    lines = ["Host: x", "Connection: close", f"Authorization: Bearer {token}"]
    if door.is_socket:
        lines = ["Host: x", *(f"{name}: {value}" for name, value in WEBSOCKET.items())]
        lines.append(f"Sec-WebSocket-Protocol: kds.v1, bearer.{token}")
    body = b"" if door.body is None else json.dumps(door.body if isinstance(door.body, dict) else {}).encode()
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    target = path.format(**ids) + (door.query.format(token="x") or ("?since=0" if door.is_socket else ""))
    return f"{method} {target} HTTP/1.1\r\n{''.join(line + chr(13) + chr(10) for line in lines)}\r\n".encode() + body


@pytest.mark.parametrize("meanwhile", ["it works", "it is frozen", "the database lets it wait"])
@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
async def test_whoever_leaves_wherever_it_is_no_fault_of_ours(
    serve_process: Serve, http: ClientSession, db: Any, branch_id: str, is_reset: bool, meanwhile: str
) -> None:
    server = await serve_process(REQUEST_STALL_S="2", MAX_SOCKETS_PER_ADDRESS="5000", MAX_CUSTOMERS_PER_ADDRESS="5000")
    for number in range(40):
        order_id = await place(db, branch_id, table=f"T{number}", note="n" * 150)
    row = await db.fetchrow("SELECT kot_id, id FROM order_items WHERE order_id = $1 LIMIT 1", order_id)
    ids = {"branchId": branch_id, "orderId": str(order_id), "kotId": str(row["kot_id"]), "itemId": str(row["id"]),
           "path": "js/kitchen/view/ticket/ticket-rows.css"}  # fmt: skip
    ids["menuItemId"] = str(await db.fetchval("SELECT id FROM menu_items WHERE branch_id = $1 LIMIT 1", branch_id))
    ids["staffId"] = str(await db.fetchval("SELECT id FROM staff WHERE branch_id = $1 LIMIT 1", branch_id))
    parts = urlsplit(server.url)

    def leave_everywhere() -> None:
        for (method, path), door in DOORS.items():
            if path == "/staff/login":
                continue  # each would count as a guess
            request = _request(method, path, door, ids)
            for way in WAYS:
                connection = socket.create_connection((parts.hostname or "", parts.port or 0), 10)
                if meanwhile != "it works":
                    connection.settimeout(0.001)  # no answer comes
                with contextlib.suppress(TimeoutError):
                    way(connection, request)
                _reset(connection) if is_reset else connection.close()

    def open_files() -> int:
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    before = open_files()
    if meanwhile == "it is frozen":
        server.process.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(leave_everywhere)
        server.process.send_signal(signal.SIGCONT)
    elif meanwhile == "the database lets it wait":
        async with db.transaction():
            await db.execute("LOCK TABLE branches, orders")
            await asyncio.to_thread(leave_everywhere)
            await asyncio.sleep(0.5)  # some of them wait for it by now; what is asked later meets the end of the lock
    else:
        await asyncio.to_thread(leave_everywhere)

    # while they are still leaving, the kitchen works
    async def is_well() -> bool:
        async with http.get(f"{server.url}/readyz") as answer:
            return answer.status == 200

    await eventually(is_well)

    async def all_gone() -> bool:
        return open_files() <= before + 12  # connections of the pool

    await eventually(all_gone, 30)
    assert await server.stop() == 0
    assert faults_of_log(server.log.read_text()) == []
    assert " ERROR " not in server.log.read_text()
