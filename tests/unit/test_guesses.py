"""Who may try a password: kds/web/login/guess_limits.py; whose turn it is: kds/web/login/passwords.py."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kds.errors import TooMany
from kds.web.clients.addresses import counted_networks
from kds.web.login import passwords
from kds.web.login.guess_limits import FREE_TRIES, FREE_TRIES_ANYWHERE, LONGEST_WAIT_S, Asker, Guesses
from kds.web.login.passwords import PasswordChecker

HOME, ELSEWHERE = ("198.51.100.1",), ("203.0.113.7",)
DEVICE = uuid.uuid4()


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the guesses."""
    clock = Clock()
    monkeypatch.setattr("kds.web.login.guess_limits.time", _TimeOf(clock))
    return clock


class _TimeOf:
    def __init__(self, clock: Clock) -> None:
        self.monotonic = clock


async def attempt(guesses: Guesses, asker: Asker, *, is_right: bool = False) -> float:
    """One try; the seconds to wait when it was refused, 0 when it was checked."""
    try:
        async with guesses.guess(asker) as guess:
            guess.is_right = is_right
    except TooMany as refused:
        return refused.retry_after_s
    return 0.0


def addresses() -> Iterator[tuple[str, ...]]:
    """Ever new ones."""
    for number in range(60_000):
        yield (f"192.0.{number // 250}.{number % 250}",)


async def test_guessing_is_slowed_down_and_a_right_password_forgets_it(clock: Clock) -> None:
    guesses, chef = Guesses(), Asker("chef", HOME)
    for _ in range(FREE_TRIES):
        assert await attempt(guesses, chef) == 0
    assert 0 < await attempt(guesses, chef, is_right=True) <= 1
    clock.now += 1.01
    assert await attempt(guesses, chef, is_right=True) == 0
    for _ in range(FREE_TRIES):
        assert await attempt(guesses, chef) == 0


async def test_the_wait_doubles_to_a_minute_and_no_further(clock: Clock) -> None:
    guesses, chef = Guesses(), Asker("chef", HOME)
    waits = []
    for _ in range(40):
        waits.append(await attempt(guesses, chef))
        clock.now += waits[-1] + 0.001
    refused = [wait for wait in waits if wait]
    assert refused[:3] == pytest.approx([1, 2, 4], abs=0.1)
    assert max(refused) == pytest.approx(LONGEST_WAIT_S, abs=0.1)
    clock.now += LONGEST_WAIT_S
    assert await attempt(guesses, chef, is_right=True) == 0


async def test_guesses_at_once_are_checked_one_after_the_other_and_counted_before(clock: Clock) -> None:
    guesses = Guesses()
    checked = running = 0

    async def guess() -> None:
        nonlocal checked, running
        async with guesses.guess(Asker("chef", HOME)) as guess:
            checked, running = checked + 1, running + 1
            assert running == 1
            await asyncio.sleep(0)
            running -= 1
            guess.is_right = False

    results = await asyncio.gather(*(guess() for _ in range(60)), return_exceptions=True)
    assert checked == FREE_TRIES
    assert Counter(type(result) for result in results) == {TooMany: 60 - FREE_TRIES, type(None): FREE_TRIES}


