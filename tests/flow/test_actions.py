"""What cooks do beyond bumping: rush, hold and fire, recall and undo, voids; who did it; and all of it only once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession

from kds.postgres.statements import load_statements
from tests.conftest import RunningServer
from tests.flow.client import Client
from tests.orders import kots_of, place


@pytest.fixture
async def client(server: RunningServer, http: ClientSession) -> Client:
    """The demo's chef."""
    chef = {"username": "chef", "password": "chef-demo"}
    async with http.post(f"{server.url}/staff/login", json=chef) as answer:
        return Client(http, server.url, (await answer.json())["token"])


class Order:
    """An order, and what a cook can do to it."""

    def __init__(self, client: Client, order_id: UUID) -> None:
        self._client = client
        self.order_id = order_id
        self.path = f"/kitchen/order/{order_id}"

    async def do(self, method: str, path: str, body: Any, key: str | None = None) -> tuple[int, Any]:
        """The status and the order: the one of the answer, or the one a refusal carries."""
        headers = {} if key is None else {"Idempotency-Key": key}
        status, answer, _ = await self._client.call(method, path, body, **headers)
        return status, answer.get("order", answer)

    async def step(self, source: str, target: str, key: str | None = None, **more: Any) -> tuple[int, Any]:
        """Moves the order."""
        return await self.do("PATCH", f"{self.path}/status", {"from": source, "status": target, **more}, key)

    async def history(self) -> list[tuple[str, str, str]]:
        """What was done to it: action, from, to."""
        _, answer, _ = await self._client.call("GET", f"{self.path}/history")
        return [(action["action"], action["was"], action["became"]) for action in answer["actions"]]


@pytest.fixture
async def order(client: Client, db: Any, branch_id: str) -> Order:
    """An order of two stations."""
    return Order(client, await place(db, branch_id, stations=("Fry", "Grill")))


async def events_of(db: Any, order_id: UUID) -> int:
    """How many events tell of an order."""
    return int(await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id))


async def test_a_rush_is_shown_audited_and_done_once(order: Order, db: Any) -> None:
    status, now = await order.do("PATCH", f"{order.path}/priority", {"priority": 1, "from": 0})
    assert (status, now["priority"]) == (200, 1)
    assert (await order.do("PATCH", f"{order.path}/priority", {"priority": 1}))[0] == 200  # already there
    assert (await order.do("PATCH", f"{order.path}/priority", {"priority": 0, "from": 0}))[0] == 409
    assert await order.history() == [("priority", "0", "1")]
    assert await events_of(db, order.order_id) == 2
    await order.step("SENT", "READY")
    await order.step("READY", "COMPLETED")
    status, now = await order.do("PATCH", f"{order.path}/priority", {"priority": 0})
    assert (status, now["priority"]) == (409, 1)


async def test_a_held_order_waits_until_it_is_fired_and_counts_from_then(order: Order, db: Any) -> None:
    status, now = await order.do("PATCH", f"{order.path}/hold", {"held": True})
    assert (status, [kot["held"] for kot in now["kots"]]) == (200, [True, True])
    status, now = await order.do("PATCH", f"{order.path}/hold", {"held": False})
    assert (status, [kot["held"] for kot in now["kots"]]) == (200, [False, False])
    assert all(kot["firedAt"] > kot["sentAt"] for kot in now["kots"])
    assert await order.history() == [("hold", "false", "true"), ("hold", "true", "false")]
    assert await events_of(db, order.order_id) == 3


async def test_one_ticket_is_held_and_bumping_it_lets_it_go(order: Order, db: Any) -> None:
    fry, grill = await kots_of(db, order.order_id)
    status, now = await order.do("PATCH", f"/kitchen/kot/{fry}/hold", {"held": True})
    assert (status, {kot["kotId"]: kot["held"] for kot in now["kots"]}) == (200, {str(fry): True, str(grill): False})
    status, now = await order.do("PATCH", f"/kitchen/kot/{fry}/status", {"status": "READY"})
    assert (status, [kot["held"] for kot in now["kots"]]) == (200, [False, False])
    assert (await order.do("PATCH", f"/kitchen/kot/{fry}/hold", {"held": True}))[0] == 409
    await order.do("PATCH", f"/kitchen/kot/{grill}/status", {"status": "READY"})
    assert (await order.do("PATCH", f"{order.path}/hold", {"held": True}))[0] == 409


