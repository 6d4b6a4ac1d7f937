"""A trigger that somebody drops or disables under a running server: it is said, and mended by kds migrate alone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from kds.postgres.migrate.migrate import migrate
from kds.web.health import triggers
from tests.clusters import Cluster
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.display.boards import StartServer, greeted
from tests.flow.test_metrics import scrape
from tests.orders import place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for
from tests.sql.test_restore import run

DAMAGES = {
    "DROP TRIGGER orders_announce_insert ON orders": "orders_announce_insert on orders",
    "ALTER TABLE orders DISABLE TRIGGER orders_announce_insert": "orders_announce_insert on orders",
    "ALTER TABLE kots ENABLE TRIGGER kots_announce_update": "kots_announce_update on kots",
}


@pytest.fixture
async def watched(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    """A server that looks at the triggers often."""
    monkeypatch.setattr(triggers, "LOOK_EVERY_S", 0.1)
    yield await start_server()


def orders_of(snapshot: dict[str, Any]) -> set[str]:
    """The ids of the orders in a snapshot."""
    assert snapshot["type"] == "SNAPSHOT"
    return {order["orderId"] for order in snapshot["orders"]}


async def assert_all_show(
    http: ClientSession, server: RunningServer, token: str, resumed: dict[str, Any], epoch: str, orders: set[str]
) -> None:
    """Those who come anew, and those who go on from before, have these orders."""
    async with open_screen(http, server.url, token, since=0) as fresh:
        assert orders_of((await greeted(fresh))[1]) >= orders
    async with open_screen(http, server.url, token, **resume_point(resumed, epoch)) as back:
        assert orders_of((await greeted(back))[1]) >= orders


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_lost_trigger_is_said_until_it_is_back(
    watched: RunningServer, http: ClientSession, db: Any, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    async def said() -> list[str]:
        async with http.get(f"{watched.url}/readyz") as answer:
            ready = await answer.json()
        assert (answer.status, ready["status"]) == (200, "ready")
        return list(ready["lostTriggers"])

    async def is_said() -> bool:
        return await said() == [DAMAGES[damage]]

    async def is_well() -> bool:
        return await said() == []

    caplog.set_level(logging.INFO)
    assert await is_well()
    await db.execute(damage)
    await eventually(is_said)
    assert (await scrape(http, watched.url))("kds_triggers_missing") == 1
    await migrate(watched.dsn, lambda line: None)
    await eventually(is_well)
    assert (await scrape(http, watched.url))("kds_triggers_missing") == 0
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1 and "kds migrate" in errors[0] and DAMAGES[damage] in errors[0]
    assert [record.levelno for record in caplog.records if "in place again" in record.getMessage()] == [logging.INFO]


@pytest.mark.parametrize("damage", [*DAMAGES][:2])
async def test_orders_that_no_trigger_announced_are_on_every_screen_after_kds_migrate(
    watched: RunningServer, http: ClientSession, db: Any, branch_id: str, damage: str
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(http, watched.url, token, since=0) as board, open_screen(http, watched.url, token) as plain:
        hello, _ = await greeted(board)
        announced = await place(db, branch_id)
        first = await board.next()
        await db.execute(damage)
        unheard = {str(await place(db, branch_id)) for _ in range(2)}
        said: list[str] = []
        await migrate(watched.dsn, said.append)
        assert any("orders_announce_insert on orders" in line for line in said)
        assert orders_of(await board.next()) >= unheard | {str(announced)}
        assert await ends_with(plain) == 4010
        await assert_all_show(http, watched, token, first, hello["epoch"], unheard)
        await board.silent(lambda: place(db, branch_id))


async def ends_with(plain: Screen) -> int | None:
    """The close code of a screen that is sent away after what it was told before."""
    await plain.next()
    return await plain.close_code()


async def test_rows_restored_beside_a_running_server_are_on_every_screen_after_kds_migrate(
    watched: RunningServer, http: ClientSession, cluster: Cluster, db: Any, branch_id: str, tmp_path: Path
) -> None:
    token, tables = token_for(JWT_SECRET, branch_id), ("-t", "orders", "-t", "kots", "-t", "order_items")
    placed = {str(await place(db, branch_id)) for _ in range(3)}
    await run(cluster, "pg_dump", "-Fc", "-f", str(tmp_path / "dump"), watched.dsn)
    await db.execute("DELETE FROM orders")
    async with open_screen(http, watched.url, token, since=0) as board:
        hello, empty = await greeted(board)
        assert orders_of(empty) == set()
        restore = ("--data-only", "--disable-triggers", *tables, "-d", watched.dsn, str(tmp_path / "dump"))
        await run(cluster, "pg_restore", "--exit-on-error", *restore)
        await migrate(watched.dsn, lambda line: None)
        assert orders_of(await board.next()) == placed
        await assert_all_show(http, watched, token, empty, hello["epoch"], placed)


async def test_a_migration_of_a_database_that_lost_nothing_sends_no_screen_away(
    watched: RunningServer, http: ClientSession, db: Any, branch_id: str
) -> None:
    async with open_screen(http, watched.url, token_for(JWT_SECRET, branch_id), since=0) as board:
        await greeted(board)
        await migrate(watched.dsn, lambda line: None)
        older = r"^[0-9a-f]+:(\S+) [0-9a-f]+:"  # as if another release had made functions and triggers
        await db.execute(f"UPDATE deployment SET applied = regexp_replace(applied, '{older}', 'old:\\1 old:')")
        await migrate(watched.dsn, lambda line: None)
        assert not await db.fetchval("SELECT count(*) FROM events WHERE kind = 'RESYNC'")
        order_id = await place(db, branch_id)
        assert (await board.next())["orderId"] == str(order_id)
