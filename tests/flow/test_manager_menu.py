"""/manager/menu: a manager reads the menu of a branch, and changes it."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch
from tests.screen import token_for

TEA = {"name": "Tea", "section": "Drinks", "priceCents": 250}


class Office:
    """A manager of one branch, who changes its menu."""

    def __init__(self, http: ClientSession, url: str, branch_id: str) -> None:
        self.http, self.url, self.branch_id = http, url, branch_id
        self.bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}"}

    async def ask(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        """Status and body."""
        url = f"{self.url}/manager/menu{path}"
        async with self.http.request(method, url, json=body, headers=self.bearer) as answer:
            return answer.status, await answer.json()

    async def add(self, **fields: Any) -> Any:
        """A dish that is new."""
        status, dish = await self.ask("POST", body={**TEA, **fields})
        assert status == 201, dish
        return dish

    async def refusal(self, method: str, path: str = "", body: Any = None) -> tuple[str, Any, Any]:
        """Code, field and index of a 422, which tells what to do."""
        status, told = await self.ask(method, path, body)
        assert status == 422 and told["error"]["message"].endswith("."), (status, told)
        return told["error"]["code"], told.get("field"), told.get("index")

    async def names(self) -> list[str]:
        """Of the dishes, as they stand."""
        status, menu = await self.ask("GET")
        assert status == 200
        return [dish["name"] for dish in menu["dishes"]]


@pytest.fixture
async def office(http: ClientSession, server: RunningServer, db: Any, branch_id: str) -> Office:
    """A branch whose menu is empty, with the stations of the demo."""
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    return Office(http, server.url, branch_id)


async def guests_menu(office: Office) -> list[dict[str, Any]]:
    """The items of GET /public/branches/{branchId}/menu."""
    async with office.http.get(f"{office.url}/public/branches/{office.branch_id}/menu") as answer:
        assert answer.status == 200
        return list((await answer.json())["items"])


async def test_a_dish_comes_changes_and_goes_and_guests_see_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kds.manager.menu.handlers")
    menu = (await office.ask("GET"))[1]
    assert (menu["currency"], menu["minorUnits"], menu["dishes"]) == ("EUR", 2, [])
    station = menu["stations"][0]
    dish = await office.add(station=station, allergens=["milk"], modifiers=[{"name": "NO sugar"}], prepS=60, course=1)
    assert dish == {
        "menuItemId": dish["menuItemId"], "name": "Tea", "description": "", "section": "Drinks", "station": station,
        "priceCents": 250, "allergens": ["milk"], "modifiers": [{"name": "NO sugar", "priceCents": 0}], "prepS": 60,
        "course": 1, "available": True, "soldOut": False, "remaining": None, "backAt": None,
    }  # fmt: skip
    assert (await office.ask("GET"))[1]["dishes"] == [dish]
    path = f"/{dish['menuItemId']}"
    change = {"name": " Chai ", "priceCents": 300, "station": None, "prepS": None, "available": False}
    status, changed = await office.ask("PATCH", path, change)
    assert (status, changed) == (200, {**dish, **change, "name": "Chai", "soldOut": True})
    assert [(each["name"], each["priceCents"], each["available"]) for each in await guests_menu(office)] == [
        ("Chai", 300, False)
    ]
    assert await office.ask("PATCH", path, {}) == (200, changed)
    assert await office.ask("DELETE", path) == (200, {})
    assert await guests_menu(office) == []
    for method, body in (("DELETE", None), ("PATCH", {"priceCents": 1})):
        assert (await office.ask(method, path, body))[0] == 404
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(" branch=")[0] for line in told] == [
        "dish added",
        "dish changed",
        "dish changed",
        "dish removed",
    ]
    assert all(f"branch={office.branch_id} staff=" in line and dish["menuItemId"] in line for line in told)


async def test_a_new_dish_stands_last_of_its_section_and_so_does_one_that_moves_there(office: Office) -> None:
    ids = {}
    for name, section in (("Soup", "Starters"), ("Beer", "Drinks"), ("Salad", "Starters"), ("Wine", "Drinks")):
        ids[name] = (await office.add(name=name, section=section))["menuItemId"]
    assert await office.names() == ["Soup", "Salad", "Beer", "Wine"]
    await office.ask("PATCH", f"/{ids['Salad']}", {"section": "Drinks"})
    assert await office.names() == ["Soup", "Beer", "Wine", "Salad"]
    await office.ask("PATCH", f"/{ids['Beer']}", {"section": "Beers", "name": "Bock"})
    assert await office.names() == ["Soup", "Wine", "Salad", "Bock"]


async def test_dishes_stand_as_they_are_put(office: Office, db: Any) -> None:
    ids = [(await office.add(name=name))["menuItemId"] for name in ("A", "B", "C")]
    await db.execute("UPDATE menu_items SET position = 2147483647 WHERE name = 'B'")
    await office.add(name="D")
    ids = [dish["menuItemId"] for dish in (await office.ask("GET"))[1]["dishes"]]
    assert await office.ask("PUT", "/order", {"menuItemIds": ids[::-1]}) == (200, {})
    assert await office.names() == ["D", "B", "C", "A"]
    assert [row["position"] for row in await db.fetch("SELECT position FROM menu_items WHERE branch_id = $1"
            " ORDER BY position", UUID(office.branch_id))] == [0, 1, 2, 3]  # fmt: skip
    for wrong in (ids[1:], [*ids[1:], str(uuid4())], []):
        status, told = await office.ask("PUT", "/order", {"menuItemIds": wrong})
        assert (status, told["error"]["code"]) == (409, "menu_changed")
    assert (await office.refusal("PUT", "/order", {"menuItemIds": [*ids, ids[0]]}))[0] == "dish_twice"
    assert await office.names() == ["D", "B", "C", "A"]


async def test_what_else_a_modifier_holds_stays(office: Office, db: Any) -> None:
    dish = await office.add(modifiers=[{"name": "NO sugar"}, {"name": "ADD milk", "priceCents": 50}])
    held = '[{"name": "NO sugar", "plu": 1.50}, {"name": "ADD milk", "priceCents": 50, "plu": "12"}]'
    await db.execute("UPDATE menu_items SET modifiers = $2 WHERE id = $1", UUID(dish["menuItemId"]), held)
    path = f"/{dish['menuItemId']}"
    read = "SELECT modifiers::text FROM menu_items WHERE id = $1"
    before = await db.fetchval(read, UUID(dish["menuItemId"]))
    assert (await office.ask("PATCH", path, {"priceCents": 900, "name": "Chai"}))[0] == 200
    assert await db.fetchval(read, UUID(dish["menuItemId"])) == before
    sent = [{"name": "ADD milk", "priceCents": 80}, {"name": "ADD ginger", "priceCents": 30}]
    status, told = await office.ask("PATCH", path, {"modifiers": sent})
    assert (status, told["modifiers"]) == (200, sent)
    held_now = json.loads(await db.fetchval(read, UUID(dish["menuItemId"])))
    assert held_now == [{"name": "ADD milk", "priceCents": 80, "plu": "12"}, sent[1]]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": " "}, ("name_empty", "name", None)),
        ({"name": "x" * 501}, ("too_long", "name", None)),
        ({"name": "a\tb"}, ("control_character", "name", None)),
        ({"section": "x" * 501}, ("too_long", "section", None)),
        ({"section": "\x1b[2J."}, ("control_character", "section", None)),
        ({"description": "x" * 5_001}, ("too_long", "description", None)),
        ({"station": "Nowhere"}, ("unknown_station", "station", None)),
        ({"priceCents": -1}, ("bad_price", "priceCents", None)),
        ({"priceCents": 2**31}, ("bad_price", "priceCents", None)),
        ({"allergens": ["milk", "  "]}, ("allergen_empty", "allergens", 1)),
        ({"allergens": ["milk"] * 101}, ("too_many", "allergens", None)),
        ({"allergens": ["x" * 2_001]}, ("too_long", "allergens", None)),
        ({"allergens": ["a\x85b"]}, ("control_character", "allergens", 0)),
        ({"modifiers": [{"name": "a"}, {"name": ""}]}, ("modifier_name", "modifiers", 1)),
        ({"modifiers": [{"name": "x" * 101}]}, ("modifier_name", "modifiers", 0)),
        ({"modifiers": [{"name": "cafe\u0301"}, {"name": "caf\u00e9"}]}, ("modifier_twice", "modifiers", 1)),
        ({"modifiers": [{"name": "a", "priceCents": 2**31}]}, ("modifier_price", "modifiers", 0)),
        ({"modifiers": [{"name": "a", "priceCents": -200}, {"name": "b", "priceCents": -51}]},
         ("below_zero", "modifiers", None)),
        ({"modifiers": [{"name": str(each)} for each in range(101)]}, ("too_many", "modifiers", None)),
        ({"prepS": 7_201}, ("bad_number", "prepS", None)),
        ({"course": 0}, ("bad_number", "course", None)),
        ({"name": "cafe\u0301"}, ("name_taken", "name", None)),
    ],
)  # fmt: skip
async def test_a_refusal_names_the_field(office: Office, fields: Any, refusal: Any) -> None:
    await office.add(name="caf\u00e9")
    dish = await office.add()
    assert await office.refusal("POST", body={**TEA, "name": "Chai", **fields}) == refusal
    assert await office.refusal("PATCH", f"/{dish['menuItemId']}", fields) == refusal
    assert (await office.ask("GET"))[1]["dishes"][1] == dish


async def test_a_price_that_its_modifiers_bring_below_nothing_is_refused(office: Office) -> None:
    dish = await office.add(modifiers=[{"name": "SMALL", "priceCents": -200}])
    assert (await office.refusal("PATCH", f"/{dish['menuItemId']}", {"priceCents": 199}))[0] == "below_zero"


async def test_a_dish_of_another_branch_is_not_there(office: Office, db: Any, server: RunningServer) -> None:
    other = Office(office.http, server.url, str(await add_branch(db)))
    dish = await other.add()
    await office.add()  # a name is one branch's
    path = f"/{dish['menuItemId']}"
    assert (await office.ask("PATCH", path, {"priceCents": 1}))[0] == 404
    assert (await office.ask("DELETE", path))[0] == 404
    assert (await office.ask("PUT", "/order", {"menuItemIds": [dish["menuItemId"]]}))[0] == 409
    assert (await other.ask("GET"))[1]["dishes"] == [dish]


@pytest.mark.parametrize("number", ["9" * 5_000, "1e400", "1e-400", '["a", 1]'])
async def test_a_number_of_a_till_is_in_nobodys_way_and_stays(office: Office, db: Any, number: str) -> None:
    tea = await office.add(modifiers=[{"name": "milk", "priceCents": 10}])
    held = f'[{{"name": "milk", "priceCents": 10, "code": {number}}}]'
    await db.execute("UPDATE menu_items SET modifiers = $1 WHERE id = $2", held, UUID(tea["menuItemId"]))
    status, menu = await office.ask("GET")
    assert (status, menu["dishes"][0]["modifiers"]) == (200, [{"name": "milk", "priceCents": 10}])
    async with office.http.get(f"{office.url}/public/branches/{office.branch_id}/menu") as answer:
        assert answer.status == 200 and '"name": "milk"' in await answer.text()
    line = {"menuItemId": tea["menuItemId"], "quantity": 1, "modifiers": ["milk"]}
    order = {"branchId": office.branch_id, "table": "T1", "items": [line]}
    async with office.http.post(
        f"{office.url}/public/order/place", json=order, headers={"Idempotency-Key": str(uuid4())}
    ) as answer:
        assert answer.status == 201 and (await answer.json())["totalCents"] == 260
    was = await db.fetchval("SELECT modifiers -> 0 -> 'code' FROM menu_items WHERE id = $1", UUID(tea["menuItemId"]))
    for edit in ({"priceCents": 300}, {"modifiers": [{"name": "milk", "priceCents": 20}]}):
        status, dish = await office.ask("PATCH", f"/{tea['menuItemId']}", edit)
        assert status == 200, dish
    is_now = await db.fetchval("SELECT modifiers -> 0 -> 'code' FROM menu_items WHERE id = $1", UUID(tea["menuItemId"]))
    assert is_now == was


async def test_what_changes_one_dish_reads_no_other(
    office: Office, db: Any, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        await office.add(name=f"Tea {number}")
    dish = await office.add(name="Chai")
    rows = list[int]()
    fetch = asyncpg.Connection.fetch

    async def count(connection: Any, *arguments: Any, **named: Any) -> Any:
        found = await fetch(connection, *arguments, **named)
        rows.append(len(found))
        return found

    monkeypatch.setattr(asyncpg.Connection, "fetch", count)
    path = f"/{dish['menuItemId']}"
    for change in ({"priceCents": 300}, {"available": False}, {"station": None}, {"allergens": ["milk"]}):
        status, dish = await office.ask("PATCH", path, change)
        assert (status, {**dish, **change}) == (200, dish)
    cook = {"Authorization": f"Bearer {token_for(JWT_SECRET, office.branch_id)}"}
    url = f"{server.url}/kitchen/dish{path}"
    async with office.http.patch(url, json={"soldOut": True}, headers=cook) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "Chai")
    assert max(rows, default=0) < 20
    assert (await office.refusal("PATCH", path, {"name": "Tea 7"}))[0] == "name_taken"
    assert max(rows) == 21  # whether another has the name


async def test_a_station_that_is_not_there_is_told_with_a_remedy_that_everybody_has(office: Office) -> None:
    status, told = await office.ask("POST", body={**TEA, "station": "Nowhere"})
    assert status == 422
    assert told["error"]["message"].endswith("Add it first, in the back office or with kds station add.")
