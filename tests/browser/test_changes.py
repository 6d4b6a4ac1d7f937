"""What changed of an order that the kitchen has: old beside new, on every layout, until somebody has seen it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from .boards import at, order_of
from .conftest import Ask, Board, Troubles
from .test_board_geometry import show

JSON = dict[str, Any]
DISHES = [{"name": name, "quantity": 2, "station": "Grill"} for name in ("Tikka", "Naan", "Raita")]
MARK = at(5)


def _changed(number: int, **more: Any) -> JSON:
    """One dish of which fewer were ordered before, one that came, and an order that moved."""
    order = order_of(number, DISHES, 300, **more)
    order["items"][0]["changed"] = {"at": MARK, "quantity": 1, "modifiers": ["NO onion"]}
    order["items"][1]["changed"] = {"at": MARK, "added": True}
    order["kots"][0]["changed"] = {"at": MARK, "table": "T9"}
    return order


VIEW = """
const { ticketView } = await load("kitchen/state/ticket/ticket-view");
const item = order("a").items[0];
const kot = order("a").kots[0];
"""


async def test_a_change_says_old_and_new(ask: Ask) -> None:
    told = await ask(
        VIEW
        + """
        const changed = { at: "t1", quantity: 1, modifiers: ["NO onion"], note: "hot" };
        const items = [{ ...item, changed }, { ...item, itemId: "b", changed: { at: "t2", added: true } }];
        const view = ticketView(order("a", { items, kots: [{ ...kot, changed: { at: "t3", table: "T9" } }] }), "Grill");
        return [view.changes, view.rows.filter((row) => row.change).map((row) => row.change.words)];
        """
    )
    assert told == [
        [None, "a-i", "b"],
        ["was T9, now T1", "was 1, now 2; was NO onion; was hot", "added"],
    ]


async def test_a_void_and_what_was_served_say_no_change(ask: Ask) -> None:
    assert await ask(
        VIEW
        + """
        const items = [{ ...item, voided: true, changed: { at: "t1", quantity: 1 } }];
        const served = { ...kot, status: "COMPLETED", changed: { at: "t3", table: "T9" } };
        const done = { status: "COMPLETED", items: [{ ...item, changed: { at: "t1", quantity: 1 } }], kots: [served] };
        return [ticketView(order("a", { items }), null).changes, ticketView(order("a", done), null).changes];
        """
    ) == [[], []]


async def test_equal_lines_of_which_one_changed_stay_apart(ask: Ask) -> None:
    assert await ask(
        VIEW
        + """
        const { joinEqual } = await load("kitchen/state/ticket/equal-lines");
        const lines = [item, { ...item, itemId: "b" }, { ...item, itemId: "c", changed: { at: "t", quantity: 1 } }];
        return joinEqual(lines).map(({ itemIds }) => itemIds);
        """
    ) == [["a-i", "b"], ["c"]]


async def test_seen_takes_off_the_mark_that_was_seen_and_no_newer_one(ask: Ask) -> None:
    assert await ask(
        VIEW
        + """
        const { applyChange, isSatisfied } = await load("kitchen/state/orders/change");
        const marked = (at) => order("a", { items: [{ ...item, changed: { at, quantity: 1 } }] });
        const change = { id: "1", kind: "change-seen", orderId: "a", itemId: "a-i", at: "t1" };
        const left = (at) => applyChange(marked(at), change).items[0].changed?.at ?? null;
        return [isSatisfied(marked("t1"), change), isSatisfied(marked("t2"), change), left("t1"), left("t2")];
        """
    ) == [False, True, None, "t2"]


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
async def test_a_tap_on_a_dish_that_changed_says_seen_and_cooks_nothing(
    browser: Browser, server: Any, troubles: Troubles, size: tuple[int, int]
) -> None:
    page = await show(browser, server, troubles, [_changed(7)], size, {})
    await page.route("**/seen", lambda route: route.fulfill(json=_changed(7)))
    ticket = page.locator("[data-order-id='o7']").first
    await expect(ticket).to_contain_text("CHANGED")
    await expect(ticket).to_contain_text("ADDED")
    await Board(page).still()
    async with page.expect_request("**/kitchen/order/o7/item/o7-0/seen") as asked:
        await ticket.get_by_role("button", name="Tikka").first.click()
    assert (await asked.value).post_data_json == {"at": MARK}
    await page.context.close()


async def test_what_changed_is_seen_on_the_pass(browser: Browser, server: Any, troubles: Troubles) -> None:
    order = _changed(7, status="READY")
    page = await show(browser, server, troubles, [order], (1366, 768), {})
    await page.route("**/seen", lambda route: route.fulfill(json=order))
    row = page.locator(".pass-row[data-number='7']")
    await expect(row.locator(".pass-void[data-change]")).to_have_count(3)
    await expect(row).not_to_contain_text("VOID")
    await Board(page).still()
    async with page.expect_request("**/kitchen/kot/o7-Grill/seen"):
        await row.locator(".pass-void").first.click()
    await page.context.close()


async def test_the_sheet_of_an_order_has_old_and_new_whole(browser: Browser, server: Any, troubles: Troubles) -> None:
    page = await show(browser, server, troubles, [_changed(7)], (1366, 768), {})
    for key in ("1", "d"):
        await page.keyboard.press(key)
    sheet = page.locator(".order-sheet[open]")
    await expect(sheet.locator(".sheet-note .sheet-change")).to_have_text("CHANGED was T9, now T1")
    lines = sheet.locator(".sheet-dish .sheet-change")
    await expect(lines).to_have_text(["CHANGED was 1, now 2; was NO onion", "CHANGED added"])
    await page.context.close()
