"""Who is told that dishes changed: kds/kitchen/dishes/news.py."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from kds.kitchen.dishes.news import CHANGED, DishNews
from tests.unit.test_hub import Wire, subscriber

BRANCH, ELSEWHERE = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
async def news() -> AsyncIterator[DishNews]:
    """As in a process that runs."""
    news = DishNews()
    news.start()
    yield news
    await news.stop()


async def test_nothing_is_written_to_who_left_was_closed_or_waits_for_its_state(news: DishNews) -> None:
    wires = {name: Wire() for name in ("here", "left", "closed", "held", "elsewhere")}
    screens = {name: subscriber(wire) for name, wire in wires.items()}
    for name, screen in screens.items():
        news.watch(ELSEWHERE if name == "elsewhere" else BRANCH, screen)
    news.unwatch(BRANCH, screens["left"])
    screens["closed"].forget_client()
    screens["held"].hold()
    news.hear("STAFF_REVOKED", BRANCH)
    news.hear("MENU_CHANGED", BRANCH)
    await wires["here"].written(1)
    assert {name: wire.frames for name, wire in wires.items() if wire.frames} == {"here": [CHANGED]}


async def test_all_are_told_when_a_message_may_have_been_missed(news: DishNews) -> None:
    here, there = Wire(), Wire()
    news.watch(BRANCH, subscriber(here))
    news.watch(ELSEWHERE, subscriber(there))
    news.hear("", None)
    await here.written(1)
    await there.written(1)
    assert here.frames == there.frames == [CHANGED]
