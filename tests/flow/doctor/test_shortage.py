"""`kds doctor` where locks, connections or the disk run out."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from aiohttp import ClientSession

from tests.flow.doctor.practice import Practice
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]


# A server that is out of something


async def hoard(connection: Any) -> None:
    """Takes locks until there is room for none."""
    taken = 0
    for at_once in (50, 1):
        with contextlib.suppress(asyncpg.OutOfMemoryError):
            while True:
                await connection.execute(
                    f"SELECT pg_advisory_lock(i) FROM generate_series({taken}, {taken + at_once - 1}) AS i"
                )
                taken += at_once


async def test_a_lock_table_that_a_stranger_filled(
    practice: Practice, db: Any, dsn: str, branch_id: str, http: ClientSession, start_server: Any
) -> None:
    server = await start_server()
    dish = await db.fetchval("SELECT id::text FROM menu_items WHERE branch_id = $1 AND available LIMIT 1", branch_id)
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish, "quantity": 1}]}

    async def place_one() -> int:
        async with http.post(f"{server.url}/public/order/place", json=order) as answer:
            return answer.status

    async def readiness() -> tuple[int, Any]:
        async with http.get(f"{server.url}/readyz") as answer:
            return answer.status, await answer.json()

    async def is_ready() -> bool:
        return (await readiness())[0] == 200

    async def takes_orders() -> bool:
        return await place_one() == 201

    assert await place_one() == 201 and await is_ready()
    await db.execute("CREATE ROLE kds_hoarder LOGIN")
    port = {"PORT": str(urlsplit(server.url).port), "HOST": "127.0.0.1"}
    hoarder: Any = await asyncpg.connect(dsn.replace("postgres@", "kds_hoarder@"))
    try:
        assert await is_ready()
        await hoard(hoarder)
        assert await place_one() == 503
        status, answer = await readiness()
        assert (status, answer["status"], answer["database"]) == (503, "not ready", "short")
        assert answer["hoarder"]["pid"] == hoarder.get_server_pid() and answer["hoarder"]["locks"] > 1000
        mend = await practice.finds(
            "The database answers, but is out of room in its lock table",
            f"pid {hoarder.get_server_pid()}, user kds_hoarder, holds",
            **port,
        )
        assert f"pg_terminate_backend({hoarder.get_server_pid()})" in mend
        await practice.mended(mend.removeprefix("sudo "), **port)
        await eventually(takes_orders)
        await eventually(is_ready)
    finally:
        hoarder.terminate()
        await db.execute("DROP ROLE kds_hoarder")


async def test_a_lock_table_that_fills(practice: Practice, db: Any, connect_db: ConnectDb) -> None:
    hoarder = await connect_db()
    room = await db.fetchval(
        "SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int"
    )
    await hoarder.execute(f"SELECT pg_advisory_lock(i) FROM generate_series(1, {room // 2 + 100}) AS i")
    await practice.mended(
        await practice.finds("The lock table holds", f"pid {hoarder.get_server_pid()}, user postgres")
    )


async def test_a_role_whose_connections_are_all_taken(practice: Practice, db: Any, dsn: str) -> None:
    await db.execute("CREATE ROLE kds_limited LOGIN CONNECTION LIMIT 0")
    try:
        mend = await practice.finds(
            "The database answers, but is out of connections", DATABASE_URL=dsn.replace("postgres@", "kds_limited@")
        )
        looked = await practice.run(f"psql '{dsn}' {mend.split(' ', 2)[2]}")
        assert looked.code == 0 and "usename" in looked.printed
    finally:
        await db.execute("DROP ROLE kds_limited")


async def test_a_full_disk_is_no_service(db: Any, branch_id: str, http: ClientSession, start_server: Any) -> None:
    server = await start_server()
    dish = await db.fetchval("SELECT id::text FROM menu_items WHERE branch_id = $1 AND available LIMIT 1", branch_id)
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish, "quantity": 1}]}
    await db.execute(
        "CREATE FUNCTION fill_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;"
        "CREATE TRIGGER fill_disk BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_disk()"
    )
    async with http.post(f"{server.url}/public/order/place", json=order) as answer:
        assert answer.status == 503 and "is out of disk space" in (await answer.json())["error"]["message"]
    async with http.get(f"{server.url}/readyz") as answer:
        said = await answer.json()
        assert (answer.status, said["database"], said["shortOf"]) == (503, "short", "disk space")