async def test_a_recall_says_so_until_it_is_completed_and_an_undo_does_not(order: Order) -> None:
    await order.step("SENT", "READY")
    _, now = await order.step("READY", "SENT", undo=True)
    assert [kot["recalled"] for kot in now["kots"]] == [False, False]
    await order.step("SENT", "READY")
    await order.step("READY", "COMPLETED")
    _, now = await order.step("COMPLETED", "READY")
    assert [kot["recalled"] for kot in now["kots"]] == [True, True]
    _, now = await order.step("READY", "COMPLETED")
    assert [kot["recalled"] for kot in now["kots"]] == [False, False]


async def test_a_voided_dish_stays_until_it_was_seen(order: Order, db: Any) -> None:
    _, before = await order.step("READY", "SENT")
    item = before["items"][0]
    path = f"{order.path}/item/{item['itemId']}"
    assert (await order.do("POST", f"{path}/acknowledge", {}))[0] == 409
    status, now = await order.do("POST", f"{path}/void", {})
    assert (status, now["items"][0]["voided"], now["items"][0]["acknowledged"]) == (200, True, False)
    assert now["totalCents"] == before["totalCents"] - item["quantity"] * item["priceCents"]
    status, now = await order.do("POST", f"{path}/acknowledge", {})
    assert (status, now["items"][0]["acknowledged"], now["status"]) == (200, True, "SENT")
    assert await order.history() == [("void", "false", "true"), ("void-acknowledge", "false", "true")]


async def test_a_sum_written_at_order_time_goes_down_with_a_void(order: Order, db: Any) -> None:
    await db.execute("UPDATE orders SET total_cents = 5000 WHERE id = $1", order.order_id)
    _, now = await order.step("READY", "SENT")
    item = now["items"][0]
    _, now = await order.do("POST", f"{order.path}/item/{item['itemId']}/void", {})
    assert now["totalCents"] == 5000 - item["quantity"] * item["priceCents"]


async def test_a_ticket_of_which_nothing_is_left_goes_when_all_of_it_was_seen(order: Order) -> None:
    _, now = await order.step("READY", "SENT")
    for item in now["items"]:
        await order.do("POST", f"{order.path}/item/{item['itemId']}/void", {})
    fry = [item for item in now["items"] if item["station"] == "Fry"]
    for item in fry:
        _, now = await order.do("POST", f"{order.path}/item/{item['itemId']}/acknowledge", {})
    assert {kot["station"]: kot["status"] for kot in now["kots"]} == {"Fry": "CANCELLED", "Grill": "SENT"}
    assert now["status"] == "SENT"
    for item in (item for item in now["items"] if item["station"] == "Grill"):
        _, now = await order.do("POST", f"{order.path}/item/{item['itemId']}/acknowledge", {})
    assert (now["status"], now["acknowledged"]) == ("CANCELLED", True)


async def test_a_dish_of_a_cancelled_ticket_is_seen_too(order: Order, db: Any) -> None:
    fry, _ = await kots_of(db, order.order_id)
    await db.execute("UPDATE kots SET status = 'CANCELLED' WHERE id = $1", fry)
    item = await db.fetchval("SELECT id FROM order_items WHERE kot_id = $1 LIMIT 1", fry)
    status, now = await order.do("POST", f"{order.path}/item/{item}/acknowledge", {})
    assert (status, [each["acknowledged"] for each in now["items"] if each["itemId"] == str(item)]) == (200, [True])


