"""The keys of cooks' requests: whatever a key asked for first was answered for good, whoever did what in between."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.flow.client import Client
from tests.flow.test_actions import Order
from tests.flow.test_actions import client as client
from tests.flow.test_actions import order as order
from tests.orders import kots_of, place


async def _state(db: Any, order_id: UUID) -> list[tuple[Any, ...]]:
    """All that a cook can change of an order."""
    rows = await db.fetch(
        """SELECT o.status::text, o.priority, o.acknowledged, o.total_cents, k.status::text, k.held, k.recalled, i.done,
             i.voided, i.acknowledged, i.changed, k.changed
           FROM orders AS o JOIN kots AS k ON k.order_id = o.id JOIN order_items AS i ON i.kot_id = k.id
           WHERE o.id = $1 ORDER BY i.id""",
        order_id,
    )
    return [tuple(row) for row in rows]


Request = tuple[str, str, Any]


async def _requests(db: Any, order: Order) -> dict[str, Request]:
    """Everything a cook can ask of an order, by what it does; each pair undoes the other."""
    fry, _ = await kots_of(db, order.order_id)
    item = await db.fetchval("SELECT id FROM order_items WHERE kot_id = $1 LIMIT 1", fry)
    item_path, kot_path = f"{order.path}/item/{item}", f"/kitchen/kot/{fry}"
    return {
        "bump": ("PATCH", f"{order.path}/status", {"status": "READY"}),
        "recall": ("PATCH", f"{order.path}/status", {"status": "SENT"}),
        "complete": ("PATCH", f"{order.path}/status", {"status": "COMPLETED", "from": "READY"}),
        "take back": ("PATCH", f"{order.path}/status", {"status": "READY", "from": "COMPLETED", "undo": True}),
        "bump a ticket": ("PATCH", f"{kot_path}/status", {"status": "READY", "from": "SENT"}),
        "recall a ticket": ("PATCH", f"{kot_path}/status", {"status": "SENT", "from": "READY"}),
        "rush": ("PATCH", f"{order.path}/priority", {"priority": 1}),
        "rush no more": ("PATCH", f"{order.path}/priority", {"priority": 0, "from": 1}),
        "hold": ("PATCH", f"{order.path}/hold", {"held": True}),
        "fire": ("PATCH", f"{order.path}/hold", {"held": False}),
        "hold a ticket": ("PATCH", f"{kot_path}/hold", {"held": True}),
        "fire a ticket": ("PATCH", f"{kot_path}/hold", {"held": False}),
        "done": ("PATCH", item_path, {"done": True}),
        "not done": ("PATCH", item_path, {"done": False}),
        "void": ("POST", f"{item_path}/void", {"reason": "sold_out"}),
        "cook it again": ("POST", f"{item_path}/refire", {"reason": "quality"}),
        "see the void": ("POST", f"{item_path}/acknowledge", {}),
        "see the change": ("POST", f"{item_path}/seen", {"at": "2026-01-01T12:00:00.000000Z"}),
        "see a ticket's change": ("POST", f"{kot_path}/seen", {}),
        "see the end": ("POST", f"{order.path}/acknowledge", {}),
    }


@pytest.mark.parametrize("seed", range(3))
async def test_a_late_repeat_of_any_request_changes_nothing_and_is_answered_as_before(
    client: Client, db: Any, branch_id: str, seed: int
) -> None:
    """Each request, sent again after each other one: what changed something, found it so, or was refused."""
    keyed: list[tuple[Request, str, int, str]] = []
    order = Order(client, await place(db, branch_id, stations=("Fry", "Grill")))
    requests = await _requests(db, order)
    names = list(requests)[seed:] + list(requests)[:seed]
    told = 0
    for name in (names, names[::-1], names[::2])[seed]:
        key = str(uuid4())
        method, path, body = requests[name]
        status, answer, _ = await client.call(method, path, body, **{"Idempotency-Key": key})
        assert status in {200, 409}, (name, answer)
        keyed.append((requests[name], key, status, answer.get("error", {}).get("message", "")))
        before = await _state(db, order.order_id)
        events = await db.fetchval("SELECT count(*) FROM events")
        for (method, path, body), used, status, said in keyed:
            now_status, now, _ = await client.call(method, path, body, **{"Idempotency-Key": used})
            assert (now_status, now.get("error", {}).get("message", "")) == (status, said), (name, path, body)
            assert now.get("order", now)["orderId"] == str(order.order_id)
            told += 1
        assert await _state(db, order.order_id) == before, name
        assert await db.fetchval("SELECT count(*) FROM events") == events, name
    assert told > 40


async def test_what_was_found_as_wanted_is_remembered_and_no_deed(order: Order, db: Any) -> None:
    """A cook bumps what is bumped already, a colleague recalls it, the network delivers the bump again."""
    await order.step("SENT", "READY")
    key = str(uuid4())
    assert (await order.step("SENT", "READY", key))[0] == 200
    await order.step("READY", "SENT")
    status, now = await order.step("SENT", "READY", key)
    assert (status, now["status"]) == (200, "SENT")
    assert await order.history() == [("status", "SENT", "READY"), ("status", "READY", "SENT")]
    other = {"priority": 1}
    assert (await order.do("PATCH", f"{order.path}/priority", other, key))[0] == 422


async def test_what_was_refused_stays_refused_by_its_key_alone(order: Order) -> None:
    key = str(uuid4())
    status, now = await order.step("READY", "COMPLETED", key)
    assert (status, now["status"]) == (409, "SENT")
    await order.step("SENT", "READY")
    status, now = await order.step("READY", "COMPLETED", key)
    assert (status, now["status"]) == (409, "READY")
    status, now = await order.step("READY", "COMPLETED", str(uuid4()))
    assert (status, now["status"]) == (200, "COMPLETED")


async def test_a_key_tells_an_undo_from_a_recall(order: Order, db: Any) -> None:
    fry, _ = await kots_of(db, order.order_id)
    for path in (f"{order.path}/status", f"/kitchen/kot/{fry}/status"):
        for undo in (False, True):
            await order.do("PATCH", path, {"status": "READY", "from": "SENT"})
            key, back = str(uuid4()), {"status": "SENT", "from": "READY"}
            assert (await order.do("PATCH", path, {**back, "undo": undo}, key))[0] == 200
            status, answer = await order.do("PATCH", path, {**back, "undo": not undo}, key)
            assert (status, answer["error"]["code"]) == (422, "key_reused")
            assert (await order.do("PATCH", path, {**back, "undo": undo}, key))[0] == 200


async def test_a_key_of_before_is_known_still(order: Order, db: Any) -> None:
    """What the code before version 15 wrote does not tell an undo."""
    await order.step("SENT", "READY")
    key = str(uuid4())
    await order.step("READY", "SENT", key, undo=True)
    await db.execute("UPDATE kitchen_actions SET undo = NULL")
    for undo in (True, False):
        assert (await order.step("READY", "SENT", key, undo=undo))[0] == 200
    assert (await order.step("SENT", "READY", key))[0] == 422


async def test_a_repeat_writes_the_row_of_its_key(order: Order, db: Any) -> None:
    """Or its commit would wait for nothing, and acknowledge what no standby may have."""
    for source, target in (("SENT", "READY"), ("SENT", "READY"), ("SENT", "COMPLETED")):
        key = str(uuid4())
        first = await order.step(source, target, key)
        written = await db.fetchval("SELECT xmin::text FROM kitchen_actions WHERE action_key = $1", key)
        assert await order.step(source, target, key) == first
        assert await db.fetchval("SELECT xmin::text FROM kitchen_actions WHERE action_key = $1", key) != written
