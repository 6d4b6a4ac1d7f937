"""Guests who share the order of a table: each has a link for what they ordered, and it shows nothing else."""

from __future__ import annotations

import itertools
import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from hypothesis import given
from hypothesis import strategies as st

from kds.domain.links import Links
from kds.guests.tracking import Part, customer_view
from kds.postgres.statements import load_statements
from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.shared_table import SECRETS, Guest
from tests.flow.shared_table import dishes as dishes
from tests.flow.shared_table import guests as guests
from tests.flow.shared_table import rounds as rounds
from tests.flow.shared_table import table as table
from tests.flow.test_rounds import Table
from tests.orders import add_kot, place, statuses

pytestmark = pytest.mark.usefixtures("rounds")


async def test_each_link_shows_what_its_guest_ordered_and_nothing_of_the_others(
    guests: list[Guest], dishes: list[Any]
) -> None:
    prices = [2 * dishes[0]["price_cents"], dishes[1]["price_cents"], dishes[2]["price_cents"]]
    views = [await guest.view() for guest in guests]
    for number, (view, price) in enumerate(zip(views, prices, strict=True)):
        assert [item["name"] for item in view["items"]] == [dishes[number]["name"]]
        assert (view["totalCents"], view["status"], view["canCancel"]) == (price, "SENT", True)
    assert len({view["orderNumber"] for view in views}) == 1
    assert (views[0]["customerName"], views[0]["note"]) == (SECRETS[0], f"{SECRETS[1]}. {SECRETS[3]}")
    assert all(word not in json.dumps(view) for view in views[1:] for word in SECRETS)


async def test_a_till_that_adds_to_the_order_adds_to_that_of_its_own_link_alone(
    guests: list[Guest], dishes: list[Any], db: Any
) -> None:
    # the round of this station that is free next has the number of another guest's
    kot_id = await add_kot(db, guests[0].order_id, dishes[0]["station"])
    taken = await db.fetchval("SELECT round FROM kots WHERE station = $1", dishes[1]["station"])
    assert await db.fetchval("SELECT round FROM kots WHERE id = $1", kot_id) == taken
    assert [len((await guest.view())["items"]) for guest in guests] == [3, 1, 1]
    assert (await guests[1].cancel())[0] == 200
    assert await db.fetchval("SELECT status::text FROM kots WHERE id = $1", kot_id) == "SENT"


async def test_a_station_that_goes_takes_nobodys_tickets_to_another_guest(
    guests: list[Guest], dishes: list[Any], db: Any
) -> None:
    away, to = dishes[0]["station"], dishes[1]["station"]
    await db.execute(load_statements().move_tickets_of_order, guests[0].order_id, away, to)
    assert [[item["name"] for item in (await guest.view())["items"]] for guest in guests] == [
        [dish["name"]] for dish in dishes[:3]
    ]


async def _next_status(live: ClientWebSocketResponse) -> dict[str, Any]:
    while (message := await live.receive_json(timeout=10))["type"] != "ORDER_STATUS":
        pass
    found: dict[str, Any] = message
    return found


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET note = 'birthday', customer_name = 'Ana' WHERE id = $1",
        "UPDATE order_items SET note = 'Not so hot' FROM kots k WHERE k.id = kot_id AND round = 1 AND k.order_id = $1",
        "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND round = 1",
        "DELETE FROM kots WHERE order_id = $1 AND round_id IS NULL",
        "DELETE FROM order_items WHERE order_id = $1 AND kot_id IN (SELECT id FROM kots WHERE round > 1)",
    ],
)
async def test_the_live_line_tells_each_the_same_as_the_link(
    http: ClientSession, guests: list[Guest], db: Any, change: str
) -> None:
    lines = [await http.ws_connect(f"{guest.url}/live", params=guest.link) for guest in guests]
    for live in lines:
        await _next_status(live)
    await db.execute(change, guests[0].order_id)
    for number, (guest, live) in enumerate(zip(guests, lines, strict=True)):
        told = await _next_status(live)
        shown = await guest.view()
        for view in (told, shown):
            assert number == 0 or all(word not in json.dumps(view) for word in SECRETS)
            assert view.pop("serverTime") and view.pop("revision") > 0
        assert {**told, "type": ""} == {**shown, "type": ""}
    for live in lines:
        await live.close()


