"""Any text in any field, by the API or in SQL: refused in words, or read back everywhere as it was written."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.domain.links import Links
from kds.domain.text import LABEL, WITHOUT_CONTROLS, first_characters, is_label
from kds.web.requests import WITHOUT_NUL
from tests.conftest import JWT_SECRET, RunningServer
from tests.screen import Screen, open_screen, token_for
from tests.texts import texts

PROPERTY = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
MENU = st.fixed_dictionaries(
    {
        "branch": texts(60, 1),
        "locality": texts(60),
        "station": texts(40, 1),
        "name": texts(100, 1),
        "section": texts(60),
        "description": texts(200),
        "allergens": st.lists(texts(30), max_size=3),
        "modifiers": st.lists(texts(60, 1), max_size=3, unique=True),
    }
)
ORDER = st.fixed_dictionaries(
    {
        "table": texts(45),
        "customerName": st.none() | texts(60),
        "note": st.none() | texts(100),
        "item_note": st.none() | texts(100),
        "orderType": st.sampled_from(["dine_in", "takeaway"]),
    }
)
LINE = st.fixed_dictionaries(
    {
        "name": texts(100),
        "modifiers": st.lists(texts(60), max_size=3),
        "allergens": st.lists(texts(30), max_size=3),
        "station": st.none() | texts(40),
    }
)
Fields = dict[str, Any]


class Readers:
    """Everything that shows an order or a menu, on one branch."""

    def __init__(self, http: ClientSession, server: RunningServer) -> None:
        self.http, self.url, self.branch_id = http, server.url, server.branch_id
        self.token = token_for(JWT_SECRET, self.branch_id)

    async def get(self, path: str, token: str = "") -> Any:
        """The body of an answer, which must be 200."""
        async with self.http.get(
            self.url + path, headers={"Authorization": f"Bearer {token}"} if token else {}
        ) as answer:
            assert answer.status == 200, (path, await answer.text())
            return json.loads(await answer.text())

    async def kitchen(self, order_id: str, screen: Screen) -> list[Fields]:
        """The order as the live message, the list, and the snapshot of another screen have it."""
        live = await screen.next()
        (listed,) = [o for o in (await self.get("/kitchen/orders", self.token))["orders"] if o["orderId"] == order_id]
        async with open_screen(self.http, self.url, self.token, since=0) as other:
            snapshot = await other.until("SNAPSHOT")
        (shown,) = [order for order in snapshot["orders"] if order["orderId"] == order_id]
        assert live["orderId"] == order_id
        return [live, listed, shown]

    async def track(self, order_id: str) -> list[Fields]:
        """The order as its guest sees it, over HTTP and live."""
        link = f"/public/order/{order_id}"
        query = f"?token={Links(JWT_SECRET).tracking_token(UUID(order_id))}"
        async with self.http.ws_connect(f"{self.url}{link}/live{query}") as ws:
            live = json.loads((await ws.receive(timeout=10)).data)
        return [await self.get(link + query), live]

    async def pickup(self, order_id: str) -> Fields | None:
        """Its line of the pickup board."""
        orders = (await self.get("/pickup/orders", token_for(JWT_SECRET, self.branch_id, role="PICKUP")))["orders"]
        return next((line for line in orders if line["orderId"] == order_id), None)

    async def check(self, order_id: str, wanted: Fields, item: Fields, screen: Screen) -> None:
        """Fails unless all of them show these texts, none other."""
        order_keys = ("table", "customerName", "note")
        for order in await self.kitchen(order_id, screen):
            assert {key: order[key] for key in order_keys} == {key: wanted[key] for key in order_keys}
            assert {key: order["items"][0][key] for key in item} == item
        for order in await self.track(order_id):
            assert {key: order[key] for key in order_keys} == {key: wanted[key] for key in order_keys}
            shared = item.keys() - {"station", "allergens"}
            assert {key: order["items"][0][key] for key in shared} == {key: item[key] for key in shared}
        line = await self.pickup(order_id)
        if wanted["orderType"] == "takeaway" or not wanted["table"]:
            words = (wanted["customerName"] or "").split()
            assert line is not None and line["name"] == (first_characters(words[0], 20) if words else "")


@PROPERTY
@given(MENU, ORDER)
async def test_any_text_through_the_menu_and_the_api(
    server: RunningServer, http: ClientSession, db: Any, menu: Fields, order: Fields
) -> None:
    readers = Readers(http, server)
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY id LIMIT 1")
    await db.execute("UPDATE branches SET name = $1, locality = $2", menu["branch"], menu["locality"])
    await db.execute("UPDATE menu_items SET station = NULL")
    await db.execute("DELETE FROM stations")
    await db.execute("INSERT INTO stations (branch_id, name) SELECT id, $1 FROM branches", menu["station"])
    modifiers = [{"name": name, "priceCents": 0} for name in menu["modifiers"]]
    await db.execute(
        "UPDATE menu_items SET name = $2, section = $3, description = $4, allergens = $5, modifiers = $6, station = $7"
        " WHERE id = $1",
        *(dish_id, menu["name"], menu["section"], menu["description"], menu["allergens"], json.dumps(modifiers)),
        menu["station"],
    )
    shown = await readers.get(f"/public/branches/{server.branch_id}/menu")
    assert (shown["name"], shown["locality"]) == (menu["branch"], menu["locality"])
    (dish,) = [item for item in shown["items"] if item["menuItemId"] == str(dish_id)]
    assert dish["modifiers"] == modifiers
    columns = ("name", "section", "description", "allergens")
    assert {key: dish[key] for key in columns} == {key: menu[key] for key in columns}

    line = {"menuItemId": str(dish_id), "quantity": 1, "modifiers": menu["modifiers"], "note": order["item_note"]}
    asked = {key: order[key] for key in ("table", "customerName", "note", "orderType")}
    body = {"branchId": server.branch_id, "items": [line], **asked}
    async with open_screen(http, server.url, readers.token, since=0) as screen:
        await screen.until("SNAPSHOT")
        async with http.post(f"{server.url}/public/order/place", json=body) as answer:
            told = await answer.json()
        is_right = (
            re.fullmatch(LABEL, order["table"]) is not None
            and len(order["table"]) <= 40
            and re.fullmatch(WITHOUT_CONTROLS, order["customerName"] or "") is not None
            and all(re.fullmatch(WITHOUT_NUL, order[key] or "", re.DOTALL) for key in ("note", "item_note"))
        )
        if answer.status != 201:
            assert answer.status in (400, 422) and told["error"]["message"], told
            assert not is_right, (told, order)
            return
        assert is_right, order
        # A name or note that a guest left empty is none.
        wanted = order | {key: order[key] or None for key in ("customerName", "note")}
        item = {"name": menu["name"], "modifiers": menu["modifiers"], "note": order["item_note"] or None}
        item |= {"allergens": menu["allergens"], "station": menu["station"]}
        await readers.check(told["orderId"], wanted, item, screen)
    await db.execute("DELETE FROM orders")


@PROPERTY
@given(ORDER, LINE)
async def test_any_text_of_a_till(
    server: RunningServer, http: ClientSession, db: Any, order: Fields, line: Fields
) -> None:
    readers = Readers(http, server)
    async with open_screen(http, server.url, readers.token, since=0) as screen:
        await screen.until("SNAPSHOT")
        try:
            async with db.transaction():
                order_id = await db.fetchval(
                    "INSERT INTO orders (branch_id, table_label, customer_name, note, order_type)"
                    " VALUES ($1, $2, $3, $4, $5) RETURNING id",
                    *(server.branch_id, order["table"], order["customerName"], order["note"], order["orderType"]),
                )
                kot_id = await db.fetchval(
                    "INSERT INTO kots (order_id, station) VALUES ($1, $2) RETURNING id", order_id, line["station"]
                )
                await db.execute(
                    "INSERT INTO order_items (order_id, kot_id, name, modifiers, note, allergens)"
                    " VALUES ($1, $2, $3, $4, $5, $6)",
                    *(order_id, kot_id, line["name"], line["modifiers"], order["item_note"], line["allergens"]),
                )
        except REFUSED as refused:
            assert str(refused)
            return
        await readers.check(str(order_id), order, {**line, "note": order["item_note"]}, screen)
    await db.execute("DELETE FROM orders")


@PROPERTY
@given(texts(100, 1))
async def test_any_name_of_a_member(server: RunningServer, http: ClientSession, db: Any, name: str) -> None:
    await db.execute("DELETE FROM staff WHERE username NOT IN ('chef', 'manager', 'owner', 'pickup')")
    await db.execute(
        "INSERT INTO staff (branch_id, username, password_hash, role) SELECT branch_id, $1, password_hash, role"
        " FROM staff WHERE username = 'chef'",
        name,
    )
    async with http.post(f"{server.url}/staff/login", json={"username": name, "password": "chef-demo"}) as answer:
        told = await answer.json()
    assert answer.status == 200 or (answer.status in (400, 401, 422) and told["error"]["message"])
    assert answer.status == 200 or not is_label(name, 100), told


async def test_half_a_character_is_refused_and_not_a_fault(server: RunningServer, http: ClientSession, db: Any) -> None:
    dish_id = str(await db.fetchval("SELECT id FROM menu_items WHERE available LIMIT 1"))
    for field in ("table", "customerName", "note"):
        for text in ("\\ud83c", "\\u0000", "a\\udf55b"):
            body = {"branchId": server.branch_id, "table": "T1", "items": [{"menuItemId": dish_id, "quantity": 1}]}
            sent = json.dumps(body | {field: "TEXT"}).replace("TEXT", text)
            headers = {"Content-Type": "application/json"}
            async with http.post(f"{server.url}/public/order/place", data=sent, headers=headers) as answer:
                assert answer.status in (400, 422), (field, text, await answer.text())
                assert (await answer.json())["error"]["message"]
