"""The names of all logins, however many there are: whether a new one could be told from them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from kds.domain.text import find_alike

READ_AT_ONCE = 2_000
"""Each costs a journey to the database, and whoever gives a name meanwhile waits."""
COMPARED_AT_ONCE = 250
"""In one turn of the event loop: under 1 ms."""


async def find_username_alike(connection: Any, sql: SimpleNamespace, username: str) -> str | None:
    """Which login nobody can tell from one that is added now, that very name first; lock_names("staff") was asked."""
    alike, last = None, ""
    while names := [row["username"] for row in await connection.fetch(sql.read_usernames, last, READ_AT_ONCE)]:
        for first in range(0, len(names), COMPARED_AT_ONCE):
            there = find_alike(username, names[first : first + COMPARED_AT_ONCE])
            if there == username:
                return there
            alike = alike or there
            await asyncio.sleep(0)
        last = names[-1]
    return alike
