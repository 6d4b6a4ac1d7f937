"""Whatever tills, cooks, guests and the clock do to the same orders at once: nothing waits for what never comes.

Two servers with a screen each, so that two clocks fire. At the end each screen shows what the database holds, each KOT
waits for what somebody can still end, none was fired before its time, and the stock is what was not taken.
KDS_PROPERTY_EXAMPLES says how many seeds.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.faults.lives import Lives
from tests.faults.test_property import Board
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, token_for

SEEDS = max(2, int(os.environ.get("KDS_PROPERTY_EXAMPLES", "150")) // 75)
TURNS = 60
COUNTED = 100_000
JOURNAL = """
    CREATE TABLE fired_early (kot_id uuid, waits kot_wait[], fire_at timestamptz, at timestamptz DEFAULT now());
    CREATE FUNCTION note_early() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO fired_early (kot_id, waits, fire_at) VALUES (OLD.id, OLD.waits_for, OLD.fire_at);
      RETURN NULL;
    END $$;
    CREATE TRIGGER kots_note_early AFTER UPDATE ON kots FOR EACH ROW
    WHEN (OLD.waits_for && '{TIME,TOGETHER}' AND OLD.fire_at > now()
      AND (NEW.waits_for && '{TIME,TOGETHER}') IS NOT TRUE
      AND NEW.status = 'SENT' AND current_setting('kds.actor', true) = transaction_mark() || 'clock')
    EXECUTE FUNCTION note_early();
