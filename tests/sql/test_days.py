"""sql/days.sql: time zones that phones know too, and a business day that is moved while it goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from tests.sql.numbers import change_day, draw, move_today, today_of

ConnectDb = Callable[[], Awaitable[Any]]
IANA = "Write a name of the IANA list, such as Europe/Rome"
REFUSED = {
    "europe/rome": "Write Europe/Rome.", "EUROPE/ROME": "Write Europe/Rome.", "utc": "Write UTC.",
    "posix/Europe/Rome": "Write Europe/Rome.", "right/europe/rome": "Write Europe/Rome.",
    "CET": "Write Europe/Brussels.", "eet": "Write Europe/Athens.", "posix/WET": "Write Europe/Lisbon.",
    "EST": "Write America/Panama.", "MST": "Write America/Phoenix.", "HST": "Write Pacific/Honolulu.",
    "UTC+3": IANA, "GMT+2": IANA, "UTC-03:30": IANA, "CEST": IANA, "z": IANA, "Foo3Bar": IANA, "EST5EDT4": IANA,
    "EST5EDT,M3.2.0,M11.1.0": IANA, "<+03>-3": IANA, "Europe/Rome1": IANA, "Europe/Rom3": IANA, "Etc/GMT+13": IANA,
    "Etc/GMT-15": IANA, "localtime": IANA, "posixrules": IANA, "Factory": IANA, "3": IANA, "-7.5": IANA, "+02": IANA,
    "interval '3 hours'": IANA, "": IANA, "Mars/Olympus": IANA, " Europe/Rome": IANA, "Europe/../UTC": IANA,
    "Europe": IANA, "default": IANA, "x" * 300: IANA, "\N{KELVIN SIGN}": IANA,
}  # fmt: skip
AS_REPLICA = "SET session_replication_role = {}"


@pytest.mark.parametrize("zone", REFUSED)
async def test_a_time_zone_that_phones_do_not_know_is_refused_in_words(db: Any, branch_id: str, zone: str) -> None:
    before = await db.fetchval("SHOW timezone")
    for statement in (
        "UPDATE branches SET timezone = $1 WHERE name = 'Via Masala'",
        "INSERT INTO branches (name, timezone) VALUES ('Far', $1)",
    ):
        with pytest.raises(asyncpg.InvalidParameterValueError) as refused:
            await db.execute(statement, zone)
        assert REFUSED[zone] in str(refused.value.hint)
        assert zone[:50] in str(refused.value)
    assert await db.fetchval("SHOW timezone") == before
    assert await db.fetchval("SELECT timezone FROM branches") == "Europe/Rome"


@pytest.mark.parametrize(
    "zone", ["UTC", "Etc/UTC", "Etc/GMT-14", "Etc/GMT+12", "GMT", "Asia/Kolkata", "Japan", "EST5EDT"]
)
async def test_a_time_zone_that_both_know_is_taken(db: Any, zone: str) -> None:
    await db.execute("SET timezone = 'Asia/Tokyo'")
    await db.execute("UPDATE branches SET timezone = $1", zone)
    assert await db.fetchval("SELECT settled_timezone($1)", zone) == zone
    assert await db.fetchval("SHOW timezone") == "Asia/Tokyo"


async def test_a_branch_with_a_zone_of_before_works_on_and_is_restored(db: Any, branch_id: str) -> None:
    await db.execute(AS_REPLICA.format("replica"))
    await db.execute("UPDATE branches SET timezone = 'UTC+3'")
    await db.execute(AS_REPLICA.format("origin"))
    await db.execute("UPDATE branches SET locality = 'Harbour', timezone = 'UTC+3', day_starts_at = '05:00'")
    assert await draw(db, branch_id, 2) == [1, 2]
    await db.execute("SET row_security = off; SET check_function_bodies = off")  # as pg_restore
    await db.execute("INSERT INTO branches (name, timezone) VALUES ('Restored', 'CET')")


async def test_numbers_begin_where_the_day_begins_and_not_where_an_old_one_stood(db: Any, branch_id: str) -> None:
    base = "(current_date - 20 - date '2000-01-01')::bigint * 1000000"
    await db.execute(f"""SELECT setval('order_numbers."{branch_id}"', {base} + 812)""")
    await change_day(db, branch_id, 1)
    assert await draw(db, branch_id) == [1]


async def test_a_zone_that_the_server_has_no_more_is_replaced(db: Any, branch_id: str) -> None:
    assert await draw(db, branch_id, 2) == [1, 2]
    await lose_zone(db)
    await db.execute("UPDATE branches SET timezone = 'America/New_York'")
    assert (await draw(db, branch_id))[0] > 2


async def lose_zone(db: Any) -> None:
    """Leaves every branch with a time zone that PostgreSQL has no more, as a restore on another system does."""
    await db.execute("ALTER TABLE branches DROP CONSTRAINT branches_timezone_known")
    await db.execute(AS_REPLICA.format("replica"))
    await db.execute("UPDATE branches SET timezone = 'US/Gone'")
    await db.execute(AS_REPLICA.format("origin"))


@pytest.mark.parametrize("steps", [(1, 0), (-1, 0), (1, -1, 1), (-1, 1, -1)])
async def test_no_number_is_called_out_twice_while_the_day_is_moved(
    db: Any, branch_id: str, steps: tuple[int, ...]
) -> None:
    await move_today(db, branch_id, 0)
    await draw(db, branch_id, 5, of_day=-1)
    called = await draw(db, branch_id, 3)
    days = {await today_of(db, branch_id)}
    for step in steps:
        await change_day(db, branch_id, step)
        called += await draw(db, branch_id, 3)
        days.add(await today_of(db, branch_id))
    assert len(days) > 1 and len(set(called)) == len(called)
    assert called == sorted(called) and called[-1] <= len(called) + 5 + len(steps)


async def test_a_change_that_leaves_the_day_leaves_its_numbers(db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    assert await draw(db, branch_id, 2) == [1, 2]
    await db.execute("UPDATE branches SET day_starts_at = day_starts_at - interval '1 minute', timezone = 'Etc/GMT-13'")
    if (today := await today_of(db, branch_id)) == await db.fetchval("SELECT max(business_day) FROM orders"):
        assert await db.fetchval("SELECT numbers_begin_on FROM branches") is None
        assert await draw(db, branch_id) == [3]
        assert await draw(db, branch_id, of_day=1) == [1]  # the day after starts anew
    else:  # within the hour in which the two differ
        assert await db.fetchval("SELECT numbers_begin_on FROM branches") == today


async def test_a_day_after_one_that_was_moved_to_starts_anew(db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    assert await draw(db, branch_id, 3) == [1, 2, 3]
    await change_day(db, branch_id, 1)
    assert await draw(db, branch_id, of_day=1) == [1]
    assert await draw(db, branch_id) == [5]
    await move_today(db, branch_id, 0)
    assert await draw(db, branch_id) == [4]


@pytest.mark.parametrize("moves", [[], [1], [1, -1], [-1, 1, 1]])
async def test_no_day_begins_where_no_number_is_left(db: Any, branch_id: str, moves: list[int]) -> None:
    await move_today(db, branch_id, 0)
    await draw(db, branch_id, 2)
    for day in range(-2, 4):
        await db.execute(
            "UPDATE branches SET numbers_begin_on = $1::date + $2::integer, numbers_begin_after = 999999",
            await today_of(db, branch_id),
            day,
        )
        assert len(await draw(db, branch_id)) == 1
        for move in moves:
            await change_day(db, branch_id, move)
            assert len(await draw(db, branch_id)) == 1


async def test_what_was_drawn_while_the_day_is_moved_is_passed_by(
    db: Any, branch_id: str, connect_db: ConnectDb
) -> None:
    await move_today(db, branch_id, 0)
    open_order, moving = await connect_db(), await connect_db()
    uncommitted = open_order.transaction()
    await uncommitted.start()
    assert await draw(open_order, branch_id) == [1]
    change = moving.transaction()
    await change.start()
    await change_day(moving, branch_id, 1)
    assert await draw(db, branch_id) == [2]  # still in the day of before
    await change.commit()
    after = await draw(db, branch_id)
    await uncommitted.commit()
    after += await draw(db, branch_id)
    assert after == [4, 5]  # the first one drew a 3 of the day before, and left it


async def test_a_move_that_is_rolled_back_leaves_nothing(db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    assert await draw(db, branch_id, 2) == [1, 2]
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await change_day(db, branch_id, 1)
            assert await draw(db, branch_id) == [4]
            raise ZeroDivisionError
    assert await draw(db, branch_id) == [3]
    assert await db.fetchval("SELECT count(*) FROM branches WHERE numbers_begin_on IS NOT NULL") == 0
