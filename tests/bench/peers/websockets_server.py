"""Python `websockets`: one LISTEN with asyncpg, `broadcast` to all."""

from __future__ import annotations

import asyncio
import os

import asyncpg
import uvloop
from websockets.asyncio.server import broadcast, serve


async def main() -> None:
    """Serves until killed; prints its port."""
    connection = await asyncpg.connect(os.environ["PEER_DSN"])
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0, compression=None) as server:
        await connection.add_listener("bench", lambda *heard: broadcast(server.connections, heard[-1]))
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.Event().wait()


uvloop.run(main())
