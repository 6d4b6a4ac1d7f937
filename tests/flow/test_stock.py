"""86 and count-down for guests: who asks for more than is left is told of what, and nobody gets the eighth of seven."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import RunningServer
from tests.flow.stock import Guests, count
from tests.flow.stock import dishes as dishes
from tests.flow.stock import guests as guests
from tests.orders import place
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]


async def test_who_wants_more_than_is_left_is_told_of_which_dishes_and_how_many_there_are(
    guests: Guests, db: Any, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 2)
    await db.execute(
        "INSERT INTO dish_stock (menu_item_id, sold_out) VALUES ($1, true)",
        dishes["Garlic naan"],
    )
    status, answer = await guests.order(Chicken_tikka=9, Raita=3, Garlic_naan=1)
    assert (status, answer["error"]["code"]) == (422, "sold_out")
    assert answer["error"]["message"] == "Only 2 of Raita are left. Garlic naan is sold out."
    assert answer["dishes"] == [
        {"menuItemId": str(dishes["Raita"]), "name": "Raita", "remaining": 2},
        {"menuItemId": str(dishes["Garlic naan"]), "name": "Garlic naan", "remaining": 0},
    ]
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    assert (await guests.order(Chicken_tikka=9, Raita=2))[0] == 201
    assert (await guests.order(Raita=1))[0] == 422


async def test_two_lines_of_one_dish_count_together(
    http: ClientSession, server: RunningServer, db: Any, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 3)
    line = {"menuItemId": str(dishes["Raita"]), "quantity": 2}
    body = {"branchId": server.branch_id, "table": "T1", "items": [line, {**line, "note": "no mint"}]}
    async with http.post(f"{server.url}/public/order/place", json=body) as answer:
        assert (answer.status, (await answer.json())["dishes"][0]["remaining"]) == (422, 3)


async def test_the_menu_says_what_is_left_and_until_when_a_dish_is_sold_out(
    http: ClientSession, server: RunningServer, db: Any, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 2)
    await db.execute(
        "INSERT INTO dish_stock (menu_item_id, sold_out, back_at) VALUES ($1, true, '2099-01-01 12:00+00')",
        dishes["Garlic naan"],
    )
    async with http.get(f"{server.url}/public/branches/{server.branch_id}/menu") as answer:
        items = {item["name"]: item for item in (await answer.json())["items"]}
    told = {name: (item["available"], item.get("remaining"), item.get("backAt")) for name, item in items.items()}
    assert told == {
        "Chicken tikka": (True, None, None),
        "Raita": (True, 2, None),
        "Garlic naan": (False, None, "2099-01-01T12:00:00Z"),
    }
    assert not {"remaining", "backAt"} & set(items["Chicken tikka"])


async def test_an_order_page_hears_within_a_second_that_the_last_one_went(
    http: ClientSession, server: RunningServer, guests: Guests, db: Any, dishes: dict[str, UUID]
) -> None:
    await count(db, dishes["Raita"], 2)
    url = f"{server.url}/public/branches/{server.branch_id}/menu/live"
    async with http.ws_connect(url) as page:
        assert [(await page.receive_json(timeout=10))["type"] for _ in range(2)] == ["HELLO", "MENU"]
        assert (await guests.order(Raita=2))[0] == 201
        async with asyncio.timeout(10):
            while (news := await page.receive_json())["type"] != "MENU":
                pass
    raita = next(item for item in news["items"] if item["name"] == "Raita")
    assert (raita["available"], raita["remaining"]) == (False, 0)


async def test_of_forty_guests_who_want_the_last_seven_at_once_seven_get_one_beside_tills_and_voids(
    guests: Guests, db: Any, branch_id: str, dishes: dict[str, UUID], connect_db: ConnectDb
) -> None:
    await count(db, dishes["Raita"], 7)
    await count(db, dishes["Garlic naan"], 1000)
    by_chance = random.Random(7)

    async def ask() -> tuple[int, dict[str, Any]]:
        wanted = [("Raita", 1), ("Garlic_naan", 1), ("Chicken_tikka", 2)]
        by_chance.shuffle(wanted)
        return await guests.order(**dict(wanted))

    async def till() -> None:
        connection = await connect_db()
        for _ in range(10):
            async with connection.transaction():
                order_id = await place(connection, branch_id, stations=())
                kot_id = await connection.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
                await connection.execute(
                    "INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Garlic naan')", order_id, kot_id
                )
            await connection.execute("UPDATE order_items SET voided = true WHERE order_id = $1", order_id)

    async with asyncio.timeout(120):
        answers, *_ = await asyncio.gather(asyncio.gather(*(ask() for _ in range(40))), till(), till())
    assert Counter(status for status, _ in answers) == {201: 7, 422: 33}
    told = {dish["name"] for status, answer in answers if status == 422 for dish in answer["dishes"]}
    assert told == {"Raita"}
    rows = await db.fetch("SELECT name, remaining, oversold FROM dish_stock ORDER BY name")
    assert [tuple(row) for row in rows] == [("Garlic naan", 993, 0), ("Raita", 0, 0)]


@pytest.mark.parametrize(("seed", "start"), [(1, 0), (2, 1), (3, 7), (4, 15), (5, 40)])
async def test_whoever_writes_what_is_left_and_what_was_sold_are_what_there_was_and_guests_never_pass_0(
    guests: Guests, db: Any, dishes: dict[str, UUID], connect_db: ConnectDb, seed: int, start: int
) -> None:
    by_chance = random.Random(seed)

    async def guest() -> None:
        for _ in range(4):
            wanted = by_chance.sample(["Raita", "Garlic_naan", "Chicken_tikka"], by_chance.randint(1, 3))
            status, _ = await guests.order(**{name: by_chance.randint(1, 3) for name in wanted})
            assert status in {201, 422}

    async def voider(connection: Any) -> None:
        for _ in range(6):
            change = by_chance.choice(
                (
                    "UPDATE order_items SET voided = true WHERE id = $1",
                    "UPDATE order_items SET quantity = 1 WHERE id = $1",
                    "DELETE FROM order_items WHERE id = $1",
                    "UPDATE orders SET status = 'CANCELLED' WHERE id = (SELECT order_id FROM order_items WHERE id = $1)"
                    " AND status = 'SENT'",
                )
            )
            item_id = await connection.fetchval("SELECT id FROM order_items ORDER BY random() LIMIT 1")
            await connection.execute(change, item_id)

    for name in ("Raita", "Garlic naan"):
        await count(db, dishes[name], start)
    connections = [await connect_db() for _ in range(2)]
    async with asyncio.timeout(120):
        await asyncio.gather(*(guest() for _ in range(4)), *(voider(each) for each in connections))
    for row in await db.fetch("SELECT * FROM dish_stock"):
        sold = await db.fetchval(
            "SELECT coalesce(sum(i.quantity), 0) FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id"
            " WHERE i.name = $1 AND NOT i.voided AND k.status <> 'CANCELLED'",
            row["name"],
        )
        assert (row["remaining"] + sold, row["oversold"]) == (start, 0)


async def test_a_dish_that_is_back_by_the_clock_can_be_ordered(
    guests: Guests, db: Any, dishes: dict[str, UUID]
) -> None:
    await db.execute(
        "INSERT INTO dish_stock (menu_item_id, sold_out, back_at)"
        " VALUES ($1, true, clock_timestamp() + interval '0.5 s')",
        dishes["Raita"],
    )

    async def is_taken() -> bool:
        return (await guests.order(Raita=1))[0] == 201

    assert not await is_taken()
    await eventually(is_taken)