async def test_a_changed_dish_is_marked_until_it_was_seen(order: Order, db: Any) -> None:
    _, before = await order.step("READY", "SENT")
    item = before["items"][0]
    path = f"{order.path}/item/{item['itemId']}/seen"
    assert "changed" not in item and (await order.do("POST", path, {}))[0] == 200  # as it is
    await db.execute("UPDATE order_items SET quantity = 5 WHERE id = $1", UUID(item["itemId"]))
    _, now = await order.step("READY", "SENT")
    assert now["items"][0]["changed"].items() >= {("quantity", item["quantity"])}
    seen = {"at": now["items"][0]["changed"]["at"]}
    # it changes once more while the cook's finger is on the way
    await db.execute("UPDATE order_items SET quantity = 6 WHERE id = $1", UUID(item["itemId"]))
    status, now = await order.do("POST", path, seen)
    assert (status, now["items"][0]["quantity"], now["items"][0]["changed"]["quantity"]) == (409, 6, item["quantity"])
    status, now = await order.do("POST", path, {"at": now["items"][0]["changed"]["at"]})
    assert (status, "changed" in now["items"][0]) == (200, False)
    assert await order.history() == [("change-seen", "false", "true")]
    assert (await order.do("POST", path, seen))[0] == 200


async def test_another_table_is_seen_by_each_station_for_itself(order: Order, db: Any) -> None:
    await db.execute("UPDATE orders SET table_label = 'T7' WHERE id = $1", order.order_id)
    _, now = await order.step("READY", "SENT")
    assert [kot["changed"]["table"] for kot in now["kots"]] == ["T1", "T1"]
    fry = now["kots"][0]
    path = f"/kitchen/kot/{fry['kotId']}/seen"
    assert (await order.do("POST", path, {"at": "2026-01-01T12:00:00.000000Z"}))[0] == 409
    status, now = await order.do("POST", path, {"at": fry["changed"]["at"]})
    assert (status, ["changed" in kot for kot in now["kots"]]) == (200, [False, True])
    assert await order.history() == [("kot-change-seen", "false", "true")]


async def test_what_is_completed_takes_no_void(order: Order) -> None:
    await order.step("SENT", "READY")
    _, now = await order.step("READY", "COMPLETED")
    path = f"{order.path}/item/{now['items'][0]['itemId']}/void"
    status, now = await order.do("POST", path, {})
    assert (status, now["items"][0]["voided"]) == (409, False)


async def test_a_bump_that_is_sent_again_does_not_undo_a_recall_that_came_between(order: Order, db: Any) -> None:
    key = str(uuid4())
    assert (await order.step("SENT", "READY", key))[1]["status"] == "READY"
    assert (await order.step("READY", "SENT"))[1]["status"] == "SENT"
    status, now = await order.step("SENT", "READY", key)
    assert (status, now["status"]) == (200, "SENT")
    assert await order.history() == [("status", "SENT", "READY"), ("status", "READY", "SENT")]
    assert (await order.do("PATCH", f"{order.path}/priority", {"priority": 1}, "ä"))[0] == 422


async def test_a_key_that_did_one_thing_does_no_other_and_says_so(
    order: Order, client: Client, db: Any, branch_id: str
) -> None:
    other = Order(client, await place(db, branch_id, stations=("Fry", "Grill")))
    kot, other_kot = [(await kots_of(db, each.order_id))[0] for each in (order, other)]
    first_item = "SELECT min(id::text) FROM order_items WHERE order_id = $1"
    item, other_item = [f"{each.path}/item/{await db.fetchval(first_item, each.order_id)}" for each in (order, other)]
    gone = Order(client, await place(db, branch_id))
    await gone.step("SENT", "CANCELLED")
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", f"{order.path}/priority", {"priority": 1, "from": 0}),
        ("PATCH", f"{order.path}/priority", {"priority": 0}),
        ("PATCH", f"{order.path}/hold", {"held": True}),
        ("PATCH", f"{order.path}/hold", {"held": False}),
        ("PATCH", f"{other.path}/hold", {"held": True}),
        ("PATCH", f"/kitchen/kot/{kot}/hold", {"held": True}),
        ("PATCH", f"/kitchen/kot/{other_kot}/hold", {"held": False}),
        ("PATCH", item, {"done": True}),
        ("PATCH", item, {"done": False}),
        ("PATCH", other_item, {"done": True}),
        ("POST", f"{item}/void", {}),
        ("POST", f"{other_item}/void", {}),
        ("POST", f"{item}/acknowledge", {}),
        ("POST", f"{item}/seen", {}),
        ("POST", f"/kitchen/kot/{kot}/seen", {}),
        ("POST", f"{gone.path}/acknowledge", {}),
        ("PATCH", f"/kitchen/kot/{kot}/status", {"status": "READY", "from": "SENT"}),
        ("PATCH", f"/kitchen/kot/{kot}/status", {"status": "SENT", "from": "READY"}),
        ("PATCH", f"{order.path}/status", {"status": "READY"}),
        ("PATCH", f"{order.path}/status", {"status": "SENT", "from": "READY"}),
        ("PATCH", f"{other.path}/status", {"status": "READY", "from": "SENT"}),
    ]
    for number, change in enumerate(changes):
        assert (await order.do(*change, key=f"key-{number}"))[0] == 200, change
    told = await db.fetchval("SELECT count(*) FROM events")
    for number in range(len(changes)):
        for other_number, change in enumerate(changes):
            status, answer = await order.do(*change, key=f"key-{number}")
            if number == other_number:
                assert status == 200, change
            else:
                assert (status, answer["error"]["code"]) == (422, "key_reused"), (changes[number], change)
    assert await db.fetchval("SELECT count(*) FROM events") == told


