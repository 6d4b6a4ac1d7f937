"""`kds migrate` while a restaurant works: nobody waits long, nobody is rolled back, nothing goes unannounced."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from tests.orders import add_branch, place
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]
PATIENCE_MS = 250
"""What a writer or a reader waits at most behind somebody else than the others of the restaurant."""
LONGEST_WAIT = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - l.waitstart)), 0)::float8 * 1000
FROM pg_locks AS l WHERE NOT l.granted AND l.pid = ANY ($1) AND NOT pg_blocking_pids(l.pid) <@ $1
"""
TABLES = ("orders", "kots", "order_items", "branches", "staff", "stations", "menu_items")


class Restaurant:
    """Writers who place and bump orders and readers who list them, each with its own connection, until told to stop."""

    def __init__(self) -> None:
        self.placed = 0
        self.stopping = False
        self.waited_ms = 0.0

    async def write(self, connection: Any, branch_id: str) -> None:
        """Places an order, bumps it, voids a dish; in a transaction that lasts a moment."""
        while not self.stopping:
            async with connection.transaction():
                order_id = await place(connection, branch_id)
                await connection.execute("SELECT pg_sleep(0.005)")
                await connection.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order_id)
            await connection.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1", order_id)
            self.placed += 1
            await asyncio.sleep(0.03)

    async def read(self, connection: Any) -> None:
        """Lists what is open."""
        while not self.stopping:
            await connection.fetch("SELECT * FROM open_kots")

    async def watch(self, connection: Any, workers: list[int]) -> None:
        """Looks how long a stranger, such as a migration, keeps the workers waiting; they may wait for each other."""
        while not self.stopping:
            self.waited_ms = max(self.waited_ms, await connection.fetchval(LONGEST_WAIT, workers))
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(connect_db: ConnectDb, branches: list[str]) -> AsyncIterator[Restaurant]:
    """A restaurant in a rush; fails when anybody was refused something, or had to wait."""
    restaurant = Restaurant()
    workers = [await connect_db() for _ in range(5)]
    watcher = await connect_db()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(restaurant.watch(watcher, [worker.get_server_pid() for worker in workers]))
        for number, connection in enumerate(workers):
            tasks.create_task(
                restaurant.read(connection) if number == 0
                else restaurant.write(connection, branches[number % len(branches)])
            )  # fmt: skip
        try:
            yield restaurant
            before = restaurant.placed
            async with asyncio.timeout(15):
                while restaurant.placed < before + 10:
                    await asyncio.sleep(0.01)
        finally:
            restaurant.stopping = True
    assert restaurant.waited_ms < PATIENCE_MS


async def assert_all_announced(db: Any) -> None:
    """Every order has its event."""
    silent = await db.fetchval(
        "SELECT count(*) FROM orders AS o WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.order_id = o.id)"
    )
    assert silent == 0


async def test_nothing_to_do_touches_nothing(dsn: str, db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    await place(db, branch_id)
    owner = await connect_db()
    said: list[str] = []
    async with db.transaction():
        for table in TABLES:  # whoever wants more than to read waits for this, and would wait for ever
            await db.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
        async with asyncio.timeout(10):
            await migrate(dsn, said.append)
    assert ["nothing to do" in line for line in said] == [True]
    assert await owner.fetchval("SELECT count(*) FROM orders") == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE deployment SET applied = NULL",
        "ALTER TABLE kots DISABLE TRIGGER kots_announce_update",
        "DROP FUNCTION note_given_number",
        "REVOKE EXECUTE ON FUNCTION prune_events FROM PUBLIC; GRANT EXECUTE ON FUNCTION prune_events TO PUBLIC",
        "ALTER FUNCTION number_order RESET search_path",
        "DROP VIEW open_kots",
        """DO $$ BEGIN EXECUTE format('CREATE OR REPLACE VIEW open_kots AS SELECT * FROM (%s) AS same WHERE false',
          rtrim(pg_get_viewdef('open_kots'::regclass), ';')); END $$""",
        "ALTER VIEW order_objects RESET (security_invoker)",
    ],
)
async def test_what_was_lost_or_changed_comes_back(dsn: str, db: Any, change: str) -> None:
    state = (
        "SELECT p.proname, p.proconfig, p.proacl::text, p.prosrc FROM pg_proc AS p WHERE pronamespace = 2200 ORDER BY 1"
    )
    views = (
        "SELECT c.relname, pg_get_viewdef(c.oid), c.reloptions FROM pg_class AS c "
        "WHERE c.relkind = 'v' AND c.relnamespace = 2200 ORDER BY 1"
    )
    before = [await db.fetch(query) for query in (state, views, "SELECT * FROM trigger_status")]
    await db.execute(change)
    said: list[str] = []
    await migrate(dsn, said.append)
    assert not any("nothing to do" in line for line in said)
    assert [await db.fetch(query) for query in (state, views, "SELECT * FROM trigger_status")] == before
    await db.fetch("SELECT * FROM open_kots")
    await migrate(dsn, said.append)
    assert "nothing to do" in said[-1]


