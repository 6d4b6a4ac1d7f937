"""86 and count-down by a cook or by command: what was sold out is told to the order pages, and when it is back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.client import Client
from tests.flow.stock import Guests
from tests.flow.stock import dishes as dishes
from tests.flow.stock import guests as guests
from tests.flow.test_any_command_line import ask
from tests.screen import token_for


@pytest.fixture
def kitchen(http: ClientSession, server: RunningServer) -> Client:
    """A cook of the demo restaurant."""
    return Client(http, server.url, token_for(JWT_SECRET, server.branch_id))


async def test_a_cook_sells_a_dish_out_counts_it_down_and_lifts_that(
    kitchen: Client, guests: Guests, db: Any, dishes: dict[str, UUID]
) -> None:
    path = f"/kitchen/dish/{dishes['Raita']}"
    status, dish, _ = await kitchen.call("PATCH", path, {"soldOut": True})
    assert (status, dish["soldOut"], "backAt" in dish) == (200, True, False)
    assert (await guests.order(Raita=1))[0] == 422
    status, dish, _ = await kitchen.call("PATCH", path, {"soldOut": False, "remaining": 7})
    assert (dish["soldOut"], dish["remaining"]) == (False, 7)
    assert (await guests.order(Raita=7))[0] == 201
    _, answer, _ = await kitchen.call("GET", "/kitchen/dishes")
    told = {dish["name"]: (dish["soldOut"], dish.get("remaining")) for dish in answer["dishes"]}
    assert told == {"Chicken tikka": (False, None), "Raita": (True, 0), "Garlic naan": (False, None)}
    await db.execute("UPDATE menu_items SET available = false WHERE id = $1", dishes["Raita"])
    status, dish, _ = await kitchen.call("PATCH", path, {"soldOut": False})
    assert (status, dish["soldOut"], "remaining" in dish) == (200, False, False)
    assert (await guests.order(Raita=9))[0] == 201
    rows = await db.fetch("SELECT was, became FROM kitchen_actions WHERE action = 'dish' ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("available", "sold out"), ("sold out", "7 left"), ("sold out", "available"),
    ]  # fmt: skip


async def test_a_dish_is_sold_out_until_the_next_day_of_the_branch_or_for_an_hour(
    kitchen: Client, db: Any, dishes: dict[str, UUID]
) -> None:
    await db.execute("UPDATE branches SET timezone = 'Asia/Tokyo', day_starts_at = '05:30'")
    path = f"/kitchen/dish/{dishes['Raita']}"
    _, tomorrow, _ = await kitchen.call("PATCH", path, {"soldOut": True, "untilTomorrow": True})
    back_at = datetime.fromisoformat(tomorrow["backAt"])
    assert f"{back_at.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}" == "05:30"
    assert timedelta() < back_at - datetime.now(UTC) <= timedelta(days=1)
    _, soon, _ = await kitchen.call("PATCH", path, {"soldOut": True, "minutes": 60})
    left = datetime.fromisoformat(soon["backAt"]) - datetime.now(UTC)
    assert timedelta(minutes=58) < left <= timedelta(minutes=60)


async def test_a_repeat_with_the_same_key_does_not_count_anew(
    kitchen: Client, guests: Guests, dishes: dict[str, UUID]
) -> None:
    path, key = f"/kitchen/dish/{dishes['Raita']}", {"Idempotency-Key": "seven"}
    body = {"soldOut": False, "remaining": 7}
    assert (await kitchen.call("PATCH", path, body, **key))[1]["remaining"] == 7
    assert (await guests.order(Raita=3))[0] == 201
    assert (await kitchen.call("PATCH", path, body, **key))[1]["remaining"] == 4
    assert await kitchen.refused("PATCH", path, {"soldOut": True}, **key) == (422, "key_reused")
    other = f"/kitchen/dish/{dishes['Garlic naan']}"
    assert await kitchen.refused("PATCH", other, body, **key) == (422, "key_reused")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"soldOut": True, "remaining": 1},
        {"soldOut": False, "remaining": 0},
        {"soldOut": True, "minutes": 1, "untilTomorrow": True},
        {"soldOut": False, "minutes": 1},
    ],
)
async def test_what_contradicts_itself_is_refused(kitchen: Client, dishes: dict[str, UUID], body: Any) -> None:
    assert (await kitchen.refused("PATCH", f"/kitchen/dish/{dishes['Raita']}", body))[0] == 422


async def test_the_order_pages_hear_that_a_dish_is_back_when_its_time_has_come(
    http: ClientSession, server: RunningServer, db: Any, dishes: dict[str, UUID]
) -> None:
    url = f"{server.url}/public/branches/{server.branch_id}/menu/live"
    async with http.ws_connect(url) as page:

        async def is_available() -> bool:
            while (news := await page.receive_json(timeout=10))["type"] != "MENU":
                pass
            return bool(next(item for item in news["items"] if item["name"] == "Raita")["available"])

        assert await is_available()
        await db.execute(
            "INSERT INTO dish_stock (menu_item_id, sold_out, back_at)"
            " VALUES ($1, true, clock_timestamp() + interval '3 s')",
            dishes["Raita"],
        )
        assert not await is_available()
        assert await is_available()
    assert await db.fetchval("SELECT count(*) FROM dish_stock") == 0
    assert not await db.fetchval("SELECT counts_dishes FROM branches")


async def test_the_command_sells_a_dish_out_and_shows_it(
    dsn: str, branch_id: str, db: Any, dishes: dict[str, UUID]
) -> None:
    async def kds(*line: str) -> tuple[int, str]:
        return await asyncio.to_thread(ask, ["menu", *line], {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET})

    assert await kds("sold-out", branch_id, "Raita") == (0, "Raita: sold out\n")
    assert await kds("sold-out", branch_id, "Garlic naan", "--left", "7") == (0, "Garlic naan: 7 left\n")
    assert await kds("sold-out-list", branch_id) == (0, "Raita: sold out\nGarlic naan: 7 left\n")
    assert "no" not in (await kds("list", branch_id))[1].split(",")  # what the file says is for good
    assert await kds("lift", branch_id, "Raita") == (0, "Raita: as always\n")
    assert (await kds("lift", branch_id, "Pizza"))[0] == 1
