"""The door: guests cannot flood a kitchen, nobody is locked out by others, and the kitchen closes it for a while."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.door import Guests, said_of_ordering
from tests.orders import place as place_by_sql
from tests.patience import eventually
from tests.screen import token_for

Start = Callable[..., Awaitable[RunningServer]]
TYPES = ("dine_in", "takeaway", "delivery")


@pytest.fixture
async def guests(http: ClientSession, db: Any, start_server: Start) -> Callable[..., Awaitable[Guests]]:
    """Guests of a server with these limits."""

    async def arrive(**limits: int) -> Guests:
        dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
        return Guests(http, await start_server(trust_proxy=True, **limits), dish_id)

    return arrive


Arrive = Callable[..., Awaitable[Guests]]


def _expected(signed: bool, allowed: list[str] | None, kind: str, table: str, proves: bool) -> tuple[int, str]:
    """What the README says of such an order."""
    if signed and not proves and (kind == "dine_in" or table or allowed is None):
        return 422, "table_token_missing"
    if allowed is not None and kind not in allowed:
        return 422, "order_type_refused"
    return 201, ""


async def test_what_a_guest_may_order_follows_from_what_is_signed_allowed_and_proved(guests: Arrive, db: Any) -> None:
    here = await guests()
    wrong: list[object] = []
    for signed, allowed in itertools.product((False, True), (None, [], ["dine_in"], ["takeaway", "delivery"])):
        await db.execute("UPDATE branches SET requires_table_token = $1, public_order_types = $2::text[]::order_type[]",
                         signed, allowed)  # fmt: skip
        for kind, table, proves in itertools.product(TYPES, ("", "T1"), (False, True)):
            if proves and not table:
                continue
            status, told = await here.order(kind, table, proves=proves)
            if (status, "" if status == 201 else told) != _expected(signed, allowed, kind, table, proves):
                wrong.append((signed, allowed, kind, table, proves, status, told))
    assert wrong == []


async def test_a_busy_table_is_slowed_down_and_no_other(guests: Arrive) -> None:
    here = await guests(orders_per_table_per_minute=2)
    assert [await here.order(table="T1", proves=True) for _ in range(3)][2] == (429, "too_many")
    assert (await here.order(table="T2", proves=True))[0] == 201


async def test_a_table_is_not_locked_out_by_whoever_names_it(guests: Arrive) -> None:
    here = await guests(orders_per_table_per_minute=2, orders_per_address_per_minute=1, orders_per_branch_per_minute=3)
    others = [await here.order(table="T7", address=f"192.0.2.{number}") for number in range(4)]
    assert [status for status, _ in others[:3]] == [201] * 3 and others[3] == (429, "kitchen_busy")
    # not by the branch, nor by the address of the Wi-Fi that all use
    assert await here.order("takeaway", address="192.0.2.0") == (429, "too_many")
    assert (await here.order(table="T7", proves=True, address="192.0.2.0"))[0] == 201


async def test_open_orders_of_guests_are_limited_and_those_of_a_till_are_not(
    guests: Arrive, db: Any, branch_id: str
) -> None:
    here = await guests(open_orders_per_branch=2)
    for _ in range(5):
        await place_by_sql(db, branch_id)
    _, first = await here.order("takeaway")
    await here.order("takeaway")
    assert await here.order("takeaway") == (429, "kitchen_busy")
    assert (await here.order(table="T1", proves=True))[0] == 201
    await place_by_sql(db, branch_id)
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE source = 'guest' AND table_label = 'T1'")
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", UUID(first))
    assert (await here.order("takeaway"))[0] == 201
    await db.execute("UPDATE branches SET guest_orders_open_max = 0, guest_orders_per_minute = 1")
    assert (await here.order("takeaway"))[0] == 201
    assert await here.order("takeaway") == (429, "kitchen_busy")


async def test_who_is_refused_for_ordering_too_often_writes_nothing_and_a_repeat_still_passes(
    guests: Arrive, db: Any
) -> None:
    here = await guests(orders_per_address_per_minute=1)
    placed = await here.order("takeaway", key="first")
    assert placed[0] == 201

    async def next_transaction() -> int:
        return int(await db.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))

    before = await next_transaction()
    for number in range(60):
        assert (await here.order("takeaway", key=f"another-{number}"))[0] == 429
    # what the server itself writes meanwhile takes a few numbers
    assert await next_transaction() - before < 20
    assert await here.order("takeaway", key="first") == placed


@pytest.mark.parametrize("proves", [False, True])
async def test_only_what_is_written_counts(guests: Arrive, db: Any, proves: bool) -> None:
    here = await guests(orders_per_table_per_minute=1, orders_per_address_per_minute=1, orders_per_branch_per_minute=1)
    for _ in range(3):
        assert await here.order(table="T1", proves=proves, expectedTotalCents=1) == (422, "price_changed")
    await db.execute(
        "CREATE FUNCTION till_is_faster() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE serialization_failure; END'; "
        "CREATE TRIGGER till BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION till_is_faster()"
    )
    for key in ("", "first", "first"):
        assert await here.order(table="T1", proves=proves, key=key) == (503, "unavailable")
    await db.execute("DROP TRIGGER till ON orders")
    assert (await here.order(table="T1", proves=proves))[0] == 201
    assert (await here.order(table="T1", proves=proves))[0] == 429


# A pause


async def _pause(http: ClientSession, server: RunningServer, role: str = "KITCHEN", **body: Any) -> tuple[int, Any]:
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id, role=role)}"}
    async with http.patch(f"{server.url}/kitchen/ordering", json=body, headers=bearer) as answer:
        return answer.status, await answer.json()


async def test_a_pause_is_kept_told_at_once_and_ends_by_itself(
    http: ClientSession, db: Any, server: RunningServer
) -> None:
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    guest = Guests(http, server, dish_id)
    placed = await guest.order("takeaway", key="before")
    async with http.ws_connect(f"{server.url}/public/branches/{server.branch_id}/menu/live") as page:
        kinds = [(await page.receive_json())["type"] for _ in range(2)]
        assert kinds == ["HELLO", "MENU"]
        status, ordering = await _pause(http, server, paused=True, minutes=15)
        assert (status, ordering["open"]) == (200, False) and ordering["until"] > "2026"
        assert (await page.receive_json(timeout=10))["ordering"] == ordering
        assert await said_of_ordering(http, server) == [ordering, ordering]
        assert await guest.order("takeaway") == (422, "ordering_paused")
        assert await guest.order(table="T1", proves=True) == (422, "ordering_paused")
        assert await guest.order("takeaway", key="before") == placed
        await place_by_sql(db, server.branch_id)
        await db.execute("UPDATE branches SET ordering_paused_until = now() + interval '0.2 s'")

        async def is_open() -> bool:
            return (await guest.order("takeaway"))[0] == 201

        await eventually(is_open)
    assert await said_of_ordering(http, server) == [{"open": True, "until": None}] * 2
    assert await _pause(http, server, paused=True) == (200, {"open": False, "until": None})
    assert await guest.order("takeaway") == (422, "ordering_paused")
    assert await _pause(http, server, paused=False) == (200, {"open": True, "until": None})
    assert (await guest.order("takeaway"))[0] == 201


@pytest.mark.parametrize(
    "body", [{}, {"paused": 1}, {"paused": True, "minutes": 0}, {"paused": True, "minutes": 1e9}, {"minutes": 5}]
)
async def test_what_is_no_pause_is_refused(http: ClientSession, server: RunningServer, body: dict[str, Any]) -> None:
    assert (await _pause(http, server, **body))[0] == 422


async def test_a_pickup_board_may_not_close_the_door(http: ClientSession, server: RunningServer) -> None:
    assert (await _pause(http, server, "PICKUP", paused=True))[0] == 403


async def test_an_endless_pause_is_no_time_that_json_lacks(db: Any) -> None:
    with pytest.raises(Exception, match="which no calendar of its readers has"):
        await db.execute("UPDATE branches SET ordering_paused = true, ordering_paused_until = 'infinity'")
