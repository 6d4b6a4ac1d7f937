"""How every part of the process connects to PostgreSQL, and which failures mean that it is away."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg

from kds.errors import BadDatabaseUrl, TransactionPooler
from kds.postgres.url.address import Address, Host, read_address
from kds.postgres.url.tls import SYSTEM, verifying_context

MINIMUM_VERSION = 15
"""UNIQUE NULLS NOT DISTINCT came with PostgreSQL 15."""
NEXT_HOST_AFTER_S = 0.25
"""Of several hosts the next is tried beside one that does not answer: a mute one costs nothing."""
POOLER_WAIT_S = 2.0
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

_READING_SETTINGS = {
    "search_path": "public",
    # a plan made while events is small must not read all of it later
    "enable_seqscan": "off",
    # or the arrays of marks look cheaper when planned anew at each read, which costs more than the read
    "plan_cache_mode": "force_generic_plan",
}


def reason(error: BaseException) -> str:
    """Why there is no link: `ConnectionRefusedError: [Errno 111] ...`, or words of our own as they are."""
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


async def connect(url: str, name: str, *, timeout_s: float) -> Any:
    """One connection outside the pool that keeps its session, known to a DBA by `name` in pg_stat_activity.

    `timeout_s` is for the whole, unless the URL has a connect_timeout. Settings come after the link is made: PgBouncer,
    RDS Proxy, Neon and Supabase refuse a first message that holds any.

    Raises:
        TransactionPooler: the URL leads through a pooler that keeps no session.
        CONNECTION_ERRORS: there is no server, or not in time.
    """
    address = read_address(url)
    async with asyncio.timeout(address.connect_timeout_s or timeout_s):
        connection = await _connect_any(address, name)
        try:
            if await _is_through_pooler(connection) and await is_transaction_pooled(connection, url):
                raise TransactionPooler(
                    "the address leads through a pooler in transaction mode, which swallows LISTEN and forgets "
                    "what a session set: set LISTEN_DATABASE_URL to the server's own address"
                )
            await connection.execute(_setting(_READING_SETTINGS))
        except BaseException:
            connection.terminate()
            raise
        return connection


async def connect_as_pool(url: str, name: str, *, timeout_s: float, command_timeout_s: float | None = None) -> Any:
    """One connection as the pool makes them behind a pooler: it asks for no setting and keeps no statement.

    Raises:
        CONNECTION_ERRORS: there is no server, or not in time.
    """
    address = read_address(url)
    async with asyncio.timeout(address.connect_timeout_s or timeout_s):
        return await _connect_any(address, name, statement_cache_size=0, command_timeout=command_timeout_s)


async def create_pool(url: str, *, size: int, command_timeout_s: float, direct: bool) -> Any:
    """A pool that connects when it is first used, so that a process can start while the database is away.

    Not `direct`: a pooler in transaction mode gives each transaction another backend, which has none of the statements
    prepared before.
    """

    async def connect_one(*_url: object, **how: Any) -> Any:
        address = read_address(url)
        async with asyncio.timeout(address.connect_timeout_s or 2.0):
            return await _connect_any(address, "kds", **how)

    async def own_path(connection: Any) -> None:
        await connection.execute(OWN_PATH)

    async def reset(connection: Any) -> None:
        await connection.execute(f"{connection.get_reset_query()}\n; {OWN_PATH}")

    # behind a pooler in transaction mode a setting would be another client's; kds doctor looks at the path there
    pool = asyncpg.create_pool(
        init=own_path if direct else None,
        reset=reset if direct else None,
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


async def _connect_any(address: Address, name: str, **how: Any) -> Any:
    """The first host that answers and is what the address wants; the next is tried beside one that is slow."""
    waiting, errors = list(address.hosts), list[BaseException]()
    attempts: set[asyncio.Task[Any]] = set()
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.create_task(_connect_host(address, waiting.pop(0), name, **how)))
            done, attempts = await asyncio.wait(
                attempts, timeout=NEXT_HOST_AFTER_S if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            won = [task.result() for task in done if task.exception() is None]
            errors += [error for task in done if (error := task.exception()) is not None]
            for spare in won[1:]:
                spare.terminate()
            if won:
                return won[0]
    finally:
        for task in attempts:
            task.add_done_callback(_terminate_late)
            task.cancel()
        if attempts:
            await asyncio.wait(attempts)
    # what a server said tells more than that another was not there
    raise next((error for error in errors if isinstance(error, asyncpg.PostgresError)), errors[0])


def _terminate_late(attempt: asyncio.Task[Any]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().terminate()


async def _connect_host(address: Address, host: Host, name: str, **how: Any) -> Any:
    tls = {"sslmode": host.sslmode, **({} if host.sslmode == "disable" else address.tls)}
    try:
        trusted = None
        if host.sslmode == "verify-full" and (host.certificate_name or address.tls.get("sslrootcert") == SYSTEM):
            # reads hundreds of certificates, which would hold the event loop
            trusted = await asyncio.to_thread(verifying_context, address.tls, host.certificate_name)
        connection = await asyncpg.connect(
            "postgresql:///?" + urlencode(tls, quote_via=quote),
            host=host.name,
            port=host.port,
            user=address.user,
            password=host.password or "",
            database=address.database,
            ssl=trusted,
            direct_tls=address.direct_tls and host.sslmode != "disable",
            target_session_attrs=address.target,
            server_settings={**address.server_settings, "application_name": name},
            **how,
        )
    except (ValueError, asyncpg.UndefinedObjectError, asyncpg.CantChangeRuntimeParamError) as error:
        if isinstance(error, OSError):  # a certificate that is not the server's
            raise
        raise BadDatabaseUrl(f"asks for what cannot be done: {error}") from error
    except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as error:
        raise BadDatabaseUrl(f"is refused by the server: {error}") from error
    _keep_alive(connection, host, address.keepalive)
    return connection


def _keep_alive(connection: Any, host: Host, keepalive: Mapping[str, int]) -> None:
    """What libpq does with keepalives and tcp_user_timeout: a dead peer is noticed, and a NAT forgets no quiet link."""
    if host.name.startswith("/"):
        return
    link = connection._transport.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(keepalive.get("keepalives", 1) != 0))
    options = {
        "keepalives_idle": "TCP_KEEPIDLE",
        "keepalives_interval": "TCP_KEEPINTVL",
        "keepalives_count": "TCP_KEEPCNT",
        "tcp_user_timeout": "TCP_USER_TIMEOUT",
    }
    for name, option in options.items():
        if keepalive.get(name, 0) > 0 and hasattr(socket, option):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), min(keepalive[name], 32_767))
