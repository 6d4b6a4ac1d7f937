"""What a till may tell of an order beyond its dishes, in plain SQL and with a till's rights: columns, parts, actors."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.orders import events_of, kots_of, place, statuses
from tests.sql.conftest import Psql
from tests.sql.roles import BLOCKS, new_role, session_of

REFUSED = asyncpg.CheckViolationError
(ONCE,) = (block for block in BLOCKS if "ON CONFLICT" in block)
"""An order that a till may send as often as it likes."""


@pytest.fixture
async def role(dsn: str, psql: Psql) -> AsyncIterator[str]:
    """A role as sql/README.md makes it for a till."""
    async with new_role(dsn, psql, "till") as name:
        yield name


@pytest.fixture
async def till(dsn: str, role: str) -> AsyncIterator[Any]:
    """Its session."""
    async with session_of(dsn, role) as connection:
        yield connection


def once(branch_id: str, source: str, external_id: str) -> str:
    """The README's statement for this order."""
    statement = re.sub(r"'[-0-9a-f]{36}'", f"'{branch_id}'", ONCE)
    return statement.replace("'till 1'", source).replace("'0001'", f"'{external_id}'")


async def told(db: Any, order_id: UUID) -> dict[str, Any]:
    """What a screen gets of an order."""
    body: dict[str, Any] = json.loads(await db.fetchval("SELECT body FROM order_objects WHERE id = $1", order_id))
    return body


async def combo(till: Any, branch_id: str) -> tuple[UUID, UUID, UUID]:
    """A menu for 15.00 at Grill, its fries at Fry, written in one transaction: the order, the whole, the part."""
    order_id, whole, part = uuid4(), uuid4(), uuid4()
    async with till.transaction():
        await till.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", order_id, branch_id)
        grill, fry = uuid4(), uuid4()
        kot = "INSERT INTO kots (id, order_id, station) VALUES ($1, $2, $3)"
        await till.execute(kot, grill, order_id, "Grill")
        await till.execute(kot, fry, order_id, "Fry")
        item = """INSERT INTO order_items (id, order_id, kot_id, name, quantity, price_cents, part_of)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)"""
        await till.execute(item, whole, order_id, grill, "Burger menu", 2, 1500, None)
        await till.execute(item, part, order_id, fry, "Fries", 2, 0, whole)
    return order_id, whole, part


# An order


async def test_an_order_that_tells_nothing_new_costs_no_byte(db: Any, branch_id: str) -> None:
    body = await told(db, await place(db, branch_id))
    assert sorted(body) == sorted([
        "acknowledged", "cancelledAt", "completedAt", "currency", "customerName", "itemCount", "items", "kots", "note",
        "orderId", "orderNumber", "orderType", "placedAt", "priority", "readyAt", "status", "table", "totalCents",
    ])  # fmt: skip
    assert sorted(body["items"][0]) == sorted([
        "acknowledged", "allergens", "done", "itemId", "kotId", "modifiers", "name", "note", "priceCents", "quantity",
        "station", "voided",
    ])  # fmt: skip


async def test_what_a_till_tells_of_an_order_is_on_the_screens(db: Any, till: Any, branch_id: str) -> None:
    order_id = uuid4()
    async with till.transaction():
        await till.execute(
            """INSERT INTO orders (id, branch_id, source, external_id, display_number, server_name, covers, paid_at,
                 check_id, priority)
               VALUES ($1, $2, 'till 1', '0001', 'A-17', 'Anna', 4, '2026-11-29 12:00+00', 'c9', 2)""",
            order_id, branch_id,
        )  # fmt: skip
        kot_id = uuid4()
        await till.execute("INSERT INTO kots (id, order_id) VALUES ($1, $2)", kot_id, order_id)
        await till.execute(
            "INSERT INTO order_items (order_id, kot_id, name, seat, external_id) VALUES ($1, $2, 'Tea', 'S2', 'l1')",
            order_id, kot_id,
        )  # fmt: skip
    body = await told(db, order_id)
    assert {name: body[name] for name in ("displayNumber", "serverName", "covers", "checkId", "priority")} == {
        "displayNumber": "A-17", "serverName": "Anna", "covers": 4, "checkId": "c9", "priority": 2,
    }  # fmt: skip
    assert (body["source"], body["externalId"]) == ("till 1", "0001")
    assert body["paidAt"] == "2026-11-29T12:00:00.000000Z" and "cancelReason" not in body
    assert (body["items"][0]["seat"], body["items"][0]["externalId"]) == ("S2", "l1")
    assert await events_of(db, branch_id) == [("NEW_ORDER", order_id)]
    await till.execute("UPDATE orders SET status = 'CANCELLED', cancel_reason = 'guest_left' WHERE id = $1", order_id)
    assert (await told(db, order_id))["cancelReason"] == "guest_left"


