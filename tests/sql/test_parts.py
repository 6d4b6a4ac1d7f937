"""`python -m tests.bench instructions` leaves parts of triggers out: each is there, and orders come without it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.instructions import PARTS, left_out
from tests.orders import place


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_can_be_left_out_and_comes_back(db: Any, dsn: str, branch_id: str, part: str) -> None:
    definitions = """
        SELECT string_agg(pg_get_functiondef(oid), '' ORDER BY oid) FROM pg_proc WHERE oid = ANY ($1::regprocedure[])"""
    functions = [function for function, _, _ in PARTS[part]]
    whole = await db.fetchval(definitions, functions)
    async with left_out(dsn, PARTS[part]):
        assert len(await db.fetchval(definitions, functions)) < len(whole)
        await place(db, branch_id)
    assert await db.fetchval(definitions, functions) == whole
