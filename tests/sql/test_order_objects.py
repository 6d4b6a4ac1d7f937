"""What a screen gets of an order, and that it is made at a cost which no writer can raise without bound."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from tests.orders import kots_of, place

READ = "SELECT body, fault FROM order_objects WHERE id = $1"
A_NOTE = """UPDATE orders SET note = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500000) AS n)
  WHERE id = $1"""
AN_ITEM = """INSERT INTO order_items (order_id, kot_id, name)
  SELECT k.order_id, k.id, (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500000) AS n)
  FROM kots AS k WHERE k.order_id = $1"""
MODIFIERS = """INSERT INTO order_items (order_id, kot_id, name, modifiers)
  SELECT k.order_id, k.id, 'Dish', ARRAY[(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500000) AS n)]
  FROM kots AS k WHERE k.order_id = $1"""
MANY_ITEMS = """INSERT INTO order_items (order_id, kot_id, name)
  SELECT k.order_id, k.id, 'Dish' FROM kots AS k, generate_series(1, 60000) WHERE k.order_id = $1"""


async def pages_read(db: Any, order_id: UUID) -> int:
    """How many pages of 8 kB it takes to read an order object."""
    explained = await db.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {READ}", order_id)
    plan = json.loads(explained)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.parametrize("statement", [A_NOTE, AN_ITEM, MODIFIERS, MANY_ITEMS])
async def test_what_is_far_too_large_is_named_without_being_made(db: Any, branch_id: str, statement: str) -> None:
    order_id = await place(db, branch_id)
    await db.execute("SET enable_seqscan = off")  # as those who read order objects have it
    await db.execute(statement, order_id)
    body, fault = await db.fetchrow(READ, order_id)
    assert body is None and fault.startswith("too large: ")
    # 16 MB of text are 2,000 pages, 60,000 lines as many
    assert await pages_read(db, order_id) < 1_000


async def test_a_megabyte_of_lines_is_told(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await db.execute(MANY_ITEMS.replace("60000", "4000"), order_id)
    body, fault = await db.fetchrow(READ, order_id)
    assert fault is None and len(json.loads(body)["items"]) >= 4_000


async def test_the_order_object_is_what_a_screen_shows(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, table="T7", stations=("Grill",), note="Birthday")
    shown = json.loads(await db.fetchval("SELECT order_object($1, $2)", order_id, branch_id))
    (kot_id,) = await kots_of(db, order_id)
    assert {name: shown[name] for name in ("orderId", "orderNumber", "table", "orderType", "note", "status")} == {
        "orderId": str(order_id),
        "orderNumber": 1,
        "table": "T7",
        "orderType": "dine_in",
        "note": "Birthday",
        "status": "SENT",
    }
    assert [(item["name"], item["quantity"], item["station"], item["kotId"]) for item in shown["items"]] == [
        ("Chicken tikka", 2, "Grill", str(kot_id)),
        ("Raita", 1, "Grill", str(kot_id)),
    ]
    assert (shown["itemCount"], shown["totalCents"], shown["currency"]) == (3, 3350, "EUR")
    assert [(kot["station"], kot["round"], kot["status"]) for kot in shown["kots"]] == [("Grill", 1, "SENT")]


async def test_an_order_of_another_branch_has_no_object(db: Any, branch_id: str, other_branch: UUID) -> None:
    order_id = await place(db, branch_id)
    assert await db.fetchval("SELECT order_object($1, $2)", order_id, other_branch) is None
