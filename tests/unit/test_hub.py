"""The hub: kds/relay/hub.py, and the frames of kds/relay/event.py."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kds.kitchen.messages import event_message
from kds.relay.event import Event
from kds.relay.frame_writer import Subscriber
from kds.relay.frames import text_frame
from kds.relay.hub import Hub

BRANCH = uuid.uuid4()
REST_S = 1.0
"""Long enough for what a test does meanwhile."""


class Wire(asyncio.Transport):
    """Where a subscriber's bytes go; `stuck` is what the other side has not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[bytes] = []
        self.stuck = 0

    def write(self, data: Any) -> None:
        self.frames.append(bytes(data))

    async def written(self, count: int) -> None:
        """Returns when so many writes were made."""
        async with asyncio.timeout(30):
            while len(self.frames) < count:
                await asyncio.sleep(0.01)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.stuck


def subscriber(wire: Wire, *, resumes: bool = True, cuts: list[str] | None = None) -> Subscriber:
    """A socket of the branch."""
    told = [] if cuts is None else cuts
    return Subscriber(
        wire,
        resumes=resumes,
        limit_bytes=1000,
        on_cut=lambda: told.append("cut"),
        on_resync=lambda: told.append("resync"),
    )


@given(st.binary(max_size=200) | st.integers(120, 130).map(bytes) | st.integers(65_530, 65_540).map(bytes))
def test_a_frame_carries_its_payload_with_the_shortest_length(payload: bytes) -> None:
    frame = text_frame(payload)
    assert frame[0] == 0x81
    if len(payload) < 126:
        length, start = frame[1], 2
    elif len(payload) < 65_536:
        assert frame[1] == 126
        length, start = int.from_bytes(frame[2:4], "big"), 4
    else:
        assert frame[1] == 127
        length, start = int.from_bytes(frame[2:10], "big"), 10
    assert length == len(payload) and frame[start:] == payload


def test_the_message_of_an_order_that_is_gone_says_so() -> None:
    order = UUID(int=7)
    event = Event(BRANCH, 9, 8, "NEW_ORDER", order, "2026-01-01T00:00:00.000000Z", None)
    assert event_message(event) == (
        b'{"type":"ORDER_REMOVED","revision":9,"prev":8,"orderId":"00000000-0000-0000-0000-000000000007",'
        b'"timestamp":"2026-01-01T00:00:00.000000Z"}'
    )


async def test_a_message_reaches_the_sockets_of_its_topic_only() -> None:
    hub, here, there = Hub(silence_s=60), Wire(), Wire()
    elsewhere = uuid.uuid4()
    hub.join(BRANCH, subscriber(here), branch_id=BRANCH, revision=0)
    hub.join(elsewhere, subscriber(there), branch_id=elsewhere, revision=0)
    hub.publish(BRANCH, 1, b"{}")
    assert (here.frames, there.frames) == ([text_frame(b"{}")], [])


async def test_what_comes_while_a_screen_is_held_follows_its_resume_once() -> None:
    hub, wire = Hub(silence_s=60, rest_s_per_socket=0), Wire()
    screen = subscriber(wire)
    screen.hold()
    hub.join(BRANCH, screen, branch_id=BRANCH, revision=0)
    for revision in (1, 2, 3):
        hub.publish(BRANCH, revision, b"%d" % revision)
    assert wire.frames == []
    screen.release(2)
    hub.publish(BRANCH, 4, b"4")
    assert wire.frames == [text_frame(b"3"), text_frame(b"4")]


async def test_a_held_screen_is_not_too_slow_when_much_comes_but_reads_anew() -> None:
    told: list[str] = []
    hub, wire = Hub(silence_s=60, rest_s_per_socket=0), Wire()
    screen = subscriber(wire, cuts=told)
    screen.hold()
    hub.join(BRANCH, screen, branch_id=BRANCH, revision=0)
    for revision in range(1, 16):
        hub.publish(BRANCH, revision, b"x" * 98)  # ten of these frames are what may wait
    assert (told, wire.frames) == (["resync"], [])
    screen.release(11)
    assert wire.frames == [text_frame(b"x" * 98)] * 4


