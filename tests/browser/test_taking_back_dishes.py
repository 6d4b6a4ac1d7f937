"""Void, refire and cancel in the sheet of an order, with the reason in one press or without."""

from __future__ import annotations

from typing import Any

import asyncpg
from playwright.async_api import expect

from .conftest import Board, OpenBoard
from .customers import Customer


async def sheet_of(here: Board, number: int) -> Any:
    """Opens the sheet of the only order, that of this number."""
    await expect(here.page.locator(f'[data-number="{number}"]').first).to_be_visible()
    await here.page.keyboard.press("Escape")
    await here.page.keyboard.press("d")
    sheet = here.page.locator(".order-sheet[open]")
    await expect(sheet).to_be_visible()
    return sheet


async def test_a_finger_takes_back_a_dish_has_one_cooked_again_and_cancels_the_order(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any]
) -> None:
    dishes = await customer.dishes(2)
    placed = await customer.order(dishes)
    here = await open_board(server.url)
    why = here.page.locator(".reason-dialog[open]")

    sheet = await sheet_of(here, placed.number)
    await sheet.get_by_role("button", name=f"Void {dishes[0]['name']}").click()
    async with here.answered("/void"):
        await why.get_by_role("button", name="Mistake").click()
    await expect(sheet).to_have_count(0)
    await expect(here.dish(placed.number, dishes[0]["name"])).to_contain_text("VOID")
    assert await db.fetchval("SELECT void_reason::text FROM order_items WHERE voided") == "mistake"

    await here.dish(placed.number, dishes[1]["name"]).click()
    await expect(here.dish(placed.number, dishes[1]["name"])).to_contain_text("done")
    sheet = await sheet_of(here, placed.number)
    await sheet.get_by_role("button", name=f"Refire {dishes[1]['name']}").click()
    await why.get_by_role("button", name="No reason").click()
    await expect(here.ticket(placed.number)).to_contain_text("REFIRE")
    assert await db.fetchval("SELECT count(*) FROM order_items WHERE refire") == 1

    sheet = await sheet_of(here, placed.number)
    await expect(sheet).to_contain_text("Mistake")
    await sheet.get_by_role("button", name=f"Cancel {placed.number}").click()
    async with here.page.expect_response("**/status"):
        await why.get_by_role("button", name="Guest left").click()
    await expect(here.ticket(placed.number)).to_contain_text("Seen, take it off")
    assert await db.fetchval("SELECT cancel_reason::text FROM orders") == "guest_left"


async def test_keys_alone_take_a_dish_back_and_an_enter_too_many_takes_nothing_back(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any]
) -> None:
    dishes = await customer.dishes(1)
    placed = await customer.order(dishes)
    here = await open_board(server.url)
    press = here.page.keyboard.press
    sheet = await sheet_of(here, placed.number)
    await press("Enter")
    await expect(sheet).to_have_count(0)

    sheet = await sheet_of(here, placed.number)
    void = sheet.get_by_role("button", name=f"Void {dishes[0]['name']}")
    await press("ArrowUp")
    await expect(void).to_be_focused()
    await press("Enter")
    why = here.page.locator(".reason-dialog[open]")
    await expect(why).to_be_visible()
    await press("Enter")
    await expect(why).to_have_count(0)
    await expect(void).to_be_focused()
    assert await db.fetchval("SELECT count(*) FROM order_items WHERE voided") == 0

    await press("Enter")
    async with here.page.expect_response("**/void"):
        await press("1")
    await expect(here.ticket(placed.number)).to_contain_text("VOID")
    assert await db.fetchval("SELECT void_reason::text FROM order_items") == "sold_out"
