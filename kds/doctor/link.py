"""The way to the database: whether it leads there, whether LISTEN hears over it, and what the clocks say."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import asyncpg

from kds.database import CONNECTION_ERRORS, tls_for
from kds.doctor.finding import ANY_URL, Finding, identifier

CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 10.0
HEARD_WITHIN_S = 3.0
POOL_WAIT_S = 2.0
CLOCKS_APART_MAX = timedelta(seconds=2)
KNOCK_CHANNEL = "kds_doctor"
REFUSALS: tuple[type[BaseException], ...] = (*CONNECTION_ERRORS, asyncpg.PostgresError, ValueError)


@contextlib.asynccontextmanager
async def open_link(url: str) -> AsyncIterator[Any]:
    """A connection that works through any pooler: it asks for no setting and keeps no statement.

    Raises:
        REFUSALS: it leads nowhere.
    """
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        link = await asyncpg.connect(
            url,
            ssl=tls_for(url),
            statement_cache_size=0,
            command_timeout=ANSWER_TIMEOUT_S,
            server_settings={"application_name": "kds-doctor"},
        )
    try:
        yield link
    finally:
        link.terminate()


def connection_finding(error: BaseException, database: str) -> Finding:
    """Why DATABASE_URL leads nowhere; `database` is the one it names."""
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        elsewhere = """"$(echo "$DATABASE_URL" | sed -E 's#(//[^/]*/)[^?]*#\\1postgres#')\""""
        create = shlex.quote(f"CREATE DATABASE {identifier(database)}")
        return Finding(f"The server is there, but {error}.", f"psql {elsewhere} -c {create}")
    cause = f"{type(error).__name__}: {error}".rstrip(": ")
    return Finding(
        f"DATABASE_URL leads to no database ({cause}). Start PostgreSQL there, or give the right address.",
        f"export DATABASE_URL={ANY_URL}",
    )


async def listen_findings(link: Any, sql: SimpleNamespace, listen_url: str, variable: str) -> list[Finding]:
    """Whether a NOTIFY over `link` is heard over `listen_url`, the value of `variable`, and if not, why."""
    try:
        async with open_link(listen_url) as listening:
            if await _hears(listening, link, sql):
                return []
            if await _is_transaction_pooled(listening, listen_url, sql):
                return [await _pooler_finding(listening, sql, variable)]
            here, there = [await each.fetchrow(sql.read_backend) for each in (link, listening)]
            what = f"{variable} hears no NOTIFY of DATABASE_URL."
            if (here["cluster"], here["database_oid"]) != (there["cluster"], there["database_oid"]):
                what = f"{variable} leads to another database than DATABASE_URL: screens would hear of nothing."
    except REFUSALS as error:
        cause = f"{type(error).__name__}: {error}".rstrip(": ")
        what = f"LISTEN is not possible over {variable} ({cause})."
    return [Finding(what, f"unset {variable}")]


async def _hears(listening: Any, link: Any, sql: SimpleNamespace) -> bool:
    knock, heard = secrets.token_hex(8), asyncio.Event()

    def hear(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        if payload == knock:
            heard.set()

    await listening.add_listener(KNOCK_CHANNEL, hear)
    try:
        await link.fetchval(sql.send_knock, knock)
        async with asyncio.timeout(HEARD_WITHIN_S):
            await heard.wait()
    except TimeoutError:
        return False
    finally:
        await listening.remove_listener(KNOCK_CHANNEL, hear)
    return True


async def _is_transaction_pooled(first: Any, url: str, sql: SimpleNamespace) -> bool:
    """Whether a client has another backend in each transaction: while one is busy, the next gets another."""
    before = (await first.fetchrow(sql.read_backend))["pid"]
    if before == first.get_server_pid():
        return False  # a pooler gives its clients numbers of its own
    async with open_link(url) as second, second.transaction():
        taken = (await second.fetchrow(sql.read_backend))["pid"]
        try:
            after = (await first.fetchrow(sql.read_backend, timeout=POOL_WAIT_S))["pid"]
        except TimeoutError:
            return True  # a pool of one: we wait for ourselves
    return bool(taken == before or after != before)


async def _pooler_finding(link: Any, sql: SimpleNamespace, variable: str) -> Finding:
    row = await link.fetchrow(sql.read_own_address)
    database = quote(row["database"], safe="")
    direct = (
        f"{row['address']}:{row['port']}/{database}"
        if row["address"]
        else f"/{database}?host={quote(row['socket_folder'], safe='/')}\\&port={row['port']}"
    )
    return Finding(
        f"{variable} leads through a pooler in transaction mode, which swallows LISTEN: give the server's own address.",
        f"""export LISTEN_DATABASE_URL="$(echo "${variable}" | sed -E 's#//([^@/]*@)?.*#//\\1{direct}#')\"""",
    )


async def clock_findings(link: Any, sql: SimpleNamespace, now: Callable[[], datetime]) -> list[Finding]:
    """Whether this machine and the database agree on the time: logins expire by the one, tickets age by the other."""
    asked = now()
    there = await link.fetchval(sql.read_clock)
    answered = now()
    apart = there - (asked + (answered - asked) / 2)
    if abs(apart) <= CLOCKS_APART_MAX + (answered - asked) / 2:
        return []
    direction = "behind" if apart > timedelta(0) else "ahead of"
    return [
        Finding(
            f"The clock of this machine is {abs(apart).total_seconds():.0f} s {direction} the database's.",
            "sudo timedatectl set-ntp true",
        )
    ]
