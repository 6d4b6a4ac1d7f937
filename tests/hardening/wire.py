"""A socket to a server and what is said on it: raw bytes, and the frames of a WebSocket."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kds.web.headers import SECURITY_HEADERS
from tests.conftest import ServeProcess


@asynccontextmanager
async def connection(server: ServeProcess) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A socket to the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()


async def say(server: ServeProcess, *parts: bytes) -> bytes:
    """Sends bytes and reads until the server closes, which it must do in time."""
    async with connection(server) as (reader, writer):
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            return await reader.read()


def statuses(answers: bytes) -> list[int]:
    """The status of every answer; each refusal must have the one shape and name nothing."""
    found: list[int] = []
    assert not re.search(rb"(?i)aiohttp|python|traceback|nginx", answers)
    for answer in re.split(rb"(?=HTTP/1\.[01] \d{3})", answers)[1:]:
        head, _, body = answer.partition(b"\r\n\r\n")
        found.append(int(head.split()[1]))
        for name, value in SECURITY_HEADERS.items() if found[-1] != 101 else [("Server", "kds")]:
            assert f"{name}: {value}".encode() in head, head
        if found[-1] >= 400:
            assert set(json.loads(body)) == {"error"}, body
    return found


def frame(first: int, payload: bytes, *, masked: bool = True, size: int | None = None) -> bytes:
    """A frame as RFC 6455, section 5.2, with whatever first byte and declared size."""
    count = len(payload) if size is None else size
    bit = 0x80 if masked else 0
    if count < 126:
        head = bytes((first, bit | count))
    elif count < 65_536:
        head = bytes((first, bit | 126)) + count.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + count.to_bytes(8, "big")
    mask = b"\0\0\0\0" if masked else b""
    return head + mask + payload


async def handshake(writer: asyncio.StreamWriter, token: str, path: str = "/kitchen/display", **changes: str) -> None:
    """Sends the head of a WebSocket; a change to an empty value leaves a header out."""
    headers = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": f"kds.v1, bearer.{token}",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())


async def read_frames(reader: asyncio.StreamReader) -> list[tuple[int, bytes]]:
    """Opcode and payload of every frame until the server closes."""
    found: list[tuple[int, bytes]] = []
    try:
        async with asyncio.timeout(10):
            while True:
                first, second = await reader.readexactly(2)
                size = second & 0x7F
                if size >= 126:
                    size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
                found.append((first & 0x0F, await reader.readexactly(size)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return found
