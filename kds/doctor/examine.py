"""Asks everything in turn, and no further than it makes sense."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kds.config import Config, notices
from kds.doctor.branches import currency_findings, station_findings, timezone_findings
from kds.doctor.durability import durability_findings
from kds.doctor.finding import Finding
from kds.doctor.hosts import host_findings
from kds.doctor.life import gate_findings, order_findings, queue_findings, screen_findings, transaction_findings
from kds.doctor.link import (
    REFUSALS,
    clock_findings,
    connection_finding,
    listen_findings,
    open_link,
    path_findings,
    server_clock_findings,
)
from kds.doctor.rights import leader_findings, lock_findings, own_right_findings, right_findings, usage_findings
from kds.doctor.schema import (
    encoding_findings,
    key_findings,
    number_findings,
    schema_findings,
    schema_notices,
    trigger_findings,
    version_findings,
)
from kds.doctor.settings import settings_findings
from kds.doctor.shortage import hoard_findings, shortage_finding
from kds.errors import ConfigError, KdsError
from kds.postgres.migrate.checks import present_version
from kds.postgres.shortage import shortage
from kds.postgres.statements import load_statements
from kds.postgres.url.address import Address, read_address


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at; well when there are no findings."""

    what: str
    findings: list[Finding]
    notices: list[str] = field(default_factory=list)
    """What is as it was asked for, but a deployer should know."""


def utc_clock() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


async def examine(
    environ: Mapping[str, str],
    report: Callable[[Examined], None],
    *,
    long_transaction: timedelta,
    now: Callable[[], datetime] = utc_clock,
) -> None:
    """Looks at a deployment through the environment of `kds serve`; stops where the rest could not be told.

    Raises:
        KdsError: this role may not look at something.
    """
    findings = settings_findings(environ)
    report(Examined("settings", findings))
    if any(finding.what.startswith("DATABASE_URL ") for finding in findings):
        return
    url = environ["DATABASE_URL"]
    async with AsyncExitStack() as stack:
        try:
            link = await stack.enter_async_context(open_link(url))
        except REFUSALS as error:
            if shortage(error):
                finding = await shortage_finding(error, None, load_statements(), _config(environ))
            else:
                finding = _unreachable(error, read_address(url, environ))
            report(Examined("connection", [finding], notices(environ)))
            return
        report(Examined("connection", [], notices(environ)))
        if of_hosts := await host_findings(url, environ, load_statements()):
            report(Examined("hosts", *of_hosts))
        for what, look in _looks(link, environ, long_transaction, now):
            try:
                findings = await look()
            except REFUSALS as error:
                if shortage(error):
                    report(Examined(what, [await shortage_finding(error, link, load_statements(), None)]))
                    return
                if usage := await usage_findings(link, load_statements()):
                    report(Examined(what, usage))
                    return
                raise KdsError(f"cannot examine {what}: {error}. Use the DATABASE_URL of kds serve") from error
            report(Examined(what, findings, await schema_notices(link) if what == "schema" else []))
            if (what in ("search path", "rights of this role", "keys") and findings) or (
                what == "schema" and await present_version(link) is None
            ):
                return


def _unreachable(error: BaseException, address: Address) -> Finding:
    return connection_finding(error, address.database, address.user)


def _config(environ: Mapping[str, str]) -> Config | None:
    try:
        return Config.from_env(environ)
    except ConfigError:
        return None


def _looks(
    link: Any, environ: Mapping[str, str], long_transaction: timedelta, now: Callable[[], datetime]
) -> Iterator[tuple[str, Callable[[], Awaitable[list[Finding]]]]]:
    sql = load_statements()
    variable = "LISTEN_DATABASE_URL" if environ.get("LISTEN_DATABASE_URL") else "DATABASE_URL"

    direct = environ.get("LISTEN_DATABASE_URL", "") in ("", environ["DATABASE_URL"])

    async def version() -> list[Finding]:
        return version_findings(link)

    async def clocks() -> list[Finding]:
        found = await clock_findings(link, sql, now)
        with contextlib.suppress(*REFUSALS):  # where nobody can LISTEN, "LISTEN" has said so
            found += await server_clock_findings(link, sql, environ[variable])
        return found

    yield "PostgreSQL version", version
    yield "encoding", lambda: encoding_findings(link, sql)
    yield "search path", lambda: path_findings(link, sql, environ["DATABASE_URL"], direct=direct)
    yield "LISTEN", lambda: listen_findings(link, sql, environ[variable], variable)
    yield "clocks", clocks
    yield "lock table", lambda: hoard_findings(link, sql)
    yield "durability", lambda: durability_findings(link, sql)
    yield "notification queue", lambda: queue_findings(link, sql)
    yield "long transactions", lambda: transaction_findings(link, sql, long_transaction)
    yield "rights of this role", lambda: own_right_findings(link, sql)
    yield "schema", lambda: schema_findings(link)
    yield "keys", lambda: key_findings(link, sql)
    yield "triggers", lambda: trigger_findings(link, sql)
    yield "order numbers", lambda: number_findings(link, sql)
    yield "rights", lambda: right_findings(link, sql)
    yield "gate", lambda: gate_findings(link, sql)
    yield "leaders", lambda: leader_findings(link, sql)
    yield "locks", lambda: lock_findings(link, sql)
    yield "currencies", lambda: currency_findings(link, sql)
    yield "time zones", lambda: timezone_findings(link, sql)
    yield "stations", lambda: station_findings(link, sql)
    yield "screens", lambda: screen_findings(link, sql)
    yield "orders", lambda: order_findings(link, sql)
