"""sql/numbers.sql: each business day of each branch counts 1, 2, 3 ... by itself, whatever else is written."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate

ConnectDb = Callable[[], Awaitable[Any]]
DRAW = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
DRAW_OF_DAY = "INSERT INTO orders (branch_id, business_day) VALUES ($1, {today} + $2::integer) RETURNING order_number"
CHOOSE = "INSERT INTO orders (branch_id, business_day, order_number) VALUES ($1, {today} + $2::integer, $3)"
TODAY = "(SELECT ((clock_timestamp() AT TIME ZONE timezone) - day_starts_at)::date FROM branches WHERE id = $1)"
DRAW_OF_DAY, CHOOSE = (text.format(today=TODAY) for text in (DRAW_OF_DAY, CHOOSE))


async def draw(db: Any, branch_id: str | UUID, times: int = 1, of_day: int | None = None) -> list[int]:
    """Places orders; their numbers."""
    if of_day is None:
        return [await db.fetchval(DRAW, branch_id) for _ in range(times)]
    return [await db.fetchval(DRAW_OF_DAY, branch_id, of_day) for _ in range(times)]


async def move_today(db: Any, branch_id: str | UUID, days: int) -> None:
    """Moves the day of a branch as the clock does, unseen by triggers: 1 is after 0, -1 before it."""
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await change_day(db, branch_id, days)


async def change_day(db: Any, branch_id: str | UUID, days: int) -> None:
    """Changes the zone of a branch and the hour at which its day starts, and so its day: 1 is after 0, -1 before it."""
    zone = "Etc/GMT+12" if days < 0 else "Etc/GMT-14"
    starts_at = "00:00" if days > 0 else "23:59:59.999"
    await db.execute(
        "UPDATE branches SET timezone = $2, day_starts_at = $3::text::time WHERE id = $1", branch_id, zone, starts_at
    )


async def today_of(db: Any, branch_id: str | UUID) -> date:
    """The business day of a branch now."""
    day: date = await db.fetchval("SELECT " + TODAY, branch_id)
    return day


@pytest.mark.parametrize("other_day", [-366, -30, -1, 1, 2, 366])
async def test_an_order_for_another_day_leaves_today_alone(db: Any, branch_id: str, other_day: int) -> None:
    assert await draw(db, branch_id) == [1]
    assert await draw(db, branch_id, of_day=other_day) == [1]
    assert await draw(db, branch_id) == [2]
    assert await draw(db, branch_id, 2, of_day=other_day) == [2, 3]
    assert await draw(db, branch_id, 2, of_day=0) == [3, 4]


async def test_orders_of_yesterday_that_come_before_the_first_of_today(db: Any, branch_id: str) -> None:
    assert await draw(db, branch_id, 2, of_day=-1) == [1, 2]
    assert await draw(db, branch_id, 2) == [1, 2]
    assert await draw(db, branch_id, of_day=-1) == [3]


async def test_a_day_that_moves_goes_on_counting_where_it_was(db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    days = [await today_of(db, branch_id)]
    assert await draw(db, branch_id, 3) == [1, 2, 3]
    for step, expected in ((-1, [1, 2]), (0, [4, 5]), (1, [1, 2]), (-1, [3, 4]), (1, [3, 4]), (0, [6, 7])):
        await move_today(db, branch_id, step)
        days.append(await today_of(db, branch_id))
        assert await draw(db, branch_id, 2) == expected, step
    assert len(set(days)) == 3


async def test_orders_placed_ahead_are_counted_on_when_their_day_comes(db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    assert await draw(db, branch_id, 2) == [1, 2]
    assert await draw(db, branch_id, 3, of_day=1) == [1, 2, 3]
    await move_today(db, branch_id, 1)
    assert await draw(db, branch_id, 2) == [4, 5]


@pytest.mark.parametrize(
    "row",
    [
        {"business_day": "current_date + 400"}, {"business_day": "current_date - 400"},
        {"business_day": "'3024-11-28'"},
        {"business_day": "'infinity'"}, {"business_day": "'-infinity'"}, {"business_day": "'4713-01-01 BC'"},
        {"business_day": "'3024-11-28'", "order_number": "17"}, {"business_day": "'infinity'", "order_number": "17"},
        {"order_number": "0"}, {"order_number": "-1"}, {"order_number": "1000000"}, {"order_number": "2147483647"},
        {"business_day": "current_date + 7", "order_number": "1000000"},
    ],
    ids=lambda row: " ".join(f"{name}={value}" for name, value in row.items()),
)  # fmt: skip
async def test_what_is_out_of_bounds_is_refused_in_words_and_leaves_nothing(
    db: Any, branch_id: str, row: dict[str, str]
) -> None:
    assert await draw(db, branch_id) == [1]
    insert = f"INSERT INTO orders (branch_id, {', '.join(row)}) VALUES ($1, {', '.join(row.values())})"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await db.execute(insert, branch_id)
    assert refused.value.hint
    assert await draw(db, branch_id) == [2]
    if row.get("business_day") not in {"current_date - 400", "'4713-01-01 BC'"}:  # with its number it is history
        with pytest.raises(asyncpg.CheckViolationError):
            changes = ", ".join(f"{name} = {value}" for name, value in row.items())
            await db.execute(f"UPDATE orders SET {changes} WHERE order_number = 1")
    assert await draw(db, branch_id) == [3]


async def test_history_of_any_age_comes_in_with_its_numbers(db: Any, branch_id: str) -> None:
    assert await draw(db, branch_id) == [1]
    for day, number in ((-4000, 12), (-1, 1_000_002), (-30, 7)):
        await db.execute(CHOOSE, branch_id, day, number)
    assert await draw(db, branch_id) == [2]
    assert await draw(db, branch_id, of_day=-1) == [1]


@pytest.mark.parametrize("chosen", [2, 17, 500, 999_999])
@pytest.mark.parametrize("way", ["insert", "update", "rolled back"])
async def test_a_number_that_a_writer_chose_is_passed_by(
    db: Any, branch_id: str, connect_db: ConnectDb, chosen: int, way: str
) -> None:
    till = await connect_db()
    assert await draw(db, branch_id) == [1]
    await db.execute("SET statement_timeout = '5s'")
    transaction = till.transaction()
    await transaction.start()
    if way == "update":
        await draw(till, branch_id, of_day=-1)
        await till.execute(
            f"UPDATE orders SET business_day = {TODAY}, order_number = $2"
            f" WHERE branch_id = $1 AND business_day < {TODAY}",
            branch_id, chosen,
        )  # fmt: skip
    else:
        await till.execute(CHOOSE, branch_id, 0, chosen)
    if way == "rolled back":
        await transaction.rollback()
        assert await draw(db, branch_id, 2) == [2, 3]
        return
    await transaction.commit()
    expected = [number for number in range(2, 24) if number != chosen][:20]
    assert await draw(db, branch_id, 20) == expected
    if chosen < 100:
        await db.execute(CHOOSE, branch_id, 0, expected[-1] + 1)
        assert await draw(db, branch_id) == [expected[-1] + 2]


async def test_a_chosen_number_is_passed_by_before_its_commit(db: Any, branch_id: str, connect_db: ConnectDb) -> None:
    till = await connect_db()
    await till.execute(CHOOSE, branch_id, 0, 900)  # a branch whose till chooses numbers
    assert await draw(db, branch_id) == [1]
    await db.execute("SET statement_timeout = '5s'")
    async with till.transaction():
        await till.execute(CHOOSE, branch_id, 0, 3)
        assert await draw(db, branch_id, 2) == [2, 4]


async def test_a_rolled_back_order_leaves_a_gap_at_most(db: Any, branch_id: str) -> None:
    for other_day in (None, -1, 1):
        assert await draw(db, branch_id, of_day=other_day) == [1]
        transaction = db.transaction()
        await transaction.start()
        await draw(db, branch_id, 3, of_day=other_day)
        await transaction.rollback()
        assert (await draw(db, branch_id, of_day=other_day))[0] in {2, 3, 4, 5}


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


Step = tuple[str, int, int, bool]
"""(what, day or number, how often, whether it is committed)."""
STEPS = st.one_of(
    st.tuples(st.just("draw"), st.just(0), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("draw of day"), st.sampled_from([-2, -1, 0, 1, 2, 5]), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("choose"), st.integers(1, 30), st.sampled_from([-1, 0, 1]), st.booleans()),
    st.tuples(st.just("refused"), st.sampled_from([-1, 0, 1_000_000, 2**31 - 1]), st.just(1), st.just(False)),
    st.tuples(st.just("move"), st.sampled_from([-1, 0, 1]), st.just(1), st.just(True)),
    st.tuples(st.just("migrate"), st.sampled_from([0, 1]), st.just(1), st.just(True)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
async def test_every_day_counts_by_itself_whatever_else_is_written(db: Any, dsn: str, steps: list[Step]) -> None:
    branch_id = await db.fetchval("INSERT INTO branches (name) VALUES ('Counted') RETURNING id")
    await move_today(db, branch_id, 0)
    asked, highest = Counter[date](), Counter[date]()
    for what, value, times, is_committed in steps:
        today = await today_of(db, branch_id)
        day = today
        transaction = db.transaction()
        if what == "move":
            await move_today(db, branch_id, value)
        elif what == "migrate":
            if value:
                await db.execute(f'DROP SEQUENCE order_numbers."{branch_id}"')
            await migrate(dsn, lambda line: None)
        elif what == "refused":
            with pytest.raises(asyncpg.CheckViolationError):
                await db.execute(CHOOSE, branch_id, 0, value)
        elif what == "choose":
            day = await db.fetchval("SELECT $1::date + $2::integer", today, times)
            is_free = not await db.fetchval(
                "SELECT count(*) FROM orders WHERE branch_id = $1 AND business_day = $2 AND order_number = $3",
                branch_id, day, value,
            )  # fmt: skip
            if is_free:
                await transaction.start()
                await db.execute(CHOOSE, branch_id, times, value)
                await (transaction.commit() if is_committed else transaction.rollback())
                highest[day] = max(highest[day], value * is_committed)
        else:
            of_day = None if what == "draw" else value
            day = await db.fetchval("SELECT $1::date + $2::integer", today, value)
            await transaction.start()
            numbers = await draw(db, branch_id, times, of_day=of_day)
            await (transaction.commit() if is_committed else transaction.rollback())
            asked[day] += times
            assert numbers == sorted(set(numbers))
            # no jump: at most what this day asked for, after a number that was chosen there
            assert max(numbers) <= asked[day] + highest[day], (numbers, asked, highest)


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


async def test_the_functions_of_numbers_serve_no_stranger(db: Any, branch_id: str) -> None:
    for call in ("advance_order_numbers($1, current_date)", "mend_order_numbers($1, 1)",
                 "take_order_number($1, current_date, NULL, NULL)"):  # fmt: skip
        async with db.transaction():
            await db.execute("CREATE ROLE numbers_stranger; SET LOCAL ROLE numbers_stranger")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction():
                    await db.fetchval(f"SELECT public.{call}", UUID(branch_id))
            await db.execute("RESET ROLE; DROP ROLE numbers_stranger")


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
        for connection in (chain, other):
            await connection.close()
    finally:
        await asyncio.to_thread(server.stop)