async def test_a_round_that_was_taken_away_leaves_a_link_to_nothing(
    http: ClientSession, guests: list[Guest], db: Any
) -> None:
    async with http.ws_connect(f"{guests[1].url}/live", params=guests[1].link) as live:
        await _next_status(live)
        for guest in guests[1:]:
            await db.execute(
                "DELETE FROM kots WHERE order_id = $1 AND round = (SELECT min(round) FROM kots WHERE round > 1)",
                guest.order_id,
            )
        told = []
        while not live.closed:
            message = await live.receive(timeout=10)
            told.append(message.data)
    assert not any(word in str(data) for data in told for word in SECRETS)
    assert live.close_code == 4010
    async with http.get(guests[1].url, params=guests[1].link) as answer:
        assert answer.status == 404
    assert (await guests[1].cancel())[0] == 404
    assert (await statuses(db, guests[0].order_id))[0] == "SENT", "nothing else was cancelled"


async def test_the_same_request_again_gets_the_same_link(table: Table, dishes: list[Any]) -> None:
    await table.order(dishes[0])
    once, again = [await table.order(dishes[1], key="k") for _ in range(2)]
    assert once == again
    other = await table.order(dishes[1], key="l")
    assert other[1]["trackingToken"] != once[1]["trackingToken"]


async def test_links_of_before_go_on_opening_all_of_an_order_that_was_shared_before(
    http: ClientSession, server: RunningServer, table: Table, dishes: list[Any], db: Any
) -> None:
    _, placed = await table.order(dishes[0])
    lines = [{"menuItemId": str(dishes[1]["id"]), "name": "Raita", "quantity": 1, "priceCents": 100, "station": None,
              "modifiers": [], "allergens": []}]  # fmt: skip
    # as the code of before writes a round
    row = await db.fetchrow(
        "SELECT * FROM place_round(gen_random_uuid(), $1, 'T1', NULL, NULL, 100, $2::jsonb)",
        UUID(server.branch_id), json.dumps(lines),
    )  # fmt: skip
    assert str(row["order_id"]) == placed["orderId"]
    assert row["total_cents"] == dishes[0]["price_cents"] + 100
    first = Guest(http, server.url, placed)
    assert first.link["token"] == Links(JWT_SECRET).tracking_token(first.order_id)
    view = await first.view()
    assert (len(view["items"]), view["totalCents"]) == (2, row["total_cents"])
    assert (await first.cancel())[0] == 200
    assert await statuses(db, first.order_id) == ("CANCELLED", ["CANCELLED"] * 2)


async def test_the_link_of_an_order_by_sql_shows_and_cancels_all_rounds_of_it(
    http: ClientSession, server: RunningServer, db: Any
) -> None:
    order_id = await place(db, server.branch_id, stations=("Grill", "Cold"), note=SECRETS[1])
    await add_kot(db, order_id, "Grill")
    token = Links(JWT_SECRET).tracking_token(order_id)
    guest = Guest(http, server.url, {"orderId": str(order_id), "trackingToken": token})
    view = await guest.view()
    assert (len(view["items"]), view["note"]) == (6, SECRETS[1])
    assert (await guest.cancel())[0] == 200
    assert (await statuses(db, order_id))[0] == "CANCELLED"


