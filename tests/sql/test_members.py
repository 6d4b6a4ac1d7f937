"""sql/members.sql: who works where, as what; code of before writes staff alone, and a branch keeps an owner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kds.web.login.ranks import ROLES, outranks
from tests.orders import add_branch


async def add(db: Any, branch_id: UUID | str, name: str, role: str = "KITCHEN") -> UUID:
    """A member as code of before adds one."""
    found: UUID = await db.fetchval(
        "INSERT INTO staff (branch_id, username, password_hash, role) VALUES ($1, $2, 'x', $3::staff_role)"
        " RETURNING id",
        branch_id, name, role,
    )  # fmt: skip
    return found


async def roles(db: Any, staff_id: UUID) -> dict[str, str]:
    """Branch and role of each membership."""
    rows = await db.fetch("SELECT branch_id::text, role::text FROM staff_members WHERE staff_id = $1", staff_id)
    return {row["branch_id"]: row["role"] for row in rows}


async def generation(db: Any, staff_id: UUID) -> int:
    """Of the tokens that are good."""
    return int(await db.fetchval("SELECT generation FROM staff WHERE id = $1", staff_id))


async def test_everybody_of_before_works_where_they_did(db: Any) -> None:
    assert await db.fetch("SELECT branch_id, id, role FROM staff ORDER BY id") == await db.fetch(
        "SELECT branch_id, staff_id, role FROM staff_members ORDER BY staff_id"
    )


async def test_what_is_written_to_staff_alone_stands_in_the_memberships(db: Any, branch_id: str) -> None:
    other = str(await add_branch(db))
    anna = await add(db, branch_id, "anna")
    await db.execute("UPDATE staff SET role = 'WAITER' WHERE id = $1", anna)
    assert await roles(db, anna) == {branch_id: "WAITER"}
    await db.execute("UPDATE staff SET branch_id = $2 WHERE id = $1", anna, other)
    assert await roles(db, anna) == {other: "WAITER"}
    new = await db.fetchval("UPDATE staff SET id = gen_random_uuid() WHERE id = $1 RETURNING id", anna)
    assert (await roles(db, anna), await roles(db, new)) == ({}, {other: "WAITER"})
    await db.execute("DELETE FROM staff WHERE id = $1", new)
    assert await roles(db, new) == {}
    await db.execute("TRUNCATE staff")
    assert await db.fetchval("SELECT count(*) FROM staff_members") == 0


async def test_a_changed_membership_ends_the_logins_and_staff_follows(db: Any, branch_id: str) -> None:
    other = await add_branch(db)
    anna = await add(db, branch_id, "anna")
    before = await generation(db, anna)
    await db.execute("INSERT INTO staff_members VALUES ($1, $2, 'MANAGER')", other, anna)
    assert await generation(db, anna) == before  # a branch more takes nothing away
    for change in (
        "UPDATE staff_members SET role = 'PICKUP' WHERE staff_id = $1 AND branch_id <> $2",
        "UPDATE staff_members SET role = 'WAITER' WHERE staff_id = $1 AND branch_id = $2",
        "DELETE FROM staff_members WHERE staff_id = $1 AND branch_id <> $2",
    ):
        await db.execute(change, anna, UUID(branch_id))
        assert await generation(db, anna) > before
        before = await generation(db, anna)
        assert await db.fetchval("SELECT generation FROM revocations WHERE staff_id = $1", anna) == before
    assert await db.fetchval("SELECT role::text FROM staff WHERE id = $1", anna) == "WAITER"
    assert await roles(db, anna) == {branch_id: "WAITER"}


async def test_the_branch_of_a_login_is_not_taken_from_it_and_none_becomes_another(db: Any, branch_id: str) -> None:
    anna = await add(db, branch_id, "anna")
    with pytest.raises(asyncpg.CheckViolationError, match="opens this branch by itself"):
        await db.execute("DELETE FROM staff_members WHERE staff_id = $1", anna)
    with pytest.raises(asyncpg.CheckViolationError, match="never changes its branch"):
        await db.execute("UPDATE staff_members SET branch_id = $2 WHERE staff_id = $1", anna, await add_branch(db))


@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read", "serializable"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff SET active = false WHERE id = $1",
        "UPDATE staff SET role = 'MANAGER' WHERE id = $1",
        "UPDATE staff_members SET role = 'KITCHEN' WHERE staff_id = $1",
        "DELETE FROM staff WHERE id = $1",
    ],
)
async def test_the_last_owner_stays_whatever_is_tried_and_two_do_not_remove_each_other(
    db: Any, connect_db: Callable[[], Awaitable[Any]], change: str, isolation: Any
) -> None:
    branch = await add_branch(db)
    anna, bert = await add(db, branch, "anna", "OWNER"), await add(db, branch, "bert", "OWNER")
    other = await connect_db()
    changing = db.transaction(isolation=isolation)
    await changing.start()
    await db.execute(change, anna)

    async def change_the_other() -> None:
        async with other.transaction(isolation=isolation):
            await other.execute(change, bert)

    second = asyncio.create_task(change_the_other())
    await _waits(await connect_db(), second)
    await changing.commit()
    refused = asyncpg.CheckViolationError if isolation == "read_committed" else asyncpg.SerializationError
    with pytest.raises(refused):
        await second
    with pytest.raises(asyncpg.CheckViolationError, match="last owner"):
        await db.execute(change, bert)
    owners = "SELECT count(*) FROM staff_members m JOIN staff s ON s.id = m.staff_id WHERE m.branch_id = $1 AND active"
    assert await db.fetchval(owners + " AND m.role = 'OWNER'", branch) == 1


async def _waits(watcher: Any, task: asyncio.Task[Any]) -> None:
    async with asyncio.timeout(10):
        while not await watcher.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ):
            assert not task.done()
            await asyncio.sleep(0.01)


async def test_a_branch_goes_with_its_owner(db: Any, branch_id: str) -> None:
    branch = await add_branch(db)
    anna = await add(db, branch_id, "anna")
    await db.execute("INSERT INTO staff_members VALUES ($1, $2, 'OWNER')", branch, anna)
    await db.execute("DELETE FROM branches WHERE id = $1", branch)
    assert await roles(db, anna) == {branch_id: "KITCHEN"}


async def test_the_ranks_of_the_database_are_those_of_the_code(db: Any) -> None:
    rows = await db.fetch(
        "SELECT r::text AS role, staff_rank(r) AS rank FROM unnest(enum_range(NULL::staff_role)) AS r"
    )
    ranks = {row["role"]: row["rank"] for row in rows}
    assert set(ranks) == set(ROLES)
    assert all(outranks(a, b) == (ranks[a] > ranks[b]) for a in ROLES for b in ROLES)


async def test_who_joins_a_branch_needs_a_new_link(db: Any, branch_id: str) -> None:
    branch = await add_branch(db)
    anna = await add(db, branch_id, "anna")
    bert = await add(db, branch_id, "bert")
    for member in (anna, bert):
        await db.execute(
            "INSERT INTO staff_links (staff_id, token_hash, generation) VALUES ($1, uuid_send($1), 0)", member
        )
    await db.execute("INSERT INTO staff_members VALUES ($1, $2, 'OWNER')", branch, anna)
    assert [row["staff_id"] for row in await db.fetch("SELECT staff_id FROM staff_links")] == [bert]
