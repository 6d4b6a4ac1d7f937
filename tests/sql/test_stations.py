"""How long the name of a station may be, whoever writes it, and that an old longer one cooks on: sql/values.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from tests.clusters import Cluster
from tests.orders import add_kot, kots_of, place, statuses
from tests.sql.conftest import Psql

LONGEST = ("x" * 100, "窯" * 100, "👩‍🍳" * 33)
TOO_LONG = ("x" * 101, "窯" * 101, "x" * 5000)
REFUSED = asyncpg.CheckViolationError


async def keep_old(db: Any, branch_id: str, name: str) -> UUID:
    """A station with a dish and an open order, as a writer could leave them before this rule; the order."""
    order_id = await place(db, branch_id, stations=("Grill",))
    await db.execute("SET session_replication_role = replica")
    await db.execute("INSERT INTO stations (branch_id, name) VALUES ($1, $2)", branch_id, name)
    await db.execute(
        "INSERT INTO menu_items (branch_id, name, station, price_cents) VALUES ($1, 'Naan', $2, 300)", branch_id, name
    )
    await db.execute("UPDATE kots SET station = $2 WHERE order_id = $1", order_id, name)
    await db.execute("RESET session_replication_role")
    return order_id


@pytest.mark.parametrize("name", LONGEST, ids=["ASCII", "ideographs", "joined emoji"])
async def test_a_name_of_a_hundred_characters_is_taken(db: Any, branch_id: str, name: str) -> None:
    order_id = await place(db, branch_id, stations=(name, "Grill"))
    await add_kot(db, order_id, name)
    await db.execute(
        "UPDATE kots SET station = $2, round = 7 WHERE order_id = $1 AND station = 'Grill'", order_id, name
    )
    await db.execute("INSERT INTO stations (branch_id, name) VALUES ($1, $2)", branch_id, name)
    await db.execute("UPDATE menu_items SET station = $2 WHERE branch_id = $1", branch_id, name)


@pytest.mark.parametrize("name", TOO_LONG, ids=["ASCII", "ideographs", "far too long"])
async def test_a_longer_name_is_refused_in_every_column_that_holds_one(db: Any, branch_id: str, name: str) -> None:
    order_id = await place(db, branch_id, stations=("Grill",))
    for change in (
        place(db, branch_id, stations=(name,)),
        add_kot(db, order_id, name),
        db.execute("INSERT INTO kots (order_id, station, round) VALUES ($1, $2, 7)", order_id, name),
        db.execute("UPDATE kots SET station = $2 WHERE order_id = $1", order_id, name),
        db.execute("INSERT INTO stations (branch_id, name) VALUES ($1, $2)", branch_id, name),
        db.execute("UPDATE stations SET name = $2 WHERE branch_id = $1 AND name = 'Grill'", branch_id, name),
    ):
        with pytest.raises(REFUSED, match=f"of {len(name)} characters") as refused:
            await change
        assert "at most 100 characters" in refused.value.hint
    for change in (
        db.execute("UPDATE menu_items SET station = $2 WHERE branch_id = $1", branch_id, name),
        db.execute(
            "INSERT INTO menu_items (branch_id, name, station, price_cents) VALUES ($1, 'Tea', $2, 1)", branch_id, name
        ),
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):  # no station has it
            await change
    columns = await db.fetch("""
        SELECT c.relname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attname = 'station' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1""")
    assert [row["relname"] for row in columns] == ["kots", "menu_items"]  # a further one: try it here as well


async def test_an_old_longer_name_cooks_on(db: Any, branch_id: str) -> None:
    name = "o" * 150
    order_id = await keep_old(db, branch_id, name)
    await db.execute("UPDATE kots SET station = station, held = true, sent_at = sent_at WHERE order_id = $1", order_id)
    for status in ("READY", "COMPLETED", "READY", "SENT"):
        await db.execute("UPDATE kots SET status = $2 WHERE order_id = $1", order_id, status)
    await db.execute("UPDATE menu_items SET price_cents = 350, station = station WHERE name = 'Naan'")
    await db.execute("UPDATE stations SET position = 9, name = name WHERE name = $1", name)
    # what guests order of its dishes, further rounds, and what another station leaves to it
    await add_kot(db, order_id, name)
    other = await place(db, branch_id, stations=(name, "Grill"))
    await db.execute("UPDATE kots SET station = $2, round = 2 WHERE order_id = $1 AND station = 'Grill'", other, name)
    assert await statuses(db, other) == ("SENT", ["SENT", "SENT"])
    await db.execute("UPDATE stations SET name = 'Oven' WHERE name = $1", name)
    assert await db.fetchval("SELECT station FROM menu_items WHERE name = 'Naan'") == "Oven"
    with pytest.raises(REFUSED, match="station of 150 characters"):
        await add_kot(db, other, name)
    (kot_id, _) = await kots_of(db, other)
    await db.execute("UPDATE kots SET station = 'Oven' WHERE id = $1", kot_id)


async def test_an_old_longer_name_can_be_restored(
    cluster: Cluster, db: Any, dsn: str, branch_id: str, psql: Psql, tmp_path: Any
) -> None:
    name = "o" * 150
    order_id = await keep_old(db, branch_id, name)
    await cluster.create("restored_stations")
    restored = cluster.dsn("restored_stations")
    try:
        await migrate(restored, lambda line: None)
        head = "SET row_security = off; SET check_function_bodies = false;"  # as pg_dump writes it
        rows = [
            f"INSERT INTO branches (id, name) VALUES ('{branch_id}', 'Old');",
            f"INSERT INTO stations (branch_id, name) VALUES ('{branch_id}', '{name}');",
            f"INSERT INTO menu_items (branch_id, name, station, price_cents) VALUES ('{branch_id}', 'N', '{name}', 1);",
            f"INSERT INTO orders (id, branch_id) VALUES ('{order_id}', '{branch_id}');",
            f"INSERT INTO kots (order_id, station) VALUES ('{order_id}', '{name}');",
        ]
        await psql(restored, "-q", script="\n".join((head, *rows)))
        there = await asyncpg.connect(restored)
        assert await there.fetchval("SELECT count(*) FROM kots WHERE station = $1", name) == 1
        await there.close()
    finally:
        await cluster.drop("restored_stations")
