"""A time of day is the same in the database and on a phone, in every time zone that a branch may have."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from tests.sql.test_days import REFUSED

from .conftest import Ask

INSTANTS = [
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "1970-01-01 00:30", "1987-07-15 12:00", "1999-12-31 23:30", "2000-01-01 00:30", "2005-07-01 00:00",
        "2010-01-15 12:00", "2015-07-15 12:00", "2019-12-31 23:59", "2025-01-15 12:00", "2025-07-15 12:00",
        "2025-12-31 23:59", "2026-07-15 12:00", "2027-01-15 12:00", "2027-07-15 12:00", "2027-12-31 23:30",
    )
]  # fmt: skip
SETTLED = datetime(2026, 1, 1, tzinfo=UTC)
"""From then on a country may have changed its law after the tables of one of the two were made."""
CHANGED_AT_MOST = 0.05
ABBREVIATIONS = {"CET", "EET", "EST", "HST", "MET", "MST", "WET"}
"""Zones of the IANA list that AT TIME ZONE takes for abbreviations."""


async def taken_by_the_database(db: Any) -> list[str]:
    """All zones of PostgreSQL, and spellings that it takes as well, which a branch may have."""
    taken = []
    await db.execute("DELETE FROM branches WHERE name <> 'Via Masala'")
    for row in await db.fetch("SELECT name FROM pg_timezone_names UNION SELECT unnest($1::text[])", [*REFUSED]):
        try:
            async with db.transaction():
                await db.execute("UPDATE branches SET timezone = $1", row["name"])
        except asyncpg.InvalidParameterValueError as refused:
            assert refused.hint
        else:
            taken.append(row["name"])
    return taken


async def test_every_zone_that_a_branch_may_have_means_the_same_to_a_browser(db: Any, ask: Ask) -> None:
    zones = await taken_by_the_database(db)
    assert not set(zones) & set(REFUSED)
    stamps = [int(instant.timestamp() * 1000) for instant in INSTANTS]
    there = await ask(
        f"""
        const {{ timeOfDay }} = await load("common/text/format");
        const day = (zone) => new Intl.DateTimeFormat("sv-SE",
          {{ timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }});
        const times = (zone) => {{
          const days = day(zone);
          return {json.dumps(stamps)}.map((at) => days.format(at) + " " + timeOfDay(at, zone));
        }};
        return {{
          times: Object.fromEntries({json.dumps(zones)}.map((zone) => [zone, times(zone)])),
          known: Intl.supportedValuesOf("timeZone"),
        }};
        """
    )
    changed = set()
    for zone in zones:
        here = [
            row["at"]
            for row in await db.fetch(
                "SELECT to_char(i AT TIME ZONE $1, 'YYYY-MM-DD HH24:MI') AS at"
                " FROM unnest($2::timestamptz[]) WITH ORDINALITY AS u (i, place) ORDER BY place",
                zone,
                INSTANTS,
            )
        ]
        for instant, time_here, time_there in zip(INSTANTS, here, there["times"][zone], strict=True):
            if time_here != time_there:
                apart = abs(datetime.fromisoformat(time_here) - datetime.fromisoformat(time_there))
                assert instant >= SETTLED and apart <= timedelta(hours=1), (zone, instant, time_here, time_there)
                changed.add(zone)
    assert len(zones) > 400 and len(changed) < CHANGED_AT_MOST * len(zones), changed
    names = {row["name"] for row in await db.fetch("SELECT name FROM pg_timezone_names")}
    assert (set(there["known"]) & names) - set(zones) - ABBREVIATIONS == set()
