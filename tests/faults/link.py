"""A link to PostgreSQL that can be cut without either side being told: a network that swallows everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

SOCKET_NAME = ".s.PGSQL.5432"


class Link:
    """Passes bytes between a Unix socket of its own and that of a server, until it is cut."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.latency_s = 0.0
        """Of each direction; what follows close behind is not slowed down by it."""
        self._passing = asyncio.Event()
        self._passing.set()

    def cut(self) -> None:
        """From now on nothing arrives, and no connection ends."""
        self._passing.clear()

    def heal(self) -> None:
        """Everything that waited arrives."""
        self._passing.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction of one connection."""
        underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1024)
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            while True:
                due, data = await underway.get()
                await asyncio.sleep(due - loop.time())
                await self._passing.wait()
                if not data:
                    return
                writer.write(data)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        try:
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(65_536):
                    await underway.put((loop.time() + self.latency_s, data))
            await underway.put((loop.time() + self.latency_s, b""))
            with contextlib.suppress(ConnectionError):
                await delivering
        finally:
            delivering.cancel()
            writer.close()


@contextlib.asynccontextmanager
async def open_link(dsn: str, folder: Path) -> AsyncIterator[Link]:
    """A link to the database of a Unix-socket URL; its own URL leads through it."""
    parts = urlsplit(dsn)
    server = Path(parse_qs(parts.query)["host"][0]) / SOCKET_NAME
    link = Link(urlunsplit(parts._replace(query="host=" + quote(str(folder)))))
    carrying: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(server)
        for direction in (link.carry(reader, far_writer), link.carry(far_reader, writer)):
            carrying.add(asyncio.create_task(direction))

    listening = await asyncio.start_unix_server(accept, folder / SOCKET_NAME)
    try:
        yield link
    finally:
        listening.close()
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
