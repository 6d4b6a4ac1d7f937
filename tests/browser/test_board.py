"""The board under the hands of cooks: bumps, items, undo, recall, keys, voids, odd names, many tickets."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from .conftest import OpenBoard, Troubles
from .customers import Customer

MARKUP = "<img src=x onerror=alert(1)>"


async def test_a_tap_on_a_dish_marks_it_done_on_every_board_and_a_second_takes_it_back(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    [dish] = await customer.dishes(1)
    order = await customer.order([dish])
    here, there = await open_board(server.url), await open_board(server.url)
    for board in (here, there):
        await board.pick_in(order.number)
        await board.still()
    async with here.answered():
        await here.dish(order.number, dish["name"]).click()
    await expect(there.dish(order.number, dish["name"])).to_have_attribute("aria-pressed", "true")
    await here.dish(order.number, dish["name"]).click()
    await expect(there.dish(order.number, dish["name"])).to_have_attribute("aria-pressed", "false")


async def test_undo_takes_the_last_bump_back_on_every_board(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(await customer.dishes(2))
    here, there = await open_board(server.url), await open_board(server.url)
    await here.bump(order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()
    await here.page.get_by_role("button", name=f"Undo {order.number}").click()
    await expect(here.ticket(order.number, "SENT")).to_be_visible()
    await expect(there.ticket(order.number, "SENT")).to_be_visible()


async def test_a_completed_order_is_recalled_step_by_step(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    await board.bump(order.number)
    await expect(board.ticket(order.number, "READY")).to_be_visible()
    await board.bump(order.number)
    await expect(board.completed(order.number)).to_be_visible()
    await board.still()
    await board.completed(order.number).click()
    await expect(board.ticket(order.number, "READY")).to_be_visible()
    await board.page.reload()
    await board.sees_health("live")
    await board.ticket(order.number, "READY").locator(".pass-body").click()
    await board.page.get_by_role("button", name=f"Recall {order.number}").click()
    await expect(board.ticket(order.number, "SENT")).to_contain_text("RECALLED")


async def test_a_ticket_is_bumped_and_undone_by_keys_alone(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    await expect(board.ticket(order.number, "SENT").locator(".key")).to_have_text("1")
    await board.page.keyboard.press("1")
    await expect(board.page.get_by_role("button", name=f"Ready {order.number}", exact=True)).to_be_visible()
    await board.page.keyboard.press("Enter")
    await expect(board.ticket(order.number, "READY")).to_be_visible()
    await board.page.keyboard.press("r")
    await expect(board.ticket(order.number, "SENT")).to_be_visible()


async def test_dishes_are_marked_by_keys_alone(server: Any, customer: Customer, open_board: OpenBoard) -> None:
    order = await customer.order(await customer.dishes(2))
    board = await open_board(server.url)
    await expect(board.ticket(order.number)).to_be_visible()
    for key in ("1", "i", "2"):
        await board.page.keyboard.press(key)
    await expect(board.ticket(order.number).locator(".dish").nth(1)).to_have_attribute("aria-pressed", "true")
    await expect(board.ticket(order.number).locator(".dish").nth(0)).to_have_attribute("aria-pressed", "false")


async def test_a_key_held_down_bumps_only_once(server: Any, customer: Customer, open_board: OpenBoard) -> None:
    first = await customer.order(await customer.dishes(1))
    second = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    await expect(board.ticket(second.number)).to_be_visible()
    await board.page.keyboard.press("1")
    for _ in range(5):
        await board.page.keyboard.down("Enter")
    await board.page.keyboard.up("Enter")
    await expect(board.ticket(first.number, "READY")).to_be_visible()
    await expect(board.ticket(second.number, "SENT")).to_be_visible()


async def test_an_empty_board_says_no_orders_and_live(server: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    await expect(board.page.locator(".board-empty")).to_have_text("No orders")
    await expect(board.page.locator(".health-word")).to_have_text("Live")


async def test_names_and_notes_with_markup_are_shown_as_text(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    order = await customer.order(
        await customer.dishes(1),
        table=MARKUP[:40],
        orderType="takeaway",
        customerName=MARKUP,
        note=f"{MARKUP} \u202eabc",
    )
    board = await open_board(server.url)
    await expect(board.ticket(order.number).locator(".note")).to_contain_text(MARKUP)
    await expect(board.ticket(order.number)).to_contain_text("<img src=x")
    assert await board.page.locator("img").count() == 0


async def test_a_stated_allergy_is_a_band_of_its_own(server: Any, customer: Customer, open_board: OpenBoard) -> None:
    order = await customer.order(await customer.dishes(1), note="ALLERGY: nuts. Window seat")
    board = await open_board(server.url)
    await expect(board.ticket(order.number).locator(".allergy")).to_have_text("ALLERGY: nuts")
    await expect(board.ticket(order.number).locator(".note")).to_have_text("Window seat")


async def test_a_cancelled_order_stays_until_it_was_seen(
    server: Any, customer: Customer, open_board: OpenBoard, db: Any
) -> None:
    order = await customer.order(await customer.dishes(1))
    here, there = await open_board(server.url), await open_board(server.url)
    await expect(here.ticket(order.number)).to_be_visible()
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1::uuid", order.order_id)
    await expect(here.ticket(order.number)).to_have_attribute("data-band", "void")
    await here.page.get_by_role("button", name="Seen, take it off").click()
    await expect(here.ticket(order.number)).to_have_count(0)
    await expect(there.ticket(order.number)).to_have_count(0)


async def test_the_slower_of_two_cooks_sees_the_truth_and_a_calm_word(
    server: Any, customer: Customer, open_board: OpenBoard, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("409")
    order = await customer.order(await customer.dishes(1))
    board = await open_board(server.url)
    await expect(board.ticket(order.number)).to_be_visible()

    async def be_faster(route: Any) -> None:
        await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1::uuid", order.order_id)
        await route.continue_()

    await board.page.route("**/kitchen/order/*/status", be_faster)
    await board.bump(order.number)
    await expect(board.page.locator(".notice")).to_contain_text("somebody was faster")
    await expect(board.ticket(order.number)).to_have_attribute("data-band", "void")


async def test_a_press_without_an_answer_waits_and_goes_out_again(
    server: Any, customer: Customer, open_board: OpenBoard, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    order = await customer.order(await customer.dishes(1))
    board, other = await open_board(server.url), await open_board(server.url)
    await board.page.route("**/kitchen/order/*/status", lambda route: route.abort())
    await board.bump(order.number)
    await expect(board.ticket(order.number, "READY")).to_contain_text("1 bump waiting")
    await expect(other.ticket(order.number, "SENT")).to_be_visible()
    await board.page.unroute("**/kitchen/order/*/status")
    await expect(other.ticket(order.number, "READY")).to_be_visible()
    await expect(board.ticket(order.number, "READY")).not_to_contain_text("waiting")


async def test_a_station_sees_its_own_dishes_and_bumps_only_them(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    mine, other = await customer.dishes(2)
    order = await customer.order([mine, other])
    station, everything = await open_board(server.url), await open_board(server.url)
    await station.page.get_by_role("button", name=mine["station"], exact=True).click()
    await expect(station.ticket(order.number)).to_contain_text(mine["name"])
    await expect(station.ticket(order.number)).not_to_contain_text(other["name"])
    await expect(station.ticket(order.number)).to_contain_text(f"Also at: {other['station']}")
    await station.bump(order.number)
    await expect(station.ticket(order.number, "READY")).to_be_visible()
    await expect(everything.ticket(order.number, "SENT").locator(".row[data-done]")).to_have_count(1)


async def test_no_ticket_is_cut_by_the_screen_and_the_rest_is_counted(
    server: Any, customer: Customer, open_board: OpenBoard
) -> None:
    dishes = await customer.dishes(4)
    for number in range(24):
        await customer.order(dishes, table=f"T{number}")
    board = await open_board(server.url)
    more = board.page.locator(".lanes .more")
    await expect(more).to_contain_text("more, Page Down")
    lanes = await board.page.locator(".lanes").bounding_box()
    assert lanes is not None
    tickets = board.page.locator(".lanes .ticket")
    parts = await tickets.count()
    shown = len(set(await tickets.evaluate_all("nodes => nodes.map((node) => node.dataset.orderId)")))
    for index in range(parts):
        box = await tickets.nth(index).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= lanes["y"] + lanes["height"] + 0.5
    assert await more.inner_text() == f"{24 - shown} more, Page Down"
    first = await tickets.first.get_attribute("data-number")
    await board.page.keyboard.press("PageDown")
    await expect(tickets.first).not_to_have_attribute("data-number", str(first))


async def test_the_theme_is_kept_on_the_device(server: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    await board.page.keyboard.press("t")
    await expect(board.page.locator("html")).to_have_attribute("data-theme", "light")
    await board.page.reload()
    await expect(board.page.locator("html")).to_have_attribute("data-theme", "light")


async def test_a_new_ticket_is_announced_politely(server: Any, customer: Customer, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    order = await customer.order(await customer.dishes(1), table="T4")
    announcer = board.page.locator('.for-readers[aria-live="polite"]')
    await expect(announcer).to_have_text(f"New order {order.number}, T4, 1 dish")
