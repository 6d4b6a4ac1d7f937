"""Writers who draw numbers at once: none gets the number of another, none waits for the commit of another."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from tests.sql.numbers import CHOOSE, draw, move_today, today_of

ConnectDb = Callable[[], Awaitable[Any]]


async def test_a_chosen_number_is_passed_by_before_its_commit(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    till = await connect_db()
    await till.execute(CHOOSE, branch_id, 0, 900)  # a branch whose till chooses numbers
    assert await draw(db, branch_id) == [1]
    await db.execute("SET statement_timeout = '5s'")
    async with till.transaction():
        await till.execute(CHOOSE, branch_id, 0, 3)
        assert await draw(db, branch_id, 2) == [2, 4]


async def test_a_cancelled_draw_keeps_no_lock_of_its_session(db: Any, branch_id: str) -> None:
    day = await today_of(db, branch_id)
    for _ in range(40):
        with pytest.raises(TimeoutError):
            await db.execute(
                "SELECT is_number_taken($1, $2, number) FROM generate_series(1, 10000000) AS number",
                branch_id, day, timeout=0.01,
            )  # fmt: skip
        held = await db.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
        )
        assert held == 0


async def test_a_late_order_waits_for_those_of_its_day_that_are_not_committed(
    db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    await move_today(db, branch_id, 0)
    cook = await connect_db()
    assert await draw(db, branch_id, 2) == [1, 2]
    transaction = cook.transaction()
    await transaction.start()
    assert await draw(cook, branch_id, 2) == [3, 4]
    await move_today(db, branch_id, 1)
    assert await draw(db, branch_id) == [1]
    late = await connect_db()
    synced = asyncio.create_task(draw(late, branch_id, of_day=-1))
    assert await draw(db, branch_id) == [2]
    await transaction.commit()
    assert await synced == [5]


async def test_an_order_for_tomorrow_that_stays_open_does_not_close_the_branch(
    db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    await move_today(db, branch_id, 0)
    open_one = await connect_db()
    transaction = open_one.transaction()
    await transaction.start()
    assert await draw(open_one, branch_id, of_day=1) == [1]
    await move_today(db, branch_id, 1)
    await db.execute("SET statement_timeout = '5s'")
    assert await draw(db, branch_id, 2) == [101, 102]  # well beyond what cannot be seen yet
    await transaction.commit()
    assert await draw(db, branch_id) == [103]


async def test_writers_at_once_never_take_the_same_number(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    await move_today(db, branch_id, 0)
    asked = Counter[int]()
    mixtures: list[list[int | None]] = [[None], [None, None], [-1], [1], [0], [None, 0]]

    async def write(seed: int) -> None:
        chance = random.Random(seed)
        connection = await connect_db()
        for _ in range(30):
            transaction = connection.transaction()
            await transaction.start()
            for of_day in chance.choice(mixtures):
                await draw(connection, branch_id, of_day=of_day)
                asked[of_day or 0] += 1
            await (transaction.rollback() if chance.random() < 0.3 else transaction.commit())

    await asyncio.gather(*(write(seed) for seed in range(8)))
    rows = await db.fetch(
        "SELECT business_day, count(*) AS orders, count(DISTINCT order_number) AS numbers, max(order_number) AS last"
        " FROM orders WHERE branch_id = $1 GROUP BY 1 ORDER BY 1",
        branch_id,
    )
    assert [row["orders"] == row["numbers"] and row["last"] <= asked[day] for day, row in enumerate(rows, -1)] == [
        True
    ] * 3


async def test_a_transaction_over_very_many_branches_is_refused_before_it_harms_others(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data", 18, {"fsync": "off", "max_connections": 20})
    await asyncio.to_thread(server.start)
    try:
        await migrate(server.dsn(), lambda line: None)
        chain = await asyncpg.connect(server.dsn())
        for _ in range(20):
            await chain.execute("INSERT INTO branches (name) SELECT 'N' FROM generate_series(1, 100)")
        other = await asyncpg.connect(server.dsn())
        branch_id = await other.fetchval("INSERT INTO branches (name) VALUES ('Other') RETURNING id")
        transaction = chain.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.ProgramLimitExceededError, match=r"more than \d+ branches") as refused:
            await chain.execute("INSERT INTO orders (branch_id) SELECT id FROM branches")
        assert "COMMIT" in (refused.value.hint or "")
        assert await draw(other, branch_id, 3) == [1, 2, 3]
        await transaction.rollback()
        for start in range(0, 2000, 100):
            await chain.execute(
                "INSERT INTO orders (branch_id) SELECT id FROM branches ORDER BY id OFFSET $1 LIMIT 100", start
            )
        assert await draw(other, branch_id) != [1]
        with pytest.raises(asyncpg.ProgramLimitExceededError, match=r"more than \d+ branches"):  # no first of its day
            await chain.execute("INSERT INTO orders (branch_id) SELECT id FROM branches")
        for connection in (chain, other):
            await connection.close()
    finally:
        await asyncio.to_thread(server.stop)


async def test_taking_a_number_waits_for_nobodys_commit(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    another = await connect_db()
    await another.execute("SET statement_timeout = '5s'")
    async with db.transaction():
        first = await db.fetchval(insert, branch_id)
        second = await another.fetchval(insert, branch_id)
    assert {first, second} == {1, 2}


async def test_many_writers_at_the_first_moment_of_a_day_get_numbers_of_their_own(
    branch_id: str, connect_db: ConnectDb
) -> None:
    writers = [await connect_db() for _ in range(12)]
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    numbers = await asyncio.gather(*(writer.fetchval(insert, branch_id) for writer in writers))
    assert len(set(numbers)) == 12
    assert max(numbers) <= 24
