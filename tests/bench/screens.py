"""A process of its own that watches branches and writes when each order's first message arrived.

`python -m tests.bench.screens OUTPUT SCREENS_PER_BRANCH BRANCHES URL...`: prints "ready" when all screens are
connected, ends at the end of standard input, and leaves JSON lines in OUTPUT:
`{"orderId": ..., "at": seconds, "screen": n}`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import aiohttp
import uvloop

from tests.bench.deployment import branch_id, kitchen_token

_ORDER_ID = b'"orderId":"'


async def _watch(
    session: aiohttp.ClientSession, url: str, branch: str, seen: list[tuple[float, bytes]], ready: asyncio.Semaphore
) -> None:
    token = kitchen_token(branch)
    async with session.ws_connect(f"{url}/kitchen/display?token={token}", max_msg_size=0) as ws:
        ready.release()
        async for message in ws:
            seen.append((time.monotonic(), message.data.encode()))


async def watch_all(per_branch: int, branches: int, urls: list[str]) -> list[str]:
    """Watches until standard input ends; what was seen, as lines."""
    seen: list[list[tuple[float, bytes]]] = []
    ready = asyncio.Semaphore(0)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = []
        for number in range(per_branch * branches):
            seen.append([])
            url, branch = urls[number % len(urls)], branch_id(number // per_branch + 1)
            tasks.append(asyncio.create_task(_watch(session, url, branch, seen[-1], ready)))
        for _ in tasks:
            await ready.acquire()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    lines = []
    for screen, messages in enumerate(seen):
        for at, text in messages:
            start = text.index(_ORDER_ID) + len(_ORDER_ID)
            lines.append(f'{{"screen":{screen},"at":{at!r},"orderId":"{text[start : start + 36].decode()}"}}\n')
    return lines


if __name__ == "__main__":
    lines = uvloop.run(watch_all(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
    Path(sys.argv[1]).write_text("".join(lines), encoding="utf-8")
