"""A server that answers, but is out of something: who asks later may be served, and no address is wrong.

Source: class 53 of PostgreSQL's appendix A, "Error Codes".
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import asyncpg
import msgspec

_OUT_OF = {
    "53000": "resources",
    "53100": "disk space",
    "53200": "memory",
    "53300": "connections",
    "53400": "what its configuration allows",
}


LOCKS = "room in its lock table"


def shortage(error: BaseException | None) -> str | None:
    """What the server is out of, as it says so itself; None when the error is another."""
    code = getattr(error, "sqlstate", None)
    if code == "53200" and "shared memory" in str(error):
        return LOCKS  # any role may fill it: PostgreSQL has no right for advisory locks, and no limit
    return _OUT_OF.get(str(code))


class Hoarder(msgspec.Struct, frozen=True):
    """A session that holds `locks` of the `locks_of_all` in the lock table, which has room for about `room`."""

    pid: int
    role: str
    locks: int
    locks_of_all: int
    room: int


async def read_hoarder(connection: Any, sql: SimpleNamespace, roles: Mapping[int, str]) -> Hoarder | None:
    """Who holds most of the lock table, by a connection that is there already; None when nobody holds any.

    `roles` are the names of those known from before, for to look one up takes a lock.
    """
    row = await connection.fetchrow(sql.read_hoarder)
    if row is None:
        return None
    role = roles.get(row["role_oid"], "")
    with contextlib.suppress(asyncpg.OutOfMemoryError):
        role = role or str(await connection.fetchval(sql.read_role, row["role_oid"]))
    role = role or f"of oid {row['role_oid']}"
    return Hoarder(row["pid"], role, row["locks"], row["locks_of_all"], row["room"])
