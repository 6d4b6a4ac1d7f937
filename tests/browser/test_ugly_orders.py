"""Whatever a row holds, it costs its own ticket: others are painted, the screen says so, keys act on what is seen."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import Ask, Board, OpenPage, Troubles, sign_in
from .customers import Customer
from .ugly_orders import ODD, Told, an_order, an_ugly_order

SEEDS = range(4)
ORDERS_PER_SEED = 40
GOOD = (101, 102, 103)


@pytest.fixture
async def told(server: Any, open_page: OpenPage) -> AsyncIterator[Told]:
    """A kitchen board whose socket the test holds."""
    page = await open_page(f"{server.url}/kitchen", width=1920, height=1080)
    told = Told(page, "/kitchen/display")
    await told.listen()
    await sign_in(page)
    async with _deadline():
        while told.route is None:
            await page.wait_for_timeout(20)
    beats = asyncio.create_task(told.beat())
    yield told
    beats.cancel()


def _deadline() -> asyncio.Timeout:
    return asyncio.timeout(10)


async def _shown(page: Page) -> set[str]:
    """The numbers on every page of the board."""
    numbers: set[str] = set()
    for _ in range(40):
        await Board(page).painted()
        numbers |= set(
            await page.evaluate(
                "[...document.querySelectorAll('[data-order-id]')].map((each) => each.dataset.number ?? '')"
            )
        )
        following = page.locator(".page-button[aria-label='Next page']")
        if await following.is_disabled():
            break
        await page.keyboard.press("PageDown")
    while not await page.locator(".page-button[aria-label='Previous page']").is_disabled():
        await page.keyboard.press("PageUp")
        await Board(page).painted()
    return numbers


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_ugly_order_costs_only_its_own_ticket(told: Told, seed: int) -> None:
    choose = random.Random(seed)
    ugly = [an_ugly_order(choose, index) for index in range(ORDERS_PER_SEED)]
    good = [an_order(f"good-{number}", number) for number in GOOD]
    told.snapshot([*ugly, *good])
    board = Board(told.page)
    await board.sees_health("live")
    for keys in ("", "g", "g", "x"):
        if keys:
            await told.page.keyboard.press(keys)
        assert {str(number) for number in GOOD} <= await _shown(told.page)
        await board.sees_health("live")
    await told.page.keyboard.press("x")
    for order in (an_ugly_order(choose, index) for index in range(ORDERS_PER_SEED)):
        if isinstance(order, dict) and isinstance(order.get("orderId"), str):
            told.order(order)
    told.order(an_order("late", 104))
    assert {"101", "102", "103", "104"} <= await _shown(told.page)
    await board.sees_health("live")
    assert told.lines == 1, "an ugly order is no reason to connect anew"


async def test_an_order_that_cannot_be_shown_says_so_in_its_place_and_no_key_acts_on_it(
    told: Told, troubles: Troubles
) -> None:
    troubles.forgive("404")  # what is pressed on 52, which only this test knows
    bad = an_order("bad", 51)
    bad["items"][0]["modifiers"] = [None]
    told.snapshot([bad, an_order("good", 52, placedAt="2026-01-01T12:00:30Z")])
    page, board = told.page, Board(told.page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    await expect(board.ticket(51)).to_contain_text("Cannot be shown, order 51")
    await expect(board.dish(52, "Tikka")).to_be_visible()
    for key in ("1", "Enter", "v", "r", "h", "p"):
        await page.keyboard.press(key)
    await page.keyboard.press("Escape")
    await expect(board.ticket(51)).not_to_have_attribute("data-selected", "")
    assert asked and not [url for url in asked if "/bad" in url]
    assert await board.ticket(51).locator("button").count() == 0
    told.order(an_order("bad", 51))
    await expect(board.dish(51, "Tikka")).to_be_visible()
    await expect(page.locator(".unshown")).to_have_count(0)


async def test_a_ticket_whose_painting_throws_costs_only_itself(told: Told, troubles: Troubles) -> None:
    troubles.forgive("is not painted")
    await told.page.evaluate(
        """() => {
        const append = Element.prototype.append;
        Element.prototype.append = function (...nodes) {
          if (nodes.some((node) => String(node?.textContent ?? node).includes("Trap"))) throw new Error("trapped");
          return append.apply(this, nodes);
        };
        }"""
    )
    trap = an_order("bad", 51)
    trap["items"][0]["name"] = "Trap"
    told.snapshot([trap, an_order("good", 52)])
    board = Board(told.page)
    for layout in ("columns", "grid", "expo"):
        await expect(board.page.locator('.ticket[data-number="51"]:not(.shelf *)')).to_contain_text("Cannot be shown")
        await expect(board.page.locator('.ticket[data-number="52"]:not(.shelf *) .name').first).to_have_text("Tikka")
        await board.page.keyboard.press("g" if layout == "columns" else "x")
    await board.sees_health("live")


async def test_a_board_that_cannot_be_painted_is_not_live_and_recovers_by_itself(
    told: Told, troubles: Troubles
) -> None:
    troubles.forgive("the screen is not painted")
    page, board = told.page, Board(told.page)
    told.snapshot([an_order("good", 52)])
    await expect(board.dish(52, "Tikka")).to_be_visible()
    await page.keyboard.press("1")
    await page.evaluate(
        """() => {
        window.setProperty = CSSStyleDeclaration.prototype.setProperty;
        CSSStyleDeclaration.prototype.setProperty = () => { throw new Error("no style today"); };
        }"""
    )
    told.order(an_order("other", 53))
    await board.sees_health("blind")
    await expect(page.get_by_role("alert")).to_contain_text("NOT UP TO DATE")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    await page.keyboard.press("Enter")
    await page.evaluate("() => { CSSStyleDeclaration.prototype.setProperty = window.setProperty; }")
    await expect(board.dish(53, "Tikka")).to_be_visible()
    await board.sees_health("live")
    await expect(page.get_by_role("alert")).to_be_hidden()
    assert asked == []


async def test_a_board_that_is_offline_and_cannot_be_painted_says_one_thing(told: Told, troubles: Troubles) -> None:
    troubles.forgive("the screen is not painted")
    page, board = told.page, Board(told.page)
    told.snapshot([an_order("good", 52)])
    told.is_live = False  # the server has lost its database
    await board.sees_health("offline")
    await expect(page.locator(".banner:visible")).to_contain_text("OFFLINE")
    await page.evaluate(
        """() => {
        window.setProperty = CSSStyleDeclaration.prototype.setProperty;
        CSSStyleDeclaration.prototype.setProperty = () => { throw new Error("no style today"); };
        }"""
    )
    told.order(an_order("other", 53))
    await board.sees_health("blind")
    # of a picture that is no longer painted, the words of before are no more than that
    await expect(page.locator(".banner:visible")).to_have_count(1)
    await expect(page.locator(".banner:visible")).to_contain_text("NOT UP TO DATE")
    await page.evaluate("() => { CSSStyleDeclaration.prototype.setProperty = window.setProperty; }")
    await board.sees_health("offline")
    await expect(page.locator(".banner:visible")).to_contain_text("OFFLINE")
    told.is_live = True
    await board.sees_health("live")
    await expect(page.locator(".banner:visible")).to_have_count(0)


async def test_a_message_that_nobody_can_take_breaks_the_line_and_not_the_page(told: Told, troubles: Troubles) -> None:
    troubles.forgive("a message was not taken")
    told.snapshot([an_order("good", 52)])
    for message in ("null", "[]", "{", json.dumps({"type": "SNAPSHOT", "orders": None})):
        lines = told.lines
        told.send(message)
        if message == "[]":
            continue  # of no type: not for us
        async with _deadline():
            while told.lines == lines:
                await told.page.wait_for_timeout(50)
        told.snapshot([an_order("good", 52)])
        await Board(told.page).sees_health("live")
    await expect(Board(told.page).dish(52, "Tikka")).to_be_visible()


def _seconds(shown: str) -> int:
    """An age as the board shows it, `m:ss`."""
    minutes, seconds = shown.split(":")
    return int(minutes) * 60 + int(seconds)


async def test_the_age_of_an_order_whose_time_is_unknown_is_not_made_up(told: Told) -> None:
    times = {61: None, 62: "infinity", 63: "0001-01-01T00:00:00Z", 64: "9999-12-31T23:59:59Z"}
    orders = [an_order(f"o{number}", number, placedAt=at) for number, at in times.items()]
    for order in orders:
        order["kots"][0]["sentAt"] = order["placedAt"]
    told.snapshot([*orders, an_order("good", 65)])
    board = Board(told.page)
    await expect(board.ticket(61).locator(".word")).to_have_text("AGE ?")
    await expect(board.ticket(62).locator(".timer")).to_have_text("")
    await expect(board.ticket(63).locator(".timer")).to_have_text("99 d +")
    await expect(board.ticket(64).locator(".timer")).to_have_text("0:00")
    # one of the two whose age is known is of no age: painted at once, half of that of the other is the median
    timer, middle = await board.page.evaluate(
        """() => [".lanes .ticket[data-number='65'] .timer", ".figure-median strong"].map((selector) =>
          document.querySelector(selector).textContent)"""
    )
    assert _seconds(timer) >= 60
    assert _seconds(middle) == _seconds(timer) // 2


async def test_a_dish_of_a_tracked_order_that_cannot_be_read_costs_only_itself(
    server: Any, customer: Customer, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("the order is not painted")
    order = await customer.order(await customer.dishes(1))
    page = await open_page("about:blank", width=360, height=740)
    told = Told(page, f"/public/order/{order.order_id}/live")
    await told.listen()
    await page.goto(f"{server.url}/track/{order.order_id}?token={order.token}")
    choose = random.Random(7)
    dish = {"name": "Tikka", "quantity": 2, "modifiers": [], "note": None, "priceCents": 5, "status": "READY"}
    view = {"type": "ORDER_STATUS", "orderId": order.order_id, "orderNumber": 7, "orderType": "dine_in", "table": "T1"}
    view |= {"status": "SENT", "placedAt": None, "totalCents": None, "currency": "EUR", "canCancel": False}
    view |= {"branchId": server.branch_id, "estimate": {"expectedAt": "x", "latestAt": None}}
    async with _deadline():
        while told.route is None:
            await page.wait_for_timeout(20)
    for revision in range(1, 80):
        ugly = dish | {choose.choice(list(dish)): choose.choice(ODD)}
        broken = {choose.choice(["placedAt", "estimate", "totalCents", "currency", "table"]): choose.choice(ODD)}
        told.send({**view, **broken, "revision": revision, "items": [ugly, choose.choice(ODD), dish]})
    await expect(page.locator(".track-dish").last).to_contain_text("Tikka")
    await expect(page.locator(".track-live")).to_contain_text("Live")
    told.send({**view, "revision": 99, "items": None})
    await expect(page.locator("h1")).to_have_text("This order cannot be shown")
    told.send({**view, "revision": 100, "items": [dish]})
    await expect(page.locator(".track-dish")).to_contain_text("Tikka")


async def test_a_dish_of_the_menu_that_cannot_be_read_costs_only_itself(ask: Ask) -> None:
    dish = {"menuItemId": "m", "name": "Tikka", "section": "Grill", "priceCents": 5, "allergens": [], "modifiers": []}
    bad = [dish | {key: odd} for key in dish for odd in ODD if type(odd) is not type(dish[key]) and odd not in ("", [])]
    kept = await ask(
        f"""
        const {{ readableDishes }} = await load("guests/order/menu/menu-change");
        return readableDishes({json.dumps([*bad, None, "x", dish])}).length;
        """
    )
    assert kept == 1


async def test_lines_of_a_pickup_board_that_cannot_be_read_cost_only_themselves(ask: Ask) -> None:
    assert await ask(
        f"""
        const {{ emptyBoard, reduce, visible }} = await load("pickup/board");
        const odd = {json.dumps(ODD)};
        const line = {{ orderId: "a", orderNumber: 7, state: "READY", since: "2026-01-01T12:00:00Z" }};
        const ugly = odd.flatMap((value) => [value, {{ ...line, orderId: value }},
          {{ ...line, orderId: "u", orderNumber: value }}, {{ ...line, orderId: "v", since: value }}]);
        const board = reduce(emptyBoard(), {{ type: "PICKUP_BOARD", orders: [...ugly, line] }});
        const now = Date.parse("2026-01-01T12:00:05Z");
        const pages = Array.from({{ length: 40 }}, (_, page) => visible(board, now + page * 8_000, now).ready.lines);
        return pages.flat().some(({{ orderId }}) => orderId === "a");
        """
    )