async def test_two_changes_with_one_key_at_once_are_one_change_and_one_refusal(
    client: Client, db: Any, branch_id: str
) -> None:
    for number in range(10):
        orders = [Order(client, await place(db, branch_id)) for _ in range(2)]
        answers = await asyncio.gather(*(order.step("SENT", "READY", f"both-{number}") for order in orders))
        assert sorted(status for status, _ in answers) == [200, 422]


async def test_a_key_says_from_where_it_moved(order: Order) -> None:
    assert (await order.step("SENT", "READY", "there"))[0] == 200
    assert (await order.do("PATCH", f"{order.path}/status", {"status": "READY"}, "there"))[0] == 200
    assert (await order.step("COMPLETED", "READY", "there"))[0] == 422


@pytest.mark.parametrize("same_key", [True, False])
async def test_two_cooks_at_once_make_one_change_and_one_audit_row(
    client: Client, db: Any, branch_id: str, same_key: bool
) -> None:
    for number in range(10):
        order = Order(client, await place(db, branch_id))
        keys = [f"{number}-{0 if same_key else cook}" for cook in range(4)]
        answers = await asyncio.gather(*(order.step("SENT", "READY", key) for key in keys))
        assert {(status, now["status"]) for status, now in answers} == {(200, "READY")}
        assert await order.history() == [("status", "SENT", "READY")]
        assert await events_of(db, order.order_id) == 2


async def test_two_cooks_at_two_tickets_of_an_order_make_it_ready_and_nobody_deadlocks(
    client: Client, db: Any, branch_id: str
) -> None:
    for _ in range(10):
        order = Order(client, await place(db, branch_id, stations=("Fry", "Grill")))
        kots = await kots_of(db, order.order_id)
        answers = await asyncio.gather(
            *(order.do("PATCH", f"/kitchen/kot/{kot}/status", {"status": "READY", "from": "SENT"}) for kot in kots)
        )
        assert [status for status, _ in answers] == [200, 200]
        assert await db.fetchval("SELECT status::text FROM orders WHERE id = $1", order.order_id) == "READY"


async def test_the_history_names_the_cook_and_outlives_the_order(order: Order, db: Any, client: Client) -> None:
    await order.step("SENT", "READY")
    _, answer, _ = await client.call("GET", f"{order.path}/history")
    assert answer["actions"][0]["username"] == "chef"
    await db.execute("DELETE FROM orders WHERE id = $1", order.order_id)
    assert await order.history() == [("status", "SENT", "READY")]
    assert (await client.refused("GET", f"/kitchen/order/{uuid4()}/history"))[0] == 404


async def test_old_actions_are_pruned(order: Order, db: Any, server: RunningServer) -> None:
    await order.step("SENT", "READY")
    await db.execute("UPDATE kitchen_actions SET at = at - interval '91 days'")
    await db.execute(load_statements().prune_actions, timedelta(days=90))
    assert await order.history() == []