async def test_a_link_opens_no_other_round_and_no_other_order(
    http: ClientSession, guests: list[Guest], table: Table, dishes: list[Any]
) -> None:
    elsewhere = Table(http, table.server, "T2")
    await elsewhere.order(dishes[0])
    other = Guest(http, table.url, (await elsewhere.order(dishes[1]))[1])
    names = [guest.link["token"].split(".") for guest in (*guests[1:], other)]
    mixed = {f"{name}.{mac}" for (name, _), (_, mac) in itertools.permutations(names, 2)}
    mixed |= {mac for _, mac in names} | {other.link["token"], "A" * 22 + "." + names[0][1]}
    mixed |= {f"{names[0][0]}.", f".{names[0][1]}", f"{names[0][0]}={names[0][1]}"}
    # of 22 letters the last has four bits that count for nothing
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet[alphabet.index(names[0][0][-1]) ^ 1]
    mixed.add(f"{names[0][0][:-1]}{last}.{names[0][1]}")
    for token in mixed:
        for what in ("", "/live"):
            async with http.get(f"{guests[0].url}{what}", params={"token": token}) as answer:
                assert answer.status == 404, token
        async with http.post(f"{guests[0].url}/cancel", params={"token": token}) as answer:
            assert answer.status == 404, token


# Any order, shared in any way


STATUSES = st.sampled_from(("SENT", "READY", "COMPLETED", "CANCELLED"))
TIMES = [f"2026-01-01T12:00:{second:02}.000000Z" for second in range(60)]
KOT = st.fixed_dictionaries({"status": STATUSES, "owner": st.integers(0, 3), "items": st.integers(0, 3)})


def _order(kots: list[dict[str, Any]]) -> dict[str, Any]:
    """An order object of tickets of several owners; every text names its owner."""
    ids = [f"kot-{number}" for number in range(len(kots))]
    at = TIMES[0]
    made = [
        {"kotId": ids[n], "station": None, "round": n + 1, "status": kot["status"], "sentAt": TIMES[n],
         "held": False, "firedAt": None, "readyAt": TIMES[n + 20], "completedAt": TIMES[n + 40]}
        for n, kot in enumerate(kots)
    ]  # fmt: skip
    items = [
        {"kotId": ids[n], "name": f"dish of {kot['owner']}", "note": f"words of {kot['owner']}", "quantity": 1,
         "modifiers": [], "priceCents": 100, "done": False, "voided": False}
        for n, kot in enumerate(kots) for _ in range(kot["items"])
    ]  # fmt: skip
    return {"orderId": "o", "orderNumber": 1, "table": "T1", "orderType": "dine_in", "customerName": "name of 0",
            "note": "note of 0", "status": "SENT", "placedAt": at, "readyAt": None, "completedAt": None,
            "cancelledAt": None, "totalCents": 12345, "currency": "EUR", "items": items, "kots": made}  # fmt: skip


@given(st.lists(KOT, min_size=1, max_size=12), st.integers(0, 3))
def test_no_view_holds_a_word_of_another_guest(kots: list[dict[str, Any]], owner: int) -> None:
    own = frozenset(f"kot-{number}" for number, kot in enumerate(kots) if kot["owner"] == owner)
    if not own and owner:
        return  # a round without a ticket has no view
    part = Part(own, TIMES[59], is_joined=owner != 0)
    view = customer_view(UUID(int=1), json.dumps(_order(kots)), part=part)
    told = json.dumps(view)
    assert not any(f"of {other}" in told for other in range(4) if other != owner)
    mine = [kot for kot in kots if kot["owner"] == owner]
    assert len(view["items"]) == sum(kot["items"] for kot in mine)
    assert view["totalCents"] == 100 * len(view["items"])
    ranks = ("SENT", "READY", "COMPLETED", "CANCELLED")
    assert view["status"] == (min((kot["status"] for kot in mine), key=ranks.index) if mine else "SENT")
    assert (view["completedAt"] is not None) == (view["status"] == "COMPLETED")
    assert (view["cancelledAt"] is not None) == (view["status"] == "CANCELLED")
