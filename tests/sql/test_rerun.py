"""psql -f of a file of sql/ on a living database: nobody notices, and nothing of others is touched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from kds.postgres.migrate.replaced import REPLACED
from tests.orders import place
from tests.sql.conftest import Psql

ConnectDb = Callable[[], Awaitable[Any]]


@pytest.mark.parametrize("file", REPLACED)
async def test_a_file_run_again_beside_writers_loses_no_announcement(
    db: Any, dsn: str, psql: Psql, branch_id: str, connect_db: ConnectDb, file: str
) -> None:
    done = asyncio.Event()
    told: dict[UUID, int] = {}

    async def write(connection: Any) -> None:
        while not done.is_set():
            order = await place(connection, branch_id)
            await connection.execute("UPDATE order_items SET done = true WHERE order_id = $1", order)
            await connection.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order)
            told[order] = 3

    writers = [asyncio.create_task(write(await connect_db())) for _ in range(4)]
    try:
        for _ in range(3):
            await again_until_it_has_the_tables(psql, dsn, file)
    finally:
        done.set()
    await asyncio.gather(*writers)
    rows = await db.fetch("SELECT order_id, count(*) FROM events GROUP BY order_id")
    assert told
    assert {row["order_id"]: row["count"] for row in rows} == told


async def again_until_it_has_the_tables(psql: Psql, dsn: str, file: str) -> None:
    """As a DBA would: a file gives up while somebody holds the tables, and changes nothing then."""
    async with asyncio.timeout(120):
        while True:
            try:
                await psql(dsn, "-q", "-f", file)
            except AssertionError as error:
                if "lock timeout" not in str(error):
                    raise
            else:
                return


async def test_triggers_of_others_stay_as_they_are(db: Any, dsn: str, psql: Psql) -> None:
    await db.execute("""
        CREATE FUNCTION pos_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER orders_touch_pos AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION pos_trigger();
        CREATE TRIGGER kots_announce_pos AFTER UPDATE ON kots FOR EACH ROW EXECUTE FUNCTION pos_trigger();
        CREATE TRIGGER order_items_remember_pos AFTER UPDATE ON order_items EXECUTE FUNCTION pos_trigger();
        ALTER TABLE orders DISABLE TRIGGER orders_touch_pos""")
    others = "SELECT * FROM trigger_status WHERE trigger_name LIKE '%pos' ORDER BY trigger_name"
    before = await db.fetch(others)
    for file in REPLACED:
        await psql(dsn, "-q", "-f", file)
    assert len(before) == 3
    assert await db.fetch(others) == before
