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
import msgspec

from kds.doctor.finding import ANY_URL, Finding, identifier, psql
from kds.domain.text import printable
from kds.errors import TransactionPooler
from kds.postgres.connect import CONNECTION_ERRORS, OWN_PATH, connect, connect_as_pool, is_transaction_pooled, reason

CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 10.0
HEARD_WITHIN_S = 3.0
CLOCKS_APART_MAX = timedelta(seconds=2)
CLOCK_CHANNEL = "kds_clock"
CLOCKS_TOLD_WITHIN_S = 2.0
_AT_THE_DOOR = "CheckMyDatabase"
"""Where PostgreSQL looks whether a role may CONNECT, whatever language it says so in."""
KNOCK_CHANNEL = "kds_doctor"
REFUSALS: tuple[type[BaseException], ...] = (*CONNECTION_ERRORS, asyncpg.PostgresError, ValueError)


@contextlib.asynccontextmanager
async def open_link(url: str) -> AsyncIterator[Any]:
    """A connection as the pool of `kds serve` makes them, which works through any pooler.

    Raises:
        REFUSALS: it leads nowhere.
    """
    link = await connect_as_pool(url, "kds-doctor", timeout_s=CONNECT_TIMEOUT_S, command_timeout_s=ANSWER_TIMEOUT_S)
    try:
        yield link
    finally:
        link.terminate()


def connection_finding(error: BaseException, database: str, role: str) -> Finding:
    """Why DATABASE_URL leads nowhere; `database` and `role` are those it names."""
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        elsewhere = """"$(echo "$DATABASE_URL" | sed -E 's#(//[^/]*/)[^?]*#\\1postgres#')\""""
        create = shlex.quote(f"CREATE DATABASE {identifier(database)}")
        return Finding(f"The server is there, but {error}.", f"psql {elsewhere} -c {create}")
    if isinstance(error, asyncpg.CannotConnectNowError):
        return Finding(f"The server is there, but takes nobody yet ({reason(error)}). Wait for it.", "kds doctor")
    refusal = error.__cause__
    if isinstance(refusal, asyncpg.InsufficientPrivilegeError) and refusal.server_source_function == _AT_THE_DOOR:
        return Finding(
            f"The server is there, but {refusal.args[0]}: {role} lacks CONNECT. Give it that as the owner of the "
            "database, with the owner's DATABASE_URL.",
            psql(f"GRANT CONNECT ON DATABASE {identifier(database)} TO {identifier(role)}"),
        )
    return Finding(
        f"DATABASE_URL leads to no database ({reason(error)}). Start PostgreSQL there, or give the right address.",
        f"export DATABASE_URL={ANY_URL}",
    )


async def listen_findings(link: Any, sql: SimpleNamespace, listen_url: str, variable: str) -> list[Finding]:
    """Whether a NOTIFY over `link` is heard over `listen_url`, the value of `variable`, and if not, why."""
    try:
        async with _open_listening(listen_url) as listening:
            if await _hears(listening, link, sql):
                return []
            here, there = [await each.fetchrow(sql.read_backend) for each in (link, listening)]
            what = f"{variable} hears no NOTIFY of DATABASE_URL."
            if (here["cluster"], here["database_oid"]) != (there["cluster"], there["database_oid"]):
                what = f"{variable} leads to another database than DATABASE_URL: screens would hear of nothing."
    except TransactionPooler:
        return [await _pooler_finding(link, sql, variable)]
    except REFUSALS as error:
        what = f"LISTEN is not possible over {variable} ({reason(error)})."
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


@contextlib.asynccontextmanager
async def _open_listening(url: str) -> AsyncIterator[Any]:
    """A connection as the relay of `kds serve` makes it."""
    listening = await connect(url, "kds-doctor", timeout_s=CONNECT_TIMEOUT_S)
    try:
        # what the gate of connect() let through: a pooler that shows its clients the backend's own number
        if await is_transaction_pooled(listening, url):
            raise TransactionPooler
        yield listening
    finally:
        listening.terminate()


async def _pooler_finding(link: Any, sql: SimpleNamespace, variable: str) -> Finding:
    row = await link.fetchrow(sql.read_own_address)
    what = (
        f"{variable} leads through a pooler in transaction mode, which swallows LISTEN: give the server's own address "
        "as LISTEN_DATABASE_URL."
    )
    database = quote(row["database"], safe="")
    if row["address"]:
        direct = f"{row['address']}:{row['port']}/{database}"
    elif row["socket_folder"]:
        direct = f"/{database}?host={quote(row['socket_folder'], safe='/')}\\&port={row['port']}"
    else:  # over a socket whose folder this role may not know
        return Finding(what, f"export LISTEN_DATABASE_URL={ANY_URL}")
    return Finding(
        what,
        f"""export LISTEN_DATABASE_URL="$(echo "${variable}" | sed -E 's#//([^@/]*@)?.*#//\\1{direct}#')\"""",
    )


async def path_findings(link: Any, sql: SimpleNamespace, url: str, *, direct: bool) -> list[Finding]:
    """Whether our names mean our tables. On a `direct` link the pool says so itself, and so does this one from now on.

    Behind a pooler in transaction mode a setting would be another client's: there the role must have the right one.
    """
    if direct and not await is_transaction_pooled(link, url):
        await link.execute(OWN_PATH)
        return []
    row = await link.fetchrow(sql.read_path)
    if row["leads_home"]:
        return []
    database = identifier(row["database"])
    return [
        Finding(
            f"The search_path of role {row['role']} is {row['path']}: it finds other tables than those in public, and "
            "behind a pooler kds cannot set it. Set it, then have the pooler make its connections to the server anew "
            "(PgBouncer: RECONNECT).",
            psql(f"ALTER ROLE CURRENT_USER IN DATABASE {database} SET search_path = public"),
        )
    ]


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


async def server_clock_findings(link: Any, sql: SimpleNamespace, listen_url: str) -> list[Finding]:
    """Whether the machines of all server processes agree with the database; those that do not answer are left out."""
    told: asyncio.Queue[_ServerClock] = asyncio.Queue()

    def hear(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        with contextlib.suppress(msgspec.MsgspecError, RecursionError):  # anybody may write on a channel
            told.put_nowait(msgspec.json.decode(str(payload), type=_ServerClock))

    apart: dict[str, float] = {}
    async with open_link(listen_url) as listening:
        await listening.add_listener(CLOCK_CHANNEL, hear)
        processes = (await link.fetchrow(sql.ask_clocks))["processes"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOCKS_TOLD_WITHIN_S):
                while len(apart) < processes:
                    clock = await told.get()
                    apart[clock.instance] = clock.apartS
    return [
        Finding(
            f"The clock of the server process {printable(instance[:100])} is {abs(apart_s):.0f} s "
            f"{'behind' if apart_s > 0 else 'ahead of'} the database's: set it on that machine.",
            "sudo timedatectl set-ntp true",
        )
        for instance, apart_s in sorted(apart.items())
        if abs(apart_s) > CLOCKS_APART_MAX.total_seconds()
    ]


class _ServerClock(msgspec.Struct):
    """What a process answers: how far the database's clock is ahead of its own."""

    instance: str
    apartS: float
