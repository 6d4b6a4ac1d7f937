"""Who waits for a connection has a turn in the order in which they came, or is refused for a reason."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kds.postgres import line as lines
from kds.postgres.line import Line, NoTurn


async def settle() -> None:
    """Lets everybody go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Crowd:
    """People of a line by number, each of whom keeps the turn until told to go."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.served: list[int] = []
        self.refused: list[int] = []
        self.holding: dict[int, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def come(self) -> None:
        """One more."""
        self.tasks.append(asyncio.create_task(self._stand(len(self.tasks))))

    async def _stand(self, number: int) -> None:
        try:
            async with self._line.turn():
                self.served.append(number)
                self.holding[number] = asyncio.Event()
                await self.holding[number].wait()
                del self.holding[number]
        except NoTurn:
            self.refused.append(number)


@settings(deadline=None)
@given(st.integers(1, 3), st.lists(st.sampled_from(["come", "go", "leave", "away"]), max_size=40), st.randoms())
def test_turns_come_in_order_and_none_is_lost(places: int, steps: list[str], dice: random.Random) -> None:
    async def play() -> None:
        line = Line(places)
        crowd = Crowd(line)
        left: set[int] = set()
        for step in steps:
            if step == "come":
                crowd.come()
            elif step == "go" and crowd.holding:
                crowd.holding[dice.choice(list(crowd.holding))].set()
            elif step == "leave" and crowd.tasks:
                number = dice.randrange(len(crowd.tasks))
                if not crowd.tasks[number].done():
                    left.add(number)
                    crowd.tasks[number].cancel()
                    crowd.holding.pop(number, None)
            elif step == "away":
                line.send_away()
            if dice.random() < 0.8:
                await settle()
        await settle()
        assert crowd.served == sorted(crowd.served), "somebody was served before one who had come earlier"
        assert len(crowd.holding) <= places
        while crowd.holding:
            for event in list(crowd.holding.values()):
                event.set()
            await settle()
        assert set(crowd.served) | set(crowd.refused) | left == set(range(len(crowd.tasks))), "somebody waits for ever"
        for _ in range(places):
            assert line.is_free, "a place is lost"
            crowd.come()
            await settle()
        assert not line.is_free, "a place came from nowhere"
        for task in crowd.tasks:
            task.cancel()
        await asyncio.gather(*crowd.tasks, return_exceptions=True)

    asyncio.run(play())


class LoopClock:
    """The clock of the running loop, by which its timers go too: stands until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: self.now)

    async def passes(self, seconds: float) -> None:
        """That much later, when everybody whose time was over has done what they do then."""
        self.now += seconds
        await settle()


async def test_a_line_that_moves_is_waited_in_and_one_that_stands_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "STANDING_MAX_S", 0.4)
    monkeypatch.setattr(lines, "WAIT_MAX_S", 60.0)
    clock = LoopClock(monkeypatch)
    crowd = Crowd(Line(1))
    for _ in range(12):
        crowd.come()
    await settle()
    for number in range(9):  # longer than one may stand, together
        await clock.passes(0.3)
        crowd.holding[number].set()
        await settle()
    assert crowd.refused == []
    assert crowd.served == list(range(10))
    await clock.passes(0.39)
    assert crowd.refused == []
    await clock.passes(0.02)
    assert crowd.refused == [10, 11]
    crowd.holding[9].set()
    await asyncio.gather(*crowd.tasks)


async def test_nobody_waits_longer_than_pages_do_nor_in_a_crowd_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "WAIT_MAX_S", 0.2)
    monkeypatch.setattr(lines, "WAITING_MAX", 2)
    clock = LoopClock(monkeypatch)
    crowd = Crowd(Line(1))
    for _ in range(4):
        crowd.come()
    await settle()
    assert crowd.refused == [3]
    await clock.passes(0.19)
    assert crowd.refused == [3]
    await clock.passes(0.02)
    assert crowd.refused == [3, 1, 2]
    crowd.holding[0].set()
    await asyncio.gather(*crowd.tasks)
