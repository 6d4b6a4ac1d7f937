"""`kds branch set`: everything that a branch decides, and what follows from it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from kds.domain.money import minor_units
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.test_any_command_line import ask
from tests.sql.numbers import draw, move_today, today_of
from tests.sql.test_days import lose_zone

OURS = {"id", "created_at", "numbers_given_on", "numbers_begin_on", "numbers_begin_after", "counts_dishes"}
"""Columns that nobody decides."""
COMMANDS = {
    "name": "rename {} Nonna",
    "locality": "set {} --locality Harbour",
    "timezone": "set {} --timezone Asia/Tokyo",
    "day_starts_at": "set {} --day-start 05:30",
    "currency": "set {} --currency USD",
    "requires_table_token": "set {} --signed-tables yes",
    "adds_rounds": "set {} --signed-tables yes --rounds yes",
    "pickup_names": "set {} --pickup-names no",
    "public_order_types": "set {} --public-orders takeaway",
    "guest_orders_per_minute": "set {} --guest-orders-per-minute 7",
    "guest_orders_open_max": "set {} --guest-orders-open-max 8",
    "courses_fire": "set {} --courses when-ready",
    "course_minutes": "set {} --courses 20",
    "forget_after_days": "set {} --forget-after 30",
    "ordering_paused": "pause {}",
    "ordering_paused_until": "pause {} --minutes 5",
}


async def kds(dsn: str, *line: str) -> tuple[int, str]:
    """Runs a command in this process."""
    return await asyncio.to_thread(ask, [*line], {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET})


async def test_everything_that_a_branch_decides_has_a_command(dsn: str, db: Any, branch_id: str) -> None:
    columns = {
        row["column_name"]
        for row in await db.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = 'branches'")
    }
    assert columns - OURS == set(COMMANDS)
    for column, line in COMMANDS.items():
        before = await db.fetchval(f"SELECT {column} FROM branches WHERE id::text = $1", branch_id)
        code, printed = await kds(dsn, "branch", *line.format(branch_id).split())
        assert code == 0, (line, printed)
        assert await db.fetchval(f"SELECT {column} FROM branches WHERE id::text = $1", branch_id) != before, line


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ("--timezone europe/rome", 1, "Write Europe/Rome."),
        ("--timezone UTC+3", 1, "Etc/GMT-3"),
        ("--timezone Mars/Olympus", 1, "IANA"),
        ("--day-start 24:00", 2, "00:00 to 23:59"),
        ("--day-start 5", 2, "no time of day such as 04:00"),
        ("--day-start \u0660\u0665:\u0660\u0660", 2, "no time of day"),
        ("--currency EUX", 2, "no currency of ISO 4217"),
        ("--locality \x1b[2J", 1, "control character"),
    ],
)
async def test_a_wrong_setting_is_refused_and_nothing_is_changed(
    dsn: str, db: Any, branch_id: str, flags: str, code: int, said: str
) -> None:
    before = await db.fetchrow("SELECT * FROM branches")
    done, printed = await kds(dsn, "branch", "set", branch_id, *flags.split(" "), "--pickup-names", "no")
    assert (done, printed.count(said)) == (code, 1), printed
    assert await db.fetchrow("SELECT * FROM branches") == before


async def test_the_command_says_what_the_numbers_do(dsn: str, db: Any, branch_id: str) -> None:
    await move_today(db, branch_id, 0)
    today = await today_of(db, branch_id)
    assert await draw(db, branch_id, 42) == [*range(1, 43)]
    # by half a minute, so that it is the same day
    code, printed = await kds(dsn, "branch", "set", branch_id, "--day-start", "23:59")
    assert (code, printed.count("numbers go on after 42 until 23:59, then start at 1")) == (0, 1), printed
    assert await draw(db, branch_id) == [43]

    code, printed = await kds(dsn, "branch", "set", branch_id, "--day-start", "00:00")
    becomes = await today_of(db, branch_id)
    assert becomes > today and f"it is the business day {becomes} now, numbers go on after 43 until 00:00" in printed
    assert (await draw(db, branch_id))[0] in {44, 45}

    await draw(db, branch_id, 2, of_day=1)
    code, printed = await kds(dsn, "branch", "set", branch_id, "--timezone", "Etc/GMT-14")
    assert "until 00:00, then go on after 2" in printed and "it is" not in printed


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Asia/Kolkata"])
async def test_a_day_ends_by_the_clock_of_its_zone(dsn: str, db: Any, branch_id: str, zone: str) -> None:
    code, printed = await kds(dsn, "branch", "set", branch_id, "--timezone", zone, "--day-start", "04:30")
    assert code == 0 and f"time zone {zone}, day starts at 04:30: " in printed
    assert re.search(r"numbers (start at 1|go on after \d+) until 04:30, then start at 1", printed), printed
    assert ZoneInfo(zone).key == await db.fetchval("SELECT timezone FROM branches")


async def test_a_currency_of_other_decimals_needs_an_empty_menu(
    dsn: str, db: Any, branch_id: str, tmp_path: Path
) -> None:
    assert (minor_units("EUR"), minor_units("USD"), minor_units("JPY")) == (2, 2, 0)
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "usd")
    assert code == 0 and "currency USD, the prices of" in printed
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "JPY")
    assert code == 1 and "prices in USD have 2 decimals, in JPY 0" in printed
    empty = tmp_path / "empty.csv"
    empty.write_text("name,price\n")
    assert (await kds(dsn, "menu", "load", branch_id, str(empty), "--replace"))[0] == 0
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "JPY")
    assert (code, await db.fetchval("SELECT currency FROM branches")) == (0, "JPY"), printed
    await draw(db, branch_id)
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "KWD")
    assert code == 1 and "0 dishes and 1 orders" in printed
    await db.execute("UPDATE orders SET status = 'CANCELLED'")
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "KWD")
    assert code == 1 and "0 dishes and 1 orders" in printed, "its sum would be a tenth of what was paid"


@pytest.mark.parametrize(
    ("placed", "ended", "shows"),
    [("1 hour", None, True), ("71 hours", None, True), ("73 hours", None, False), ("30 hours", "25 hours", False),
     ("80 hours", "20 hours", True), ("80 hours", "1 hour", False)],
)  # fmt: skip
async def test_another_currency_is_refused_while_track_pages_would_show_it(
    dsn: str, db: Any, branch_id: str, placed: str, ended: str | None, shows: bool
) -> None:
    await draw(db, branch_id)
    await db.execute("UPDATE orders SET status = $1", "CANCELLED" if ended else "SENT")
    await db.execute(
        "UPDATE orders SET placed_at = now() - $1::text::interval, cancelled_at = now() - $2::text::interval",
        placed,
        ended,
    )
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "USD")
    assert (code, "the track pages of 1 orders" in printed) == ((1, True) if shows else (0, False)), printed
    assert await db.fetchval("SELECT currency FROM branches") == ("EUR" if shows else "USD")
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "USD", "--yes")
    assert (code, await db.fetchval("SELECT currency FROM branches")) == (0, "USD"), printed


async def test_a_dish_that_is_not_committed_yet_keeps_a_currency(dsn: str, db: Any, branch_id: str) -> None:
    await db.execute("DELETE FROM menu_items")
    async with db.transaction():
        await db.execute("INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'Raita', 550)", branch_id)
        code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "JPY")
        assert code == 1 and "somebody is just changing a menu" in printed
    code, printed = await kds(dsn, "branch", "set", branch_id, "--currency", "JPY")
    assert code == 1 and "those of 1 dishes" in printed


async def test_a_new_branch_has_the_day_it_was_given(dsn: str, db: Any) -> None:
    code, printed = await kds(dsn, "branch", "add", "Bar", "--timezone", "Asia/Tokyo", "--day-start", "06:00")
    assert code == 0, printed
    row = await db.fetchrow("SELECT timezone, to_char(day_starts_at, 'HH24:MI') FROM branches WHERE name = 'Bar'")
    assert tuple(row) == ("Asia/Tokyo", "06:00")
    code, printed = await kds(dsn, "branch", "list")
    assert code == 0 and "DAY STARTS" in printed and "06:00" in printed


async def test_a_zone_that_the_server_has_no_more_is_replaced_and_logs_nobody_out(
    http: ClientSession, server: RunningServer, db: Any, dsn: str, branch_id: str
) -> None:
    await lose_zone(db)
    login = {"username": "chef", "password": "chef-demo"}
    async with http.post(f"{server.url}/staff/login", json=login) as answer:
        assert answer.status == 200, await answer.text()
    code, printed = await kds(dsn, "branch", "set", branch_id, "--timezone", "America/New_York")
    assert code == 0 and "America/New_York" in printed, printed
