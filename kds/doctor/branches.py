"""What of a branch no guest or cook could make sense of."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any

from kds.doctor.finding import Finding
from kds.domain.money import UNLISTED_MINOR_UNITS, is_currency


async def currency_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every branch has its prices in a currency that there is."""
    return [
        Finding(
            f"Branch {row['name']!r} has its prices in {row['currency']}, which is no currency of ISO 4217: they are "
            f"read with {UNLISTED_MINOR_UNITS} decimals. Give it another with as many, or load its menu anew.",
            f"kds branch set {row['id']} --currency EUR",
        )
        for row in await link.fetch(sql.read_currencies)
        if not is_currency(row["currency"])
    ]


async def timezone_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every branch has a time zone that browsers know as the database does."""
    return [
        Finding(
            f"Branch {row['name']!r} has the time zone {row['timezone']!r}, which PostgreSQL and browsers do not both "
            "know by this name: pages may show another time of day than its business day has.",
            f"kds branch set {row['id']} --timezone {row['settled'] or 'Europe/Rome'}",
        )
        for row in await link.fetch(sql.read_timezones)
    ]


async def station_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether a ticket is at a station that its branch has not: no screen of a station shows it, only those of all."""
    return [
        Finding(
            f"Branch {row['name']!r} has {row['tickets']} open tickets for the station {row['station']!r}, which it "
            "has not: only screens of all stations show them. Add it, or let them go to one that is there.",
            f"kds station rename {row['id']} {shlex.quote(row['station'])} {shlex.quote(row['near'])}",
        )
        for row in await link.fetch(sql.read_unrouted_tickets)
    ]
