"""A board without its network: what it shows, what it keeps, what it sends when the network is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from tests.faults.proxy import Proxy

from .conftest import OpenBoard, Troubles, eventually
from .customers import Customer

LINE_NOISE = ("WebSocket connection", "ERR_", "Failed to load resource", "service worker")


@pytest.fixture
async def network(server: Any) -> AsyncIterator[tuple[Proxy, str]]:
    """A network in front of the server, and the URL through it."""
    proxy = Proxy(server.server.port)
    yield proxy, await proxy.start()
    await proxy.stop()


async def bumps(db: Any) -> int:
    """How many bumps the server has carried out."""
    return int(await db.fetchval("SELECT count(*) FROM kitchen_actions"))


async def test_five_bumps_made_offline_arrive_once_each_also_after_a_reload(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    proxy, url = network
    orders = [await customer.order(await customer.dishes(1)) for _ in range(5)]
    board = await open_board(url)
    page = board.page
    await expect(page.locator('.lanes .ticket[data-column="SENT"]')).to_have_count(5)
    await eventually(page, "navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    await board.sees_health("live")
    await eventually(page, "navigator.serviceWorker.controller !== null")
    await page.evaluate("dispatchEvent(new Event('pagehide'))")
    await page.context.set_offline(True)
    proxy.reset()
    proxy.black_hole()
    await board.sees_health("offline")
    for left in (4, 3, 2, 1, 0):
        await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await expect(page.locator('.lanes .ticket[data-column="SENT"]')).to_have_count(left)
    await expect(page.locator(".bar-waiting")).to_have_text("5 bumps waiting")
    await expect(board.ticket(orders[0].number)).to_contain_text("1 bump waiting")
    assert await bumps(db) == 0

    await page.reload()
    await board.sees_health("offline")
    await expect(page.locator(".health-banner")).to_contain_text("Tickets as at")
    await expect(page.locator('.pass-row[data-column="READY"]').first).to_be_visible()
    await expect(page.locator(".bar-waiting")).to_have_text("5 bumps waiting")

    proxy.heal()
    await page.context.set_offline(False)
    await board.sees_health("live")
    await expect(page.locator(".bar-waiting")).to_be_hidden()
    assert await bumps(db) == 5
    assert await db.fetchval("SELECT count(*) FROM orders WHERE status = 'READY'") == 5
    await page.reload()
    await board.sees_health("live")
    assert await bumps(db) == 5


async def test_a_bump_whose_answer_was_lost_is_done_once_and_a_recall_in_between_stays(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, server: Any, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    _, url = network
    order = await customer.order(await customer.dishes(1))
    here, there = await open_board(url), await open_board(server.url)
    await here.page.route("**/status", _lose_the_answer_once())
    await here.bump(order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()
    await there.ticket(order.number, "READY").locator(".pass-body").click()
    await there.page.get_by_role("button", name=f"Recall {order.number}").click()
    await expect(there.ticket(order.number, "SENT")).to_contain_text("RECALLED")
    await expect(here.ticket(order.number, "SENT")).to_contain_text("RECALLED")
    await eventually(here.page, "Object.keys(localStorage).every((key) => !key.startsWith('kds.waiting.'))")
    assert await db.fetchval("SELECT status::text FROM orders") == "SENT"
    assert await bumps(db) == 2


def _lose_the_answer_once() -> Any:
    lost = False

    async def handle(route: Any) -> None:
        nonlocal lost
        if lost:
            await route.continue_()
            return
        lost = True
        await route.fetch()
        await route.abort()

    return handle


async def test_a_conflict_after_the_break_is_told_in_words(
    network: tuple[Proxy, str], customer: Customer, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    proxy, url = network
    order = await customer.order(await customer.dishes(1))
    board = await open_board(url)
    await expect(board.ticket(order.number)).to_be_visible()
    await board.page.context.set_offline(True)
    proxy.reset()
    await board.sees_health("offline")
    await board.bump(order.number)
    await db.execute("UPDATE orders SET status = 'READY'")
    await db.execute("UPDATE orders SET status = 'COMPLETED'")
    await board.page.context.set_offline(False)
    await expect(board.page.locator(".notice")).to_contain_text("somebody was faster")
    await expect(board.completed(order.number)).to_be_visible()


async def test_what_the_device_keeps_goes_when_somebody_signs_out(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    await expect(board.page.locator(".ticket").first).to_be_visible()
    await board.page.evaluate("dispatchEvent(new Event('pagehide'))")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('kds.board.')).length"
    assert await board.page.evaluate(kept) == 1
    await board.page.keyboard.press("o")
    await board.page.get_by_role("button", name="Sign out").click()
    await expect(board.page.get_by_label("Password")).to_be_visible()
    assert await board.page.evaluate(kept) == 0
