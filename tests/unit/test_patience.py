"""kds/web/sockets/patience.py: asked again while the database is away, seldomer each time, and not without end."""

from __future__ import annotations

import asyncio

import pytest

from kds.errors import Unavailable
from kds.web.sockets import patience


class Away:
    """A database that is away for some questions."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked_at: list[float] = []

    async def read(self) -> int:
        """7, once it is back."""
        self.asked_at.append(asyncio.get_running_loop().time())
        if len(self.asked_at) <= self.times:
            raise Unavailable
        return 7


async def test_it_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.02)
    away = Away(3)
    assert await patience.read_in_time(away.read, is_over=lambda: False) == 7
    assert len(away.asked_at) == 4
    assert away.asked_at[3] - away.asked_at[2] >= 0.04  # 0.01, 0.02, 0.04 at least


async def test_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WITHIN_S", 0.1)
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.02)
    with pytest.raises(Unavailable):
        await patience.read_in_time(Away(1_000).read, is_over=lambda: False)


async def test_nobody_is_asked_for_who_has_left() -> None:
    away = Away(0)
    assert await patience.read_in_time(away.read, is_over=lambda: True) is None
    assert away.asked_at == []
