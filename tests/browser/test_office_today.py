"""The section Today of the back office: what it counts, that it stays true, what it says when it cannot."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Locator, Page, expect

from tests.busy_day import be_busy, become, place_ago
from tests.flow.test_memberships import join
from tests.orders import add_branch

from .conftest import OpenOffice, Troubles
from .held_requests import hold
from .office import LOOK

SIZES = ({"width": 1366, "height": 768}, {"width": 390, "height": 844})
EARLIER_MINUTES = """SELECT array_agg(floor(extract(epoch FROM clock_timestamp() - placed_at) / 60)::integer
  ORDER BY order_number DESC) FROM orders WHERE order_number IN (88, 89)"""
"""How old the two orders of earlier days are: they grow older while the page opens."""
EVERY = re.compile(r"/manager/today\?")


def tile(page: Page, name: str) -> Locator:
    """One of the four numbers."""
    return page.locator(".today-tile").filter(has=page.locator(f"dt:text-is('{name}')"))


def card(page: Page, title: str) -> Locator:
    """One of the lists."""
    return page.locator(".today-card").filter(has=page.get_by_role("heading", name=title, exact=True))


async def says(page: Page, name: str, number: str, *notes: str) -> None:
    """Sees a number, and what it counts."""
    await expect(tile(page, name).locator(".today-number")).to_have_text(number)
    for note in notes:
        await expect(tile(page, name).locator(".today-note")).to_contain_text(note)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
async def test_it_is_what_a_manager_sees_first_and_every_number_says_what_it_counts(
    open_office: OpenOffice, db: Any, branch_id: str, size: dict[str, int]
) -> None:
    await be_busy(db, branch_id)
    youngest = await db.fetchval(EARLIER_MINUTES)
    page = await open_office("manager", "/manager", **size)
    await expect(page.get_by_role("link", name="Today")).to_have_attribute("aria-current", "page")
    await expect(page).to_have_title("Today - Back office")
    await says(page, "Open", "6", "Orders sent, not ready yet", "1 on hold", "1 more for later")
    await says(page, "Late", "3", "Open orders, cooking for over 10 min to 15:30, by order type")
    await says(page, "Ready", "2", "Orders waiting to be fetched")
    await says(page, "Half ready within", "6:00", "5 tickets since", "sent until ready")
    earlier = card(page, "Open since an earlier day")
    await expect(earlier.locator(".today-name")).to_have_text(["89", "88"])
    for state, first, last in zip(
        await earlier.locator(".today-state").all_inner_texts(),
        youngest,
        await db.fetchval(EARLIER_MINUTES),
        strict=True,
    ):
        assert any(f"{age // 60} h {age % 60} min" in state for age in range(first, last + 1)), state
    dishes = card(page, "Sold out or counted")
    await expect(dishes.locator(".today-state")).to_have_text(["Sold out", "Sold out", "7 left"])
    await expect(dishes.locator(".today-what").first).to_contain_text("until")
    await expect(card(page, "Orders of guests")).to_contain_text(re.compile(r"Paused until .*\d\d:\d\d\."))
    screens = card(page, "Kitchen screens connected")
    await expect(screens.locator(".today-name")).to_have_text(["chef", "chef"])
    await expect(screens.locator(".today-state").first).to_contain_text("since")
    # nothing is changed here, and each part says where it is
    assert await page.locator(".today button, .today input, .today select").count() == 0
    for title, where in (
        ("Sold out or counted", "kds menu sold-out"), ("Orders of guests", "kds branch pause"),
        ("Open since an earlier day", "Kitchen board"), ("Kitchen screens connected", "Staff"),
    ):  # fmt: skip
        await expect(card(page, title).locator(".panel-hint")).to_contain_text(where)
    await expect(page.locator(".today")).to_contain_text("kds ages set")
    box = await page.get_by_role("link", name="Kitchen board").bounding_box()
    assert box is not None and box["height"] >= (48 if size["width"] < 720 else 44)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="Kitchen board").click()
    await expect(page).to_have_url(re.compile("/kitchen$"))


async def test_a_quiet_branch_says_so_in_words(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    await db.execute("UPDATE menu_items SET available = true WHERE branch_id = $1", UUID(branch_id))
    page = await open_office("owner", "/manager")
    for name in ("Open", "Late", "Ready"):
        await says(page, name, "0")
    await says(page, "Half ready within", "\u2013", "No ticket ready since")
    await expect(card(page, "Open since an earlier day")).to_contain_text("None. Every open order is of today.")
    await expect(card(page, "Sold out or counted")).to_contain_text("No dish is sold out or counted.")
    await expect(card(page, "Orders of guests")).to_contain_text("Guests can order.")
    await expect(card(page, "Kitchen screens connected")).to_contain_text("None. No screen shows new orders.")
    for nothing_yet in (".today-lines", ".today-number .today-sign"):
        for each in await page.locator(nothing_yet).all():
            await expect(each).to_be_hidden()


async def test_it_is_read_anew_by_itself_and_when_somebody_comes_back(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    page = await open_office("manager", "/manager")
    await says(page, "Open", "0")
    order = await place_ago(db, branch_id, 11)
    await page.evaluate(LOOK)
    await says(page, "Open", "1")
    await says(page, "Late", "1")
    await expect(tile(page, "Late").locator(".today-sign")).to_be_visible()
    await page.clock.install()
    await page.evaluate(LOOK)  # from here on its clock is the test's
    await become(db, order, "READY")
    await page.clock.run_for(21_000)
    await says(page, "Ready", "1")
    await says(page, "Late", "0")
    await expect(tile(page, "Late").locator(".today-sign")).to_be_hidden()
    await page.get_by_role("link", name="History").click()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if EVERY.search(request.url) else None)
    await page.clock.run_for(61_000)
    await page.evaluate(LOOK)
    await expect(page.locator(".office-fresh")).not_to_have_text("Reading")
    assert asked == []  # who has left the section asks no more


async def test_it_says_when_the_network_is_away_and_keeps_what_it_knew(
    open_office: OpenOffice, db: Any, branch_id: str, troubles: Troubles
) -> None:
    troubles.forgive("ERR_INTERNET_DISCONNECTED")
    await be_busy(db, branch_id)
    page = await open_office("manager", "/manager")
    await expect(page.locator(".office-fresh")).to_contain_text("Read anew every 20 s")
    await page.context.set_offline(True)
    await page.evaluate(LOOK)
    await expect(page.get_by_role("alert")).to_contain_text("Not up to date since")
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
    await says(page, "Open", "6")
    await page.context.set_offline(False)
    await expect(page.locator(".office-stale")).to_be_hidden()


async def test_without_the_database_there_are_no_numbers_and_then_there_are(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("503")
    page = await open_office("manager", "/manager#history")
    away = {"error": {"code": "unavailable", "message": "The database does not answer."}}
    await page.route(EVERY, lambda route: route.fulfill(status=503, json=away))
    await page.get_by_role("link", name="Today").click()
    await expect(page.get_by_role("alert")).to_have_text("That did not work. Try again in a moment.")
    await expect(page.locator(".today-parts")).to_be_hidden()
    await page.unroute(EVERY)
    await page.evaluate(LOOK)
    await says(page, "Open", "0")
    await expect(page.locator(".office-stale")).to_be_hidden()


async def test_older_numbers_that_come_late_are_not_shown(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_office("manager", "/manager")
    await says(page, "Open", "0")
    older = await hold(page, EVERY, "GET", is_asked_first=True)
    await page.evaluate(LOOK)
    await older.asked.wait()
    await place_ago(db, branch_id, 1)
    await page.evaluate(LOOK)
    await says(page, "Open", "1")
    await older.release()
    await says(page, "Open", "1")


async def test_another_branch_has_its_own_numbers(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    second = await add_branch(db)
    await join(db, "manager", second, "MANAGER")
    await be_busy(db, branch_id)
    await place_ago(db, second, 1)
    page = await open_office("manager", "/manager")
    await says(page, "Open", "6")
    await page.get_by_label("Branch").select_option("Elsewhere")
    await says(page, "Open", "1")
    await expect(card(page, "Orders of guests")).to_contain_text("Guests can order.")
    await page.get_by_label("Branch").select_option("Via Masala")
    await says(page, "Open", "6")
