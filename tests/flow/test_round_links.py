"""Guests who share the order of a table: each has a link for what they ordered, and it shows nothing else."""

from __future__ import annotations

import asyncio
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
from tests.flow.test_rounds import Table
from tests.orders import add_kot, place, statuses
from tests.screen import token_for

pytestmark = pytest.mark.usefixtures("rounds")
SECRETS = ("Ana", "ALLERGY: nuts", "Not so hot", "birthday")


@pytest.fixture
async def rounds(db: Any) -> None:
    """The branch adds rounds to open orders."""
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")


@pytest.fixture
async def dishes(db: Any) -> list[Any]:
    """Dishes of different stations."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (station) * FROM menu_items WHERE available AND station IS NOT NULL"
        " ORDER BY station, position"
    )
    return list(rows)


@pytest.fixture
def table(http: ClientSession, server: RunningServer) -> Table:
    """A table of the demo restaurant."""
    return Table(http, server, "T1")


class Guest:
    """Holds the link of what they ordered."""

    def __init__(self, http: ClientSession, url: str, placed: dict[str, Any]) -> None:
        self._http = http
        self.url = f"{url}/public/order/{placed['orderId']}"
        self.link = {"token": placed["trackingToken"]}
        self.order_id = UUID(placed["orderId"])

    async def view(self) -> dict[str, Any]:
        """What the link shows."""
        async with self._http.get(self.url, params=self.link) as answer:
            assert answer.status == 200, await answer.text()
            view: dict[str, Any] = await answer.json()
            return view

    async def cancel(self) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        async with self._http.post(f"{self.url}/cancel", params=self.link) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def guests(table: Table, dishes: list[Any]) -> list[Guest]:
    """Three guests of one table, each with a dish of another station; the first with a name and notes."""
    line = {"menuItemId": str(dishes[0]["id"]), "quantity": 2, "note": SECRETS[2]}
    told: dict[str, Any] = {"customerName": SECRETS[0], "note": f"{SECRETS[1]}. {SECRETS[3]}", "items": [line]}
    placed = [await table.order(dishes[0], **told), await table.order(dishes[1]), await table.order(dishes[2])]
    assert [status for status, _ in placed] == [201, 201, 201]
    assert len({body["orderId"] for _, body in placed}) == 1
    assert len({body["trackingToken"] for _, body in placed}) == 3
    return [Guest(table.http, table.url, body) for _, body in placed]


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


async def test_each_guest_cancels_their_own_round_and_the_last_one_the_order(
    guests: list[Guest], dishes: list[Any], db: Any
) -> None:
    order_id = guests[0].order_id
    for _ in range(2):
        status, view = await guests[1].cancel()
        assert (status, view["status"], view["canCancel"]) == (200, "CANCELLED", False)
        assert view["cancelledAt"] is not None
    assert [(await guest.view())["status"] for guest in guests] == ["SENT", "CANCELLED", "SENT"]
    left = 2 * dishes[0]["price_cents"] + dishes[2]["price_cents"]
    assert await db.fetchval("SELECT total_cents FROM orders") == left
    assert (await statuses(db, order_id))[0] == "SENT"
    assert (await guests[0].cancel())[0] == 200
    assert (await guests[2].view())["status"] == "SENT"
    assert (await guests[2].cancel())[0] == 200
    assert await statuses(db, order_id) == ("CANCELLED", ["CANCELLED"] * 3)
    assert await db.fetchval("SELECT cancelled_at IS NOT NULL FROM orders")


@pytest.mark.parametrize("by_lines", [False, True], ids=["a sum of its own", "the sum of its lines"])
async def test_what_a_guest_cancelled_is_off_the_sum_once(
    guests: list[Guest], dishes: list[Any], table: Table, db: Any, by_lines: bool
) -> None:
    if by_lines:
        await db.execute("UPDATE orders SET total_cents = NULL")
    left = 2 * dishes[0]["price_cents"] + dishes[2]["price_cents"]

    async def shown() -> dict[str, Any]:
        order: dict[str, Any] = json.loads(await db.fetchval("SELECT order_object(id, branch_id) FROM orders"))
        return order

    assert (await guests[1].cancel())[0] == 200
    order = await shown()
    assert order["totalCents"] == left
    [dish] = [item for item in order["items"] if item["name"] == dishes[1]["name"]]
    url = f"{table.url}/kitchen/order/{order['orderId']}/item/{dish['itemId']}/void"
    headers = {"Authorization": f"Bearer {token_for(JWT_SECRET, table.branch_id)}"}
    async with table.http.post(url, json={}, headers=headers) as voided:
        assert voided.status in (200, 409)
    assert (await shown())["totalCents"] == left


@pytest.mark.parametrize("who", [0, 1])
async def test_what_the_kitchen_began_of_one_guest_keeps_only_that_one_from_cancelling(
    guests: list[Guest], dishes: list[Any], db: Any, who: int
) -> None:
    await db.execute("UPDATE kots SET status = 'READY' WHERE station = $1", dishes[who]["station"])
    view = await guests[who].view()
    assert (view["status"], view["canCancel"]) == ("READY", False)
    assert view["readyAt"] is not None
    assert [item["status"] for item in view["items"]] == ["READY"]
    status, answer = await guests[who].cancel()
    assert (status, answer["error"]["code"]) == (409, "already_started")
    assert all(word not in json.dumps(answer) for word in SECRETS if who != 0)
    assert (await guests[1 - who].cancel())[0] == 200
    assert [(await guest.view())["status"] for guest in guests] == (
        ["READY", "CANCELLED", "SENT"] if who == 0 else ["CANCELLED", "READY", "SENT"]
    )


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
    await db.execute(load_statements().move_tickets, UUID(str(dishes[0]["branch_id"])), away, to)
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


async def test_guests_and_cooks_at_once_never_both_win(
    table: Table, dishes: list[Any], connect_db: Any, db: Any
) -> None:
    cook = await connect_db()
    for _ in range(15):
        placed = [(await table.order(dish))[1] for dish in dishes[:2]]
        first, second = (Guest(table.http, table.url, body) for body in placed)
        (one, _), (two, _), bumped = await asyncio.gather(
            first.cancel(),
            second.cancel(),
            cook.execute(
                "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = $2 AND status = 'SENT'",
                first.order_id, dishes[0]["station"],
            ),
        )  # fmt: skip
        assert ((one, bumped) in [(200, "UPDATE 0"), (409, "UPDATE 1")], two) == (True, 200)
        status, _ = await statuses(db, first.order_id)
        assert status == ("CANCELLED" if one == 200 else "READY")
        if one == 409:
            await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", first.order_id)


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
         "firedAt": None, "readyAt": TIMES[n + 20], "completedAt": TIMES[n + 40]}
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
