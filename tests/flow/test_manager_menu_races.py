"""Two who change one menu at once: nobody's change is lost, no name stands twice, and nothing deadlocks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from kds.postgres.statements import load_statements
from tests.conftest import RunningServer
from tests.flow.commands.conftest import dsn_of_commands as dsn_of_commands
from tests.flow.commands.conftest import kds as kds
from tests.flow.commands.menus import Kds
from tests.flow.test_manager_menu import TEA, Office, guests_menu
from tests.flow.test_manager_menu import office as office
from tests.patience import eventually

ConnectDb = Callable[[], Awaitable[Any]]
WAITING = """SELECT count(*) >= $1 FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name LIKE 'kds%'"""
LOCK_MENU = "SELECT pg_advisory_xact_lock(493269110, hashtext($1))"


async def waiting(db: Any, count: int = 1) -> None:
    """Until so many of the service or its commands wait for a lock."""
    await eventually(lambda: db.fetchval(WAITING, count))


async def load_file(kds: Kds, office: Office, file: Path) -> tuple[int, str]:
    """`kds menu load`: its exit code, and what it printed."""
    return await kds("menu", "load", office.branch_id, str(file))


async def elsewhere(office: Office, start_server: Callable[..., Awaitable[RunningServer]]) -> Office:
    """A manager of the same branch, at another process."""
    return Office(office.http, (await start_server()).url, office.branch_id)


async def test_of_two_who_give_one_name_at_once_one_has_it(
    office: Office, start_server: Callable[..., Awaitable[RunningServer]], db: Any, connect_db: ConnectDb
) -> None:
    other = await elsewhere(office, start_server)
    first, second = [(await office.add(name=name))["menuItemId"] for name in ("A", "B")]
    holder = await connect_db()
    async with asyncio.TaskGroup() as tasks, holder.transaction():  # both wait at the menu, whoever came first
        await holder.execute(LOCK_MENU, office.branch_id)
        asked = [
            tasks.create_task(office.ask("PATCH", f"/{first}", {"name": "cafe\u0301"})),
            tasks.create_task(other.ask("PATCH", f"/{second}", {"name": "caf\u00e9"})),
            tasks.create_task(other.ask("POST", body={**TEA, "name": "caf\u00e9"})),
        ]
        await waiting(db)
    refused = [told["error"]["code"] for status, told in (task.result() for task in asked) if status == 422]
    assert refused == ["name_taken"] * 2


async def test_a_change_waits_for_kds_menu_load_and_sees_what_it_loaded(
    office: Office, kds: Kds, db: Any, connect_db: ConnectDb, tmp_path: Path
) -> None:
    dish = await office.add(name="Soup", section="Starters")
    file = tmp_path / "menu.csv"
    file.write_text("name,section,price\nSoup,Starters,4.00\nChai,Drinks,2.00\n", encoding="utf-8")
    holder = await connect_db()
    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute("SELECT FROM menu_items WHERE id = $1 FOR NO KEY UPDATE", UUID(dish["menuItemId"]))
        load = tasks.create_task(load_file(kds, office, file))  # has the menu, waits for Soup
        await waiting(db)
        taken = tasks.create_task(office.ask("POST", body={**TEA, "name": "Chai"}))
        renamed = tasks.create_task(office.ask("PATCH", f"/{dish['menuItemId']}", {"prepS": 60}))
        await waiting(db, 2)
    assert load.result()[0] == 0, load.result()
    assert (taken.result()[0], taken.result()[1]["error"]["code"]) == (422, "name_taken")
    assert (renamed.result()[1]["priceCents"], renamed.result()[1]["prepS"]) == (400, 60)
    assert await office.names() == ["Soup", "Chai"]


async def test_kds_menu_load_waits_for_a_change_and_does_not_add_its_dish_twice(
    office: Office, kds: Kds, db: Any, connect_db: ConnectDb, tmp_path: Path
) -> None:
    file = tmp_path / "menu.csv"
    file.write_text("name,section,price\nChai,Drinks,2.00\n", encoding="utf-8")
    holder = await connect_db()
    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute(LOCK_MENU, office.branch_id)
        await holder.execute(
            "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'Chai', 1)", UUID(office.branch_id)
        )
        load = tasks.create_task(load_file(kds, office, file))
        await waiting(db)
    assert "0 added, 1 changed" in load.result()[1]
    assert await office.names() == ["Chai"]


async def test_an_order_that_was_sent_before_a_dish_goes_is_kept(
    office: Office, db: Any, connect_db: ConnectDb
) -> None:
    dish = await office.add(name="Soup")
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, 5)", UUID(dish["menuItemId"]))
    order = {
        "branchId": office.branch_id, "table": "T1", "items": [{"menuItemId": dish["menuItemId"], "quantity": 2}],
    }  # fmt: skip
    holder = await connect_db()

    async def place() -> int:
        async with office.http.post(f"{office.url}/public/order/place", json=order) as answer:
            return answer.status

    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute("SELECT FROM dish_stock FOR UPDATE")
        placed = tasks.create_task(place())  # has read the menu and written its lines, waits for what is left
        await waiting(db)
        removed = tasks.create_task(office.ask("DELETE", f"/{dish['menuItemId']}"))
        await waiting(db, 2)
    assert (placed.result(), removed.result()[0]) == (201, 200)
    row = await db.fetchrow("SELECT name, quantity, price_cents FROM order_items WHERE menu_item_id = $1",
                            UUID(dish["menuItemId"]))  # fmt: skip
    assert tuple(row) == ("Soup", 2, 250)
    assert await guests_menu(office) == []
    async with office.http.post(f"{office.url}/public/order/place", json=order) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (422, "unknown_dish")


async def test_an_order_of_the_menu_that_is_late_for_a_new_dish_is_refused(
    office: Office, db: Any, connect_db: ConnectDb
) -> None:
    ids = [(await office.add(name=name))["menuItemId"] for name in ("A", "B")]
    holder = await connect_db()
    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute(LOCK_MENU, office.branch_id)
        asked = tasks.create_task(office.ask("PUT", "/order", {"menuItemIds": ids[::-1]}))
        await waiting(db)
        await holder.execute(
            "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'C', 1)", UUID(office.branch_id)
        )
    assert (asked.result()[0], asked.result()[1]["error"]["code"]) == (409, "menu_changed")
    async with asyncio.TaskGroup() as tasks:
        new = tasks.create_task(office.ask("POST", body=TEA))
        put = tasks.create_task(office.ask("PUT", "/order", {"menuItemIds": ids}))
    assert (new.result()[0], put.result()[0]) == (201, 409)
    assert len(await office.names()) == 4


async def test_a_dish_that_is_renamed_or_goes_while_a_cook_sells_it_out_fails_for_nobody(
    office: Office, db: Any, connect_db: ConnectDb
) -> None:
    dish = await office.add()
    path = f"/{dish['menuItemId']}"
    holder = await connect_db()

    async def sell_out() -> int:
        url = f"{office.url}/kitchen/dish{path}"
        async with office.http.patch(url, json={"soldOut": True}, headers=office.bearer) as answer:
            return answer.status

    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute("UPDATE menu_items SET name = 'Chai' WHERE id = $1", UUID(dish["menuItemId"]))
        sold = tasks.create_task(sell_out())
        await waiting(db)
    assert sold.result() == 200
    assert await db.fetchval("SELECT name FROM dish_stock") == "Chai"
    async with asyncio.TaskGroup() as tasks, holder.transaction():
        await holder.execute("DELETE FROM menu_items WHERE id = $1", UUID(dish["menuItemId"]))
        sold = tasks.create_task(sell_out())
        await waiting(db)
    assert sold.result() == 404


async def test_managers_cooks_and_files_at_once_are_never_in_a_deadlock(
    office: Office, start_server: Callable[..., Awaitable[RunningServer]], db: Any, connect_db: ConnectDb
) -> None:
    other = await elsewhere(office, start_server)
    ids = [(await office.add(name=name, section=name))["menuItemId"] for name in "ABCD"]
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await db.fetchval(deadlocks)
    sql = load_statements()

    async def rename(who: Office, number: int) -> set[int]:
        return {
            (await who.ask("PATCH", f"/{ids[(step + number) % 4]}", {"name": f"dish {number} {step}"}))[0]
            for step in range(12)
        }

    async def put(who: Office) -> set[int]:
        return {(await who.ask("PUT", "/order", {"menuItemIds": ids[:: (-1) ** step]}))[0] for step in range(12)}

    async def cook() -> set[int]:
        answers = set()
        for step in range(24):
            url = f"{office.url}/kitchen/dish/{ids[step % 4]}"
            body = {"soldOut": step % 3 == 0}
            async with office.http.patch(url, json=body, headers=office.bearer) as answer:
                answers.add(answer.status)
        return answers

    async def load() -> None:
        """What kds menu load does with a file of the dishes as they are, from the last to the first."""
        connection = await connect_db()
        branch_id = UUID(office.branch_id)
        for step in range(12):
            async with connection.transaction():
                await connection.execute(sql.lock_menu, branch_id)
                rows = await connection.fetch(sql.read_managed_menu, branch_id)
                dishes = [
                    {
                        **{
                            column: row[column] for column in ("name", "section", "station", "allergens", "description")
                        },
                        "ids": [str(row["id"])],
                        "available": True,
                        "price_cents": step,
                        "modifiers": json.loads(row["modifiers"]),
                    }
                    for row in reversed(rows)
                ]
                await connection.execute(sql.load_menu, branch_id, json.dumps(dishes), True)
                await connection.execute(sql.lift_dishes, [row["id"] for row in rows])

    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        asked = [
            *(tasks.create_task(rename(who, number)) for number, who in enumerate((office, other))),
            tasks.create_task(put(other)),
            *(tasks.create_task(cook()) for _ in range(2)),
        ]
        tasks.create_task(load())
    # a machine under load may let somebody wait too long, who is told to come again
    assert [task.result() - {503} for task in asked] == [{200}] * 5
    assert await db.fetchval(deadlocks) == before
