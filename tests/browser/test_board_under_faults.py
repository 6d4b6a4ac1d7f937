"""A real board under the faults of a kitchen: stale while they last, right afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from tests.faults.proxy import Proxy
from tests.patience import eventually as holds

from .conftest import Board, OpenBoard, Troubles
from .customers import Customer

LINE_NOISE = ("WebSocket connection", "ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INTERNET_DISCONNECTED")
SHIFTED_CLOCK = """
globalThis.clockShiftMs = 3_600_000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [RealDate.now() + globalThis.clockShiftMs]));
  }
  static now() {
    return RealDate.now() + globalThis.clockShiftMs;
  }
};
"""


@pytest.fixture
async def network(server: Any) -> AsyncIterator[tuple[Proxy, str]]:
    """A network in front of the server, and the URL through it."""
    proxy = Proxy(server.server.port)
    yield proxy, await proxy.start()
    await proxy.stop()


async def shows_what_the_database_holds(board: Board, db: Any) -> None:
    """Waits until the open tickets on the board are the open orders of the database."""

    async def agrees() -> bool:
        tickets = board.page.locator(".lanes .ticket, .pass-row")
        shown = await tickets.evaluate_all(
            "all => all.map((one) => `${one.dataset.number} ${one.dataset.column ?? 'READY'}`)"
        )
        rows = await db.fetch(
            "SELECT order_number || ' ' || status AS line FROM orders WHERE status IN ('SENT', 'READY')"
        )
        return set(shown) == {row["line"] for row in rows}

    await holds(agrees, within_s=30)


async def test_a_swallowing_network_is_noticed_and_healed(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    proxy, url = network
    order = await customer.order(await customer.dishes(1))
    board = await open_board(url)
    await shows_what_the_database_holds(board, db)
    proxy.black_hole()
    await board.sees_health("offline")
    await expect(board.ticket(order.number)).to_be_visible()
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", order.order_id)
    await customer.order(await customer.dishes(2))
    proxy.heal()
    await board.sees_health("live")
    await shows_what_the_database_holds(board, db)


async def test_resets_and_a_slow_sliced_network_change_nothing(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    proxy, url = network
    board = await open_board(url)
    proxy.latency_s, proxy.slice_bytes = 0.05, 50
    for _ in range(3):
        await customer.order(await customer.dishes(1))
        proxy.reset()
    await board.sees_health("live")
    await shows_what_the_database_holds(board, db)


async def test_a_browser_that_is_offline_for_a_while_catches_up(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    proxy, url = network
    board = await open_board(url)
    await board.page.context.set_offline(True)
    proxy.reset()
    await board.sees_health("offline")
    await customer.order(await customer.dishes(1))
    await board.page.context.set_offline(False)
    await board.sees_health("live")
    await shows_what_the_database_holds(board, db)


async def test_a_tab_that_was_frozen_in_the_background_catches_up(
    server: Any, customer: Customer, open_board: OpenBoard, db: Any
) -> None:
    board = await open_board(server.url)
    devtools = await board.page.context.new_cdp_session(board.page)
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    first = await customer.order(await customer.dishes(1))
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", first.order_id)
    await customer.order(await customer.dishes(1))
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await board.sees_health("live")
    await shows_what_the_database_holds(board, db)


async def test_ages_are_the_servers_whatever_the_clock_of_the_screen_says(
    server: Any, customer: Customer, open_board: OpenBoard, db: Any
) -> None:
    order = await customer.order(await customer.dishes(1))
    await db.execute("UPDATE orders SET placed_at = now() - interval '100 s'")
    await db.execute("UPDATE kots SET sent_at = now() - interval '100 s'")
    board = await open_board(server.url)
    await board.page.add_init_script(SHIFTED_CLOCK)
    await board.page.reload()
    await board.sees_health("live")

    async def age_s() -> int:
        return int(await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp() - placed_at)) FROM orders"))

    async def is_right() -> bool:
        before_s = await age_s()
        text = await board.ticket(order.number).locator(".head").inner_text()
        after_s = await age_s()
        shown = re.search(r"(\d+):(\d\d)", text)
        return shown is not None and before_s - 2 <= int(shown[1]) * 60 + int(shown[2]) <= after_s + 2

    await holds(is_right)
    for shift_ms in (0, -300_000, 300_000):
        await board.page.evaluate(f"globalThis.clockShiftMs = {shift_ms}")
        await asyncio.sleep(1)  # the promise: right within a second
        assert await is_right()
