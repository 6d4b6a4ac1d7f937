"""Faults that strangers bring: a row that nobody can build, a history put back, a release in the rush, bad will.

What is measured with a figure of its own stands in promises.py and tests/bench; what needs another clock, or a browser,
in the tests of logins and pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import sys
import time
from uuid import UUID

import aiohttp
import asyncpg

from tests.faults.restaurant import Restaurant
from tests.orders import place
from tests.sql.roles import session_of
from tests.sql.strangers import SETTINGS, Kitchen, attempt, functions, hostile

LOOPERS = 20
POISONED = "1999-09-09"
"""The day on which a KOT was sent that no order object can be built of."""
POISON = f"""
CREATE OR REPLACE FUNCTION public.utc(moment timestamptz) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF moment = timestamptz '{POISONED} 00:00:00Z' THEN
    RAISE numeric_value_out_of_range;
  END IF;
  RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
END
$$
"""


async def break_order(restaurant: Restaurant, for_s: float) -> None:
    """An order that nobody can build."""
    branch, canary = next(iter(restaurant.canaries.items()))
    connection = await asyncpg.connect(restaurant.dsn)
    try:
        wholesome = await connection.fetchval("SELECT pg_get_functiondef('public.utc(timestamptz)'::regprocedure)")
        await connection.execute(POISON)
        async with connection.transaction():
            order_id = await place(connection, UUID(branch), table=f"{canary} POS")
            await connection.execute(f"UPDATE kots SET sent_at = '{POISONED} 00:00:00Z' WHERE order_id = $1", order_id)
        with contextlib.suppress(asyncpg.DataError):
            await connection.fetchval("SELECT order_object($1, $2)", order_id, UUID(branch))
            raise AssertionError("the order can be built")
        await asyncio.sleep(for_s)
        await connection.execute("DELETE FROM orders WHERE id = $1", order_id)
        await connection.execute(wholesome)
    finally:
        connection.terminate()


async def rewind_history(restaurant: Restaurant, _for_s: float) -> None:
    """History rewound under the same epoch."""
    connection = await asyncpg.connect(restaurant.dsn)
    try:
        async with connection.transaction():
            # nobody writes while a database is put back
            await connection.execute("LOCK TABLE orders, kots, order_items, events IN EXCLUSIVE MODE")
            await connection.execute("DELETE FROM events")
            await connection.execute("DELETE FROM event_floors")
            await connection.execute("SELECT setval('event_revision', 1)")
    finally:
        connection.terminate()


async def release_in_the_rush(restaurant: Restaurant, _for_s: float) -> None:
    """kds migrate, with nothing to do and with something."""
    await migrate_as_a_release(restaurant)
    await restaurant.sql("DROP VIEW trigger_status")
    await migrate_as_a_release(restaurant)
    assert await restaurant.sql("SELECT to_regclass('public.trigger_status') IS NOT NULL"), "migrate mends no view"


async def migrate_as_a_release(restaurant: Restaurant) -> None:
    """One `kds migrate` as a process of its own, as a Procfile's release is."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "migrate", env={**os.environ, "DATABASE_URL": restaurant.dsn},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def storm(restaurant: Restaurant, for_s: float) -> None:
    """Costly requests, guesses and nonsense in a loop."""
    server = restaurant.servers[0]
    guess = {"username": "chef", "password": "a guess of many"}
    order = {"branchId": next(iter(restaurant.canaries)), "items": []}
    requests: list[tuple[str, str, object]] = [
        ("GET", "/static/" + "a/" * 3_900, None),
        ("GET", "/service-worker.js", None),
        ("GET", "/metrics", None),
        ("GET", "/openapi.json", None),
        ("POST", "/staff/login", guess),
        ("POST", "/public/order/place", order),
        ("GET", "/kitchen/display", None),
    ]
    ends = time.monotonic() + for_s

    async def loop(session: aiohttp.ClientSession, first: int) -> None:
        turn = first
        while time.monotonic() < ends:
            method, path, body = requests[turn % len(requests)]
            turn += 1
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with session.request(method, server.url + path, json=body) as answer:
                    assert answer.status != 500, f"{method} {path[:40]} was answered 500"
                    await answer.read()

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        await asyncio.gather(*(loop(session, number) for number in range(LOOPERS)))


async def hostile_role(restaurant: Restaurant, for_s: float) -> None:
    """A role without rights tries all it can reach."""
    ends = time.monotonic() + for_s
    role = f"stranger_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(restaurant.dsn)
    try:
        await admin.execute(f"CREATE ROLE {role} LOGIN")
        branch = UUID(next(iter(restaurant.canaries)))
        order = await admin.fetchval("SELECT id FROM orders WHERE branch_id = $1 LIMIT 1", branch)
        kitchen = Kitchen(admin, [branch], [order or branch])
        async with session_of(restaurant.dsn, role) as session:
            for setting in SETTINGS:
                if setting != "notify":  # which is for everybody to say
                    await attempt(session, f"SELECT set_config('kds.{setting}', '{order}+,1,', false)")
            for function in itertools.cycle(await functions(admin)):
                if time.monotonic() > ends:
                    break
                choices = [hostile(kind, kitchen) for kind in function["types"]]
                for values in itertools.islice(itertools.product(*choices), 8):
                    typed = ", ".join(f"{value}::{kind}" for value, kind in zip(values, function["types"], strict=True))
                    await attempt(session, f"SELECT {function['name']}({typed})")
        await admin.execute(f"DROP ROLE {role}")
    finally:
        admin.terminate()