@pytest.mark.parametrize(
    "change",
    [
        "SELECT 1",
        "UPDATE deployment SET applied = 'other ' || split_part(applied, ' ', 2)",
        "UPDATE deployment SET applied = NULL",
    ],
    ids=["nothing", "functions", "triggers"],
)
async def test_writers_and_a_long_report_go_on_beside_it(
    dsn: str, db: Any, branch_id: str, connect_db: ConnectDb, change: str
) -> None:
    branches = [branch_id, str(await add_branch(db))]
    report = await connect_db()
    transaction = report.transaction()
    await db.execute(change)
    said: list[str] = []
    async with at_work(connect_db, branches) as restaurant:
        await transaction.start()
        await report.fetchval("SELECT count(*) FROM orders")
        migration = asyncio.create_task(migrate(dsn, said.append))

        async def has_tried() -> bool:
            return migration.done() or any(f"pid {report.get_server_pid()} " in line for line in said)

        await eventually(has_tried)
        assert migration.done() == ("NULL" not in change)  # only triggers need the tables
        before = restaurant.placed
        await eventually(lambda: asyncio.sleep(0, restaurant.placed >= before + 20))
        await transaction.commit()
        async with asyncio.timeout(30):
            await migration
    assert restaurant.placed >= 30
    await assert_all_announced(db)


async def test_a_till_in_the_middle_of_an_order_is_not_the_victim(
    dsn: str, db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    order_id = await place(db, branch_id)
    await db.execute("UPDATE deployment SET applied = NULL")
    till, said = await connect_db(), list[str]()
    async with till.transaction():
        await till.execute("UPDATE orders SET note = 'x' WHERE id = $1", order_id)
        migration = asyncio.create_task(migrate(dsn, said.append))
        await eventually(lambda: asyncio.sleep(0, bool(said)))
        for _ in range(20):
            await till.execute("INSERT INTO orders (branch_id) VALUES ($1)", branch_id)
            await till.execute("UPDATE order_items SET done = true WHERE order_id = $1", order_id)
            await till.execute("SELECT pg_sleep(0.02)")
    async with asyncio.timeout(30):
        await migration
    await assert_all_announced(db)
    assert f"pid {till.get_server_pid()} " in said[0]


async def test_who_reads_a_view_does_not_wait_for_the_tables_too(
    dsn: str, db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    await db.execute("UPDATE deployment SET applied = NULL")
    till, reader, said = await connect_db(), await connect_db(), list[str]()
    await reader.execute("SET lock_timeout = '20ms'")
    async with till.transaction():
        await place(till, branch_id)
        migration = asyncio.create_task(migrate(dsn, said.append))
        async with asyncio.timeout(30):
            while not said:  # it has asked for the tables, and let go
                await reader.fetch("SELECT * FROM relay_status")
    async with asyncio.timeout(30):
        await migration


async def test_the_service_may_call_what_is_new_while_a_report_holds_a_view(
    dsn: str, db: Any, connect_db: ConnectDb
) -> None:
    service = f"kds_service_{secrets.token_hex(4)}"
    await db.execute(f"CREATE ROLE {service} LOGIN; GRANT INSERT ON ws_connections TO {service}")
    await db.execute("DROP FUNCTION prune_events(interval, integer)")
    report, caller, said = await connect_db(), await connect_db(), list[str]()
    await caller.execute(f"SET ROLE {service}")
    try:
        async with report.transaction():
            await report.fetch("SELECT * FROM order_objects")
            migration = asyncio.create_task(migrate(dsn, said.append))
            await eventually(lambda: asyncio.sleep(0, bool(said)))  # it waits for the view
            assert f"pid {report.get_server_pid()} " in said[0] and not migration.done()
            assert await caller.fetchval("SELECT prune_events('1 hour', 1)") == 0
            assert await caller.fetchval("SELECT count(*) FROM dish_stock") == 0
        async with asyncio.timeout(30):
            await migration
        assert await caller.fetchval("SELECT count(*) FROM dish_states") is not None
    finally:
        await db.execute(f"DROP OWNED BY {service}; DROP ROLE {service}")


async def test_functions_of_a_stranger_are_not_ours_to_watch(dsn: str, db: Any) -> None:
    await db.execute("CREATE FUNCTION till_total() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    await db.execute("CREATE VIEW till AS SELECT 1 AS one; GRANT SELECT ON till TO PUBLIC")
    said: list[str] = []
    await migrate(dsn, said.append)
    assert "nothing to do" in said[-1]
    with pytest.raises(asyncpg.UndefinedTableError):
        await db.fetch("SELECT * FROM none_such")
