"""`kds doctor` on clocks that are wrong."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest
from aiohttp import ClientSession

from kds.doctor.examine import Examined, examine
from tests.conftest import JWT_SECRET, RunningServer


async def test_a_clock_that_is_wrong(dsn: str) -> None:
    async def wrong_by(hours: float) -> list[str]:
        seen: list[Examined] = []
        environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
        clock = lambda: datetime.now(UTC) + timedelta(hours=hours)  # noqa: E731
        await examine(environment, seen.append, long_transaction=timedelta(minutes=5), now=clock)
        return [finding.what for examined in seen for finding in examined.findings]

    assert await wrong_by(1) == ["The clock of this machine is 3600 s ahead of the database's."]
    assert await wrong_by(-0.1) == ["The clock of this machine is 360 s behind the database's."]
    assert await wrong_by(0) == []


async def test_a_machine_whose_clock_is_wrong_is_told_apart_from_any_other(
    dsn: str,
    start_server: Callable[..., Awaitable[RunningServer]],
    http: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Behind(datetime):
        """The clock of a machine that is five seconds behind."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) - timedelta(seconds=5)

    async def found() -> list[str]:
        seen: list[Examined] = []
        environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
        await examine(environment, seen.append, long_transaction=timedelta(minutes=5))
        return [finding.what for part in seen if part.what == "clocks" for finding in part.findings]

    right = await start_server()
    assert await found() == []
    await right.server.stop()
    monkeypatch.setattr("kds.web.login.sessions.datetime", Behind)
    wrong = await start_server()
    async with http.get(f"{wrong.url}/readyz") as answer:
        assert 4.5 < (await answer.json())["clockApartS"] < 15
    (what,) = await found()
    assert re.fullmatch(
        r"The clock of the server process \S+ is 5 s behind the database's: set it on that machine\.", what
    )
