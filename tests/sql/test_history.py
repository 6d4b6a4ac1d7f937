"""Pruning, epochs and the batching leader's row: sql/pruning.sql, epoch.sql and batching.sql."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.orders import events_of, place

ConnectDb = Callable[[], Awaitable[Any]]


async def floor_of(db: Any, branch_id: str | UUID) -> int | None:
    """The floor of a branch."""
    floor: int | None = await db.fetchval("SELECT revision FROM event_floors WHERE branch_id = $1", branch_id)
    return floor


async def test_pruning_takes_a_prefix_of_each_branch_and_stores_the_floor(
    db: Any, branch_id: str, other_branch: UUID
) -> None:
    old = [await place(db, branch_id) for _ in range(3)]
    await place(db, other_branch)
    await db.execute("UPDATE events SET created_at = created_at - interval '2 hours'")
    young = await place(db, branch_id)
    newest_old = await db.fetchval("SELECT revision FROM events WHERE order_id = $1", old[-1])
    assert await db.fetchval("SELECT prune_events('1 hour', 1000)") == 4
    assert await events_of(db, branch_id) == [("NEW_ORDER", young)]
    assert await floor_of(db, branch_id) == newest_old
    assert await floor_of(db, other_branch) == newest_old + 1
    assert await db.fetchval("SELECT prune_events('1 hour', 1000)") == 0


async def test_pruning_in_steps_ends_at_the_same_place(db: Any, branch_id: str) -> None:
    for _ in range(5):
        await place(db, branch_id)
    newest = await db.fetchval("SELECT max(revision) FROM events")
    await db.execute("UPDATE events SET created_at = created_at - interval '2 hours'")
    gone = 0
    while step := await db.fetchval("SELECT prune_events('1 hour', 2)"):
        gone += step
    assert (gone, await floor_of(db, branch_id)) == (5, newest)


async def test_an_event_behind_a_younger_one_is_not_pruned_alone(db: Any, branch_id: str) -> None:
    first, second = await place(db, branch_id), await place(db, branch_id)
    await db.execute("UPDATE events SET created_at = created_at - interval '2 hours' WHERE order_id = $1", second)
    await db.fetchval("SELECT prune_events('1 hour', 1000)")
    # revisions up to the aged one go together, so that what is left is a suffix
    assert await events_of(db, branch_id) == []
    assert first != second


async def test_the_epoch_stays_and_a_restored_database_has_another(db: Any, branch_id: str) -> None:
    epoch = await db.fetchval("SELECT adopt_epoch()")
    await place(db, branch_id)
    newest = await db.fetchval("SELECT max(revision) FROM events")
    assert await db.fetchval("SELECT adopt_epoch()") == epoch
    assert len(await events_of(db, branch_id)) == 1
    await db.execute("UPDATE deployment SET nonce = gen_random_uuid()")
    assert await db.fetchval("SELECT adopt_epoch()") != epoch
    assert await events_of(db, branch_id) == []
    assert await floor_of(db, branch_id) == newest


async def test_a_sequence_that_was_set_back_goes_on_above_the_floors(db: Any, branch_id: str) -> None:
    await db.fetchval("SELECT adopt_epoch()")
    for _ in range(3):
        await place(db, branch_id)
    newest = await db.fetchval("SELECT max(revision) FROM events")
    await db.execute("SELECT setval('event_revision', 1); UPDATE deployment SET nonce = gen_random_uuid()")
    await db.fetchval("SELECT adopt_epoch()")
    await place(db, branch_id)
    assert await db.fetchval("SELECT min(revision) FROM events") > newest


async def test_there_is_one_batching_leader_and_its_end_is_the_end_of_its_lead(db: Any, connect_db: ConnectDb) -> None:
    leader = await connect_db()
    assert await leader.fetchval("SELECT take_batching_lead('one')") is True
    assert await db.fetchval("SELECT take_batching_lead('two')") is False
    assert tuple(await db.fetchrow("SELECT batching, leader FROM relay_status")) == ("entering", "one")
    leader.terminate()
    while not await db.fetchval("SELECT take_batching_lead('two')"):
        pass
    assert await db.fetchval("SELECT leader FROM relay_status") == "two"


async def test_a_leader_that_shows_itself_is_left_alone_and_a_silent_one_is_ended(
    db: Any, connect_db: ConnectDb
) -> None:
    leader = await connect_db()
    await leader.fetchval("SELECT take_batching_lead('frozen')")
    await leader.execute("SELECT pg_advisory_lock(493269101, 0)")
    pid = leader.get_server_pid()
    assert await db.fetchval("SELECT end_stale_leader($1)", timedelta(hours=1)) is None
    assert await db.fetchval("SELECT writers_are_silent FROM relay_status") is True
    ended = None
    while ended is None:  # its connection must be as old as the silence
        ended = await db.fetchval("SELECT end_stale_leader($1)", timedelta(milliseconds=50))
    assert ended == pid
    while await db.fetchval("SELECT writers_are_silent FROM relay_status"):
        pass


async def test_flips_are_kept_and_bounded(db: Any) -> None:
    for number in range(150):
        await db.fetchval("SELECT beat_batching('x', $1)", "polling" if number % 2 else "idle")
    assert await db.fetchval("SELECT count(*) FROM batching_flips") == 100
