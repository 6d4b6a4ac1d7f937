"""The attackers of tests/hardening/flood.py, in a process of their own: until their standard input ends.

A head or a body that dribbles byte by byte, a frame over the limit, a guessed password: who is thrown out comes back.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from urllib.parse import urlsplit

Attack = Callable[[], Awaitable[str]]
DRIBBLE_S = 1.0
AGAIN_S = {"send_oversized_frame": 5.0}
HEAD = "POST /staff/login HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"


class Attackers:
    """So many of each, all at once."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._host = parts.netloc
        self._token = token
        self.ends: Counter[str] = Counter()

    def all(self, loris: int, oversized: int, guesses: int) -> list[Coroutine[None, None, None]]:
        """Half of the slow ones dribble their head, half their body."""
        kinds = [self.dribble_head] * (loris // 2) + [self.dribble_body] * (loris - loris // 2)
        kinds += [self.send_oversized_frame] * oversized + [self.guess_password] * guesses
        return [self._again_and_again(kind) for kind in kinds]

    async def _again_and_again(self, attack: Attack) -> None:
        pause_s = AGAIN_S.get(attack.__name__, 0.2)
        while True:
            try:
                end = await attack()
            except (OSError, asyncio.IncompleteReadError) as error:
                end = type(error).__name__
            self.ends[f"{attack.__name__}: {end}"] += 1
            await asyncio.sleep(pause_s)

    async def dribble_head(self) -> str:
        """A head that never ends."""
        return await self._dribble(HEAD.format(host=self._host) + "X-Slow: ")

    async def dribble_body(self) -> str:
        """A body that never ends."""
        return await self._dribble(HEAD.format(host=self._host) + 'Content-Length: 9999\r\n\r\n{"username": "')

    async def _dribble(self, start: str) -> str:
        reader, writer = await asyncio.open_connection(*self._address)
        answer = asyncio.ensure_future(reader.read(64))
        try:
            writer.write(start.encode())
            while not answer.done():
                writer.write(b"x")
                await asyncio.wait([answer], timeout=DRIBBLE_S)
            return answer.result().split(b"\r\n")[0].decode() or "closed"
        finally:
            answer.cancel()
            writer.close()

    async def send_oversized_frame(self) -> str:
        """A text frame of a megabyte, after a good handshake."""
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(
                f"GET /kitchen/display?token={self._token} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in head:
                return head.split(b"\r\n")[0].decode()
            writer.write(b"\x81\xff" + (1_000_000).to_bytes(8, "big") + b"mask" + b"x" * 1_000_000)
            while True:
                first, second = await reader.readexactly(2)
                size = second & 0x7F
                if size >= 126:
                    size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
                payload = await reader.readexactly(size)
                if first & 0x0F == 8:
                    return f"close {int.from_bytes(payload[:2], 'big')}"
        finally:
            writer.close()

    async def guess_password(self) -> str:
        """A wrong password for a name that is there."""
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            body = json.dumps({"username": "chef", "password": base64.b64encode(os.urandom(6)).decode()})
            writer.write((HEAD.format(host=self._host) + f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            return (await reader.readuntil(b"\r\n")).decode().strip()
        finally:
            writer.close()


async def _main(url: str, token: str, *counts: str) -> None:
    attackers = Attackers(url, token)
    tasks = [asyncio.create_task(attack) for attack in attackers.all(*map(int, counts))]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(attackers.ends), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
