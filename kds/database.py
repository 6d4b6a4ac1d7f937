"""How every part of the process connects to PostgreSQL, and which failures mean that it is away."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

MINIMUM_VERSION = 15
"""UNIQUE NULLS NOT DISTINCT came with PostgreSQL 15."""

CONNECTION_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word when a link ends in the middle of a message
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,
)
"""The link or the server is gone, going, or not there yet."""

UNAVAILABLE_ERRORS: tuple[type[BaseException], ...] = (
    *CONNECTION_ERRORS,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # also what a standby and a database that takes no connections say
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Or it cannot do this now: disk full, too many connections, a lock held too long, a standby. Later it may."""


def tls_for(url: str) -> str | None:
    """What the URL leaves unsaid: off this machine a link without `sslmode` must be encrypted."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    host = options.get("host", [parts.hostname or ""])[0]
    is_local = host.startswith("/") or host in {"", "localhost", "127.0.0.1", "::1"}
    return None if is_local or "sslmode" in options else "require"


async def connect(url: str, name: str, *, timeout_s: float) -> Any:
    """One connection outside the pool, known to a DBA by `name` in pg_stat_activity.

    Raises:
        CONNECTION_ERRORS: there is no server, or not in time.
    """
    async with asyncio.timeout(timeout_s):
        return await asyncpg.connect(
            url,
            ssl=tls_for(url),
            server_settings={
                "application_name": name,
                # a plan made while events is small must not read all of it later
                "enable_seqscan": "off",
                # or the arrays of marks look cheaper when planned anew at each read, which costs more than the read
                "plan_cache_mode": "force_generic_plan",
            },
        )


async def create_pool(url: str, *, size: int, command_timeout_s: float, direct: bool) -> Any:
    """A pool that connects when it is first used, so that a process can start while the database is away.

    Not `direct`: a pooler in transaction mode gives each transaction another backend, which has none of the statements
    prepared before.
    """
    pool = asyncpg.create_pool(
        url,
        ssl=tls_for(url),
        min_size=0,
        max_size=size,
        timeout=2.0,
        command_timeout=command_timeout_s,
        statement_cache_size=100 if direct else 0,
        max_inactive_connection_lifetime=60.0,
        server_settings={"application_name": "kds"},
    )
    return await pool
