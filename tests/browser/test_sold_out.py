"""86 from the board: two presses, by finger and by keys; other boards and the guest's basket follow at once."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Browser, Locator, expect

from .conftest import Board, OpenBoard, OpenPage, Troubles
from .customers import Customer
from .first_sight import keep_first, keep_press, kept

JSON = dict[str, Any]
BACK = "SELECT extract(epoch FROM back_at - now()) / 60 FROM dish_stock WHERE name = $1"


def list_of(here: Board) -> Locator:
    """The open list of dishes."""
    return here.page.locator(".stock-dialog[open]")


def row(here: Board, name: str) -> Locator:
    """One dish of the open list."""
    return list_of(here).locator(".stock-item", has=here.page.get_by_text(name, exact=True))


async def press_dish(here: Board, name: str) -> None:
    """Presses a dish of the open list; the server has answered."""
    async with here.page.expect_response("**/kitchen/dish/*"):
        await row(here, name).locator(".stock-press").click()
    await expect(list_of(here)).to_have_count(0)


async def test_two_presses_sell_a_dish_of_the_ticket_out_and_one_takes_it_back(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any]
) -> None:
    dishes = await customer.dishes(9)
    await customer.order(dishes[:1], table="T1")
    placed = await customer.order([dishes[5], dishes[3]], table="T2")
    here = await open_board(server.url)
    await expect(here.ticket(placed.number)).to_be_visible()
    await here.page.keyboard.press("2")
    soon = here.page.locator(".sold-out-action")
    await soon.click()
    first = list_of(here).locator("section").first
    await expect(first).to_contain_text(f"{placed.number} T2")
    names = await first.locator("strong").all_inner_texts()
    assert set(names) == {dishes[3]["name"], dishes[5]["name"]}
    await press_dish(here, names[0])
    assert await db.fetchval("SELECT sold_out AND back_at IS NULL FROM dish_stock WHERE name = $1", names[0])
    await expect(here.page.locator(".notice")).to_contain_text(f"{names[0]}: sold out")
    sold_out = await db.fetchval("SELECT count(*) FROM dish_states WHERE is_sold_out")
    await expect(soon).to_have_text(f"K86{sold_out}")
    await expect(here.page.locator(".undo-action")).to_contain_text(names[0])
    async with here.page.expect_response("**/kitchen/dish/*"):
        await here.page.locator(".undo-action").click()
    assert await db.fetchval("SELECT count(*) FROM dish_stock") == 0
    await expect(here.page.locator(".notice")).to_contain_text("back on the menu")


async def test_keys_alone_sell_out_until_tomorrow_count_down_and_take_back(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any]
) -> None:
    dishes = await customer.dishes(2)
    placed = await customer.order(dishes)
    here = await open_board(server.url)
    await expect(here.ticket(placed.number)).to_be_visible()
    press = here.page.keyboard.press

    async def press_first(*keys: str) -> str:
        await press("1")
        await press("k")
        first = list_of(here).locator(".stock-item").first
        name = await first.locator("strong").inner_text()
        for key in keys:
            await press(key)
        async with here.page.expect_response("**/kitchen/dish/*"):
            await press("1")
        await expect(list_of(here)).to_have_count(0)
        return name

    name = await press_first("c")
    assert 0 < await db.fetchval(BACK, name) <= 24 * 60
    assert await press_first("c", "c") == name
    assert 58 < await db.fetchval(BACK, name) <= 60
    assert await press_first("+", "+", "+", "-") == name
    assert tuple(await db.fetchrow("SELECT sold_out, remaining, back_at FROM dish_stock")) == (False, 2, None)
    async with here.page.expect_response("**/kitchen/dish/*"):
        await press("r")
    assert 57 < await db.fetchval(BACK, name) <= 60  # as it was before
    assert await db.fetchval("SELECT sold_out FROM dish_stock")

    await press("k")
    await press("Enter")  # one too many
    await expect(list_of(here)).to_have_count(0)
    await press("k")
    await press("ArrowUp")
    last = list_of(here).locator(".stock-item").last
    await expect(last.locator(".stock-press")).to_be_focused()
    await press("k")
    await expect(list_of(here)).to_have_count(0)
    await press("k")
    lift = row(here, name).get_by_role("button", name=f"Lift {name}")
    for _ in range(40):
        if await lift.evaluate("(node) => node === document.activeElement"):
            break
        await press("ArrowDown")
    await expect(lift).to_be_focused()
    async with here.page.expect_response("**/kitchen/dish/*"):
        await press("Enter")
    assert await db.fetchval("SELECT count(*) FROM dish_stock") == 0


@pytest.mark.parametrize("typed", ["\u0661\u0662", "\u06f1\u06f2", "\uff11\uff12"])
async def test_portions_left_are_typed_in_the_digits_of_any_keyboard(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any], typed: str
) -> None:
    name = (await customer.dishes(1))[0]["name"]
    here = await open_board(server.url)
    await here.page.keyboard.press("k")
    left = list_of(here).locator(".stock-left")
    await left.fill(typed)
    await expect(left).to_have_value("12")
    await press_dish(here, name)
    assert tuple(await db.fetchrow("SELECT sold_out, remaining FROM dish_stock")) == (False, 12)


async def test_other_boards_and_the_basket_of_a_guest_know_within_a_second(
    server: Any, customer: Customer, open_board: OpenBoard, open_page: OpenPage, db: asyncpg.Connection[Any]
) -> None:
    dish, counted = (await customer.dishes(2))[:2]
    here, other = await open_board(server.url), await open_board(server.url)
    guest = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", width=390, height=844)
    card = guest.locator(".dish-card", has=guest.get_by_text(dish["name"], exact=True))
    await card.locator(".plus").click()
    await guest.locator("dialog[open] .sheet-foot .main-button").click()
    await expect(guest.locator(".basket-word")).to_have_text("View basket")
    await other.page.keyboard.press("k")
    await expect(row(other, dish["name"])).not_to_have_attribute("data-out", "")

    await here.page.locator(".sold-out-action").click()
    await expect(row(here, dish["name"])).to_be_visible()
    name, words = json.dumps(dish["name"]), json.dumps(f"taken from your basket: {dish['name']}")
    out = "[...document.querySelectorAll(\".stock-dialog[open] .stock-item[data-out=''] strong\")]"
    await keep_first(other.page, "toldAt", f"{out}.some((node) => node.textContent === {name})")
    alerts = "[...document.querySelectorAll('[role=alert]')].filter((node) => node.getClientRects().length > 0)"
    said = f"{alerts}.some((node) => node.textContent.includes({words}))"
    empty = "document.querySelector('.basket-word').textContent === 'Your basket is empty'"
    await keep_first(guest, "toldAt", f"{said} && {empty}")
    await keep_press(here.page)
    await row(here, dish["name"]).locator(".stock-press").click()
    await expect(row(other, dish["name"])).to_have_attribute("data-out", "")
    await expect(guest.get_by_role("alert").filter(has_text=f"taken from your basket: {dish['name']}")).to_be_visible()
    await expect(guest.locator(".basket-word")).to_have_text("Your basket is empty")
    pressed_at = await kept(here.page, "pressedAt")
    for page in (other.page, guest):
        assert 0 <= await kept(page, "toldAt") - pressed_at < 1_000
    await expect(card.locator(".plus")).to_be_hidden()

    await here.page.keyboard.press("k")
    await here.page.keyboard.press("+")
    await press_dish(here, counted["name"])
    await expect(row(other, counted["name"])).to_contain_text("1 left")
    await customer.order([counted])
    await expect(row(other, counted["name"])).to_contain_text("Sold out")
    await row(other, dish["name"]).get_by_role("button", name=f"Lift {dish['name']}").click()
    await expect(card.locator(".plus")).to_be_visible()


async def test_what_orders_take_of_a_count_is_seen_in_an_open_list(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any]
) -> None:
    (dish,) = await customer.dishes(1)
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1::uuid, 7)", dish["menuItemId"])
    here = await open_board(server.url)
    await here.page.keyboard.press("k")
    await expect(row(here, dish["name"])).to_contain_text("7 left")
    await customer.order([dish])
    await expect(row(here, dish["name"])).to_contain_text("6 left")
    # another board counts anew: what is left crosses no zero, and is told all the same
    other = await open_board(server.url)
    await other.page.keyboard.press("k")
    await list_of(other).locator(".stock-left").fill("5")
    await press_dish(other, dish["name"])
    await expect(row(here, dish["name"])).to_contain_text("5 left")


async def test_the_sheet_of_an_order_leads_to_its_dishes_and_more_to_all(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    dishes = await customer.dishes(9)
    placed = await customer.order(dishes[7:8])
    here = await open_board(server.url, width=390, height=844)
    await expect(here.ticket(placed.number)).to_be_visible()
    await here.page.keyboard.press("d")
    await here.page.locator(".order-sheet[open]").get_by_role("button", name="Sold out (86)").click()
    await expect(here.page.locator(".order-sheet[open]")).to_have_count(0)
    await expect(list_of(here).locator("section").first).to_contain_text(dishes[7]["name"])
    await press_dish(here, dishes[7]["name"])
    await here.page.locator(".more-action").click()
    await here.page.locator(".more-dialog[open]").get_by_role("button", name="Sold out (86)").click()
    await expect(list_of(here).locator("section").first).to_contain_text("Sold out or counted")
    await list_of(here).locator(".stock-search").fill(dishes[7]["name"].upper()[:6])
    await expect(row(here, dishes[7]["name"])).to_contain_text("Sold out")
    await list_of(here).locator(".stock-search").fill("no such dish")
    await expect(list_of(here).locator(".stock-item")).to_have_count(0)
    await expect(list_of(here).get_by_role("status")).to_have_text("No dish matches your search.")


async def test_a_press_without_a_network_is_kept_and_sent_when_there_is_one(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any], troubles: Troubles
) -> None:
    (dish,) = await customer.dishes(1)
    here = await open_board(server.url)
    await here.page.keyboard.press("k")
    await expect(row(here, dish["name"])).to_be_visible()
    troubles.forgive("ERR_INTERNET_DISCONNECTED", "WebSocket")
    await here.page.context.set_offline(True)
    await row(here, dish["name"]).locator(".stock-press").click()
    await here.page.keyboard.press("k")
    await expect(row(here, dish["name"])).to_contain_text("Sold out")
    await expect(here.page.locator(".bar-waiting")).to_be_attached()
    async with here.page.expect_response("**/kitchen/dish/*"):
        await here.page.context.set_offline(False)
    await expect(here.page.locator(".notice")).to_contain_text(f"{dish['name']}: sold out")
    assert await db.fetchval("SELECT sold_out FROM dish_stock")


async def test_a_dish_that_is_gone_is_told_in_the_words_of_the_board(
    server: Any, customer: Customer, open_board: OpenBoard, db: asyncpg.Connection[Any], troubles: Troubles
) -> None:
    (dish,) = await customer.dishes(1)
    here = await open_board(server.url)
    await here.page.keyboard.press("k")
    await expect(row(here, dish["name"])).to_be_visible()
    await here.page.route("**/kitchen/dishes", lambda route: route.abort())
    troubles.forgive("404", "ERR_FAILED")
    await db.execute("DELETE FROM menu_items WHERE id = $1::uuid", dish["menuItemId"])
    await press_dish(here, dish["name"])
    said = here.page.locator('.notice[data-tone="bad"]')
    await expect(said).to_have_text(f"{dish['name']}: sold out was not done. It is no longer there.")
    await expect(here.page.locator(".undo-action")).to_be_disabled()


async def test_who_may_not_sees_no_button(
    browser: Browser, server: Any, troubles: Troubles, open_board: OpenBoard, customer: Customer
) -> None:
    await customer.order(await customer.dishes(1))
    here = await open_board(server.url)
    troubles.forgive("403")
    refusal = {"error": {"code": "not_allowed", "message": "no"}}
    await here.page.route("**/kitchen/dishes", lambda route: route.fulfill(status=403, json=refusal))
    async with here.page.expect_response("**/kitchen/dishes"):
        await here.page.reload()
    await here.sees_health("live")
    await expect(here.page.locator(".sold-out-action")).to_be_hidden()
    await here.page.keyboard.press(".")
    await expect(here.page.locator(".more-dialog[open]")).to_be_visible()
    await expect(here.page.locator("[data-action='soldOut']")).to_be_hidden()
    await here.page.keyboard.press("Escape")
    await here.page.keyboard.press("d")
    sheet = here.page.locator(".order-sheet[open]")
    await expect(sheet.get_by_role("button", name="Cancel")).to_be_visible()
    await expect(sheet.get_by_role("button", name="Sold out (86)")).to_have_count(0)
    await here.page.keyboard.press("Escape")
    await here.page.keyboard.press("k")
    await here.painted()
    await expect(list_of(here)).to_have_count(0)
