"""What cooks do all evening, with a finger, with the mouse or with keys alone, and what a second screen shows of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from kds.domain.links import Links
from tests.conftest import JWT_SECRET

from .conftest import Board, OpenBoard
from .customers import Customer, Placed
from .first_sight import keep_first, kept
from .input_devices import ALL, KEYBOARD, MOUSE, NAMES, InputDevice

BoardPair = tuple[Board, Board]
SECOND_CELL = """((cell) => [cell.dataset.number, cell.getBoundingClientRect().toJSON()])(
  document.querySelector(".cells > * + *"))"""
"""The order in the second cell of the grid, and where the cell is."""
HOLE_S = 2
"""So long at least the place of what was bumped stays empty: the board counts 3 s from before it paints that."""


@pytest.fixture(params=ALL, ids=NAMES)
def device(request: pytest.FixtureRequest) -> InputDevice:
    """Each way to reach the board."""
    found: InputDevice = request.param
    return found


@pytest.fixture
def table_token(server: Any) -> str:
    """What the code on table T4 proves."""
    return Links(JWT_SECRET).table_token(UUID(server.branch_id), "T4")


@pytest.fixture
async def order(customer: Customer, table_token: str) -> Placed:
    """An order of two stations."""
    return await customer.order(await customer.dishes(2), table="T4", tableToken=table_token)


@pytest.fixture
async def boards(server: Any, device: InputDevice, order: Placed, open_board: OpenBoard) -> BoardPair:
    """The board under this input device, and another screen of the kitchen; both show the order."""
    here = await open_board(server.url, width=1920, height=1080, has_touch=device.has_touch)
    there = await open_board(server.url)
    for board in (here, there):
        await expect(board.ticket(order.number, "SENT")).to_be_visible()
    return here, there


async def test_bump_undo_and_recall(boards: BoardPair, device: InputDevice, order: Placed) -> None:
    here, there = boards
    await device.bump(here, order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()
    await device.command(here, "Undo")
    await expect(there.ticket(order.number, "SENT")).to_be_visible()
    await expect(there.ticket(order.number)).not_to_contain_text("RECALLED")
    await device.bump(here, order.number)
    await expect(here.ticket(order.number, "READY")).to_be_visible()
    await device.bump(here, order.number)
    await expect(there.completed(order.number)).to_be_visible()
    await here.page.reload()
    await here.sees_health("live")
    await device.command(here, "Recall")
    await expect(there.ticket(order.number, "READY")).to_contain_text("RECALLED")


async def test_a_dish_is_done_and_not_done(boards: BoardPair, device: InputDevice, order: Placed) -> None:
    here, there = boards
    for board in (there,) if device is KEYBOARD else boards:  # keys pick the ticket by themselves
        await board.pick_in(order.number)
        await board.still()
    async with here.answered():
        await device.mark(here, order.number, 1)
    await expect(there.ticket(order.number).locator(".dish").nth(1)).to_have_attribute("aria-pressed", "true")
    await device.mark(here, order.number, 1)
    await expect(there.ticket(order.number).locator(".dish").nth(1)).to_have_attribute("aria-pressed", "false")


async def test_a_rush_goes_first_on_every_screen_and_survives_a_reload(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer
) -> None:
    here, there = boards
    later = await customer.order(await customer.dishes(1))
    await expect(here.ticket(later.number)).to_be_visible()
    await expect(there.page.locator('.ticket[data-column="SENT"]').first).to_have_attribute(
        "data-number", str(order.number)
    )
    await device.command(here, "Rush")
    await expect(here.page.locator(".main-action")).to_have_text("EnterRush which ticket?")
    await device.point_at(here, later.number)
    for board in (here, there):
        first = board.page.locator('.ticket[data-column="SENT"]').first
        await expect(first).to_have_attribute("data-number", str(later.number))
        await expect(first).to_contain_text("RUSH")
    await there.page.reload()
    await expect(there.ticket(later.number)).to_contain_text("RUSH")
    await device.command(here, "Rush")
    await device.point_at(here, later.number)
    await expect(there.ticket(later.number)).not_to_contain_text("RUSH")


async def test_a_held_ticket_is_grey_and_untimed_until_it_is_fired(
    boards: BoardPair, device: InputDevice, order: Placed
) -> None:
    here, there = boards
    await device.command(here, "Hold")
    await device.point_at(here, order.number)
    for board in (here, there):
        await expect(board.ticket(order.number)).to_have_attribute("data-band", "held")
        await expect(board.ticket(order.number).locator(".timer")).to_have_text("")
    await device.bump(here, order.number)
    for board in (here, there):
        await expect(board.ticket(order.number, "SENT")).to_have_attribute("data-band", "calm")
        await expect(board.ticket(order.number).locator(".timer")).not_to_have_text("")


async def test_a_void_is_loud_until_it_was_seen(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer, db: Any
) -> None:
    here, there = boards
    await db.execute(
        "UPDATE order_items SET voided = true WHERE order_id = $1::uuid AND name = $2",
        order.order_id,
        (await customer.dishes(1))[0]["name"],
    )
    for board in (here, there):
        void = board.ticket(order.number).locator(".row[data-void]")
        await expect(void).to_contain_text("VOID")
        await expect(void.locator(".name")).to_have_css("text-decoration-line", "line-through")
    await device.command(here, "Seen")
    for board in (here, there):
        await expect(board.ticket(order.number).locator(".dish")).to_have_count(1)
        await expect(board.ticket(order.number)).not_to_contain_text("VOID")


async def test_a_second_round_is_an_add_on_of_the_same_table(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer, table_token: str, db: Any
) -> None:
    here, there = boards
    await device.bump(here, order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()
    await db.execute("UPDATE branches SET adds_rounds = true, requires_table_token = true")
    again = await customer.order(await customer.dishes(1), table="T4", tableToken=table_token)
    assert again.number == order.number
    for board in (here, there):
        await expect(board.ticket(order.number, "SENT")).to_contain_text("ADD-ON")
        await expect(board.ticket(order.number)).to_contain_text("Round 1")
    await device.bump(here, order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()


async def test_expo_sees_whole_orders_and_a_station_its_own(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer
) -> None:
    expo, grill = boards
    mine, other = [dish["station"] for dish in await customer.dishes(2)]
    await device.choose_station(expo, "Expo")
    await MOUSE.choose_station(grill, mine)
    box = expo.ticket(order.number).locator(".station-box")
    await expect(box).to_have_count(2)
    await grill.bump(order.number)
    await expect(expo.ticket(order.number).get_by_role("button", name=f"{mine}, done")).to_be_disabled()
    await expect(expo.ticket(order.number)).to_have_attribute("data-column", "SENT")
    await device.bump_station(expo, order.number, other)
    await expect(expo.ticket(order.number)).to_have_attribute("data-band", "ready")
    await device.command(expo, "Undo")
    await expect(expo.ticket(order.number).get_by_role("button", name=f"{other}, 0 of 1")).to_be_enabled()
    await device.bump_station(expo, order.number, other)
    await expect(expo.ticket(order.number).get_by_role("button", name="Serve T4").first).to_be_visible()
    await device.bump(expo, order.number)
    await expect(expo.ticket(order.number)).to_have_count(0)


async def test_all_day_counts_follow_the_tickets(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer
) -> None:
    here, there = boards
    [dish] = await customer.dishes(1)
    await customer.order([dish], table="T5")
    await device.command(here, "All day")
    await MOUSE.command(there, "All day")
    for board in (here, there):
        count = board.page.locator(".all-day-dish", has_text=dish["name"]).locator(".all-day-count")
        await expect(count).to_have_text("2")
    await device.bump(here, order.number)
    for board in (here, there):
        count = board.page.locator(".all-day-dish", has_text=dish["name"]).locator(".all-day-count")
        await expect(count).to_have_text("1")


async def test_any_ticket_of_the_shift_is_recalled_to_its_old_place(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer, db: Any
) -> None:
    here, there = boards
    later = await customer.order(await customer.dishes(1), table="T6")
    for step in ("READY", "COMPLETED"):
        await db.execute("UPDATE orders SET status = $2::kitchen_status WHERE id = $1::uuid", order.order_id, step)
    others = [await customer.order(await customer.dishes(1), table="T7") for _ in range(25)]
    for step in ("READY", "COMPLETED"):
        ids = [each.order_id for each in others]
        await db.execute("UPDATE orders SET status = $2::kitchen_status WHERE id = ANY($1::uuid[])", ids, step)
    await expect(here.ticket(order.number)).to_have_count(0)
    await device.command(here, "Earlier orders")
    await here.page.get_by_label("Number of the order").fill(str(order.number))
    await device.activate(here.page.get_by_role("button", name=f"Recall {order.number}, T4"))
    await expect(there.ticket(order.number, "READY")).to_contain_text("RECALLED")
    await expect(here.ticket(order.number, "READY")).to_contain_text("RECALLED")
    await here.still()
    await device.select(here, order.number)
    await expect(here.ticket(order.number, "READY")).to_have_attribute("data-selected", "")
    await device.command(here, "Recall")
    for board in (here, there):
        first = board.page.locator('.ticket[data-column="SENT"]').first
        await expect(first).to_have_attribute("data-number", str(order.number))
        await expect(first).to_contain_text("RECALLED")
        await expect(board.ticket(later.number, "SENT")).to_be_visible()


async def test_the_grid_keeps_its_cells_under_the_finger_and_turns_its_pages(
    boards: BoardPair, device: InputDevice, order: Placed, customer: Customer
) -> None:
    here, there = boards
    others = [await customer.order(await customer.dishes(1), table=f"T{number}") for number in range(10, 30)]
    await device.command(here, "Layout")
    cells = here.page.locator(".cells > *")
    await expect(cells.first).to_have_attribute("data-number", str(order.number))
    second = await cells.nth(1).get_attribute("data-number")
    before = await here.page.evaluate(SECOND_CELL)
    first = 'document.querySelector(".cells > *")'
    await keep_first(here.page, "hole", f'{first}.matches(".hole")', f"[Date.now(), {SECOND_CELL}]")
    await keep_first(here.page, "filledAt", f'{first}.dataset.number === "{second}"')
    await device.bump(here, order.number)
    await expect(there.ticket(order.number, "READY")).to_be_visible()
    await expect(cells.first).to_have_attribute("data-number", str(second))  # settled: the hole was filled
    hole_at, after = await kept(here.page, "hole")
    assert after == before
    assert await kept(here.page, "filledAt") - hole_at > HOLE_S * 1000
    await device.command(here, "Next page")
    await expect(here.ticket(others[-1].number)).to_be_visible()
