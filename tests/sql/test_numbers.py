"""sql/numbers.sql: each business day of each branch counts 1, 2, 3 ... by itself, whatever else is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.postgres.migrate.migrate import migrate
from tests.orders import place
from tests.sql.numbers import CHOOSE, TODAY, draw, move_today, number_of, today_of

ConnectDb = Callable[[], Awaitable[Any]]


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


async def test_a_rolled_back_order_leaves_a_gap_at_most(db: Any, branch_id: str) -> None:
    for other_day in (None, -1, 1):
        assert await draw(db, branch_id, of_day=other_day) == [1]
        transaction = db.transaction()
        await transaction.start()
        await draw(db, branch_id, 3, of_day=other_day)
        await transaction.rollback()
        assert (await draw(db, branch_id, of_day=other_day))[0] in {2, 3, 4, 5}


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


async def test_the_functions_of_numbers_serve_no_stranger(db: Any, branch_id: str) -> None:
    for call in ("advance_order_numbers($1, current_date)", "mend_order_numbers($1, 1)",
                 "take_order_number($1, current_date, NULL, NULL)"):  # fmt: skip
        async with db.transaction():
            await db.execute("CREATE ROLE numbers_stranger; SET LOCAL ROLE numbers_stranger")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction():
                    await db.fetchval(f"SELECT public.{call}", UUID(branch_id))
            await db.execute("RESET ROLE; DROP ROLE numbers_stranger")


async def test_numbers_count_from_one_in_every_branch(db: Any, branch_id: str, other_branch: UUID) -> None:
    first = [await number_of(db, await place(db, branch_id)) for _ in range(3)]
    second = [await number_of(db, await place(db, other_branch)) for _ in range(2)]
    assert (first, second) == ([1, 2, 3], [1, 2])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
async def test_the_business_day_is_that_of_the_branch(db: Any, zone: str) -> None:
    branch = await db.fetchval("INSERT INTO branches (name, timezone) VALUES ('Far', $1) RETURNING id", zone)
    expected = {(datetime.now(UTC).astimezone(ZoneInfo(zone)) - timedelta(hours=4)).date()}
    order_id = await place(db, branch)
    expected.add((datetime.now(UTC).astimezone(ZoneInfo(zone)) - timedelta(hours=4)).date())
    assert await db.fetchval("SELECT business_day FROM orders WHERE id = $1", order_id) in expected


async def test_a_new_day_starts_at_one(db: Any, branch_id: str) -> None:
    await place(db, branch_id)
    await place(db, branch_id)
    insert = "INSERT INTO orders (branch_id, business_day) VALUES ($1, current_date + 7) RETURNING order_number"
    assert [await db.fetchval(insert, branch_id) for _ in range(2)] == [1, 2]


async def test_a_number_given_by_a_pos_is_kept_and_not_given_again(db: Any, branch_id: str) -> None:
    await db.execute("INSERT INTO orders (branch_id, order_number) VALUES ($1, 41)", branch_id)
    assert await number_of(db, await place(db, branch_id)) == 42
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO orders (branch_id, order_number) VALUES ($1, 41)", branch_id)


async def test_an_order_for_a_branch_that_is_not_there_is_refused(db: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="does not exist"):
        await db.execute("INSERT INTO orders (branch_id) VALUES (gen_random_uuid())")


async def test_a_deleted_branch_takes_its_sequence_along(db: Any, other_branch: UUID) -> None:
    sequence = f'order_numbers."{other_branch}"'
    assert await db.fetchval("SELECT to_regclass($1)", sequence) is not None
    await db.execute("DELETE FROM branches WHERE id = $1", other_branch)
    assert await db.fetchval("SELECT to_regclass($1)", sequence) is None
