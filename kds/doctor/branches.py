"""What of a branch no guest or cook could make sense of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kds.doctor.finding import Finding, psql
from kds.money import UNLISTED_MINOR_UNITS, is_currency


async def currency_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether every branch has its prices in a currency that there is."""
    return [
        Finding(
            f"Branch {row['name']!r} has its prices in {row['currency']}, which is no currency of ISO 4217: they are "
            f"read with {UNLISTED_MINOR_UNITS} decimals. Give it another with as many, or load its menu anew.",
            psql(f"UPDATE branches SET currency = 'EUR' WHERE id = '{row['id']}'"),
        )
        for row in await link.fetch(sql.read_currencies)
        if not is_currency(row["currency"])
    ]
