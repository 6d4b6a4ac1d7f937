"""Every loop that runs beside the requests survives an error that nobody expected, says so, and works on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

import kds.kitchen.screens
import kds.relay.pruning
from kds.errors import Unavailable
from kds.kitchen.queries import KitchenQueries
from kds.relay.batching import Batching
from kds.relay.hub import Hub
from kds.relay.listening.reader import EventReader
from kds.relay.pruning import Pruning
from kds.web.login.queries import LoginQueries
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

LOOPS: dict[str, tuple[type, str]] = {
    "pruning": (Pruning, "prune_events"),
    "rows-of-screens": (KitchenQueries, "keep_screens"),
    "what-ended": (LoginQueries, "endings"),
    "heartbeats": (Hub, "beat"),
    "batching": (Batching, "_lead"),
    "relay-fault": (EventReader, "compare"),
}
"""What the log says of each, and what it calls in every turn."""


@pytest.mark.expects_error("each loop is made to fail twice")
@pytest.mark.parametrize("said", LOOPS)
async def test_a_loop_goes_on_after_any_error(
    http: ClientSession,
    start_server: Callable[..., Awaitable[RunningServer]],
    db: Any,
    branch_id: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    owner, name = LOOPS[said]
    work = getattr(owner, name)
    calls, failed, went_on = 0, asyncio.Event(), asyncio.Event()

    async def fail_twice(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= 2:
            failed.set()
            raise ZeroDivisionError("nobody expected this")
        went_on.set()
        return await work(*arguments, **options)

    monkeypatch.setattr(kds.relay.pruning, "PRUNE_EVERY_S", 0.05)
    monkeypatch.setattr(kds.kitchen.screens, "RENEW_S", 0.05)
    server = await start_server(sweep_s=0.1, heartbeat_s=0.1)
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as screen:
        await screen.take(2)
        monkeypatch.setattr(owner, name, fail_twice)
        if said == "batching":
            server.server.relay.batching.force(True)
        async with asyncio.timeout(30):
            await failed.wait()
            await went_on.wait()
        order_id = await place(db, branch_id)
        assert (await screen.next())["orderId"] == str(order_id)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR and record.exc_info]
    assert len([record for record in errors if said in record.getMessage().replace(" ", "-")]) == 2


async def test_leases_that_could_not_be_renewed_are_with_the_next_try(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever renews also drops what has expired; the next renewal by the clock would come too late for this test."""
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at)"
        " VALUES ('dead', $1, 'gone', now() - interval '1 s')",
        branch_id,
    )
    keep, refusals = KitchenQueries.keep_screens, 0

    async def refuse_once(*arguments: Any) -> None:
        nonlocal refusals
        refusals += 1
        if refusals == 1:
            raise Unavailable
        await keep(*arguments)

    monkeypatch.setattr(kds.kitchen.screens, "RENEW_S", 3600.0)
    monkeypatch.setattr(KitchenQueries, "keep_screens", refuse_once)

    async def is_dropped() -> bool:
        return not await db.fetchval("SELECT count(*) FROM ws_connections WHERE connection_id = 'dead'")

    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id)):
        await eventually(is_dropped, 8)
    assert refusals >= 2
