"""LISTEN by a role of its own, which can be cut off."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit


@asynccontextmanager
async def listening_as(db: Any, dsn: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """A URL of a role of its own for LISTEN, and what cuts it off for good."""
    role = "listener_" + secrets.token_hex(4)
    await db.execute(f"CREATE ROLE {role} LOGIN SUPERUSER")

    async def cut() -> None:
        await db.execute(f"ALTER ROLE {role} NOLOGIN")
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", role)

    parts = urlsplit(dsn)
    try:
        yield urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}")), cut
    finally:
        await cut()
        await db.execute(f"DROP ROLE {role}")