"""
WRONG = {
    "held, and waits for nothing, or the other way": """
        SELECT k.* FROM kots AS k WHERE k.held <> (k.waits_for IS NOT NULL)""",
    "over, and waits": """
        SELECT k.* FROM kots AS k WHERE k.status <> 'SENT' AND (k.held OR num_nonnulls(k.waits_for, k.fire_at) > 0)""",
    "waits for a time that is not said": """
        SELECT k.* FROM kots AS k WHERE k.waits_for && '{TIME,TOGETHER}' AND k.fire_at IS NULL""",
    "waits for a payment that was made": """
        SELECT k.* FROM kots AS k JOIN orders AS o ON o.id = k.order_id
        WHERE o.paid_at IS NOT NULL AND 'PAYMENT' = ANY (k.waits_for)
          AND NOT k.waits_for && '{TIME,TOGETHER,COURSE}'""",  # else it is looked at with these
    "waits for a course that is over, or that there is none of": """
        SELECT k.* FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN branches AS b ON b.id = o.branch_id
        WHERE 'COURSE' = ANY (k.waits_for) AND k.fire_at IS NULL AND (o.due_at IS NULL OR o.lead_s IS NOT NULL)
          AND NOT EXISTS (SELECT FROM kots AS f WHERE f.order_id = o.id AND coalesce(f.course, 1) < k.course
            AND CASE b.courses_fire WHEN 'HAND' THEN f.status <> 'CANCELLED' WHEN 'READY' THEN f.status = 'SENT'
              ELSE f.held END)""",
    "is for later, though it is due within the hour": """
        SELECT o.* FROM orders AS o
        WHERE o.status = 'SENT' AND o.lead_s IS NULL AND o.due_at < now() + interval '59 minutes'""",
    "has another status than its KOTs": """
        SELECT o.*, w.rolled FROM orders AS o
        JOIN (SELECT k.order_id, min(k.status) AS rolled FROM kots AS k GROUP BY k.order_id) AS w ON w.order_id = o.id
        WHERE w.rolled <> o.status""",
    "was fired before its time": "SELECT f.* FROM fired_early AS f",
    "is a part of nothing": """
        SELECT i.* FROM order_items AS i
        WHERE i.part_of IS NOT NULL
          AND NOT EXISTS (SELECT FROM order_items AS w WHERE w.id = i.part_of AND w.order_id = i.order_id)""",
}
"""What no writer may leave behind."""
OVERDUE = """
    SELECT (SELECT count(*) FROM kots AS k WHERE k.held AND k.fire_at <= now()) + (
      SELECT count(*) FROM orders AS o
      WHERE o.status = 'SENT' AND o.lead_s IS NULL AND o.due_at <= now() + interval '1 hour')"""
TAKEN = """
    SELECT s.name, $1 - (s.remaining - s.oversold) AS taken, coalesce((
      SELECT sum(i.quantity) FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id AND k.status IN ('SENT', 'READY')
      WHERE NOT i.voided AND (i.menu_item_id = s.menu_item_id OR i.menu_item_id IS NULL AND i.name = s.name)
        AND (i.part_of IS NULL OR i.refire OR NOT EXISTS (
          SELECT FROM order_items AS w
          WHERE w.id = i.part_of AND (w.menu_item_id = s.menu_item_id OR w.menu_item_id IS NULL AND w.name = s.name)))
      ), 0) AS ordered
    FROM dish_stock AS s WHERE s.remaining IS NOT NULL"""


@pytest.mark.parametrize("ends", [True, False], ids=["to the end", "with stock"])
@pytest.mark.parametrize("courses_fire", ["HAND", "READY", "MINUTES"])
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_waits_for_what_never_comes(
    http: ClientSession,
    start_server: Callable[..., Awaitable[RunningServer]],
    connect_db: Callable[[], Awaitable[Any]],
    db: Any,
    branch_id: str,
    courses_fire: str,
    ends: bool,
    seed: int,
) -> None:
    await db.execute(JOURNAL)
    await db.execute("UPDATE branches SET courses_fire = $1, course_minutes = 1", courses_fire)
    dishes = await db.fetch("SELECT id, name FROM menu_items WHERE available ORDER BY position LIMIT 4")
    await db.executemany(
        "INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, $2)",
        [(dish["id"], COUNTED) for dish in dishes[:2]],
    )
    lives = Lives(branch_id, dishes, seed, ends=ends)
    lives.orders.append(await place(db, branch_id))
    servers = [await start_server(), await start_server()]
    urls = [server.url for server in servers]
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(http, urls[0], token, since=0) as one, open_screen(http, urls[1], token, since=0) as other:
        boards = [Board(one), Board(other)]
        tills = [await connect_db() for _ in range(4)]
        async with asyncio.TaskGroup() as group:
            for till in tills:
                group.create_task(lives.till(till, TURNS))
            for _ in range(2):
                group.create_task(lives.cook(http, urls, TURNS))
            group.create_task(lives.guest(http, urls, TURNS // 2))
        assert lives.wrong == []
        await eventually(lambda: nothing_is_overdue(db))
        for what, question in WRONG.items():
            found = [dict(row) for row in await db.fetch(question)]
            assert not found, f"{what}: {found}"
        rows = await db.fetch("SELECT order_id FROM kots WHERE 'HAND' = ANY (waits_for)")
        assert {row["order_id"] for row in rows} <= lives.held_by_hand, "waits for a cook whom nobody asked"
        if not ends:
            for row in await db.fetch(TAKEN, COUNTED):
                assert row["taken"] == row["ordered"], dict(row)
        for board in boards:
            await agree(db, UUID(branch_id), board)


async def nothing_is_overdue(db: Any) -> bool:
    """The clocks have done their work."""
    return bool(await db.fetchval(OVERDUE) == 0)


async def agree(db: Any, branch_id: UUID, board: Board) -> None:
    """What was changed in silence differs for good; what a clock fires between the two looks does not."""
    for looks_left in reversed(range(10)):
        last = await place(db, branch_id)
        async with asyncio.timeout(30):
            await board.read_until(last)
        try:
            await compare(db, branch_id, board)
        except AssertionError:
            if looks_left == 0:
                raise
            await asyncio.sleep(0.3)
        else:
            return


async def compare(db: Any, branch_id: UUID, board: Board) -> None:
    """The board shows each order as it is, and all that are to be cooked now."""
    rows = await db.fetch(
        "SELECT id::text, order_object(id, branch_id) AS body, status IN ('SENT', 'READY') AS is_open,"
        " due_at IS NOT NULL AND lead_s IS NULL AND status = 'SENT' AS is_later FROM orders WHERE branch_id = $1",
        branch_id,
    )
    present = {row["id"]: row for row in rows}
    for order_id, shown in board.shown.items():
        body = json.loads(present[order_id]["body"])
        differs = {
            name: (shown.get(name), body.get(name)) for name in shown | body if shown.get(name) != body.get(name)
        }
        assert not differs, f"order {order_id} is shown otherwise than it is: {differs}"
        assert shown.get("later", False) == present[order_id]["is_later"], f"order {order_id} is for later, and cooked"
    missing = {row["id"] for row in rows if row["is_open"] and not row["is_later"]} - board.shown.keys()
    assert not missing, f"lost: {missing}"
