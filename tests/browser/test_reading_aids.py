"""What helps to read a board: equal lines together, earlier orders with dishes, who bumped one, room for fingers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Request, expect

from .boards import at, order_of
from .conftest import Ask, Board, Troubles
from .test_board_geometry import BRANCH, show

TIKKA = {"name": "Tikka", "quantity": 1, "station": "Grill"}


async def test_equal_lines_are_one_line_where_the_device_says_so(ask: Ask) -> None:
    assert await ask(
        """
        const { ticketView } = await load("kitchen/state/ticket/ticket-view");
        const item = (id, more) => ({ ...order("a").items[0], itemId: id, quantity: 1, ...more });
        const others = [item("4", { voided: true }), item("5", { done: true })];
        const items = [item("1"), item("2", { note: "hot" }), item("3"), ...others];
        const rowsOf = (joins) => ticketView(order("a", { items }), null, "a", joins).rows;
        return [rowsOf(false).length, rowsOf(true).map((row) => [row.quantity, ...row.itemIds])];
        """
    ) == [5, [[2, "1", "3"], [1, "2"], [1, "4"], [1, "5"]]]


async def test_a_tap_on_equal_lines_marks_each_of_them_and_undo_takes_all_back(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    order = order_of(7, [TIKKA, {"name": "Naan", "quantity": 1, "station": "Grill"}, TIKKA], 60)
    page = await show(browser, server, troubles, [order], (1366, 768), {"joinsEqual": True})
    asked: list[str] = []

    def hear(request: Request) -> None:
        if "/kitchen/order/" in request.url:
            asked.append(request.url.rsplit("/", 1)[1] + (request.post_data or ""))

    page.on("request", hear)
    await page.route("**/kitchen/order/**", lambda route: route.fulfill(json=order))
    async with page.expect_response("**/item/o7-2"):
        await page.locator(".lanes .dish", has_text="Tikka").click()
    async with page.expect_response("**/item/o7-2"):
        await page.keyboard.press("r")
    assert sorted(asked) == [f'o7-{line}{{"done":{done}}}' for line in (0, 2) for done in ("false", "true")]
    await page.context.close()


async def test_earlier_orders_show_their_dishes_and_who_bumped_them(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    order = order_of(7, [TIKKA, {"name": "Naan", "quantity": 2, "station": "Grill"}], 60, status="COMPLETED")
    step = {"at": at(30), "action": "kot", "was": "SENT", "became": "READY", "username": "dora", "kotId": "o7-Grill"}
    page = await show(browser, server, troubles, [], (390, 844), {})
    await page.route("**/kitchen/orders?status=COMPLETED", lambda route: route.fulfill(json={"orders": [order]}))
    await page.route("**/history", lambda route: route.fulfill(json={"actions": [step | {"itemId": None}]}))
    await page.keyboard.press("l")
    await expect(page.get_by_role("button", name="Recall 7, T1")).to_contain_text("1 Tikka, 2 Naan")
    await page.get_by_role("button", name="Whole order 7").click()
    steps = page.get_by_role("dialog", name="Whole order").get_by_role("list", name="Who bumped it")
    await expect(steps).to_contain_text("Ready, Grill")
    await expect(steps).to_contain_text("dora")
    await page.context.close()


async def test_what_a_finger_aims_at_does_not_shrink_with_the_board(ask: Ask) -> None:
    assert (
        await ask(
            """
        const { DENSITIES, DENSITY_NAMES, SCALES, sizesOf } = await load("kitchen/state/layouts/density");
        const screen = { widthPx: 1366, heightPx: 768 };
        return DENSITY_NAMES.flatMap((density) => SCALES.filter((scale) => {
          const sizes = sizesOf(density, scale, screen);
          return ["head", "target", "seen", "railRow"].some((name) => sizes[name] < DENSITIES[density][name]);
        }));
        """
        )
        == []
    )


async def test_the_help_says_the_keys_and_marks_as_they_are_on_this_screen(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    settings = {"keys": {"keyboard": {"rush": "KeyZ"}}}
    page = await show(browser, server, troubles, [order_of(7, [TIKKA], 60)], (390, 844), settings)
    thresholds = {"dine_in": {"dueS": 240, "lateS": 720}, "takeaway": {"dueS": 240, "lateS": 900}}
    branch = {**BRANCH, "stations": ["Grill"], "thresholds": thresholds}
    await page.route("**/kitchen/branch", lambda route: route.fulfill(json=branch))
    await page.route("**/kitchen/dishes", lambda route: route.fulfill(json={"dishes": []}))
    async with page.expect_response("**/kitchen/branch"):
        await page.reload()
    await Board(page).sees_health("live")
    await Board(page).painted()
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys and marks")
    marks = dialog.get_by_role("list", name="Marks").get_by_role("listitem")
    await expect(marks.filter(has_text="DUEDue")).to_contain_text("from 4 min")
    await expect(marks.filter(has_text="LATELate")).to_contain_text(re.compile("from 12 min . 15 min"))
    rush = dialog.get_by_role("list", name="Keys").get_by_role("listitem").filter(has_text="Rush")
    await expect(rush.locator(".keycap")).to_have_text("Z")
    await expect(dialog.get_by_role("heading", name="Keys and marks")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Keys and marks").click()
    await expect(dialog).to_be_visible()
    await page.context.close()


@pytest.mark.parametrize("code", ["Slash", "Minus", "BracketLeft"])
async def test_the_question_mark_is_help_wherever_a_country_has_it(ask: Ask, code: str) -> None:
    assert await ask(
        f"""
        const {{ commandOf, keyMap }} = await load("kitchen/input/keys");
        const press = {{ code: "{code}", key: "?", repeat: false, ctrlKey: false, altKey: false, metaKey: false }};
        return commandOf(press, keyMap()).name === "help";
        """
    )
