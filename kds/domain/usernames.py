"""The names of all logins, however many there are: whether a new one could be told from them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kds.domain.text import find_alike

AT_ONCE = 250
"""Compared in one turn of the event loop: under 1 ms."""


async def find_username_alike(connection: Any, sql: SimpleNamespace, username: str) -> str | None:
    """Which login nobody can tell from one that is added now, that very name first; lock_names("staff") was asked."""
    alike, last = None, ""
    while names := [row["username"] for row in await connection.fetch(sql.read_usernames, last, AT_ONCE)]:
        there = find_alike(username, names)
        if there == username:
            return there
        alike, last = alike or there, names[-1]
    return alike
