"""follow_whole() of sql/parts.sql: parts keep their ratio to the whole, whatever quantities it had meanwhile."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from tests.orders import place

ADD = """INSERT INTO order_items (order_id, kot_id, name, quantity, part_of, refire)
SELECT k.order_id, k.id, $2, $3, $4, $5 FROM kots AS k WHERE k.order_id = $1 RETURNING id"""


async def combo(db: Any, branch_id: str, whole: int, *parts: int) -> tuple[UUID, list[UUID]]:
    """A line of so many with parts of so many each: their ids."""
    order_id = await place(db, branch_id)
    line: UUID = await db.fetchval(ADD, order_id, "Combo", whole, None, False)
    return line, [await db.fetchval(ADD, order_id, f"Part {n}", part, line, False) for n, part in enumerate(parts)]


async def have(db: Any, line: UUID, quantity: int) -> None:
    """Writes how many there are of a line."""
    await db.execute("UPDATE order_items SET quantity = $2 WHERE id = $1", line, quantity)


async def quantities(db: Any, lines: list[UUID]) -> list[int]:
    """How many there are of each."""
    found = {row["id"]: row["quantity"] for row in await db.fetch("SELECT id, quantity FROM order_items")}
    return [found[line] for line in lines]


def rounded(part: int, whole: int, quantity: int) -> int:
    """How many of a part go with this quantity of the whole: half and more is one more, and never none."""
    return min(max(int(Fraction(part * quantity, whole) + Fraction(1, 2)), 1), 2**31 - 1)


@pytest.mark.parametrize("seed", range(12))
async def test_any_quantities_of_a_whole_end_where_they_began(db: Any, branch_id: str, seed: int) -> None:
    dice = random.Random(seed)
    whole, *parts = (dice.choice((dice.randint(1, 9), dice.randint(1, 500))) for _ in range(4))
    line, ids = await combo(db, branch_id, whole, *parts)
    for _ in range(12):
        quantity = dice.choice((1, 2, dice.randint(1, 12), dice.randint(1, 1000)))
        await have(db, line, quantity)
        assert await quantities(db, ids) == [rounded(part, whole, quantity) for part in parts]
    await have(db, line, whole)
    assert await quantities(db, ids) == parts


@pytest.mark.parametrize("seed", range(6))
async def test_a_part_that_is_written_itself_begins_a_ratio_of_its_own(db: Any, branch_id: str, seed: int) -> None:
    dice = random.Random(100 + seed)
    line, (first, second) = await combo(db, branch_id, 3, 3, 5)
    meant = {first: (3, 3), second: (5, 3)}
    now = 3
    for _ in range(20):
        if dice.random() < 0.4:
            part = dice.choice((first, second))
            quantity = dice.randint(1, 20)
            if quantity != (await quantities(db, [part]))[0]:
                meant[part] = (quantity, now)
            await have(db, part, quantity)
        else:
            now = dice.randint(1, 20)
            await have(db, line, now)
        expected = [rounded(*meant[part], now) for part in (first, second)]
        assert await quantities(db, [first, second]) == expected


async def test_what_a_part_was_written_to_and_back_is_meant_for_the_whole_of_now(db: Any, branch_id: str) -> None:
    line, (part,) = await combo(db, branch_id, 3, 2)
    await have(db, line, 1)
    assert await quantities(db, [part]) == [1]
    await have(db, part, 2)
    await have(db, part, 1)
    await have(db, line, 3)
    assert await quantities(db, [part]) == [3]


async def test_the_largest_quantities_come_back_too(db: Any, branch_id: str) -> None:
    line, ids = await combo(db, branch_id, 7, 2_000_000_000, 3)
    for quantity in (2**31 - 1, 1, 14, 7):
        await have(db, line, quantity)
        assert await quantities(db, ids) == [rounded(2_000_000_000, 7, quantity), rounded(3, 7, quantity)]


async def test_a_part_of_another_line_and_a_refire_keep_nothing(db: Any, branch_id: str) -> None:
    line, (part,) = await combo(db, branch_id, 4, 2)
    order_id = await db.fetchval("SELECT order_id FROM order_items WHERE id = $1", line)
    other = await db.fetchval(ADD, order_id, "Other combo", 2, None, False)
    again = await db.fetchval(ADD, order_id, "Again", 3, line, True)
    await have(db, line, 2)
    assert await quantities(db, [part, again]) == [1, 3]
    await db.execute("UPDATE order_items SET part_of = $2 WHERE id = $1", part, other)
    await have(db, other, 4)
    assert await quantities(db, [part]) == [2]


async def test_a_line_without_parts_and_a_new_part_keep_no_ratio(db: Any, branch_id: str) -> None:
    line, (part,) = await combo(db, branch_id, 3, 2)
    kept = "SELECT count(*) FROM order_items WHERE part_ratio IS NOT NULL"
    assert await db.fetchval(kept) == 0
    await have(db, line, 1)
    assert await db.fetchval("SELECT part_ratio FROM order_items WHERE id = $1", part) == [2, 3, 1]
    assert await db.fetchval(kept) == 1
    await have(db, part, 9)
    assert await db.fetchval(kept) == 0


@pytest.mark.parametrize("ratio", ["{}", "{0,0,2}", "{NULL,NULL,2}", "{1,-1,2}", "{{1,2},{3,4}}"])
async def test_what_a_writer_puts_there_is_no_harm(db: Any, branch_id: str, ratio: str) -> None:
    line, (part,) = await combo(db, branch_id, 3, 2)
    await db.execute("UPDATE order_items SET part_ratio = $2::text::integer[] WHERE id = $1", part, ratio)
    await have(db, line, 6)
    assert await quantities(db, [part]) == [4]
