"""Writes each frame, built once, to every socket of its topic, and waits for none of them.

Step 4 of the story. kds/listener.py brings events before it; kds/handlers/display.py owns the sockets after it.

A topic is a branch (its kitchen screens) or an order (the customers who track it). A client that cannot keep up is cut
by the bytes that wait in its transport, so a frozen one costs the others nothing and the process a bounded amount.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from kds.event import PING_FRAME, text_frame

log = logging.getLogger(__name__)

WRITES_PER_SLICE = 50
"""Heartbeats written before the loop gets a turn, so that 10,000 of them delay no event."""


class Subscriber:
    """One socket in a topic.

    While held (a resume is being read) live frames wait in it; `release` writes those the resume did not cover.
    `revision` is the last one this client was given. `on_cut` (too slow or silent), `on_resync` and `on_review` (may it
    still be here?) must not block.
    """

    __slots__ = (
        "held",
        "held_bytes",
        "last_heard",
        "limit_bytes",
        "on_cut",
        "on_resync",
        "on_review",
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
        on_review: Callable[[], None],
    ) -> None:
        self.transport = transport
        self.resumes = resumes
        self.limit_bytes = limit_bytes
        self.on_cut = on_cut
        self.on_resync = on_resync
        self.on_review = on_review
        self.revision = 0
        self.held: list[tuple[int, bytes]] | None = None
        self.held_bytes = 0
        self.last_heard = asyncio.get_running_loop().time()

    def write(self, frame: bytes) -> None:
        """Hands a frame to the transport; cuts the client when too much waits there."""
        if self.transport.is_closing():
            return
        self.transport.write(frame)
        if self.transport.get_write_buffer_size() > self.limit_bytes:
            self.on_cut()

    def give(self, revision: int, frame: bytes) -> None:
        """Writes a live frame, keeps it while held, skips it when the client has it already."""
        if self.held is not None:
            self.held.append((revision, frame))
            self.held_bytes += len(frame)
            if self.held_bytes > self.limit_bytes:
                self.on_cut()
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


@dataclass(slots=True)
class Topic:
    """The sockets that get the same frames, the branch they belong to, and the last revision written to them."""

    branch_id: UUID
    revision: int
    subscribers: dict[Subscriber, None] = field(default_factory=dict)


class Hub:
    """The topics of this process."""

    def __init__(self, *, silence_s: float) -> None:
        self._silence_s = silence_s
        self._topics: dict[UUID, Topic] = {}
        self.delivered = 0

    def join(self, topic_id: UUID, subscriber: Subscriber, *, branch_id: UUID, revision: int) -> None:
        """Adds a socket to a topic of a branch, which stands at `revision` when it is new."""
        topic = self._topics.setdefault(topic_id, Topic(branch_id, revision))
        topic.subscribers[subscriber] = None

    def leave(self, topic_id: UUID, subscriber: Subscriber) -> None:
        """Takes a socket out; an empty topic goes with it."""
        topic = self._topics.get(topic_id)
        if topic is not None:
            topic.subscribers.pop(subscriber, None)
            if not topic.subscribers:
                del self._topics[topic_id]

    def is_watched(self, topic_id: UUID) -> bool:
        """Whether a frame for this topic would reach anybody."""
        return topic_id in self._topics

    def count(self, topic_id: UUID) -> int:
        """How many sockets a topic has."""
        topic = self._topics.get(topic_id)
        return len(topic.subscribers) if topic else 0

    def publish(self, topic_id: UUID, revision: int, message: bytes) -> None:
        """Writes one message to every socket of a topic."""
        topic = self._topics.get(topic_id)
        if topic is None:
            return
        frame = text_frame(message)
        topic.revision = revision
        for subscriber in list(topic.subscribers):
            subscriber.give(revision, frame)
        self.delivered += len(topic.subscribers)

    def resync(self, branch_id: UUID, revision: int) -> None:
        """Tells every socket of a branch, and of its orders, that what it shows must be read anew."""
        for topic in list(self._topics.values()):
            if topic.branch_id == branch_id:
                topic.revision = revision
                for subscriber in list(topic.subscribers):
                    subscriber.on_resync()

    def resync_topic(self, topic_id: UUID) -> None:
        """Tells every socket of one topic the same."""
        topic = self._topics.get(topic_id)
        for subscriber in list(topic.subscribers) if topic else ():
            subscriber.on_resync()

    def resync_all(self) -> None:
        """Tells every socket that what it has belongs to another history."""
        for topic in list(self._topics.values()):
            topic.revision = 0
            for subscriber in list(topic.subscribers):
                subscriber.on_resync()

    def review(self) -> None:
        """Lets every socket ask itself whether it may still be here: somebody was revoked."""
        for topic in list(self._topics.values()):
            for subscriber in list(topic.subscribers):
                subscriber.on_review()

    async def beat(
        self, heartbeat: Callable[[int], bytes], *, within_s: float = 0.0, is_urgent: Callable[[], bool] = lambda: False
    ) -> None:
        """One heartbeat to every socket: `heartbeat(revision)` as JSON to those that resume, a ping to all.

        Spread over `within_s` unless it becomes urgent, so that the pongs of 10,000 phones do not come all at once.

        The pong to the ping shows that the other side is alive; a silent one is cut here.
        """
        overdue = asyncio.get_running_loop().time() - self._silence_s
        written = 0
        slices = sum(len(topic.subscribers) for topic in self._topics.values()) / WRITES_PER_SLICE
        pause_s = within_s / slices if slices > 1 else 0.0
        for topic in list(self._topics.values()):
            frame = text_frame(heartbeat(topic.revision)) + PING_FRAME
            for subscriber in list(topic.subscribers):
                if subscriber.last_heard < overdue:
                    log.info("client silent silence_s=%.0f", self._silence_s)
                    subscriber.on_cut()
                elif subscriber.held is None:
                    subscriber.write(frame if subscriber.resumes else PING_FRAME)
                written += 1
                if written % WRITES_PER_SLICE == 0:
                    await asyncio.sleep(0 if is_urgent() else pause_s)
