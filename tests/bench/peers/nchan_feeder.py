"""What Nchan needs beside nginx: LISTENs, and POSTs each payload to the publisher's location."""

from __future__ import annotations

import asyncio
import os
import sys

import aiohttp
import asyncpg
import uvloop


async def main(publish: str) -> None:
    """Feeds until killed."""
    waiting: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(os.environ["PEER_DSN"])
    await connection.add_listener("bench", lambda *heard: waiting.put_nowait(heard[-1]))
    async with aiohttp.ClientSession() as session:
        print("ready", flush=True)
        while True:
            async with session.post(publish, data=await waiting.get()) as answer:
                answer.raise_for_status()


uvloop.run(main(sys.argv[1]))
