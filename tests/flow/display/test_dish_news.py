"""Screens that ask for it are told when the dishes of their branch are to be read anew; nobody else is."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.display.boards import OpenScreen, greeted
from tests.orders import add_branch, place
from tests.screen import open_screen, token_for

LIVE = {"since": 0, "dishes": "live"}


@pytest.fixture
async def dish(db: Any, branch_id: str) -> UUID:
    """A dish of the branch."""
    found: UUID = await db.fetchval("SELECT id FROM menu_items WHERE branch_id = $1 LIMIT 1", UUID(branch_id))
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO dish_stock (menu_item_id, sold_out) VALUES ($1, true)",
        "INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1, 7)",
        "UPDATE menu_items SET name = 'Another name' WHERE id = $1",
    ],
)
async def test_a_screen_hears_within_a_second_whoever_wrote_it(
    screen: OpenScreen, db: Any, dish: UUID, statement: str
) -> None:
    async with screen(**LIVE) as board:
        await greeted(board)
        await db.execute(statement, dish)
        changed_at = time.monotonic()
        assert await board.next() == {"type": "DISHES_CHANGED"}
        assert time.monotonic() - changed_at < 1


async def test_who_did_not_ask_and_who_is_of_another_branch_hears_of_no_dish(
    http: ClientSession, server: RunningServer, screen: OpenScreen, db: Any, branch_id: str, dish: UUID
) -> None:
    elsewhere = await add_branch(db)
    token = token_for(JWT_SECRET, elsewhere)
    async with (
        screen(since=0) as silent,
        screen(dishes="live") as plain,
        screen(**LIVE) as told,
        open_screen(http, server.url, token, **LIVE) as far,
    ):
        for board in (silent, told, far):
            await greeted(board)
        await db.execute("INSERT INTO dish_stock (menu_item_id, sold_out) VALUES ($1, true)", dish)
        assert (await told.next())["type"] == "DISHES_CHANGED"
        order_id = str(await place(db, branch_id))
        assert [(await board.next())["orderId"] for board in (silent, plain, told)] == [order_id] * 3
        order_id = str(await place(db, elsewhere))
        assert (await far.next())["orderId"] == order_id


async def test_of_many_changes_at_once_a_screen_is_told_a_few_times_and_once_after_the_last(
    http: ClientSession, server: RunningServer, screen: OpenScreen, db: Any, dish: UUID, token: str
) -> None:
    async with screen(**LIVE) as board:
        await greeted(board)
        for left in range(1, 101):
            await db.execute(
                "INSERT INTO dish_stock (menu_item_id, remaining, back_at) VALUES ($1, $2, now() + interval '1 h')"
                " ON CONFLICT (menu_item_id) DO UPDATE SET remaining = $2, back_at = excluded.back_at",
                dish,
                left,
            )
        told = 0
        headers = {"Authorization": f"Bearer {token}"}
        async with asyncio.timeout(10):
            remaining = None
            while remaining != 100:
                assert (await board.next())["type"] == "DISHES_CHANGED"
                told += 1
                async with http.get(f"{server.url}/kitchen/dishes", headers=headers) as answer:
                    dishes = {each["menuItemId"]: each for each in (await answer.json())["dishes"]}
                remaining = dishes[str(dish)]["remaining"]
    assert told < 50


async def test_a_change_while_the_link_was_down_is_told_when_it_is_back(
    server: RunningServer, screen: OpenScreen, db: Any, dish: UUID
) -> None:
    async with screen(**LIVE) as board:
        await greeted(board)
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'")
        await db.execute("INSERT INTO dish_stock (menu_item_id, sold_out) VALUES ($1, true)", dish)
        assert (await board.next())["type"] == "DISHES_CHANGED"
