"""A dish that is cooked again, and why something was taken back: over HTTP, on boards, and not on the guest's bill."""

from __future__ import annotations

from typing import Any

import pytest

from kds.domain.links import Links
from tests.conftest import JWT_SECRET
from tests.flow.test_actions import Order
from tests.flow.test_actions import client as client
from tests.flow.test_actions import order as order


async def test_a_dish_is_cooked_again_once_at_no_price(order: Order, db: Any) -> None:
    _, before = await order.step("SENT", "READY")
    item = before["items"][0]
    path = f"{order.path}/item/{item['itemId']}/refire"
    status, now = await order.do("POST", path, {"reason": "quality"})
    assert (status, now["status"], len(now["kots"])) == (200, "SENT", len(before["kots"]) + 1)
    (again,) = [line for line in now["items"] if line.get("refire")]
    assert (again["partOf"], again["name"], again["station"]) == (item["itemId"], item["name"], item["station"])
    assert (now["itemCount"], now["totalCents"]) == (before["itemCount"], before["totalCents"])
    assert (await order.do("POST", path, {})) == (200, now)  # it is being cooked again
    row = await db.fetchrow(
        "SELECT action, reason::text, actor_kind::text FROM kitchen_actions WHERE action = 'refire'"
    )
    assert tuple(row) == ("refire", "quality", "staff")
    # it fails once more: the same dish, from its own ticket
    await order.do("PATCH", f"/kitchen/kot/{again['kotId']}/status", {"status": "READY"})
    status, now = await order.do("POST", f"{order.path}/item/{again['itemId']}/refire", {})
    assert (status, sum(line.get("refire", False) for line in now["items"])) == (200, 2)
    assert {line["partOf"] for line in now["items"] if "partOf" in line} == {item["itemId"]}


async def test_what_is_still_to_be_cooked_or_taken_back_is_not_cooked_again(order: Order) -> None:
    _, now = await order.step("READY", "SENT")
    path = f"{order.path}/item/{now['items'][0]['itemId']}"
    status, answer = await order.do("POST", f"{path}/refire", {})
    assert (status, len(answer["items"])) == (409, len(now["items"]))
    await order.do("POST", f"{path}/void", {})
    assert (await order.do("POST", f"{path}/refire", {}))[0] == 409


async def test_the_guest_sees_one_dish(order: Order, db: Any) -> None:
    _, before = await order.step("SENT", "READY")
    await order.do("POST", f"{order.path}/item/{before['items'][0]['itemId']}/refire", {})
    token = Links(JWT_SECRET).tracking_token(order.order_id)
    _, seen = await order.do("GET", f"/public/order/{order.order_id}?token={token}", None)
    assert len(seen["items"]) == len(before["items"]) and seen["status"] == "SENT"


@pytest.mark.parametrize("reason", ["sold_out", "mistake", "guest_left", "quality"])
async def test_a_void_and_a_cancel_say_why(order: Order, db: Any, reason: str) -> None:
    _, now = await order.step("READY", "SENT")
    path = f"{order.path}/item/{now['items'][0]['itemId']}/void"
    _, now = await order.do("POST", path, {"reason": reason})
    assert [line.get("voidReason") for line in now["items"]] == [reason, None, None, None]
    _, now = await order.do("PATCH", f"{order.path}/status", {"status": "CANCELLED", "reason": reason})
    assert now["cancelReason"] == reason
    rows = await db.fetch("SELECT action, reason::text FROM kitchen_actions ORDER BY id")
    assert [tuple(row) for row in rows] == [("void", reason), ("status", reason)]


async def test_a_reason_that_nobody_knows_is_refused(order: Order) -> None:
    _, now = await order.step("READY", "SENT")
    status, _ = await order.do("POST", f"{order.path}/item/{now['items'][0]['itemId']}/void", {"reason": "because"})
    assert status in {400, 422}