async def test_an_order_that_a_till_sends_again_is_one_order(db: Any, till: Any, branch_id: str) -> None:
    for source in ("'till 1'", "NULL"):
        for _ in range(3):
            await till.execute(once(branch_id, source, "0001"))
    assert (
        await db.fetchval("SELECT count(*) FROM orders") == 2 == await db.fetchval("SELECT count(*) FROM order_items")
    )
    assert len(await events_of(db, branch_id)) == 2
    await db.execute("UPDATE orders SET business_day = business_day - 1")
    await till.execute(once(branch_id, "'till 1'", "0001"))
    assert await db.fetchval("SELECT count(*) FROM orders") == 3  # tomorrow's 0001 is another


async def test_an_empty_external_id_is_none(db: Any, till: Any, branch_id: str) -> None:
    for _ in range(2):
        await till.execute(once(branch_id, "'till 1'", ""))
    assert await db.fetchval("SELECT count(*) FROM orders WHERE external_id IS NULL") == 2


@pytest.mark.parametrize(
    ("table", "column", "at_most"),
    [
        ("orders", "external_id", 100),
        ("orders", "display_number", 20),
        ("orders", "server_name", 100),
        ("orders", "check_id", 100),
        ("order_items", "seat", 20),
        ("order_items", "external_id", 100),
    ],
)
async def test_a_text_has_the_room_that_its_readers_have(
    db: Any, branch_id: str, table: str, column: str, at_most: int
) -> None:
    order_id = await place(db, branch_id)
    key = "id" if table == "orders" else "order_id"
    write = f"UPDATE {table} SET {column} = repeat('é', $2) WHERE {key} = $1"
    await db.execute(write, order_id, at_most)
    with pytest.raises(REFUSED, match=f"{column} of {at_most + 1} characters"):
        await db.execute(write, order_id, at_most + 1)
    with pytest.raises(REFUSED, match=f"{column} of {at_most + 1} characters"):
        if table == "orders":
            await db.execute(
                f"INSERT INTO orders (branch_id, {column}) VALUES ($1, repeat('é', $2))", branch_id, at_most + 1
            )
        else:
            await db.execute(
                f"INSERT INTO order_items (order_id, kot_id, name, {column}) VALUES ($1, $2, 'Tea', repeat('é', $3))",
                order_id, (await kots_of(db, order_id))[0], at_most + 1,
            )  # fmt: skip


@pytest.mark.parametrize("covers", [-1, 10_000])
async def test_covers_are_a_number_of_guests(db: Any, branch_id: str, covers: int) -> None:
    order_id = await place(db, branch_id)
    with pytest.raises(REFUSED, match=f"{covers} covers"):
        await db.execute("UPDATE orders SET covers = $2 WHERE id = $1", order_id, covers)
    with pytest.raises(REFUSED, match=f"{covers} covers"):
        await db.execute("INSERT INTO orders (branch_id, covers) VALUES ($1, $2)", branch_id, covers)


# Parts


async def test_a_part_counts_nowhere_but_in_the_kitchen(db: Any, till: Any, branch_id: str) -> None:
    order_id, whole, part = await combo(till, branch_id)
    body = await told(db, order_id)
    assert (body["itemCount"], body["totalCents"]) == (2, 3000)
    assert {item["itemId"]: item.get("partOf") for item in body["items"]} == {str(whole): None, str(part): str(whole)}
    assert await db.fetchval("SELECT sum_of_order($1)", order_id) == 3000


async def test_what_becomes_of_a_line_becomes_of_its_parts(db: Any, till: Any, branch_id: str) -> None:
    order_id, whole, part = await combo(till, branch_id)
    await till.execute("UPDATE order_items SET quantity = 6 WHERE id = $1", whole)
    assert await db.fetchval("SELECT quantity FROM order_items WHERE id = $1", part) == 6
    await till.execute("UPDATE order_items SET voided = true, void_reason = 'sold_out' WHERE id = $1", whole)
    body = await told(db, order_id)
    assert [(item["voided"], item["voidReason"]) for item in body["items"]] == [(True, "sold_out")] * 2
    await db.execute("UPDATE order_items SET acknowledged = true WHERE order_id = $1", order_id)  # else voids stay
    await db.execute("DELETE FROM order_items WHERE id = $1", whole)
    assert (await told(db, order_id))["items"] == []


