"""Feeds the bare send() loop: LISTENs, and writes each payload to its standard output with its length before it."""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
import uvloop


def write(payload: str) -> None:
    """One payload."""
    data = payload.encode()
    sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()


async def main() -> None:
    """Feeds until killed."""
    connection = await asyncpg.connect(os.environ["PEER_DSN"])
    await connection.add_listener("bench", lambda *heard: write(heard[-1]))
    print("ready", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


uvloop.run(main())
