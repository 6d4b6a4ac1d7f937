"""A new login is compared with all that there are, a part of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from kds.domain import usernames
from kds.domain.usernames import find_username_alike
from kds.postgres.statements import load_statements


class Counted:
    """A connection, and how many rows its answers had."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.rows: list[int] = []

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        """As that of the connection."""
        rows: list[Any] = await self._connection.fetch(statement, *arguments)
        self.rows.append(len(rows))
        return rows


@pytest.mark.parametrize(
    ("name", "there"),
    [("GUEST 0000", "guest 0000"), ("Guest 0041", "guest 0041"), ("guest  0099", "guest 0099"),
     ("zo\u00eb", "Zo\u00eb"), ("ZO\u00cb", "Zo\u00eb"), ("zoe", None), ("guest 0100", None)],
)  # fmt: skip
async def test_it_is_found_wherever_it_stands(
    db: Any, branch_id: str, monkeypatch: pytest.MonkeyPatch, name: str, there: str | None
) -> None:
    monkeypatch.setattr(usernames, "READ_AT_ONCE", 30)
    monkeypatch.setattr(usernames, "COMPARED_AT_ONCE", 7)
    names = [*(f"guest {number:04}" for number in range(100)), "Zo\u00eb"]
    await db.executemany(
        "INSERT INTO staff (branch_id, username, password_hash, role) VALUES ($1, $2, '', 'KITCHEN')",
        [(branch_id, each) for each in names],
    )
    connection = Counted(db)
    assert await find_username_alike(connection, load_statements(), name) == there
    assert max(connection.rows) == 30
    assert sum(connection.rows) == await db.fetchval("SELECT count(*) FROM staff")


async def test_the_very_name_comes_before_one_that_is_alike(
    db: Any, branch_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usernames, "READ_AT_ONCE", 2)
    monkeypatch.setattr(usernames, "COMPARED_AT_ONCE", 1)
    for each in ("GINA", "Gina", "gina"):
        await db.execute(
            "INSERT INTO staff (branch_id, username, password_hash, role) VALUES ($1, $2, '', 'KITCHEN')",
            branch_id, each,
        )  # fmt: skip
    for each in ("GINA", "Gina", "gina"):
        assert await find_username_alike(db, load_statements(), each) == each
