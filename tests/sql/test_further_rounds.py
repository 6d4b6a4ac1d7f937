"""A further round of an order is announced by its tickets: nobody looks at its lines, however many stations cook it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.orders import place
from tests.sql.marks import marks

LOOKS = "SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE funcname = 'take_places'"
"""How often this transaction has looked whether lines that came are a change."""
AT_ONCE = "INSERT INTO kots (order_id, station) SELECT $1, unnest($2::text[])"
LINES = """
INSERT INTO order_items (order_id, kot_id, name)
SELECT k.order_id, k.id, 'Tea' FROM kots AS k WHERE k.order_id = $1 AND k.station = ANY ($2) AND k.round > 1
"""


async def add_round(db: Any, order_id: UUID, stations: Sequence[str]) -> int:
    """Writes a round as the order page does, tickets first; how often its lines were looked at."""
    async with db.transaction():
        await db.execute("SET LOCAL track_functions = 'all'")
        await db.execute(AT_ONCE, order_id, stations)
        await db.execute(LINES, order_id, stations)
        return int(await db.fetchval(LOOKS))


@pytest.mark.parametrize("stations", [["Grill"], ["Grill", "Fry"], ["Grill", "Fry", "Cold", "Bar"]], ids=len)
async def test_the_lines_of_a_round_are_new_as_a_whole(db: Any, branch_id: str, stations: list[str]) -> None:
    order_id = await place(db, branch_id, stations=stations)
    assert await add_round(db, order_id, stations) == 0
    assert set((await marks(db, order_id)).values()) == {None}


async def test_a_line_for_a_ticket_of_before_is_looked_at_beside_new_ones(db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=["Grill", "Fry"])
    async with db.transaction():
        await db.execute("SET LOCAL track_functions = 'all'")
        await db.execute(AT_ONCE, order_id, ["Grill", "Fry"])
        await db.execute(LINES.replace("k.round > 1", "(k.round > 1 OR k.station = 'Fry')"), order_id, ["Grill", "Fry"])
        assert await db.fetchval(LOOKS) == 1
    told = await db.fetch(
        "SELECT k.round, i.changed ? 'added' AS is_told FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id"
        " WHERE i.order_id = $1 AND i.name = 'Tea'", order_id
    )  # fmt: skip
    assert sorted((row["round"], row["is_told"] is True) for row in told) == [(1, True), (2, False), (2, False)]


async def test_a_transaction_that_adds_very_many_tickets_notes_the_last_of_them(db: Any, branch_id: str) -> None:
    stations = [f"Station {number}" for number in range(200)]
    order_id = await place(db, branch_id, stations=stations)
    async with db.transaction():
        await db.execute(AT_ONCE, order_id, stations)
        assert await db.fetchval("SELECT length(current_setting('kds.kot'))") == 21 * 48
        await db.execute(LINES, order_id, stations)
    lines = "SELECT count(*), count(changed) FROM order_items WHERE order_id = $1 AND name = 'Tea'"
    assert tuple(await db.fetchrow(lines, order_id)) == (200, 0)
