"""The order and track pages on a phone: one order however often an answer is lost, honest words, no sideways scroll."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import OpenBoard, OpenPage, Troubles
from .customers import Customer

PHONE = {"width": 360, "height": 740}


async def _fill_basket(page: Page) -> None:
    await page.locator(".dish-card .plus").first.click()
    add = page.locator("dialog[open] .sheet-foot .main-button")
    if await add.is_visible():
        await add.click()
    await page.get_by_role("button", name="View basket").click()


async def test_a_lost_answer_tried_again_makes_one_order(
    server: Any, open_page: OpenPage, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    lost = 0

    async def lose_two_answers(route: Any) -> None:
        nonlocal lost
        if lost == 2:
            await route.continue_()
            return
        lost += 1
        await route.fetch()
        await route.abort()

    await page.route("**/public/order/place", lose_two_answers)
    await _fill_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    assert lost == 2
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


async def test_an_order_without_an_answer_is_asked_for_again_after_a_reload(
    server: Any, open_page: OpenPage, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)

    async def lose_the_answer(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/public/order/place", lose_the_answer)
    await _fill_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("button", name="Sending your order")).to_be_disabled()
    await expect(page.get_by_role("alert")).to_contain_text(
        "It will not be ordered twice", ignore_case=True, timeout=20_000
    )
    await page.unroute("**/public/order/place")
    await page.reload()
    await page.wait_for_url("**/track/**")
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


async def test_a_sold_out_dish_is_shown_without_a_button(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    [dish] = await customer.dishes(1)
    await db.execute("UPDATE menu_items SET available = false WHERE id = $1::uuid", dish["menuItemId"])
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    card = page.locator(".dish-card", has_text=dish["name"]).first
    await expect(card).to_contain_text("Sold out")
    await expect(card.locator(".plus")).to_be_hidden()


async def test_a_dish_that_sold_out_meanwhile_is_named_and_leaves_the_basket(
    server: Any, open_page: OpenPage, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("422")
    page = await open_page("about:blank", **PHONE)
    await page.route_web_socket("**/menu/live*", lambda _: None)  # so that only the order itself tells
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await _fill_basket(page)
    await db.execute("UPDATE menu_items SET available = false")
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("alert")).to_contain_text("taken from your basket")
    await expect(page.locator(".basket-line")).to_have_count(0)
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


async def test_a_basket_holds_no_more_of_a_dish_than_is_left_and_says_so_before_it_is_ordered(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    [dish] = await customer.dishes(1)
    await db.execute("UPDATE menu_items SET modifiers = '[]'")
    await db.execute("INSERT INTO dish_stock (menu_item_id, remaining) VALUES ($1::uuid, 3)", dish["menuItemId"])
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    card = page.locator(".dish-card", has_text=dish["name"]).first
    await expect(card).to_contain_text("Only 3 left")
    await card.locator(".plus").click()
    more = card.get_by_role("button", name="One more")
    for _ in range(3):
        await more.click()
    await expect(card.locator(".stepper-count")).to_have_text("3")
    await expect(page.get_by_role("alert")).to_contain_text(f"Only 3 of {dish['name']} left")
    await db.execute("UPDATE dish_stock SET remaining = 2")  # tells no page: only the last one that goes does
    await page.get_by_role("button", name="View basket").click()
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"Only 2 of {dish['name']} left")
    await expect(page.locator(".basket-line .stepper-count")).to_have_text("2")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    assert await db.fetchval("SELECT remaining FROM dish_stock") == 0


async def test_a_search_shows_only_what_matches(server: Any, customer: Customer, open_page: OpenPage) -> None:
    [dish] = await customer.dishes(1)
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await page.get_by_label("Search the menu").fill(dish["name"].upper())
    await expect(page.locator(".dish-card", has_text=dish["name"]).first).to_be_visible()
    await page.get_by_label("Search the menu").fill("no such dish anywhere")
    await expect(page.locator(".menu-hint")).to_have_text("No dish matches your search.")


async def test_a_takeaway_needs_a_name_to_call(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/order/{server.branch_id}", **PHONE)
    await _fill_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("alert")).to_contain_text("type your name")
    await page.get_by_label("Your name").fill("Ana")
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".chip-table")).to_have_text("Ana")


async def test_an_allergy_chosen_on_the_phone_reaches_the_ticket(
    server: Any, open_page: OpenPage, open_board: OpenBoard
) -> None:
    board = await open_board(server.url)
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await page.get_by_role("button", name="Allergies").click()
    choice = page.locator("dialog[open] .modifier").first
    allergen = (await choice.inner_text()).removeprefix("No ").strip()
    await choice.click()
    await page.get_by_role("button", name="Show the menu").click()
    await _fill_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(board.page.locator(".lanes .allergy").first).to_have_text(f"ALLERGY: {allergen}")


@pytest.mark.parametrize("path", ["order/00000000-0000-4000-8000-000000000000", "order/nonsense"])
async def test_a_link_to_no_restaurant_says_so(server: Any, open_page: OpenPage, troubles: Troubles, path: str) -> None:
    troubles.forgive("404")
    page = await open_page(f"{server.url}/{path}", **PHONE)
    await expect(page.get_by_role("heading")).to_have_text("No such restaurant")


async def test_a_dead_tracking_link_says_so_in_plain_words(
    server: Any, customer: Customer, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("404")
    order = await customer.order(await customer.dishes(1))
    page = await open_page(f"{server.url}/track/{order.order_id}?token=forged", **PHONE)
    await expect(page.locator("main")).to_contain_text("This link does not work, or it has expired.")


async def test_the_track_page_shows_each_dish_and_that_it_is_live(
    server: Any, customer: Customer, open_page: OpenPage, open_board: OpenBoard
) -> None:
    mine, other = await customer.dishes(2)
    order = await customer.order([mine, other], table="T12")
    phone = await open_page(f"{server.url}/track/{order.order_id}?token={order.token}", **PHONE)
    await expect(phone.locator(".chip-table")).to_have_text("Table 12")
    await expect(phone.locator(".dishes-head")).to_have_text("0 of 2 dishes ready")
    await expect(phone.locator(".track-live")).to_contain_text("Live")
    board = await open_board(server.url)
    await board.page.get_by_role("button", name=mine["station"], exact=True).click()
    await board.bump(order.number)
    await expect(phone.locator(".dishes-head")).to_have_text("1 of 2 dishes ready")
    await expect(phone.locator(".track-dish", has_text=mine["name"])).to_contain_text("Ready")


async def test_no_page_scrolls_sideways_on_a_phone(
    server: Any, customer: Customer, open_page: OpenPage, open_board: OpenBoard
) -> None:
    order = await customer.order(
        await customer.dishes(3), table="W" * 40, note="n" * 200, orderType="takeaway", customerName="M" * 60
    )
    board = await open_board(server.url, **PHONE)
    await expect(board.ticket(order.number)).to_be_visible()
    pages = [
        board.page,
        await open_page(f"{server.url}/", **PHONE),
        await open_page(f"{server.url}/kitchen", **PHONE),
        await open_page(f"{server.url}/order/{server.branch_id}?table={'W' * 40}", **PHONE),
        await open_page(f"{server.url}/track/{order.order_id}?token={order.token}", **PHONE),
    ]
    await expect(pages[3].locator(".dish-card").first).to_be_visible()
    await expect(pages[4].locator(".track-dish").first).to_be_visible()
    for page in pages:
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
