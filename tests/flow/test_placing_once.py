"""A guest's order is placed once for each key: a repeat is answered as before, whatever is full, closed or changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.patience import eventually

Start = Callable[..., Awaitable[RunningServer]]
ConnectDb = Callable[[], Awaitable[Any]]

CLAIM = """INSERT INTO idempotency_keys (branch_id, key, request_hash) VALUES ($1, $2, $3)
ON CONFLICT (branch_id, key) DO NOTHING RETURNING true"""
READ = "SELECT request_hash, answer FROM idempotency_keys WHERE branch_id = $1 AND key = $2"
KEEP = "UPDATE idempotency_keys SET answer = $3 WHERE branch_id = $1 AND key = $2"
"""As the code before version 15 does it, in a transaction with the order."""


class Guest:
    """Sends the bytes of one order, with its key, as often as wanted."""

    def __init__(self, http: ClientSession, branch_id: str, dish_id: UUID, table: str = "T1", **more: Any) -> None:
        self._http = http
        order = {"branchId": branch_id, "table": table, "items": [{"menuItemId": str(dish_id), "quantity": 1}], **more}
        self.body = json.dumps(order).encode()
        self.key = str(uuid4())

    async def send(self, server: RunningServer) -> tuple[int, bytes]:
        """Status and bytes of the answer."""
        headers = {"Idempotency-Key": self.key, "Content-Type": "application/json"}
        url = f"{server.url}/public/order/place"
        async with self._http.post(url, data=self.body, headers=headers) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def dish_id(db: Any) -> UUID:
    """A dish that can be had."""
    found: UUID = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    return found


def at_table(branch_id: str, table: str = "T1") -> dict[str, str]:
    """What proves that a guest sits there."""
    return {"table": table, "tableToken": Links(JWT_SECRET).table_token(UUID(branch_id), table)}


ADD_ROUNDS = "UPDATE branches SET requires_table_token = true, adds_rounds = true"


@pytest.mark.parametrize("adds_rounds", [False, True])
async def test_a_repeat_is_answered_as_before_whatever_has_changed(
    start_server: Start, http: ClientSession, db: Any, branch_id: str, dish_id: UUID, adds_rounds: bool
) -> None:
    if adds_rounds:
        await db.execute(ADD_ROUNDS)
    more = at_table(branch_id) if adds_rounds else {}
    server = await start_server(
        orders_per_table_per_minute=2, orders_per_address_per_minute=2, orders_per_branch_per_minute=2
    )
    guests = [Guest(http, branch_id, dish_id, **more) for _ in range(2)]
    first = [await guest.send(server) for guest in guests]
    assert [status for status, _ in first] == [201, 201]
    assert (await Guest(http, branch_id, dish_id, **more).send(server))[0] == 429
    for change in (
        "SELECT 1",  # it is full already
        "UPDATE menu_items SET price_cents = price_cents + 1",
        "UPDATE menu_items SET available = false",
        "UPDATE branches SET public_order_types = '{}'",
        "UPDATE branches SET requires_table_token = true",
        "INSERT INTO table_codes (branch_id, table_label, generation) SELECT id, '', 7 FROM branches",
        "UPDATE branches SET ordering_paused = true",
        "UPDATE branches SET adds_rounds = NOT adds_rounds",
        "DELETE FROM menu_items",
        "DELETE FROM orders",
    ):
        await db.execute(change)
        assert [await guest.send(server) for guest in guests] == first, change
    # and so by a process that knows of no limit reached
    other = await start_server()
    assert [await guest.send(other) for guest in guests] == first
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 2


async def test_equal_requests_at_once_count_as_one_order(
    start_server: Start, http: ClientSession, db: Any, branch_id: str, dish_id: UUID
) -> None:
    servers = [await start_server(orders_per_address_per_minute=2, pool_size=2) for _ in range(2)]
    guest = Guest(http, branch_id, dish_id)
    answers = await asyncio.gather(*(guest.send(servers[number % 2]) for number in range(40)))
    assert {status for status, _ in answers} <= {201, 503}
    assert len({body for status, body in answers if status == 201}) == 1
    assert await db.fetchval("SELECT count(*) FROM orders") == 1
    # and one is left of the two, on each process
    assert [(await Guest(http, branch_id, dish_id).send(server))[0] for server in servers] == [201, 201]


async def test_what_another_process_has_just_placed_is_answered_and_not_counted(
    start_server: Start, http: ClientSession, db: Any, connect_db: ConnectDb, branch_id: str, dish_id: UUID
) -> None:
    """And that process may be one of the code before."""
    server = await start_server(orders_per_address_per_minute=1)
    guest = Guest(http, branch_id, dish_id)
    other, kept = await connect_db(), '{"orderId":"one of the other process"}'
    async with other.transaction():
        assert await other.fetchval(CLAIM, UUID(branch_id), guest.key, hashlib.sha256(guest.body).digest())
        sent = asyncio.create_task(guest.send(server))

        async def waits() -> bool:
            return bool(
                await db.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kds' AND wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                )
            )

        await eventually(waits)
        await other.execute(KEEP, UUID(branch_id), guest.key, kept)
    assert await sent == (201, kept.encode())
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    assert (await Guest(http, branch_id, dish_id).send(server))[0] == 201, "the limit of one was not used up"


@pytest.mark.parametrize("joins", [False, True])
async def test_the_code_before_answers_what_was_placed_by_this(
    server: RunningServer, http: ClientSession, db: Any, branch_id: str, dish_id: UUID, joins: bool
) -> None:
    if joins:
        await db.execute(ADD_ROUNDS)
    for _ in range(2):
        guest = Guest(http, branch_id, dish_id, **at_table(branch_id))
        status, body = await guest.send(server)
        row = await db.fetchrow(READ, UUID(branch_id), guest.key)
        assert (status, row["request_hash"]) == (201, hashlib.sha256(guest.body).digest())
        assert row["answer"].encode() == body
        order = await db.fetchrow("SELECT id, order_number FROM orders ORDER BY order_number DESC LIMIT 1")
        told = json.loads(body)
        assert (told["orderId"], told["orderNumber"]) == (str(order["id"]), order["order_number"])
        assert body == json.dumps(told, separators=(",", ":")).encode()
        assert list(told) == [
            "orderId", "orderNumber", "status", "totalCents", "currency", "minorUnits", "trackingToken"
        ]  # fmt: skip
    assert await db.fetchval("SELECT count(*) FROM orders") == (1 if joins else 2)


async def test_phones_of_a_table_that_order_at_once_join_one_order_and_each_link_opens_it(
    server: RunningServer, http: ClientSession, db: Any, branch_id: str, dish_id: UUID
) -> None:
    await db.execute(ADD_ROUNDS)
    for number in range(5):
        proof = at_table(branch_id, f"T{number}")
        phones = [Guest(http, branch_id, dish_id, **proof, note=f"n{phone}") for phone in range(6)]
        answers = [json.loads(body) for _, body in await asyncio.gather(*(phone.send(server) for phone in phones))]
        assert len({told["orderId"] for told in answers}) == 1, answers
        for told in answers:
            url = f"{server.url}/public/order/{told['orderId']}?token={told['trackingToken']}"
            async with http.get(url) as answer:
                assert answer.status == 200
                assert (await answer.json())["totalCents"] == told["totalCents"]
    assert await db.fetchval("SELECT count(*) FROM orders") == 5


async def test_a_repeat_writes_the_row_of_its_key(
    server: RunningServer, http: ClientSession, db: Any, branch_id: str, dish_id: UUID
) -> None:
    """Or its commit would wait for nothing, and acknowledge what no standby may have."""
    guest = Guest(http, branch_id, dish_id)
    written = set()
    for _ in range(3):
        assert (await guest.send(server))[0] == 201
        written.add(await db.fetchval("SELECT xmin::text FROM idempotency_keys WHERE key = $1", guest.key))
    assert len(written) == 3
