"""Writes frames to one socket, live ones or those of a resume, and waits for nothing.

A client that cannot keep up is cut by the bytes that wait in its transport, so a frozen one costs the others nothing
and the process a bounded amount. Step 4's other half is kds/relay/hub.py, which writes to all sockets of a topic.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

LARGE_BYTES = 65_536
"""A message over this must fit beside what may wait for a slow client, or it would cut also those that keep up."""


class Subscriber:
    """One socket in a topic.

    While held (a resume is being read) live frames wait in it; `release` writes those the resume did not cover. More
    than `limit_bytes` of them are dropped, and `on_resync` asks for a read that covers them.
    `revision` is the last one this client was given. `on_cut` (too slow or silent) and `on_resync` must not block.
    """

    __slots__ = (
        "held",
        "held_bytes",
        "last_heard",
        "limit_bytes",
        "on_cut",
        "on_resync",
        "resumes",
        "revision",
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        *,
        resumes: bool,
        limit_bytes: int,
        on_cut: Callable[[], None],
        on_resync: Callable[[], None],
    ) -> None:
        self.transport = transport
        self.resumes = resumes
        self.limit_bytes = limit_bytes
        self.on_cut = on_cut
        self.on_resync = on_resync
        self.revision = 0
        self.held: list[tuple[int, bytes]] | None = None
        self.held_bytes = 0
        self.last_heard = asyncio.get_running_loop().time()

    def forget_client(self) -> None:
        """It has left: nobody is told any more, and both are freed without the garbage collector."""
        self.on_cut = self.on_resync = _tell_nobody

    @property
    def has_left(self) -> bool:
        """Whether its client is forgotten: after a close frame nothing may be written."""
        return self.on_cut is _tell_nobody

    def write(self, frame: bytes) -> None:
        """Hands frames to the transport; cuts the client when too much waits there."""
        if self.transport.is_closing():
            return
        try:
            self.transport.write(frame)
        except Exception:
            log.exception("client not written to: it connects anew")
            self.on_cut()
            return
        allowed = self.limit_bytes if len(frame) <= LARGE_BYTES else self.limit_bytes + len(frame)
        if self.transport.get_write_buffer_size() > allowed:
            self.on_cut()

    def give(self, revision: int, frame: bytes) -> None:
        """Writes a live frame, keeps it while held, skips it when the client has it already."""
        if self.held is not None:
            self.held.append((revision, frame))
            self.held_bytes += len(frame)
            if self.held_bytes > self.limit_bytes:  # the read is slow, not the client: a newer one has them all
                self.held, self.held_bytes = [], 0
                self.on_resync()
        elif revision > self.revision:
            self.revision = revision
            self.write(frame)

    def hold(self) -> None:
        """Lets live frames wait from now on."""
        if self.held is None:
            self.held, self.held_bytes = [], 0

    def release(self, revision: int) -> None:
        """The client has everything up to `revision`: writes what came in the meantime."""
        waiting, self.held = self.held or [], None
        self.revision = revision
        for newer, frame in waiting:
            self.give(newer, frame)


def _tell_nobody() -> None:
    """The client has left."""
