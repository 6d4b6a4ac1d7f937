"""The order page against a menu and a table that are not what the guest thought: said in words a guest understands."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, WebSocket, expect

from kds.domain.links import Links
from tests.conftest import JWT_SECRET

from .conftest import OpenBoard, OpenPage, Troubles, sign_in
from .customers import Customer
from .first_sight import keep_first, kept

PHONE = {"width": 360, "height": 740}


def _signed(server: Any, table: str) -> str:
    token = Links(JWT_SECRET).table_token(UUID(server.branch_id), table)
    return f"{server.url}/order/{server.branch_id}?table={table}&tableToken={token}"


async def _add(page: Page, dish: str) -> None:
    await page.get_by_role("button", name=f"Add {dish}", exact=True).click()
    add = page.locator("dialog[open] .sheet-foot .main-button")
    if await add.is_visible():
        await add.click()


async def _place(page: Page) -> None:
    await page.get_by_role("button", name="View basket").click()
    await page.get_by_role("button", name="Place order").click()


async def _set(db: Any, dish: dict[str, Any], what: str) -> None:
    await db.execute(f"UPDATE menu_items SET {what} WHERE id = $1::uuid", dish["menuItemId"])


@pytest.fixture
async def dishes(customer: Customer) -> list[dict[str, Any]]:
    """Two dishes of the menu."""
    return await customer.dishes(2)


# 86 and prices, live and at the last moment


async def test_a_dish_that_sells_out_is_so_on_an_open_page_within_a_second(
    server: Any, dishes: Any, open_page: OpenPage, db: Any
) -> None:
    page = await open_page("about:blank", **PHONE)
    is_heard = asyncio.Event()

    def hear(socket: WebSocket) -> None:
        if "/menu/live" in socket.url:
            socket.on("framereceived", lambda _: is_heard.set())

    page.on("websocket", hear)
    await page.goto(_signed(server, "T1"))
    card = page.locator(".dish-card", has_text=dishes[0]["name"]).first
    await expect(card.locator(".plus")).to_be_visible()
    async with asyncio.timeout(10):
        await is_heard.wait()  # the page may be read before its socket is open
    name = json.dumps(dishes[0]["name"])
    node = f"[...document.querySelectorAll('.dish-card')].find((card) => card.textContent.includes({name}))"
    await keep_first(page, "outAt", f"{node}?.textContent.includes('Sold out')")
    await _set(db, dishes[0], "available = false")
    changed_at = time.time() * 1000
    await expect(card).to_contain_text("Sold out")
    assert await kept(page, "outAt") - changed_at < 1_000
    await expect(card.locator(".plus")).to_be_hidden()
    await keep_first(page, "backAt", f"{node}?.querySelector('.plus')?.getClientRects().length > 0")
    await _set(db, dishes[0], "available = true")
    changed_at = time.time() * 1000
    await expect(card.locator(".plus")).to_be_visible()
    assert await kept(page, "backAt") - changed_at < 1_000


async def test_what_sells_out_leaves_the_basket_and_is_named(
    server: Any, dishes: Any, open_page: OpenPage, db: Any
) -> None:
    page = await open_page(_signed(server, "T1"), **PHONE)
    for dish in dishes:
        await _add(page, dish["name"])
    await _set(db, dishes[0], "available = false")
    await expect(page.locator(".menu-warning")).to_have_text(
        f"Sold out and taken from your basket: {dishes[0]['name']}."
    )
    await expect(page.locator(".basket-count")).to_have_text("1")


async def test_a_new_price_of_a_chosen_dish_is_said(server: Any, dishes: Any, open_page: OpenPage, db: Any) -> None:
    page = await open_page(_signed(server, "T1"), **PHONE)
    await _add(page, dishes[0]["name"])
    await _set(db, dishes[0], "price_cents = 1234")
    await expect(page.locator(".menu-warning")).to_contain_text(f"{dishes[0]['name']} now costs €12.34 instead of €")
    await expect(page.locator(".basket-sum")).to_have_text("€12.34")


@pytest.mark.parametrize(
    ("change", "said"),
    [("available = false", "Sold out and taken from your basket"), ("price_cents = 1234", "now costs €12.34")],
)
async def test_a_page_that_did_not_hear_of_it_is_told_when_it_orders(
    server: Any, dishes: Any, open_page: OpenPage, db: Any, troubles: Troubles, change: str, said: str
) -> None:
    troubles.forgive("422")
    page = await open_page("about:blank", **PHONE)
    await page.route_web_socket("**/menu/live*", lambda _: None)
    await page.goto(_signed(server, "T1"))
    for dish in dishes:
        await _add(page, dish["name"])
    await _set(db, dishes[0], change)
    await _place(page)
    await expect(page.locator("dialog[open] .problem")).to_contain_text(said)
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


# The signed table


async def test_a_changed_table_is_refused_with_a_message_where_the_branch_wants_it(
    server: Any, dishes: Any, open_page: OpenPage, db: Any
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true, public_order_types = '{dine_in,takeaway}'")
    page = await open_page(_signed(server, "T1").replace("table=T1", "table=T2"), **PHONE)
    await expect(page.locator(".menu-warning")).to_contain_text("This link is not the one on your table.")
    await expect(page.locator(".chip-table")).to_have_text("To go")
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await expect(page.locator(".menu-warning")).to_contain_text("scan the code on it")


async def test_the_true_link_orders_at_its_table(
    server: Any, dishes: Any, open_page: OpenPage, open_board: OpenBoard, db: Any
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true, adds_rounds = true")
    board = await open_board(server.url)
    page = await open_page(_signed(server, "T3"), **PHONE)
    await _add(page, dishes[0]["name"])
    await _place(page)
    await page.wait_for_url("**/track/**")
    await page.get_by_role("link", name="Add to this order").click()
    await _add(page, dishes[1]["name"])
    await _place(page)
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-dish .dish-title")).to_have_text([dishes[1]["name"]])
    await expect(board.page.locator(".lanes .ticket")).to_have_count(1)
    for dish in dishes:
        await expect(board.page.locator(".lanes .ticket")).to_contain_text(dish["name"])
    await expect(board.page.locator(".lanes .ticket")).to_contain_text("ADD-ON")


async def test_the_allergy_filter_hides_dishes_and_gives_them_back(
    server: Any, customer: Customer, open_page: OpenPage
) -> None:
    menu = await customer.menu()
    allergen = next(dish["allergens"][0] for dish in menu if dish["allergens"])
    with_it = [dish["name"] for dish in menu if allergen in dish["allergens"]]
    page = await open_page(_signed(server, "T1"), **PHONE)
    await page.get_by_role("button", name="Allergies").click()
    await page.get_by_label(f"No {allergen}").check()
    await page.get_by_role("button", name="Show the menu").click()
    await expect(page.locator(".dish-card")).to_have_count(len(menu) - len(with_it))
    await expect(page.locator(".menu-hint")).to_contain_text(f"with {allergen} hidden")
    await page.get_by_role("button", name=f"No {allergen}").click()
    await expect(page.locator(".dish-card")).to_have_count(len(menu))


# From the printed sheet to the counter


async def test_from_the_printed_code_to_the_counter_without_one_reload(
    server: Any, open_page: OpenPage, open_board: OpenBoard, db: Any
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true")
    sheet = await open_page(f"{server.url}/tables")
    await sign_in(sheet, "manager", "manager-demo")
    await sheet.get_by_label("Tables").fill("T1-T3, Bar")
    await sheet.get_by_role("button", name="Show").click()
    await expect(sheet.locator(".card h2")).to_have_text(["Table 1", "Table 2", "Table 3", "Bar"])
    await expect(sheet.locator(".card-branch").first).to_have_text("Via Masala, Riverside")
    link = await sheet.locator(".card svg").nth(3).get_attribute("aria-label")
    board = await open_board(server.url)
    pickup = await open_page(f"{server.url}/pickup/{server.branch_id}")
    await sign_in(pickup, "pickup", "pickup-demo")

    phone = await open_page(str(link), **PHONE)
    await expect(phone.locator(".chip-table")).to_have_text("Bar")
    await phone.locator(".dish-card .plus").first.click()
    await phone.locator("dialog[open] .modifier").first.click()
    await phone.locator("dialog[open] .sheet-foot .main-button").click()
    await phone.get_by_role("button", name="View basket").click()
    await phone.get_by_label("To go").check()
    await phone.get_by_label("Your name").fill("Ana Rossi")
    await phone.get_by_role("button", name="Place order").click()
    await phone.wait_for_url("**/track/**")
    number = int((await phone.locator(".phone-title h1").inner_text()).removeprefix("Order "))
    await expect(phone.locator(".track-words")).to_contain_text("Received")

    await board.bump(number)
    await expect(phone.locator(".track-big")).to_have_text("Ready")
    await expect(pickup.locator(".pickup-tile")).to_have_text([f"{number}Ana"])
    await board.bump(number)
    await expect(phone.locator(".track-big")).to_have_text("Handed over")
    await expect(pickup.locator(".pickup-tile")).to_have_count(0)


# The door


async def test_a_guest_is_told_of_a_pause_before_the_basket_is_filled(
    server: Any, dishes: Any, open_page: OpenPage, open_board: OpenBoard, db: Any, troubles: Troubles
) -> None:
    board = await open_board(server.url)
    page = await open_page(_signed(server, "T1"), **PHONE)
    await expect(page.locator(".dish-card").first).to_be_visible()
    await board.page.get_by_role("button", name="Options").click()
    door = board.page.get_by_label("Orders of guests")
    await expect(door).to_contain_text("Guests can order.")
    await door.get_by_role("button", name="Pause 15 min").click()
    await expect(page.locator(".menu-warning")).to_contain_text("takes no orders just now. You can order again at")
    await expect(door).to_contain_text("Guests cannot order until")
    await expect(board.page.locator(".top-bar")).to_contain_text("Guests cannot order until")
    await door.get_by_role("button", name="Open for guests").click()
    await expect(page.locator(".menu-warning")).to_be_hidden()
    await _add(page, dishes[0]["name"])
    troubles.forgive("422")
    await db.execute("UPDATE branches SET ordering_paused = true")
    await expect(page.locator(".menu-warning")).to_have_text("The kitchen takes no orders just now.")
    await _place(page)
    await expect(page.locator("dialog[open]")).to_contain_text("takes no orders just now")
    await db.execute("UPDATE branches SET ordering_paused = false")
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")


async def test_who_has_no_table_where_tables_are_signed_is_told_to_scan_its_code(
    server: Any, dishes: Any, open_page: OpenPage, db: Any
) -> None:
    await db.execute("UPDATE branches SET requires_table_token = true")
    page = await open_page(f"{server.url}/order/{server.branch_id}", **PHONE)
    await expect(page.locator(".menu-warning")).to_have_text("To order, scan the code on your table.")
    await db.execute("UPDATE branches SET public_order_types = '{dine_in,takeaway}'")
    page = await open_page(f"{server.url}/order/{server.branch_id}", **PHONE)
    await expect(page.locator(".menu-warning")).to_be_hidden()
    await expect(page.locator(".chip-table")).to_have_text("To go")
