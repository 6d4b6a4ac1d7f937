"""A thousand guests whose orders waited for the database come at once when it is back, and all are served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from kds.postgres import line
from tests.clusters import Cluster
from tests.conftest import RunningServer
from tests.failover.orders import Guests
from tests.patience import eventually

GUESTS = 1000
SERVED_WITHIN_S = 180.0
"""No promise: a busy machine is slow."""


async def test_a_rush_is_served_without_a_second_outage(
    start_server: Callable[..., Awaitable[RunningServer]], cluster: Cluster, db: Any, branch_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # or a slow machine would be what refuses
    monkeypatch.setattr(line, "WAIT_MAX_S", SERVED_WITHIN_S)
    monkeypatch.setattr(line, "STANDING_MAX_S", SERVED_WITHIN_S)
    server = await start_server()
    dish = str(
        await db.fetchval("SELECT id FROM menu_items WHERE available AND branch_id::text = $1 LIMIT 1", branch_id)
    )
    name = urlsplit(server.dsn).path[1:]
    guests = Guests([server.url], {branch_id: dish}, seed=1, patience_s=SERVED_WITHIN_S)
    admin = await asyncpg.connect(cluster.admin_dsn)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        for _ in range(GUESTS):
            guests.order()

        async def all_were_refused() -> bool:
            return len(guests.refusals) >= GUESTS

        await eventually(all_were_refused, SERVED_WITHIN_S)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await guests.leave(SERVED_WITHIN_S)
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()
        await guests.close()
    served_from = min(one.at for one in guests.accepted.values())
    assert len(guests.accepted) == len({one.order_id for one in guests.accepted.values()}) == GUESTS
    assert [one for one in guests.refusals if one.asked_at > served_from] == [], "refused while others were served"