async def test_what_comes_while_a_topic_rests_goes_out_in_one_write_and_in_order() -> None:
    hub, wire = Hub(silence_s=60, rest_s_per_socket=REST_S, rest_max_s=REST_S), Wire()
    hub.join(BRANCH, subscriber(wire), branch_id=BRANCH, revision=0)
    later_s = [hub.publish(BRANCH, revision, b"%d" % revision) for revision in (1, 2, 3)]
    assert wire.frames == [text_frame(b"1")] and hub.delivered == 1
    assert later_s[0] == 0 < later_s[2] <= later_s[1] <= REST_S
    await wire.written(2)
    assert wire.frames[1] == text_frame(b"2") + text_frame(b"3") and hub.delivered == 3


async def test_who_joins_while_a_topic_rests_gets_only_what_it_does_not_have() -> None:
    hub, early, late, held_wire = Hub(silence_s=60, rest_s_per_socket=REST_S, rest_max_s=REST_S), Wire(), Wire(), Wire()
    hub.join(BRANCH, subscriber(early), branch_id=BRANCH, revision=0)
    for revision in (1, 2):
        hub.publish(BRANCH, revision, b"%d" % revision)
    newcomer, held = subscriber(late), subscriber(held_wire)
    newcomer.revision = 2
    held.hold()
    for screen in (newcomer, held):
        hub.join(BRANCH, screen, branch_id=BRANCH, revision=2)
    hub.publish(BRANCH, 3, b"3")
    await early.written(2)
    held.release(1)
    assert late.frames == [text_frame(b"3")]
    assert held_wire.frames == [text_frame(b"2"), text_frame(b"3")]


async def test_a_heartbeat_tells_what_was_written_and_not_what_waits() -> None:
    hub, wire = Hub(silence_s=60, rest_s_per_socket=3600, rest_max_s=3600), Wire()
    hub.join(BRANCH, subscriber(wire), branch_id=BRANCH, revision=0)
    for revision in (1, 2):
        hub.publish(BRANCH, revision, b"x")
    await hub.beat(lambda revision: b"%d" % revision)
    assert wire.frames[1] == text_frame(b"1") + b"\x89\x00"


async def test_a_resync_comes_after_what_was_gathered_and_a_new_history_without_it() -> None:
    told: list[str] = []
    hub, wire = Hub(silence_s=60, rest_s_per_socket=3600, rest_max_s=3600), Wire()
    hub.join(BRANCH, subscriber(wire, cuts=told), branch_id=BRANCH, revision=0)
    for revision in (1, 2):
        hub.publish(BRANCH, revision, b"%d" % revision)
    hub.resync(BRANCH, 5)
    assert wire.frames == [text_frame(b"1"), text_frame(b"2")] and told == ["resync"]
    hub.publish(BRANCH, 6, b"6")
    hub.resync_all()
    hub.resync(BRANCH, 1)
    assert len(wire.frames) == 2


async def test_a_flood_does_not_wait_for_the_end_of_a_rest() -> None:
    hub, wire = Hub(silence_s=60, rest_s_per_socket=3600, rest_max_s=3600), Wire()
    hub.join(BRANCH, subscriber(wire), branch_id=BRANCH, revision=0)
    for revision in range(1, 9):
        hub.publish(BRANCH, revision, b"x" * 10_000)
    assert len(wire.frames) == 2 and len(wire.frames[1]) == 7 * len(text_frame(b"x" * 10_000))


async def test_too_much_behind_is_cut() -> None:
    stuck_cuts: list[str] = []
    wire = Wire()
    stuck = subscriber(wire, cuts=stuck_cuts)
    stuck.give(1, b"x")
    wire.stuck = 1001
    stuck.give(2, b"x")
    assert stuck_cuts == ["cut"]


async def test_a_resync_reaches_a_branch_and_its_orders_and_no_other() -> None:
    hub = Hub(silence_s=60)
    told: dict[str, list[str]] = {"board": [], "order": [], "elsewhere": []}
    elsewhere = uuid.uuid4()
    hub.join(BRANCH, subscriber(Wire(), cuts=told["board"]), branch_id=BRANCH, revision=0)
    hub.join(uuid.uuid4(), subscriber(Wire(), cuts=told["order"]), branch_id=BRANCH, revision=0)
    hub.join(elsewhere, subscriber(Wire(), cuts=told["elsewhere"]), branch_id=elsewhere, revision=0)
    hub.resync(BRANCH, 5)
    assert told == {"board": ["resync"], "order": ["resync"], "elsewhere": []}


