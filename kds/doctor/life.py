"""What goes on in the database now."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import asyncpg

from kds.doctor.finding import MIGRATE, Finding, psql
from kds.postgres.connect import DATA_ERRORS
from kds.postgres.statements import one_by_one

QUEUE_USAGE_MAX = 0.01
"""A healthy queue is read at once and stands at 0; when it is full, orders fail."""
GATE_STUCK_AFTER = timedelta(seconds=10)
"""The relays end a silent leader within this time, if there is one."""
SCREENS_STALE_AFTER = timedelta(seconds=15)
"""Every server process deletes rows past their lease every 10 s."""
BROKEN_TIMEOUT_S = 60.0
"""One by one, ten thousand orders take a second or two."""


async def queue_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether a listener keeps the queue of notifications from being emptied."""
    row = await link.fetchrow(sql.read_notification_queue)
    if row["usage"] < QUEUE_USAGE_MAX:
        return []
    return [
        Finding(
            f"The queue of notifications is {row['usage']:.0%} full, at 100% orders fail: a listener does not read. "
            f"Most likely {_session(row)}.",
            _end(row["pid"]),
        )
    ]


async def gate_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether writers are kept silent by somebody who does not poll for them."""
    return [
        Finding(
            f"Writers are silent, but no batching leader has shown itself for {row['silent_s']:.0f} s: "
            f"pid {row['pid']} ({row['application_name'] or 'no application_name'}) holds the gate.",
            _end(row["pid"]),
        )
        for row in await link.fetch(sql.read_stuck_gate, GATE_STUCK_AFTER)
    ]


async def transaction_findings(link: Any, sql: SimpleNamespace, longer_than: timedelta) -> list[Finding]:
    """Which transactions hold their locks, and dead rows, for too long."""
    return [
        Finding(
            f"A transaction is open for {row['age_s']:.0f} s: {_session(row)}.",
            _end(row["pid"]),
        )
        for row in await link.fetch(sql.read_long_transactions, longer_than)
    ]


async def screen_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether screens of dead processes are still listed: no server process is running that would delete them."""
    stale = await link.fetchval(sql.count_stale_screens, SCREENS_STALE_AFTER)
    if not stale:
        return []
    return [
        Finding(
            f"ws_connections lists {stale} screens of dead processes, and no process runs that deletes them.",
            psql("DELETE FROM ws_connections WHERE lease_expires_at < now()"),
        )
    ]


async def order_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Which orders no screen can show, whatever the fault of their data."""
    try:
        rows = await link.fetch(sql.read_broken_orders, timeout=BROKEN_TIMEOUT_S)
    except DATA_ERRORS:
        rows = await link.fetch(one_by_one(sql.read_broken_orders), timeout=BROKEN_TIMEOUT_S)
    except asyncpg.UndefinedTableError:
        return [Finding("The view order_objects is missing: nothing can be shown.", MIGRATE)]
    return [
        Finding(
            f"Order {row['id']} of {row['branch']} is on no screen ({row['fault']}). Look at its rows and mend what is "
            "wrong in them: then it is shown.",
            psql(
                *(
                    f"SELECT * FROM {table} WHERE {column} = '{row['id']}'"
                    for table, column in (("orders", "id"), ("kots", "order_id"), ("order_items", "order_id"))
                )
            ),
        )
        for row in rows
    ]


def _session(row: Any) -> str:
    name = row["application_name"] or "no application_name"
    return f"pid {row['pid']}, user {row['username']}, {name}, {row['state']}"


def _end(pid: int) -> str:
    return psql(f"SELECT pg_terminate_backend({pid})")
