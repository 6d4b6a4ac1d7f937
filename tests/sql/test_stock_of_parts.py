"""A dish that is cooked at two stations, and again after that, is counted once for its guest and for each refire."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.stock import count, left

LINE = """
INSERT INTO order_items (id, order_id, kot_id, name, quantity, part_of, refire)
SELECT $1, k.order_id, k.id, 'Raita', 1, $3, $4 FROM kots AS k WHERE k.order_id = $2 AND k.station = $5
"""


async def at_two_stations(db: Any, branch_id: str, refires: list[int]) -> tuple[UUID, UUID]:
    """An order of one dish that is cooked at Grill and Fry, and these of the two cooked again; it, and the whole."""
    order_id, whole, part = uuid4(), uuid4(), uuid4()
    async with db.transaction():
        await db.execute("INSERT INTO orders (id, branch_id) VALUES ($1, $2)", order_id, UUID(branch_id))
        await db.execute("INSERT INTO kots (order_id, station) VALUES ($1, 'Grill'), ($1, 'Fry')", order_id)
        await db.execute(LINE, whole, order_id, None, False, "Grill")
        await db.execute(LINE, part, order_id, whole, False, "Fry")
        for refired in refires:
            await db.execute(LINE, uuid4(), order_id, (whole, part)[refired], True, "Grill")
    return order_id, whole


@pytest.mark.parametrize("refires", [[], [0], [1], [0, 1], [1, 1]], ids=str)
async def test_a_whole_that_is_deleted_gives_back_what_was_taken(
    db: Any, branch_id: str, dishes: dict[str, UUID], refires: list[int]
) -> None:
    await count(db, dishes["Raita"], 10)
    order_id, whole = await at_two_stations(db, branch_id, refires)
    assert await left(db, dishes["Raita"]) == (9 - len(refires), False)
    await db.execute("DELETE FROM order_items WHERE id = $1", whole)
    assert await db.fetchval("SELECT count(*) FROM order_items WHERE order_id = $1 AND NOT voided", order_id) == 0
    assert await left(db, dishes["Raita"]) == (10, False)


async def test_two_wholes_that_are_deleted_in_one_transaction_give_back_what_was_taken(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await db.execute("SET kds.followed = 'left by a pool'")
    await count(db, dishes["Raita"], 10)
    wholes = [(await at_two_stations(db, branch_id, [1]))[1] for _ in range(2)]
    async with db.transaction():
        for whole in wholes:
            await db.execute("DELETE FROM order_items WHERE id = $1", whole)
    assert await left(db, dishes["Raita"]) == (10, False)


async def test_a_setting_that_a_session_was_left_with_keeps_nothing_back(
    db: Any, branch_id: str, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 10)
    _, whole = await at_two_stations(db, branch_id, [])
    await db.execute("SELECT set_config('kds.followed', $1, false)", str(whole))
    await db.execute("DELETE FROM order_items WHERE id = $1", whole)
    assert await left(db, dishes["Raita"]) == (10, False)