async def test_a_heartbeat_cuts_the_silent_and_tells_the_others_their_revision() -> None:
    hub, wire, cuts = Hub(silence_s=60), Wire(), list[str]()
    silent, alive = subscriber(Wire(), cuts=cuts), subscriber(wire)
    silent.last_heard -= 61
    for screen in (silent, alive):
        hub.join(BRANCH, screen, branch_id=BRANCH, revision=7)
    await hub.beat(lambda revision: b"%d" % revision)
    assert cuts == ["cut"]
    assert wire.frames == [text_frame(b"7") + b"\x89\x00"]


async def test_an_empty_topic_is_gone() -> None:
    hub, screen = Hub(silence_s=60), subscriber(Wire())
    hub.join(BRANCH, screen, branch_id=BRANCH, revision=0)
    assert BRANCH in hub.watched(BRANCH) and hub.count(BRANCH) == 1
    hub.leave(BRANCH, screen)
    hub.leave(BRANCH, screen)
    assert not hub.watched(BRANCH)


@pytest.mark.parametrize("resumes", [True, False])
async def test_a_plain_client_gets_no_heartbeat_but_a_ping(resumes: bool) -> None:
    hub, wire = Hub(silence_s=60), Wire()
    hub.join(BRANCH, subscriber(wire, resumes=resumes), branch_id=BRANCH, revision=1)
    await hub.beat(lambda revision: b"beat")
    assert wire.frames == [(text_frame(b"beat") if resumes else b"") + b"\x89\x00"]


@pytest.mark.expects_error("a transport is made to fail")
async def test_one_socket_that_fails_costs_the_others_nothing() -> None:
    hub = Hub(silence_s=60, rest_s_per_socket=0)
    wires = [Wire() for _ in range(3)]
    told: list[str] = []
    members = [subscriber(wire, cuts=told) for wire in wires]

    def fail(*_arguments: object) -> None:
        raise RuntimeError("out of order")

    wires[1].write = fail  # type: ignore[method-assign, assignment]
    wires[1].abort = lambda: told.append("abort")  # type: ignore[method-assign]
    members[1].on_resync = fail
    for member in members:
        hub.join(BRANCH, member, branch_id=BRANCH, revision=0)
    hub.publish(BRANCH, 1, b"{}")
    hub.resync(BRANCH, 2)
    assert [len(wire.frames) for wire in wires] == [1, 0, 1]
    assert told == ["cut", "resync", "abort", "resync"]


async def test_a_large_resync_leaves_the_loop_its_turns_and_passes_over_who_left() -> None:
    hub = Hub(silence_s=60)
    order = uuid.uuid4()
    told: list[str] = []
    members = [subscriber(Wire(), cuts=told) for _ in range(120)]
    for member in members:
        hub.join(order, member, branch_id=BRANCH, revision=0)
    hub.resync(BRANCH, 7)
    assert len(told) < len(members)
    hub.leave(order, members[-1])
    async with asyncio.timeout(30):
        while len(told) < len(members) - 1:
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert told == ["resync"] * (len(members) - 1)


async def test_a_message_larger_than_what_may_wait_cuts_nobody_who_keeps_up() -> None:
    hub = Hub(silence_s=60, rest_s_per_socket=0)
    wire, told = Wire(), list[str]()
    member = subscriber(wire, cuts=told)
    hub.join(BRANCH, member, branch_id=BRANCH, revision=0)
    wire.stuck = 200_000
    hub.publish(BRANCH, 1, bytes(200_000))
    assert told == []
    wire.stuck = 201_100
    hub.publish(BRANCH, 2, b"{}")
    assert told == ["cut"]


async def test_a_topic_that_is_left_is_forgotten_with_its_branch() -> None:
    hub = Hub(silence_s=60)
    member = subscriber(Wire())
    for _ in range(3):
        hub.join(BRANCH, member, branch_id=BRANCH, revision=0)
        hub.leave(BRANCH, member)
    assert not hub._topics and not hub._branches
