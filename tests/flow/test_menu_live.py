"""The menu's socket: what sells out is known to open order pages at once, whoever wrote it, and after any break."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError

from kds.domain.links import Links
from kds.guests.menu.changes import MenuPublisher
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch
from tests.patience import eventually


async def _message(page: ClientWebSocketResponse) -> dict[str, Any]:
    while True:
        body: dict[str, Any] = await page.receive_json(timeout=10)
        if body["type"] != "HEARTBEAT":
            return body


def _live(http: ClientSession, server: RunningServer, version: str = "") -> Any:
    return http.ws_connect(f"{server.url}/public/branches/{server.branch_id}/menu/live", params={"version": version})


async def _menu(http: ClientSession, server: RunningServer, **query: str) -> dict[str, Any]:
    async with http.get(f"{server.url}/public/branches/{server.branch_id}/menu", params=query) as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
        return body


async def test_a_page_that_is_up_to_date_is_sent_no_menu_until_one_changes(
    http: ClientSession, server: RunningServer, db: Any
) -> None:
    menu = await _menu(http, server)
    async with _live(http, server, menu["version"]) as page:
        hello = await _message(page)
        assert (hello["type"], hello["version"]) == ("HELLO", menu["version"])
        dish = menu["items"][0]["menuItemId"]
        await db.execute("UPDATE menu_items SET available = false WHERE id = $1::uuid", dish)
        changed_at = time.monotonic()
        news = await _message(page)
        assert time.monotonic() - changed_at < 1
    assert (news["type"], news["items"][0]["available"]) == ("MENU", False)
    answer = await _menu(http, server)
    assert news["readAt"] <= answer.pop("readAt")  # somebody else may have written in between
    assert {name: news[name] for name in news if name not in {"type", "revision", "readAt"}} == answer


async def test_a_page_that_is_behind_gets_the_menu_at_once(http: ClientSession, server: RunningServer) -> None:
    async with _live(http, server, "an old one") as page:
        assert [(await _message(page))["type"] for _ in range(2)] == ["HELLO", "MENU"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE menu_items SET price_cents = price_cents + 1",
        "INSERT INTO menu_items (branch_id, name, price_cents) SELECT id, 'New dish', 1 FROM branches",
        "DELETE FROM menu_items WHERE position = 1",
        "TRUNCATE menu_items CASCADE",  # what is left of them goes along, dish_stock
    ],
)
async def test_every_change_of_a_menu_is_one_message(
    http: ClientSession, server: RunningServer, db: Any, statement: str
) -> None:
    version = (await _menu(http, server))["version"]
    async with _live(http, server, version) as page:
        await _message(page)
        await db.execute(statement)
        news = await _message(page)
        assert news["version"] == (await _menu(http, server))["version"] != version


async def test_another_branchs_menu_is_not_heard(http: ClientSession, server: RunningServer, db: Any) -> None:
    elsewhere = await add_branch(db)
    async with _live(http, server, (await _menu(http, server))["version"]) as page:
        await _message(page)
        await db.execute("INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'x', 1)", elsewhere)
        await db.execute("UPDATE menu_items SET name = 'marker' WHERE branch_id = $1::uuid", server.branch_id)
        assert {item["name"] for item in (await _message(page))["items"]} == {"marker"}


async def test_a_change_while_the_link_was_down_is_told_when_it_is_back(
    http: ClientSession, server: RunningServer, db: Any
) -> None:
    async with _live(http, server, (await _menu(http, server))["version"]) as page:
        await _message(page)
        async with db.transaction():
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            await db.execute("UPDATE menu_items SET available = false")
        news = await _message(page)
        while any(item["available"] for item in news["items"]):
            news = await _message(page)


async def _is_read_after(menus: MenuPublisher, number: int) -> bool:
    return menus._number > number


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_change_that_is_announced_and_is_none_sends_nothing(
    http: ClientSession, server: RunningServer, db: Any, is_named: bool
) -> None:
    forged = json.dumps({"type": "MENU_CHANGED", **({"branchId": server.branch_id} if is_named else {})})
    menus = server.server.menus
    async with _live(http, server, (await _menu(http, server))["version"]) as page:
        await _message(page)
        await db.execute("UPDATE menu_items SET available = false")
        told = (await _message(page))["version"]
        for _ in range(3):
            before = menus._number
            await db.execute("SELECT pg_notify('kds_control', $1)", forged)
            await eventually(partial(_is_read_after, menus, before))
        await db.execute("UPDATE menu_items SET available = true")
        news = await _message(page)
        assert news["version"] == (await _menu(http, server))["version"] != told


async def test_nobody_else_can_say_that_everything_may_have_been_missed(
    server: RunningServer, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(server.server.relay, "_tell_controls", lambda kind, _branch_id: heard.append(kind))
    for payload in ("{}", '{"type":""}', '{"type":"CLOCK"}'):
        await db.execute("SELECT pg_notify('kds_control', $1)", payload)
    await eventually(lambda: asyncio.sleep(0, "CLOCK" in heard))
    assert heard == ["CLOCK"]


async def test_a_socket_of_no_restaurant_is_refused(http: ClientSession, server: RunningServer) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(f"{server.url}/public/branches/{uuid4()}/menu/live")
    assert refused.value.status == 404


async def test_the_menu_tells_whether_the_table_of_a_link_counts(
    http: ClientSession, server: RunningServer, db: Any
) -> None:
    signed = Links(JWT_SECRET).table_token(UUID(server.branch_id), "T1")

    async def accepted(table: str, token: str) -> bool:
        return bool((await _menu(http, server, table=table, tableToken=token))["tableAccepted"])

    assert [await accepted("T1", ""), await accepted("T1", signed), await accepted("T2", signed)] == [True, True, False]
    await db.execute("UPDATE branches SET requires_table_token = true")
    assert [await accepted("T1", ""), await accepted("T1", signed), await accepted("T2", signed)] == [
        False,
        True,
        False,
    ]
    assert "tableAccepted" not in await _menu(http, server)


async def test_of_two_readings_the_one_that_saw_more_has_the_higher_number(
    http: ClientSession, server: RunningServer, start_server: Any, db: Any, connect_db: Any, branch_id: str
) -> None:
    other = await start_server()

    async def read(url: str) -> int:
        async with http.get(f"{url}/public/branches/{branch_id}/menu") as answer:
            return int((await answer.json())["readAt"])

    late = await connect_db()
    await late.execute("BEGIN; UPDATE menu_items SET price_cents = price_cents + 1")
    await db.execute("UPDATE branches SET locality = 'elsewhere'")  # younger, and committed before it
    numbers = [await read(server.url), await read(other.url)]
    await late.execute("COMMIT")
    numbers += [await read(server.url), await read(other.url)]
    assert numbers == sorted(numbers) and numbers[1] < numbers[2], numbers
