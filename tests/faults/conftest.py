"""Several branches to write to, for the tests of faults."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest


@pytest.fixture
async def branches(db: Any) -> list[UUID]:
    """Six branches."""
    rows = await db.fetch(
        "INSERT INTO branches (name) SELECT 'Branch ' || g FROM generate_series(1, 6) AS g RETURNING id"
    )
    return [row["id"] for row in rows]
