"""Writes each frame, built once, to every socket of its topic, and waits for none of them.

Step 4 of the story. kds/relay/listening/listener.py brings events before it; kds/kitchen/display.py owns the sockets
after it.

A topic is a branch (its kitchen screens), an order (the customers who track it), or what a room names after itself and
one of them, as `("pickup", branch_id)`. kds/relay/frame_writer.py writes to one socket, and cuts what cannot keep up.

Nine tenths of what a message costs is the kernel's work for one write to one socket, whatever is in it. So a topic that
was just written rests, the longer the more sockets it has; what comes meanwhile is gathered and goes out in one write a
socket, each event still a message of its own. The first message after a rest goes out at once. The 16 screens of a
kitchen rest 0.4 ms, 500 sockets 12 ms; no topic takes the process for itself, however fast its events come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from kds.relay.frame_writer import Subscriber
from kds.relay.frames import PING_FRAME, text_frame

log = logging.getLogger(__name__)

TopicId = Hashable
"""The id of a branch or an order, or a tuple that begins with a word of its room."""
WRITES_PER_SLICE = 50
"""Heartbeats written, or sockets told to read anew, before the loop gets a turn: 10,000 of them delay no event."""
REST_S_PER_SOCKET = 25e-6
"""About five times what writing to one socket takes."""
REST_MAX_S = 0.02
GATHERED_BYTES_MAX = 65_536
"""Then a rest is over: much more at once would overflow the socket of a client that keeps up."""


@dataclass(slots=True)
class Topic:
    """The sockets that get the same frames, the branch they belong to, and the last revision written to them.

    `gathered` holds what came during a rest, as revisions and frames; `rests_until` is a time of the event loop.
    """

    branch_id: UUID
    revision: int
    subscribers: dict[Subscriber, None] = field(default_factory=dict)
    gathered: list[tuple[int, bytes]] | None = None
    gathered_bytes: int = 0
    rests_until: float = 0.0


class Hub:
    """The topics of this process."""

    def __init__(
        self, *, silence_s: float, rest_s_per_socket: float = REST_S_PER_SOCKET, rest_max_s: float = REST_MAX_S
    ) -> None:
        self._silence_s = silence_s
        self._rest_s_per_socket = rest_s_per_socket
        self._rest_max_s = rest_max_s
        self._topics: dict[TopicId, Topic] = {}
        self._branches: dict[UUID, dict[TopicId, Topic]] = {}
        self.delivered = 0

    def join(self, topic_id: TopicId, subscriber: Subscriber, *, branch_id: UUID, revision: int) -> None:
        """Adds a socket to a topic of a branch, which stands at `revision` when it is new."""
        topic = self._topics.get(topic_id)
        if topic is None:
            topic = self._topics[topic_id] = Topic(branch_id, revision)
            self._branches.setdefault(branch_id, {})[topic_id] = topic
        topic.subscribers[subscriber] = None

    def leave(self, topic_id: TopicId, subscriber: Subscriber) -> None:
        """Takes a socket out; an empty topic goes with it."""
        topic = self._topics.get(topic_id)
        if topic is not None:
            topic.subscribers.pop(subscriber, None)
            if not topic.subscribers:
                del self._topics[topic_id]
                of_branch = self._branches[topic.branch_id]
                del of_branch[topic_id]
                if not of_branch:
                    del self._branches[topic.branch_id]

    def watched(self, branch_id: UUID) -> Collection[TopicId]:
        """The topics of a branch for which a frame would reach anybody."""
        return self._branches.get(branch_id, ())

    def count(self, topic_id: TopicId) -> int:
        """How many sockets a topic has."""
        topic = self._topics.get(topic_id)
        return len(topic.subscribers) if topic else 0

    def publish(self, topic_id: TopicId, revision: int, message: bytes) -> float:
        """Writes one message to every socket of a topic; in how many seconds, for the topic may rest until then."""
        topic = self._topics.get(topic_id)
        if topic is None:
            return 0.0
        frame = text_frame(message)
        loop = asyncio.get_running_loop()
        now = loop.time()
        if topic.gathered is None:
            if now >= topic.rests_until:
                self._write(topic, [(revision, frame)])
                return 0.0
            topic.gathered = []
            loop.call_at(topic.rests_until, self._end_rest, topic)
        topic.gathered.append((revision, frame))
        topic.gathered_bytes += len(frame)
        if topic.gathered_bytes > GATHERED_BYTES_MAX:
            self._end_rest(topic)
            return 0.0
        return max(0.0, topic.rests_until - now)

    def _end_rest(self, topic: Topic) -> None:
        gathered, topic.gathered, topic.gathered_bytes = topic.gathered, None, 0
        if gathered:
            self._write(topic, gathered)

    def _write(self, topic: Topic, messages: list[tuple[int, bytes]]) -> None:
        first, last = messages[0][0], messages[-1][0]
        frames = messages[0][1] if len(messages) == 1 else b"".join(frame for _, frame in messages)
        topic.revision = last
        for subscriber in list(topic.subscribers):
            if subscriber.held is None and subscriber.revision < first:
                subscriber.revision = last
                subscriber.write(frames)
            else:  # it has some of them, or waits for its resume
                for revision, frame in messages:
                    subscriber.give(revision, frame)
        self.delivered += len(messages) * len(topic.subscribers)
        rest_s = min(self._rest_max_s, self._rest_s_per_socket * len(topic.subscribers))
        topic.rests_until = asyncio.get_running_loop().time() + rest_s

    def resync(self, branch_id: UUID, revision: int) -> None:
        """Tells every socket of a branch, and of its orders, that what it shows must be read anew."""
        topics = list(self._branches.get(branch_id, {}).values())
        for topic in topics:
            self._end_rest(topic)
            topic.revision = revision
        self._read_anew(topics)

    def resync_topic(self, topic_id: TopicId) -> None:
        """Tells every socket of one topic the same."""
        topic = self._topics.get(topic_id)
        if topic is not None:
            self._end_rest(topic)
            self._read_anew([topic])

    def resync_all(self) -> None:
        """Tells every socket that what it has belongs to another history."""
        topics = list(self._topics.values())
        for topic in topics:
            topic.gathered, topic.gathered_bytes = None, 0
            topic.revision = 0
        self._read_anew(topics)

    def _read_anew(self, topics: list[Topic]) -> None:
        pairs = [(topic, subscriber) for topic in topics for subscriber in topic.subscribers]
        self._tell_in_turns(iter(pairs))

    def _tell_in_turns(self, pairs: Iterator[tuple[Topic, Subscriber]]) -> None:
        """A part of them now, and the others as soon as the event loop has had a turn."""
        told = 0
        for topic, subscriber in islice(pairs, WRITES_PER_SLICE):
            told += 1
            if subscriber in topic.subscribers:  # it may have left meanwhile
                _call(subscriber, subscriber.on_resync)
        if told == WRITES_PER_SLICE:
            asyncio.get_running_loop().call_soon(self._tell_in_turns, pairs)

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
                    _call(subscriber, subscriber.on_cut)
                elif subscriber.held is None:
                    subscriber.write(frame if subscriber.resumes else PING_FRAME)
                written += 1
                if written % WRITES_PER_SLICE == 0:
                    await asyncio.sleep(0 if is_urgent() else pause_s)


def _call(subscriber: Subscriber, callback: Callable[[], None]) -> None:
    """What one socket does not manage is its own affair: the others are told all the same."""
    try:
        callback()
    except Exception:
        log.exception("client failed: its connection is ended")
        subscriber.transport.abort()
