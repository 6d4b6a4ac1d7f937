"""A network between screens and a server that can be made bad: slow, sliced, swallowing, resetting."""

from __future__ import annotations

import asyncio
import contextlib


class Proxy:
    """Passes TCP from a port of its own to a server's port; the attributes say how, and may change at any time."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.latency_s = 0.0
        self.bytes_per_s = 0.0
        """0 is no limit."""
        self.slice_bytes = 65_536
        """At most so many bytes at a time."""
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listens; the URL to connect to."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=2048)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Ends every connection and the port."""
        if self._server is not None:
            self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def black_hole(self) -> None:
        """Swallows everything from now on; no connection ends."""
        self._flowing.clear()

    def heal(self) -> None:
        """A good network again; what was swallowed arrives late."""
        self.latency_s = self.bytes_per_s = 0.0
        self.slice_bytes = 65_536
        self._flowing.set()

    def reset(self) -> None:
        """Ends every connection at once."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._flowing.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._writers.add(target)
            task = asyncio.create_task(self._carry(source, target))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(self.slice_bytes):
                await self._flowing.wait()
                if self.latency_s or self.bytes_per_s:
                    await asyncio.sleep(self.latency_s + (len(data) / self.bytes_per_s if self.bytes_per_s else 0))
                if target.is_closing():  # the other direction ended it; uvloop would raise
                    break
                target.write(data)
                await target.drain()
        await self._flowing.wait()  # nobody hears that the other side is gone either
        self._writers.discard(target)
        target.close()
