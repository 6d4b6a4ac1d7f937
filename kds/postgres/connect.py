"""How every part of the process connects to PostgreSQL, and which failures mean that it is away."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import asyncpg

from kds.errors import BadDatabaseUrl, TransactionPooler
from kds.postgres.hosts import Primary, connect_primary
from kds.postgres.url.address import read_address

MINIMUM_VERSION = 15
"""UNIQUE NULLS NOT DISTINCT came with PostgreSQL 15."""
POOLER_WAIT_S = 2.0
POOL_TIMEOUT_S = 5.0
"""A request waits less, see kds/postgres/pool.py; who connects for all does not."""
HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH = 62, 64
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and its like, which `ssl` does not name."""

CONNECTION_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word when a link ends in the middle of a message, or no host takes writes
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,
    BadDatabaseUrl,  # after a good start: a file that it names is being replaced
    TransactionPooler,
)
"""The link or the server is gone, going, or not there yet."""

UNAVAILABLE_ERRORS: tuple[type[BaseException], ...] = (
    *CONNECTION_ERRORS,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # also what a standby and a database that takes no connections say
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    # a pooler gave this transaction a backend that has not, or has already, the statement prepared before
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
)
"""Or it cannot do this now: disk full, too many connections, a lock held too long, a standby. Later it may."""

UPROOTED_ERRORS: tuple[type[BaseException], ...] = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)
"""What a restore, or whoever gives rights, takes from under a server that runs; `kds doctor` names what is missing."""

LOST_ERRORS = (*UNAVAILABLE_ERRORS, *UPROOTED_ERRORS)
"""What a server that runs outlives: it tries until the database is as it was."""

DATA_ERRORS: tuple[type[BaseException], ...] = (
    asyncpg.DataError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.InternalServerError,  # and what it is the head of: data and indexes that are corrupted
    UnicodeDecodeError,  # bytes of a database in SQL_ASCII
)
"""What was read is at fault, not the link: asking again fails again. The same as try_order_object() catches (sql)."""

OWN_PATH = "SET search_path = public"
"""Whatever the role or the database say: a schema named like the role, or of a till, may have tables of our names."""

_SETTINGS = {
    "search_path": "public",
    # or arrays, and marks that move, look cheaper when planned anew at each read, which costs more than the read
    "plan_cache_mode": "force_generic_plan",
    # a plan made while a table is small, or for any mark, must not read all of it later
    "enable_seqscan": "off",
    # where no index is, as for a table of one row, such a plan looks dear enough to be compiled before PostgreSQL 18
    "jit": "off",
}
"""Of the sessions of the pool, and of all that listen and read."""


def reason(error: BaseException) -> str:
    """Why there is no link: `ConnectionRefusedError: [Errno 111] ...`, or words of our own; of several hosts each."""
    if notes := getattr(error, "__notes__", None):
        return "; ".join(notes)
    if isinstance(error, BadDatabaseUrl):
        return f"its URL {error}"
    if isinstance(error, TransactionPooler):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        other_name = error.verify_code in (HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH)
        remedy = (
            "give the host as the certificate names it"
            if other_name
            else ("give the certificate of the authority that signed it as sslrootcert=FILE")
        )
        return f"the server's certificate is refused, {error.verify_message}: {remedy}"
    return f"{type(error).__name__}: {error}".rstrip(": ")


async def connect(url: str, name: str, *, timeout_s: float, primary: Primary | None = None) -> Any:
    """One connection outside the pool that keeps its session, known to a DBA by `name` in pg_stat_activity.

    `timeout_s` is for each host, unless the URL has a connect_timeout, and once more for what is set then: PgBouncer,
    RDS Proxy, Neon and Supabase refuse a first message that holds any setting.

    Raises:
        TransactionPooler: the URL leads through a pooler that keeps no session.
        CONNECTION_ERRORS: there is no server, or not in time.
    """
    address = read_address(url)
    within_s = address.connect_timeout_s or timeout_s
    connection = await connect_primary(address, name, primary, within_s)
    try:
        async with asyncio.timeout(within_s):
            if await _is_through_pooler(connection) and await is_transaction_pooled(connection, url):
                raise TransactionPooler(
                    "the address leads through a pooler in transaction mode, which swallows LISTEN and forgets "
                    "what a session set: set LISTEN_DATABASE_URL to the server's own address"
                )
            await connection.execute(_setting(_SETTINGS))
    except BaseException:
        connection.terminate()
        raise
    return connection


async def connect_as_pool(
    url: str, name: str, *, timeout_s: float, command_timeout_s: float | None = None, primary: Primary | None = None
) -> Any:
    """One connection as the pool makes them behind a pooler: it asks for no setting and keeps no statement.

    Raises:
        CONNECTION_ERRORS: there is no server, or not in time.
    """
    address = read_address(url)
    within_s = address.connect_timeout_s or timeout_s
    return await connect_primary(
        address, name, primary, within_s, statement_cache_size=0, command_timeout=command_timeout_s
    )


async def create_pool(
    url: str, *, size: int, command_timeout_s: float, direct: bool, primary: Primary | None = None
) -> Any:
    """A pool that connects when it is first used, so that a process can start while the database is away.

    Not `direct`: a pooler in transaction mode gives each transaction another backend, which has none of the statements
    prepared before.
    """
    known = primary or Primary()

    async def connect_one(*_url: object, **how: Any) -> Any:
        address = read_address(url)
        return await connect_primary(address, "kds", known, address.connect_timeout_s or POOL_TIMEOUT_S, **how)

    async def begin_session(connection: Any) -> None:
        await connection.execute(_setting(_SETTINGS))

    async def keep_session(_connection: Any) -> None:
        """Asks nothing, which spares each use a round trip: what a statement of ours sets ends with its transaction."""

    # behind a pooler in transaction mode a setting would be another client's; kds doctor looks at the path there
    pool = asyncpg.create_pool(
        init=begin_session if direct else None,
        reset=keep_session,
        min_size=0,
        max_size=size,
        connect=connect_one,
        command_timeout=command_timeout_s,
        statement_cache_size=100 if direct else 0,
        max_inactive_connection_lifetime=60.0,
    )
    return await pool


async def is_transaction_pooled(first: Any, url: str) -> bool:
    """Whether a client has another backend in each transaction: while one is busy, the next gets another."""
    try:
        before = await _backend_pid(first)
        second = await connect_as_pool(url, "kds-check", timeout_s=POOLER_WAIT_S)
        try:
            async with second.transaction():
                taken = await _backend_pid(second)
                try:
                    after = await _backend_pid(first)
                except TimeoutError:
                    return True  # a pool of one: we wait for ourselves
        finally:
            second.terminate()
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        return True  # between two messages we were given another backend
    return bool(taken == before or after != before)


async def _is_through_pooler(connection: Any) -> bool:
    """Whether something stands between that gives its clients process ids of its own."""
    try:
        return bool(await _backend_pid(connection) != connection.get_server_pid())
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        return True


async def _backend_pid(connection: Any) -> int:
    pid: int = await connection.fetchval("SELECT pg_backend_pid()", timeout=POOLER_WAIT_S)
    return pid


def _setting(settings: Mapping[str, str]) -> str:
    return "; ".join(f"SET {name} = '{value}'" for name, value in settings.items())
