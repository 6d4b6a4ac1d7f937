"""kds.undo of sql/rules.sql: what undoes a step is no recall, and counts for the step alone that it was said of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.orders import place

UNDO_OF_BEFORE = {
    "order": """
        WITH present AS (
          SELECT o.id, o.status, set_config('kds.undo', CASE WHEN $2 THEN 'on' ELSE '' END, true) FROM orders AS o
          WHERE o.id = $1 FOR NO KEY UPDATE)
        UPDATE orders AS o SET status = 'SENT' FROM present AS p WHERE o.id = p.id""",
    "KOTs": """
        WITH present AS (
          SELECT k.id, k.status, set_config('kds.undo', CASE WHEN $2 THEN 'on' ELSE '' END, true) FROM kots AS k
          WHERE k.order_id = $1 FOR NO KEY UPDATE)
        UPDATE kots AS k SET status = 'SENT' FROM present AS p WHERE k.id = p.id""",
}
"""How the first versions undo (true) and recall (false); during an upgrade they run beside the present schema."""


async def step(db: Any, order_id: UUID, status: str) -> None:
    """Writes a status to an order, as a POS would."""
    await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)


async def recalled(db: Any, order_id: UUID) -> list[bool]:
    """Whether each KOT of an order counts as recalled."""
    return [row["recalled"] for row in await db.fetch("SELECT recalled FROM kots WHERE order_id = $1", order_id)]


@pytest.mark.parametrize("what", sorted(UNDO_OF_BEFORE))
@pytest.mark.parametrize("is_undo", [True, False])
async def test_code_of_before_undoes_and_recalls(db: Any, branch_id: str, what: str, is_undo: bool) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    for _ in range(2):
        await step(db, order_id, "READY")
        await db.execute(UNDO_OF_BEFORE[what], order_id, is_undo)
        assert await recalled(db, order_id) == [not is_undo] * 2


@pytest.mark.parametrize("value", ["on", "the id of a transaction that is over"])
async def test_what_a_session_was_left_with_makes_no_undo_of_a_recall(db: Any, branch_id: str, value: str) -> None:
    left = value if value == "on" else await db.fetchval("SELECT pg_current_xact_id()::text")
    await db.fetchval("SELECT set_config('kds.undo', $1, false)", left)
    for recall in ("UPDATE orders SET status = 'SENT' WHERE id = $1", UNDO_OF_BEFORE["order"]):
        order_id = await place(db, branch_id)
        await step(db, order_id, "READY")
        await db.execute(recall, order_id, *((False,) if "$2" in recall else ()))
        assert await recalled(db, order_id) == [True]


async def test_an_undo_of_before_makes_no_undo_of_what_its_transaction_does_next(db: Any, branch_id: str) -> None:
    first, second = await place(db, branch_id), await place(db, branch_id)
    for order_id in (first, second):
        await step(db, order_id, "READY")
    async with db.transaction():
        await db.execute(UNDO_OF_BEFORE["order"], first, True)
        await step(db, second, "SENT")
    assert (await recalled(db, first), await recalled(db, second)) == ([False], [True])
