"""The board's first load: the orders are asked for while the modules that show them are on their way."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Route, WebSocket, expect

from tests.conftest import JWT_SECRET, RunningServer
from tests.looks.kitchen import Kitchen
from tests.looks.rules import device_of
from tests.looks.scenes import LARGE, Scene
from tests.orders import place


async def test_the_board_is_asked_for_while_its_modules_are_on_their_way(
    server: RunningServer, browser: Browser, db: Any, branch_id: str
) -> None:
    await place(db, branch_id)
    context = await browser.new_context(service_workers="block")
    device = device_of(Scene("early", "", LARGE, {}), Kitchen(branch_id=UUID(branch_id)), JWT_SECRET)
    await context.add_init_script(device)
    page = await context.new_page()
    sockets: list[WebSocket] = []
    has_board = asyncio.Event()

    def hear(text: str | bytes) -> None:
        if '"SNAPSHOT"' in str(text):
            has_board.set()

    def watch(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("framereceived", hear)

    async def hold(route: Route) -> None:
        await has_board.wait()
        await route.continue_()

    page.on("websocket", watch)
    await page.route("**/board-screen.js", hold)
    await page.goto(f"{server.url}/kitchen")
    await expect(page.locator(".ticket").first).to_be_visible()
    await expect(page.locator(".health-box")).to_have_attribute("data-phase", "live")
    assert len(sockets) == 1
    await page.reload()  # what was kept is shown, and the one socket resumes from it
    await expect(page.locator(".health-box")).to_have_attribute("data-phase", "live")
    assert len(sockets) == 2
    await context.close()
