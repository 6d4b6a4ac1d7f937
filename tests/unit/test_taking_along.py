"""Tickets that follow their station, order by order: how long somebody who holds one is waited for."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from kds.domain import stations
from kds.domain.stations import TicketsRefused, take_along
from kds.errors import Unavailable


class Orders:
    """Orders with tickets of a station, some of them held by others for good."""

    def __init__(self, count: int, *, held: int = 0, each_takes_s: float = 0.0) -> None:
        self.there = [uuid4() for _ in range(count)]
        self._held = set(self.there[:held])
        self._each_takes_s = each_takes_s

    async def find(self) -> list[UUID]:
        """Those that have any still."""
        return list(self.there)

    async def move(self, order_id: UUID) -> bool:
        """Whether nobody holds it."""
        await asyncio.sleep(self._each_takes_s)
        if order_id in self._held:
            return False
        self.there.remove(order_id)
        return True


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks, nor after the last."""
    monkeypatch.setattr(stations, "PAUSE_S", 0.0)
    monkeypatch.setattr(stations, "QUIET_S", 0.01)


async def test_all_that_nobody_holds_is_moved_and_the_rest_told() -> None:
    orders = Orders(9, held=4)
    assert await take_along(orders.find, orders.move, patience_s=0.05) == 4 == len(orders.there)


async def test_what_comes_meanwhile_is_moved_as_well() -> None:
    orders = Orders(3)
    late = [uuid4(), uuid4()]

    async def move(order_id: UUID) -> bool:
        if late:
            orders.there.append(late.pop())
        return await orders.move(order_id)

    assert await take_along(orders.find, move) == 0 == len(orders.there)


@pytest.mark.parametrize("held", [0, 20])
async def test_nobody_who_asked_waits_for_more_than_they_can(held: int) -> None:
    orders = Orders(20, held=held, each_takes_s=0.02)
    left = await take_along(orders.find, orders.move, at_most_s=0.1)
    assert left == len(orders.there) > 0


async def test_a_move_that_hangs_is_left_when_the_time_is_over() -> None:
    orders = Orders(3, each_takes_s=60.0)
    assert await take_along(orders.find, orders.move, at_most_s=0.05) == 3 == len(orders.there)


async def test_an_order_that_is_refused_is_tried_once_and_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    orders = Orders(9)
    bad = orders.there[4]

    async def move(order_id: UUID) -> bool:
        if order_id == bad:
            raise TicketsRefused("DataError: bad")
        return await orders.move(order_id)

    assert await take_along(orders.find, move, patience_s=60.0) == 1
    assert orders.there == [bad]
    assert caplog.messages == [f"tickets not moved order={bad} error=DataError: bad"]


@pytest.mark.parametrize("moved", [0, 2])
async def test_a_database_that_goes_away_leaves_the_rest(moved: int) -> None:
    orders = Orders(3)

    async def move(order_id: UUID) -> bool:
        if len(orders.there) == 3 - moved:
            raise Unavailable
        return await orders.move(order_id)

    assert await take_along(orders.find, move) == 3 - moved == len(orders.there)


async def test_what_cannot_even_be_found_is_left_as_it_was_expected() -> None:
    async def find() -> list[UUID]:
        raise Unavailable

    assert await take_along(find, Orders(1).move, expected=7) == 7


async def test_a_time_that_others_set_is_not_taken_for_ours() -> None:
    async def find() -> list[UUID]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await take_along(find, Orders(1).move)
