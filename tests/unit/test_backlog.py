"""Which branches are read next: the oldest first, whatever comes in meanwhile."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from kds.relay.listening.backlog import SWEPT_EVERY, Backlog

MARKS = {UUID(int=number): 0 for number in range(1_000)}
BRANCHES = list(MARKS)


def test_the_oldest_is_first_and_one_that_is_heard_again_keeps_its_place() -> None:
    backlog = Backlog()
    for branch in (*BRANCHES[:5], *BRANCHES[:3]):
        backlog.hear(branch)
    assert backlog.take(3, MARKS) == BRANCHES[:3]
    backlog.hear(BRANCHES[0])
    assert backlog.take(10, MARKS) == [BRANCHES[3], BRANCHES[4], BRANCHES[0]]
    assert not backlog


def test_what_was_not_reached_is_next_and_in_its_order() -> None:
    backlog = Backlog()
    for branch in BRANCHES[:6]:
        backlog.hear(branch)
    taken = backlog.take(4, MARKS)
    backlog.put_back(taken[2:])
    assert backlog.take(10, MARKS) == BRANCHES[2:6]


def test_what_was_announced_goes_before_what_a_sweep_found_which_does_not_starve() -> None:
    backlog = Backlog()
    backlog.find(BRANCHES[:10])
    for branch in BRANCHES[100:120]:
        backlog.hear(branch)
    taken = backlog.take(8, MARKS)
    assert [branch for branch in taken if branch in BRANCHES[:10]] == BRANCHES[: 8 // SWEPT_EVERY]
    assert backlog.has_swept
    assert taken[: SWEPT_EVERY - 1] == BRANCHES[100 : 100 + SWEPT_EVERY - 1]


def test_what_was_read_meanwhile_or_is_watched_no_more_is_not_asked_for() -> None:
    backlog = Backlog()
    backlog.hear(BRANCHES[0], 7)
    backlog.hear(BRANCHES[1], 7)
    backlog.hear(BRANCHES[2], 7)
    backlog.drop(BRANCHES[2])
    assert backlog.take(10, {BRANCHES[0]: 7, BRANCHES[1]: 6, BRANCHES[2]: 0}) == [BRANCHES[1]]


@settings(deadline=None)
@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 99), max_size=30)), min_size=1, max_size=20),
)
def test_every_branch_is_taken_however_many_are_announced_meanwhile(
    at_most: int, news: list[tuple[bool, set[int]]]
) -> None:
    backlog = Backlog()
    first = BRANCHES[100:150]
    backlog.find(first)
    waiting = set(first)
    reads = 0
    while waiting:
        is_sweep, numbers = news[reads % len(news)]
        for number in numbers:
            if is_sweep:
                backlog.find([BRANCHES[number]])
            else:
                backlog.hear(BRANCHES[number])
        taken = backlog.take(max(at_most, SWEPT_EVERY), MARKS)
        waiting.difference_update(taken)
        backlog.put_back(taken[len(taken) - 1 :] if len(taken) > SWEPT_EVERY else ())
        reads += 1
        assert reads < 2_000