async def test_a_part_is_of_a_line_of_its_order_and_has_no_price(db: Any, till: Any, branch_id: str) -> None:
    order_id, whole, part = await combo(till, branch_id)
    _, other_whole, _ = await combo(till, branch_id)
    grill = (await kots_of(db, order_id))[1]
    item = """INSERT INTO order_items (order_id, kot_id, name, price_cents, part_of, refire)
              VALUES ($1, $2, 'Dip', $3, $4, $5)"""
    for price, of, refire, error, words in (
        (1, whole, False, REFUSED, "costs 1"),
        (0, part, False, REFUSED, "part of a part"),
        (0, other_whole, False, asyncpg.ForeignKeyViolationError, "no other line of its order"),
        (0, uuid4(), False, asyncpg.ForeignKeyViolationError, "no other line of its order"),
        (0, None, True, REFUSED, "refire of nothing"),
    ):
        with pytest.raises(error, match=words):
            await till.execute(item, order_id, grill, price, of, refire)
    for change in ("price_cents = 5", f"part_of = '{part}'", f"part_of = '{other_whole}'"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await till.execute(f"UPDATE order_items SET {change} WHERE id = $1", part)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await till.execute("UPDATE order_items SET part_of = $2, price_cents = 0 WHERE id = $1", whole, part)


# Who did it


async def actions_of(db: Any, order_id: UUID) -> list[tuple[str | None, ...]]:
    """What was noted of an order, oldest first."""
    rows = await db.fetch("SELECT * FROM kitchen_actions WHERE order_id = $1 ORDER BY id", order_id)
    return [(r["action"], r["was"], r["became"], r["actor_kind"], r["actor_name"], r["reason"]) for r in rows]


async def test_what_plain_sql_does_is_noted_with_its_role(db: Any, till: Any, role: str, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Grill", "Fry"))
    fry, grill = await kots_of(db, order_id)
    assert await actions_of(db, order_id) == []
    await till.execute("UPDATE kots SET held = true WHERE id = $1", fry)
    await till.execute("UPDATE kots SET status = 'READY' WHERE id = $1", grill)
    await till.execute("UPDATE order_items SET done = true WHERE kot_id = $1 AND name = 'Raita'", fry)
    await till.execute(
        "UPDATE order_items SET voided = true, void_reason = 'mistake' WHERE name = 'Raita' AND kot_id = $1", fry
    )
    await till.execute("UPDATE orders SET priority = 1, note = 'x' WHERE id = $1", order_id)
    await till.execute("UPDATE orders SET note = 'y' WHERE id = $1", order_id)
    await till.execute("UPDATE orders SET status = 'CANCELLED', cancel_reason = 'guest_left' WHERE id = $1", order_id)
    assert await actions_of(db, order_id) == [
        ("kot-hold", "false", "true", "sql", role, None),
        ("kot-status", "SENT", "READY", "sql", role, None),
        ("item", "false", "true", "sql", role, None),
        ("void", "false", "true", "sql", role, "mistake"),
        ("priority", "0", "1", "sql", role, None),
        ("status", "SENT", "CANCELLED", "sql", role, "guest_left"),
    ]
    assert await statuses(db, order_id) == ("CANCELLED", ["CANCELLED", "CANCELLED"])


async def test_what_follows_by_itself_is_nobodys_deed(db: Any, till: Any, role: str, branch_id: str) -> None:
    order_id, whole, _ = await combo(till, branch_id)
    await till.execute("UPDATE order_items SET voided = true WHERE id = $1", whole)
    await till.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    await till.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Bar')", order_id)
    assert [action[0] for action in await actions_of(db, order_id)] == ["void", "status"]


async def test_a_guest_who_cancels_is_no_plain_sql(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    assert await db.fetchval("SELECT cancel_unstarted_round($1, NULL)", order_id)
    assert await actions_of(db, order_id) == [("status", "SENT", "CANCELLED", "guest", None, None)]


async def test_a_replica_notes_nothing_again(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    await db.execute("SET session_replication_role = replica")
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
    assert await actions_of(db, order_id) == []


async def test_the_code_of_before_names_its_cooks_by_a_trigger(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    cook = await db.fetchval(
        "INSERT INTO staff (branch_id, username, password_hash, role) VALUES ($1, 'anna', 'x', 'KITCHEN') RETURNING id",
        branch_id,
    )
    await db.execute(
        """WITH changed AS (UPDATE orders SET status = 'READY' WHERE id = $1 RETURNING id)
           INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became)
           SELECT $2, id, $3, 'status', 'SENT', 'READY' FROM changed""",
        order_id, branch_id, cook,
    )  # fmt: skip
    assert await actions_of(db, order_id) == [("status", "SENT", "READY", "staff", "anna", None)]
