"""While the standby that commits wait for is cut off nothing is acknowledged that it does not have, whatever is asked.

It is promoted afterwards, as after the loss of the primary: what was acknowledged must be there.
"""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.postgres.migrate.migrate import migrate
from kds.server import Server
from tests.conftest import config_for
from tests.deploy.kitchen import log_in, open_restaurant
from tests.patience import eventually
from tests.system_postgres import SystemPostgres

SETTINGS = {"max_connections": 100, "shared_buffers": "32MB"}
ASKED_TIMES = 3


@pytest.fixture
def servers() -> Iterator[tuple[SystemPostgres, SystemPostgres]]:
    """A primary and its standby."""
    with (
        tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as first,
        tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as second,
    ):
        primary, standby = SystemPostgres(Path(first)), SystemPostgres(Path(second))
        primary.start(SETTINGS)
        try:
            standby.follow(primary)
            yield primary, standby
        finally:
            for server in (standby, primary):
                with suppress(AssertionError):  # it is stopped already
                    server.stop()


class Order(NamedTuple):
    """An order that both servers have."""

    id: str
    kot_id: str
    item_id: str
    token: str


class Ask(NamedTuple):
    """A request that changes something, and how the promoted standby shows that it has it."""

    method: str
    path: str
    body: dict[str, Any]
    there: str
    """A condition on orders o, its KOT k and its item i."""


def asks(order: Order, what: str) -> Ask:
    """What is asked of one order."""
    kitchen = f"/kitchen/order/{order.id}"
    return {
        "cancel": Ask("POST", f"/public/order/{order.id}/cancel?token={order.token}", {}, "o.status = 'CANCELLED'"),
        "order": Ask("PATCH", f"{kitchen}/status", {"status": "READY"}, "o.status = 'READY'"),
        "kot": Ask("PATCH", f"/kitchen/kot/{order.kot_id}/status", {"status": "READY"}, "k.status = 'READY'"),
        "item": Ask("PATCH", f"{kitchen}/item/{order.item_id}", {"done": True}, "i.done"),
        "rush": Ask("PATCH", f"{kitchen}/priority", {"priority": 1}, "o.priority = 1"),
        "hold": Ask("PATCH", f"{kitchen}/hold", {"held": True}, "k.held"),
        "hold a KOT": Ask("PATCH", f"/kitchen/kot/{order.kot_id}/hold", {"held": True}, "k.held"),
        "void": Ask("POST", f"{kitchen}/item/{order.item_id}/void", {}, "i.voided"),
    }[what]


KINDS = ("cancel", "order", "kot", "item", "rush", "hold", "hold a KOT", "void")


class Kitchen:
    """A branch, and who asks for what there."""

    def __init__(self, http: ClientSession, url: str, branch_id: str, dish: str) -> None:
        self._http, self._url, self._branch_id, self._dish = http, url, branch_id, dish
        self._headers: dict[str, str] = {}

    async def log_in(self) -> None:
        """As the chef."""
        self._headers = {"Authorization": f"Bearer {await log_in(self._http, self._url)}"}

    async def send(self, ask: Ask, key: str | None) -> tuple[int, dict[str, Any]]:
        """The status and the answer."""
        headers = self._headers | ({} if key is None else {"Idempotency-Key": key})
        async with self._http.request(ask.method, self._url + ask.path, json=ask.body, headers=headers) as answer:
            return answer.status, await answer.json()

    def order(self) -> Ask:
        """A guest's, which must be there by its note."""
        note = uuid.uuid4().hex
        body = {
            "branchId": self._branch_id, "table": "T1", "note": note,
            "items": [{"menuItemId": self._dish, "quantity": 1}],
        }  # fmt: skip
        return Ask("POST", "/public/order/place", body, f"o.note = '{note}'")

    async def placed(self, db: Any) -> Order:
        """One that is there."""
        status, answer = await self.send(self.order(), uuid.uuid4().hex)
        assert status == 201, answer
        kot_id, item_id = await db.fetchrow(
            "SELECT k.id::text, i.id::text FROM kots AS k JOIN order_items AS i ON i.kot_id = k.id"
            " WHERE k.order_id = $1 LIMIT 1",
            uuid.UUID(answer["orderId"]),
        )
        return Order(answer["orderId"], kot_id, item_id, answer["trackingToken"])


@pytest.fixture
async def kitchen(servers: tuple[SystemPostgres, SystemPostgres], http: ClientSession) -> AsyncIterator[Kitchen]:
    """A kitchen that is open, on both servers."""
    primary, _ = servers
    await _run(primary.superuser_dsn(), "CREATE DATABASE kds")
    dsn = primary.superuser_dsn("kds")
    await migrate(dsn, lambda line: None)
    branch_id = await open_restaurant(dsn)
    dish = str(await _run(dsn, f"SELECT id FROM menu_items WHERE available AND branch_id = '{branch_id}' LIMIT 1"))
    server = Server(config_for(dsn, pool_size=40))
    await server.start()
    kitchen = Kitchen(http, server.url, branch_id, dish)
    await kitchen.log_in()
    yield kitchen
    await server.stop()


async def _run(dsn: str, *statements: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        connection.terminate()


async def _has(dsn: str, order_id: str | None, there: str) -> bool:
    of_order = "true" if order_id is None else f"o.id = '{order_id}'"
    return bool(
        await _run(
            dsn,
            "SELECT count(*) FROM orders AS o JOIN kots AS k ON k.order_id = o.id"
            " JOIN order_items AS i ON i.kot_id = k.id"
            f" WHERE {of_order} AND {there}",
        )
    )


async def test_nothing_is_acknowledged_that_the_promoted_standby_does_not_have(
    servers: tuple[SystemPostgres, SystemPostgres], kitchen: Kitchen
) -> None:
    primary, standby = servers
    dsn = primary.superuser_dsn("kds")
    db = await asyncpg.connect(dsn)
    await _run(dsn, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")

    async def commits_wait() -> bool:
        return bool(await db.fetchval("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"))

    await eventually(commits_wait, 60)
    asked: list[tuple[str, str | None, Ask, str | None]] = []
    for with_key in (True, False):
        for kind in KINDS:
            order = await kitchen.placed(db)
            asked.append((kind, order.id, asks(order, kind), uuid.uuid4().hex if with_key else None))
        asked += [("place", None, kitchen.order(), uuid.uuid4().hex if with_key else None) for _ in range(3)]
    standby.stop()
    acknowledged: list[tuple[str, str | None, Ask]] = []
    refused = 0

    async def insist(kind: str, order_id: str | None, ask: Ask, key: str | None) -> None:
        nonlocal refused
        for _ in range(ASKED_TIMES):
            status, answer = await kitchen.send(ask, key)
            assert status in (200, 201, 503), (kind, status, answer)
            if status == 503:
                refused += 1
            else:
                acknowledged.append((f"{kind}{'' if key else ' without a key'}", order_id, ask))

    await asyncio.gather(*(insist(*each) for each in asked))
    assert refused, "nothing waited: the standby is not cut off"
    done_here = [kind for kind, order_id, ask, _ in asked if await _has(dsn, order_id, ask.there)]
    assert done_here, "nothing was done on the primary, so nothing could be lost with it"
    db.terminate()
    primary.stop()
    standby.promote()
    promoted = standby.superuser_dsn("kds")
    lost = [kind for kind, order_id, ask in acknowledged if not await _has(promoted, order_id, ask.there)]
    assert lost == [], "acknowledged, and not there"
