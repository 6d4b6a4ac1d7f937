"""86 and count-down in SQL by other hands: the role of a till, code from before, a replica, an import, a restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import load_statements
from tests.clusters import Cluster
from tests.orders import place
from tests.sql.conftest import Psql
from tests.sql.roles import new_role, session_of
from tests.sql.stock import count, left
from tests.sql.test_restore import restored as restored
from tests.sql.test_restore import run


async def test_code_that_knows_of_no_counts_is_refused_nothing(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    """A version from before dishes were counted serves on beside this one, and calls place_once() as it always did."""
    await count(db, dishes["Raita"], 1)
    line = {"menuItemId": str(dishes["Raita"]), "name": "Raita", "quantity": 2, "priceCents": 100}
    lines = json.dumps([{**line, "modifiers": [], "allergens": []}])
    arguments = (UUID(branch_id), None, None, uuid4(), "T1", "dine_in", None, None, 200, lines, False, None, "", "")
    before = """SELECT is_new
        FROM place_once($1, $2, $3, $4, $5, $6::order_type, $7, $8, $9, $10::jsonb, $11, $12, $13, $14)"""
    assert await db.fetchval(before, *arguments)
    assert await left(db, dishes["Raita"]) == (0, True)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.fetchrow(load_statements().place_once, *arguments[:3], uuid4(), *arguments[4:])
    assert refused.value.sqlstate == "KD086"


async def test_the_role_of_a_till_takes_down_and_gives_back(
    db: Any, dsn: str, branch_id: str, dishes: dict[str, UUID], psql: Psql
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    async with new_role(dsn, psql, "till") as role, session_of(dsn, role) as till:
        order_id = await place(till, branch_id)
        await place(till, branch_id)
        assert (await left(db, dishes["Chicken tikka"]))[0] == 3
        await till.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order_id)
        assert (await left(db, dishes["Chicken tikka"]))[0] == 5
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await till.execute("UPDATE dish_stock SET remaining = 100")


async def test_what_a_replica_or_an_import_writes_is_not_taken_again(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Chicken tikka"], 7)
    await db.execute("SET session_replication_role = replica")
    order_id = await place(db, branch_id)
    await db.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order_id)
    await db.execute("DELETE FROM orders WHERE id = $1", order_id)
    await db.execute("RESET session_replication_role")
    assert await left(db, dishes["Chicken tikka"]) == (7, False)
    async with db.transaction():  # history: cooked and eaten long ago
        order_id = await db.fetchval(
            "INSERT INTO orders (branch_id, status) VALUES ($1, 'COMPLETED') RETURNING id", UUID(branch_id)
        )
        kot_id = await db.fetchval(
            "INSERT INTO kots (order_id, status) VALUES ($1, 'COMPLETED') RETURNING id", order_id
        )
        await db.execute(
            "INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Chicken tikka')", order_id, kot_id
        )
    assert await left(db, dishes["Chicken tikka"]) == (7, False)


@pytest.mark.parametrize("rows_alone", [False, True], ids=["a whole dump", "rows alone, triggers on"])
async def test_a_restore_takes_nothing_down_again(
    cluster: Cluster, dsn: str, db: Any, branch_id: str, dishes: dict[str, UUID], restored: str, tmp_path: Path,
    rows_alone: bool,
) -> None:  # fmt: skip
    await count(db, dishes["Chicken tikka"], 7)
    await place(db, branch_id)
    dump = str(tmp_path / "dump")
    for part in ("--schema-only", "--data-only") if rows_alone else ("--no-comments",):
        await run(cluster, "pg_dump", "-Fc", part, "--exclude-table-data=events", "-f", dump, dsn)
        await run(cluster, "pg_restore", "--exit-on-error", "-d", restored, dump)
    await migrate(restored, lambda line: None)
    connection = await asyncpg.connect(restored)
    try:
        assert await left(connection, dishes["Chicken tikka"]) == (5, False)
        await place(connection, branch_id)
        assert await left(connection, dishes["Chicken tikka"]) == (3, False)
    finally:
        await connection.close()
