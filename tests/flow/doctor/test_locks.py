"""`kds doctor` on somebody who holds a lock of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from kds.doctor.rights import lock_findings
from kds.postgres.statements import load_statements
from tests.flow.doctor.practice import Practice
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]


STRIPE = "branch_stripe('{branch_id}')"


HELD = [
    ("the lock of {branch}", f"pg_advisory_lock(493269100, {STRIPE})"),
    ("the gate of the batching relay", "pg_advisory_lock_shared(493269101, 0)"),
    ("the lead of the batching relay", "pg_advisory_lock(493269102, 0)"),
    ("the order numbers of {branch}", f"pg_advisory_lock(493269103, {STRIPE})"),
    ("the rounds of a table", "pg_advisory_lock(493269105, hashtext('{branch_id}T1'))"),
    ("the order numbers of a day", f"pg_advisory_lock(493269106, 9828 << 10 | {STRIPE})"),
    ("a chosen order number", f"pg_advisory_lock(493269107, {STRIPE})"),
    ("the turn to change the menu of {branch}", "pg_advisory_lock(493269110, hashtext('{branch_id}'))"),
    ("the turn to give a name", "pg_advisory_lock(493269111, hashtext('staff'))"),
]


async def is_free(db: Any) -> bool:
    """Whether nobody holds a lock of ours."""
    return await lock_findings(db, load_statements(), timedelta(0)) == []


@pytest.mark.parametrize(("lock", "taken"), HELD, ids=[lock for lock, _ in HELD])
async def test_somebody_who_holds_a_lock(
    practice: Practice, db: Any, connect_db: ConnectDb, branch_id: str, lock: str, taken: str
) -> None:
    holder = await connect_db()
    await holder.execute(f"SELECT {taken.format(branch_id=branch_id)}")
    name = await db.fetchval("SELECT name FROM branches WHERE id = $1", branch_id)
    (finding,) = await lock_findings(db, load_statements(), timedelta(0))
    assert f"has held {lock.format(branch=name)} for over" in finding.what
    assert f"pid {holder.get_server_pid()}, user postgres" in finding.what
    assert await lock_findings(db, load_statements()) == []
    await practice.run(finding.mend)
    await eventually(lambda: is_free(db))