async def test_names_tried_at_once_from_one_address_count_before_they_are_checked(clock: Clock) -> None:
    guesses = Guesses()
    checking = asyncio.Event()

    async def guess(name: str) -> None:
        async with guesses.guess(Asker(name, HOME)) as guess:
            await checking.wait()
            guess.is_right = False

    tasks = [asyncio.create_task(guess(f"name-{number}")) for number in range(40)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sum(task.done() for task in tasks) == 40 - FREE_TRIES
    checking.set()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_twenty_devices_that_log_in_at_once_all_come_in(clock: Clock) -> None:
    guesses = Guesses()
    waits = await asyncio.gather(*(attempt(guesses, Asker("chef", HOME), is_right=True) for _ in range(20)))
    assert set(waits) == {0.0}


async def test_a_try_that_nobody_checked_counts_for_nothing(clock: Clock) -> None:
    guesses = Guesses()
    for _ in range(50):
        with contextlib.suppress(ConnectionError):
            async with guesses.guess(Asker("chef", HOME)):
                raise ConnectionError
    assert await attempt(guesses, Asker("chef", HOME), is_right=True) == 0


async def test_a_device_that_was_logged_in_waits_for_its_own_mistakes_alone(clock: Clock) -> None:
    guesses = Guesses()
    for network in (HOME, ELSEWHERE):
        for name in ("chef", *map(str, range(20))):
            await attempt(guesses, Asker(name, network))
            await attempt(guesses, Asker("chef", network))
    assert await attempt(guesses, Asker("chef", HOME), is_right=True) > 0
    assert await attempt(guesses, Asker("chef", HOME, DEVICE), is_right=True) == 0
    for _ in range(FREE_TRIES):
        assert await attempt(guesses, Asker("chef", ELSEWHERE, DEVICE)) == 0
    assert await attempt(guesses, Asker("chef", ELSEWHERE, DEVICE)) > 0  # a stolen token is no licence to guess
    assert await attempt(guesses, Asker("chef", ELSEWHERE, uuid.uuid4()), is_right=True) == 0


async def test_a_network_where_the_account_was_at_work_is_spared_what_others_do(clock: Clock) -> None:
    guesses, source = Guesses(), addresses()
    assert await attempt(guesses, Asker("chef", HOME), is_right=True) == 0
    for number in range(FREE_TRIES + 3):
        await attempt(guesses, Asker(f"guest-{number}", HOME))
    for _ in range(100):
        await attempt(guesses, Asker("chef", next(source)))
    assert await attempt(guesses, Asker("chef", HOME), is_right=True) == 0
    assert await attempt(guesses, Asker("waiter", HOME), is_right=True) > 0


@pytest.mark.parametrize("pool", [10**9, 250, 40])
async def test_the_owner_gets_in_while_the_name_is_guessed_at_from_everywhere(clock: Clock, pool: int) -> None:
    guesses, source = Guesses(), list(addresses())
    checked = 0
    came_in_at = None
    for tick in range(6_000):  # ten minutes of ten tries a second
        checked += await attempt(guesses, Asker("chef", source[tick % min(pool, len(source))])) == 0
        clock.now += 0.1
        if came_in_at is None and tick > 1_000 and tick % 37 == 0:  # the owner, from where nobody ever was
            came_in_at = tick if not await attempt(guesses, Asker("chef", HOME), is_right=True) else None
    assert came_in_at is not None
    assert checked <= FREE_TRIES_ANYWHERE + min(pool, 600 / 2) + 600 / 20 + 1  # of 6,000


async def test_changing_the_address_within_a_network_of_ipv6_helps_nobody(clock: Clock) -> None:
    guesses = Guesses()
    checked = 0
    for number in range(300):
        asker = Asker(f"name-{number}", tuple(counted_networks(f"2001:db8:1:{number:x}::/64")))
        checked += await attempt(guesses, asker) == 0
    assert checked == 20


tries = st.tuples(
    st.sampled_from(["chef", "cook"]), st.sampled_from([HOME, ELSEWHERE, ("192.0.2.1",)]),
    st.sampled_from([None, DEVICE]), st.sampled_from([True, False, None]), st.sampled_from([0.0, 0.5, 5.0, 61.0]),
)  # fmt: skip


@given(st.lists(tries, max_size=80))
@settings(deadline=None, max_examples=60)
async def test_whatever_happened_everybody_may_try_again_within_a_minute(steps: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr("kds.web.login.guess_limits.time", _TimeOf(clock))
        guesses = Guesses()
        for name, network, device, is_right, pause_s in steps:
            clock.now += pause_s
            with contextlib.suppress(TooMany):
                async with guesses.guess(Asker(name, network, device)) as guess:
                    guess.is_right = is_right
        for asker in (Asker(name, network, device) for name in ("chef", "cook") for network in (HOME, ELSEWHERE)
                      for device in (None, DEVICE)):  # fmt: skip
            waited_s = 0.0
            while wait_s := await attempt(guesses, asker, is_right=True):
                assert wait_s <= LONGEST_WAIT_S
                clock.now += wait_s
                waited_s += wait_s
            assert waited_s <= LONGEST_WAIT_S + 20


# Whose turn it is


async def test_who_was_logged_in_before_comes_before_any_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = PasswordChecker()
    checker._free = 1  # of two threads one may be a step ahead of the other
    began: list[str] = []

    def verify(password: str, _hash: str) -> bool:
        began.append(password)
        return True

    monkeypatch.setattr(passwords, "is_password", verify)
    try:
        flood = [asyncio.create_task(checker.matches("flood", "x", rank=(1, 2 + turn // 60))) for turn in range(300)]
        await asyncio.sleep(0)
        fresh = asyncio.create_task(checker.matches("fresh", "x", rank=(1, 1)))
        known = [asyncio.create_task(checker.matches("known", "x", rank=(0, 0))) for _ in range(20)]
        assert await asyncio.gather(*known, fresh) == [True] * 21
        # the one that was being checked already, then by rank
        assert began[:22] == ["flood", *["known"] * 20, "fresh"]
        results = await asyncio.gather(*flood, return_exceptions=True)
        refused = [result for result in results if result is not True]
        assert refused and {type(result) for result in refused} == {TooMany}
    finally:
        checker.close()


async def test_who_leaves_while_waiting_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_MAX_S", 0.05)
    checker = PasswordChecker()
    may_end = threading.Event()

    def verify(_password: str, _hash: str) -> bool:
        return may_end.wait(30)

    monkeypatch.setattr(passwords, "is_password", verify)
    try:
        tasks = [asyncio.create_task(checker.matches("x", "y")) for _ in range(40)]
        await asyncio.sleep(0)
        for task in tasks[5:20]:
            task.cancel()
        refused = await asyncio.gather(*tasks[2:], return_exceptions=True)
        assert Counter(type(result) for result in refused) == {TooMany: 23, asyncio.CancelledError: 15}
        may_end.set()
        assert await asyncio.gather(*tasks[:2]) == [True, True]
        assert await asyncio.gather(*(checker.matches("x", "y") for _ in range(2))) == [True, True]
    finally:
        may_end.set()
        checker.close()
