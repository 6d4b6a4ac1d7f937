"""The promise of the product in one test: an order is placed, every screen shows it, and it moves for everybody."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from .conftest import OpenBoard, OpenPage


async def test_an_order_from_a_phone_is_seen_on_two_boards_and_moves_without_a_reload(
    server: Any, open_board: OpenBoard, open_page: OpenPage
) -> None:
    grill = await open_board(server.url)
    passes = await open_board(server.url)
    phone = await open_page(f"{server.url}/order/{server.branch_id}?table=T7", width=360, height=740)

    await phone.locator(".dish-card .plus").first.click()
    add = phone.locator("dialog[open] .sheet-foot .main-button")
    if await add.is_visible():
        await add.click()
    await phone.get_by_role("button", name="View basket").click()
    await phone.get_by_role("button", name="Place order").click()
    await phone.wait_for_url("**/track/**")
    title = phone.locator(".phone-title h1")
    await expect(title).to_contain_text("Order ")
    number = int((await title.inner_text()).removeprefix("Order "))

    await expect(grill.ticket(number, "SENT")).to_be_visible()
    await expect(passes.ticket(number, "SENT")).to_contain_text("T7")
    await expect(phone.locator(".track-big")).to_have_text("Cooking")

    await grill.bump(number)
    await expect(grill.ticket(number, "READY")).to_be_visible()
    await expect(passes.ticket(number, "READY")).to_be_visible()
    await expect(phone.locator(".track-big")).to_have_text("Ready")

    await passes.bump(number)
    await expect(passes.completed(number)).to_be_visible()
    await expect(grill.completed(number)).to_be_visible()
    await expect(phone.locator(".track-big")).to_have_text("Served")
