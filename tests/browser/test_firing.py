"""What a board shows of courses and of what is promised for later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from playwright.async_api import expect

from tests.patience import eventually

from .conftest import OpenBoard


async def place(db: Any, branch_id: str, courses: int, due: str | None = None) -> tuple[UUID, int]:
    """An order of a dish for each course; its id and number."""
    async with db.transaction():
        row = await db.fetchrow(
            "INSERT INTO orders (branch_id, table_label, due_at) VALUES ($1, 'T9', now() + $2::text::interval) "
            "RETURNING id, order_number",
            UUID(branch_id), due,
        )  # fmt: skip
        for course in range(1, courses + 1):
            await db.execute(
                "WITH k AS (INSERT INTO kots (order_id, station, course) VALUES ($1, 'Grill', $2) RETURNING id) "
                "INSERT INTO order_items (order_id, kot_id, name) SELECT $1, id, 'Dish ' || $2::integer FROM k",
                row["id"], course,
            )  # fmt: skip
    return row["id"], row["order_number"]


async def test_a_bump_means_the_course_that_is_cooked(server: Any, db: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url, width=1920, height=1080)
    order_id, number = await place(db, server.branch_id, 2)
    ticket = board.ticket(number, "SENT")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, fired", "Course 2, held"])
    await ticket.locator(".head").click()
    await expect(ticket.locator(".course")).to_have_text(["Course 1, done", "Course 2, held"])
    read = "SELECT array_agg(status::text ORDER BY course) = '{READY,SENT}' FROM kots WHERE order_id = $1"
    await eventually(lambda: db.fetchval(read, order_id))
    # what is done becomes one line; all that is left waits, and the next press fires it
    await expect(ticket.locator(".course")).to_have_text(["Course 2, held"])
    await ticket.locator(".head").click()
    await expect(ticket.locator(".course")).to_have_text(["Course 2, fired"])


async def test_what_is_for_later_is_counted_until_it_comes_near(server: Any, db: Any, open_board: OpenBoard) -> None:
    await place(db, server.branch_id, 1, "4 hours")
    board = await open_board(server.url, width=1920, height=1080)
    figure = board.page.locator(".figure-later")
    await expect(figure).to_contain_text("1later, next")
    order_id, number = await place(db, server.branch_id, 1, "3 hours")
    await expect(figure).to_contain_text("2later, next")
    await expect(board.ticket(number)).to_have_count(0)
    # the number is one of the day for which it is promised
    number = await db.fetchval(
        "UPDATE orders SET due_at = now() + interval '50 minutes' WHERE id = $1 RETURNING order_number", order_id
    )
    await expect(board.ticket(number, "SENT")).to_contain_text("For ")
    await expect(figure).to_contain_text("1later, next")


async def test_a_fire_that_is_taken_back_lets_the_course_wait_for_the_one_before(
    server: Any, db: Any, open_board: OpenBoard
) -> None:
    await db.execute("UPDATE branches SET courses_fire = 'READY' WHERE id = $1", UUID(server.branch_id))
    board = await open_board(server.url, width=1920, height=1080)
    order_id, number = await place(db, server.branch_id, 2, None)
    await db.execute("UPDATE kots SET held = true WHERE order_id = $1 AND course = 1", order_id)
    ticket = board.ticket(number, "SENT")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, held", "Course 2, held"])
    await ticket.locator(".head").click()
    await expect(ticket.locator(".course")).to_have_text(["Course 1, fired", "Course 2, fired"])
    waiting = "SELECT array_agg(waits_for::text ORDER BY course) = $2 FROM kots WHERE order_id = $1"
    await eventually(lambda: db.fetchval("SELECT NOT bool_or(held) FROM kots WHERE order_id = $1", order_id))
    await board.page.keyboard.press("KeyR")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, held", "Course 2, held"])
    await eventually(lambda: db.fetchval(waiting, order_id, ["{HAND}", "{COURSE}"]))
    # and what it waits for fires it
    await ticket.locator(".head").click()
    await eventually(lambda: db.fetchval("SELECT NOT bool_or(held) FROM kots WHERE order_id = $1", order_id))


async def test_a_hold_that_is_taken_back_fires_only_what_it_held(server: Any, db: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url, width=1920, height=1080)
    order_id, number = await place(db, server.branch_id, 2)
    ticket = board.ticket(number, "SENT")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, fired", "Course 2, held"])
    await board.page.keyboard.press("1")
    await board.page.keyboard.press("h")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, held", "Course 2, held"])
    await eventually(lambda: db.fetchval("SELECT bool_and(held) FROM kots WHERE order_id = $1", order_id))
    await board.page.keyboard.press("r")
    await expect(ticket.locator(".course")).to_have_text(["Course 1, fired", "Course 2, held"])
    read = "SELECT array_agg(held ORDER BY course) = '{f,t}' FROM kots WHERE order_id = $1"
    await eventually(lambda: db.fetchval(read, order_id))
    await expect(ticket.locator(".course")).to_have_text(["Course 1, fired", "Course 2, held"])
