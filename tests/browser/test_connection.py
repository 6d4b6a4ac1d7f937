"""Honesty about the line: a dead, frozen or restarted server is shown, tickets stay, and the board heals itself."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession
from playwright.async_api import expect

from .conftest import OpenBoard, OpenPage, Troubles, eventually
from .customers import Customer

StartServer = Callable[..., Awaitable[Any]]
LINE_NOISE = ("WebSocket connection", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
COUNT_SOCKETS = """
globalThis.sockets = [];
const Real = WebSocket;
globalThis.WebSocket = class extends Real {
  constructor(...told) {
    super(...told);
    globalThis.sockets.push(this);
  }
};
"""
SHOW_TOKENS_AS_A_DAY_OLD = """
const realAtob = atob;
globalThis.atob = (text) => {
  const claims = JSON.parse(realAtob(text));
  return JSON.stringify({ ...claims, iat: claims.iat - 86_400 });
};
"""


async def test_a_killed_server_is_shown_as_offline_and_the_board_heals_without_a_reload(
    serve_process: StartServer, branch_id: str, http: ClientSession, open_board: OpenBoard, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    first = await serve_process()
    customer = Customer(http, first.url, branch_id)
    before = await customer.order(await customer.dishes(1))
    board = await open_board(first.url)
    await expect(board.ticket(before.number)).to_be_visible()

    await first.stop(signal.SIGKILL)
    await board.sees_health("offline")
    await expect(board.page.locator(".health-banner")).to_contain_text("New orders cannot reach this screen.")
    await expect(board.ticket(before.number)).to_be_visible()

    await serve_process(port=urlsplit(first.url).port)
    after = await customer.order(await customer.dishes(1))
    await board.sees_health("live")
    await expect(board.ticket(after.number)).to_be_visible()
    await expect(board.page.locator(".health-banner")).to_be_hidden()


async def test_a_silent_server_is_not_believed(
    serve_process: StartServer, branch_id: str, http: ClientSession, open_board: OpenBoard, troubles: Troubles
) -> None:
    troubles.forgive(*LINE_NOISE)
    running = await serve_process()
    board = await open_board(running.url)
    running.process.send_signal(signal.SIGSTOP)
    await board.sees_health("offline")
    running.process.send_signal(signal.SIGCONT)
    await board.sees_health("live")
    customer = Customer(http, running.url, branch_id)
    order = await customer.order(await customer.dishes(1))
    await expect(board.ticket(order.number)).to_be_visible()


async def test_a_tracking_phone_heals_by_itself(
    serve_process: StartServer, branch_id: str, http: ClientSession, open_page: OpenPage, troubles: Troubles, db: Any
) -> None:
    troubles.forgive(*LINE_NOISE)
    first = await serve_process()
    customer = Customer(http, first.url, branch_id)
    order = await customer.order(await customer.dishes(1))
    phone = await open_page(f"{first.url}/track/{order.order_id}?token={order.token}", width=360, height=740)
    await expect(phone.locator(".track-live")).to_contain_text("Live")
    await first.stop(signal.SIGKILL)
    await expect(phone.locator(".track-live")).to_contain_text("Not up to date")
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", order.order_id)
    await serve_process(port=urlsplit(first.url).port)
    await expect(phone.locator(".track-big")).to_have_text("Ready", timeout=20_000)
    await expect(phone.locator(".track-live")).to_contain_text("Live")


async def test_a_renewed_token_takes_over_on_a_second_socket_and_nothing_is_missed(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    board = await open_board(server.url)
    await board.page.add_init_script(COUNT_SOCKETS)
    await board.page.add_init_script(SHOW_TOKENS_AS_A_DAY_OLD)
    before = await board.page.evaluate("localStorage.getItem('kds.session')")
    await board.page.reload()
    await eventually(board.page, "sockets.length === 2 && sockets[0].readyState === WebSocket.CLOSED")
    assert await board.page.evaluate("localStorage.getItem('kds.session')") != before
    await board.sees_health("live")
    order = await customer.order(await customer.dishes(1))
    await expect(board.ticket(order.number)).to_be_visible()
    assert await board.page.evaluate("sockets.length") == 2
