"""The stations in the back office: added, renamed, put in order by keyboard, removed, beside a kitchen that works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.orders import place
from tests.patience import eventually

from .conftest import OpenOffice, OpenPage, Troubles, sign_in, violations
from .office import LOOK
from .test_office_looks import _fits

PHONE: dict[str, Any] = {"width": 390, "height": 844}
SIZES: list[dict[str, Any]] = [{"width": 1366, "height": 768}, PHONE]
STATIONS = ["Grill", "Fry", "Cold"]
ConnectDb = Callable[[], Awaitable[Any]]


@pytest.fixture(autouse=True)
async def kitchen(db: Any, server: Any) -> None:
    """The stations of the demo, and nothing else."""
    rows = await db.fetch("SELECT name FROM stations WHERE branch_id = $1 ORDER BY position", UUID(server.branch_id))
    assert [row["name"] for row in rows] == STATIONS


async def open_stations(open_office: OpenOffice, **device: Any) -> Page:
    """With the stations in it."""
    page = await open_office("manager", "/manager#stations", **device)
    await expect(names(page)).to_have_text(STATIONS)
    return page


def names(page: Page) -> Locator:
    """Of the stations, in their order."""
    return page.locator(".stations .office-card > .station-list .station-name")


def row(page: Page, name: str) -> Locator:
    """The line of a station, or of tickets that have none."""
    return page.locator(".station").filter(has=page.get_by_text(name, exact=True))


def button(page: Page, name: str) -> Locator:
    """The one of this name."""
    return page.get_by_role("button", name=name, exact=True)


def said(page: Page) -> Locator:
    """What was done."""
    return page.locator(".stations .panel-said")


async def rename(page: Page, name: str, new_name: str) -> None:
    """By keyboard."""
    await button(page, f"Rename {name}").press("Enter")
    field = page.get_by_label(f"New name of {name}")
    await expect(field).to_be_focused()
    await expect(field).to_have_value(name)
    await page.keyboard.type(new_name)
    await page.keyboard.press("Enter")


async def stations_of(db: Any, order_id: Any) -> list[str | None]:
    """Of the tickets of an order."""
    rows = await db.fetch("SELECT station FROM kots WHERE order_id = $1 ORDER BY 1", order_id)
    return [each["station"] for each in rows]


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
async def test_a_station_is_added(open_office: OpenOffice, db: Any, size: dict[str, Any]) -> None:
    page = await open_stations(open_office, **size)
    await expect(page.locator(".people-count")).to_have_text("3 stations")
    field = page.get_by_label("New station")
    await field.press("Enter")
    await expect(page.get_by_text("Type a name.")).to_be_visible()
    await field.fill(" Bar ")
    await field.press("Enter")
    await expect(names(page)).to_have_text([*STATIONS, "Bar"])
    await expect(said(page)).to_have_text("Bar is added.")
    await expect(row(page, "Bar")).to_contain_text("0 dishes, 0 open tickets")
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    assert await db.fetchval("SELECT count(*) FROM stations WHERE name = 'Bar'") == 1


async def test_a_name_that_cooks_cannot_tell_from_another_is_refused_beside_its_field(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("422")
    page = await open_stations(open_office)
    await page.get_by_label("New station").fill("GRILL")
    await button(page, "Add").click()
    problem = page.locator(".stations .office-card > .station-form .dish-problem")
    await expect(problem).to_contain_text("cooks could not tell")
    await expect(page.get_by_label("New station")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("New station").fill("")
    await expect(problem).to_be_empty()
    await rename(page, "Cold", "fry ")
    await expect(row(page, "Fry")).to_be_visible()
    field = page.get_by_label("New name of Cold")
    await expect(field).to_be_focused()
    await expect(page.locator(".station .dish-problem")).to_contain_text("cooks could not tell")
    await page.keyboard.press("Escape")
    await expect(button(page, "Rename Cold")).to_be_focused()
    await expect(names(page)).to_have_text(STATIONS)


async def test_a_station_is_renamed_and_an_open_ticket_follows_on_the_board(
    open_office: OpenOffice, open_page: OpenPage, server: Any, db: Any
) -> None:
    order_id = await place(db, UUID(server.branch_id), stations=("Grill",))
    page = await open_stations(open_office)
    await expect(row(page, "Grill")).to_contain_text("1 open ticket")
    await rename(page, "Grill", "Tandoor")
    await expect(names(page)).to_have_text(["Tandoor", "Fry", "Cold"])
    await expect(said(page)).to_have_text("Grill is called Tandoor now.")
    await expect(button(page, "Rename Tandoor")).to_be_focused()
    await expect(row(page, "Tandoor")).to_contain_text("1 open ticket")
    assert await stations_of(db, order_id) == ["Tandoor"]
    await page.evaluate("location.hash = '#menu'")
    await expect(page.locator(".dish-station").filter(has_text="Tandoor").first).to_be_attached()


@pytest.mark.parametrize("key", ["Enter", "Space"])
async def test_stations_are_put_in_order_by_keyboard(open_office: OpenOffice, server: Any, db: Any, key: str) -> None:
    page = await open_stations(open_office)
    up, down = button(page, "Move Cold up"), button(page, "Move Cold down")
    await expect(down).to_have_attribute("aria-disabled", "true")
    await up.focus()
    for _ in range(2):
        await page.keyboard.press(key)
    await expect(names(page)).to_have_text(["Cold", "Grill", "Fry"])
    await expect(up).to_be_focused()
    await expect(up).to_have_attribute("aria-disabled", "true")
    await expect(said(page)).to_have_text("Cold: 1 of 3")
    await down.press(key)
    wanted = ["Grill", "Cold", "Fry"]
    await expect(names(page)).to_have_text(wanted)
    read = "SELECT name FROM stations WHERE branch_id = $1 ORDER BY position, name"

    async def is_kept() -> bool:
        return [each["name"] for each in await db.fetch(read, UUID(server.branch_id))] == wanted

    await eventually(is_kept)
    await page.reload()
    await expect(names(page)).to_have_text(wanted)


@pytest.mark.parametrize("to", ["Fry", "The kitchen as a whole"])
async def test_a_station_is_removed_and_its_dishes_and_tickets_go_where_one_says(
    open_office: OpenOffice, server: Any, db: Any, to: str
) -> None:
    order_id = await place(db, UUID(server.branch_id), stations=("Cold",))
    dishes = await db.fetchval("SELECT count(*) FROM menu_items WHERE station = 'Cold'")
    page = await open_stations(open_office)
    await button(page, "Remove Cold").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(f"{dishes} dishes, 1 open ticket")
    await dialog.get_by_role("button", name="No, leave it").click()
    await expect(names(page)).to_have_text(STATIONS)
    await button(page, "Remove Cold").click()
    await expect(dialog.get_by_label("Where it goes").locator("option")).to_have_text(
        ["The kitchen as a whole", "Grill", "Fry"]
    )
    await dialog.get_by_label("Where it goes").select_option(label=to)
    await dialog.get_by_role("button", name="Yes, remove").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(names(page)).to_have_text(["Grill", "Fry"])
    await expect(said(page)).to_have_text("Cold is removed.")
    station = None if to != "Fry" else "Fry"
    assert await stations_of(db, order_id) == [station]
    assert await db.fetchval("SELECT count(*) FROM menu_items WHERE station = 'Cold'") == 0


async def test_tickets_that_somebody_holds_are_told_and_moved_later(
    open_office: OpenOffice, server: Any, db: Any, connect_db: ConnectDb
) -> None:
    order_id = await place(db, UUID(server.branch_id), stations=("Cold",))
    page = await open_stations(open_office)
    till = await connect_db()
    async with till.transaction():
        await till.execute("UPDATE kots SET recalled = recalled WHERE order_id = $1", order_id)
        await rename(page, "Cold", "Kalt")
        await expect(said(page)).to_contain_text("1 open order still has tickets of Cold", timeout=15_000)
    stray = page.locator(".strays .station")
    await expect(stray).to_contain_text("1 open order")
    await button(page, "Move the tickets of Cold").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Where it goes")).to_have_value("Kalt")
    await dialog.get_by_role("button", name="Yes, move").click()
    await expect(said(page)).to_have_text("The tickets of Cold are moved.")
    await expect(page.locator(".strays")).to_be_hidden()
    assert await stations_of(db, order_id) == ["Kalt"]


async def test_two_managers_at_once_see_what_there_is(open_office: OpenOffice, troubles: Troubles) -> None:
    for status in ("404", "409"):
        troubles.forgive(status)
    first = await open_stations(open_office)
    second = await open_stations(open_office)
    await rename(first, "Cold", "Kalt")
    await expect(names(first)).to_have_text(["Grill", "Fry", "Kalt"])
    await button(second, "Move Cold up").click()
    await expect(second.get_by_role("alert").filter(has_text="The stations have changed meanwhile")).to_be_visible()
    await expect(names(second)).to_have_text(["Grill", "Fry", "Kalt"])
    await button(first, "Remove Fry").click()
    await button(second, "Rename Fry").click()
    await first.get_by_role("dialog").get_by_role("button", name="Yes, remove").click()
    await expect(names(first)).to_have_text(["Grill", "Kalt"])
    await second.get_by_label("New name of Fry").fill("Fritters")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("alert").filter(has_text="That is gone meanwhile")).to_be_visible()
    await expect(names(second)).to_have_text(["Grill", "Kalt"])


async def test_it_follows_what_others_change_and_asks_before_what_was_typed_is_lost(
    open_office: OpenOffice, db: Any, server: Any
) -> None:
    page = await open_stations(open_office)
    await button(page, "Rename Grill").click()
    await page.get_by_label("New name of Grill").fill("Tand")
    await db.execute("INSERT INTO stations VALUES ($1, 'Pass', 9)", UUID(server.branch_id))
    await page.evaluate(LOOK)
    await expect(page.locator(".people-count")).to_have_text("4 stations")
    await expect(page.get_by_label("New name of Grill")).to_have_value("Tand")
    await db.execute(
        "UPDATE stations SET name = 'Oven' WHERE branch_id = $1 AND name = 'Grill'", UUID(server.branch_id)
    )
    await page.evaluate(LOOK)
    await expect(said(page)).to_contain_text("Tand: That is gone meanwhile.")
    await expect(said(page)).to_be_focused()
    await button(page, "Rename Oven").click()
    await page.get_by_label("New name of Oven").fill("Tand")
    await page.get_by_role("link", name="Menu", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="No, stay").click()
    await expect(page.get_by_label("New name of Oven")).to_have_value("Tand")
    await page.get_by_role("link", name="Menu", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Yes, leave").click()
    await expect(page.locator(".dish").first).to_be_attached()


async def test_on_a_phone_it_is_found_in_more(open_office: OpenOffice) -> None:
    page = await open_office("manager", **PHONE)
    tabs = page.locator(".office-tabs")
    await tabs.get_by_role("link", name="More").click()
    await expect(tabs.get_by_role("link", name="Stations")).to_have_count(0)
    await page.get_by_role("link", name="Stations").click()
    await expect(names(page)).to_have_text(STATIONS)


async def _walk(page: Page, db: Any, look: Callable[[Page], Awaitable[None]]) -> None:
    """From the list through a name that is refused, one that is typed, and what asks."""
    await page.evaluate("location.hash = '#stations'")
    await expect(names(page)).to_have_text(STATIONS)
    await expect(page.locator(".strays")).to_be_visible()
    await look(page)
    await page.locator(".office-card > .station-form .office-main").click()
    await expect(page.locator(".dish-problem:not(:empty)")).to_have_count(1)
    await page.locator(".station-acts .office-button").first.click()
    await page.locator(".station input").fill("COLD")
    await page.keyboard.press("Enter")
    await expect(page.locator(".dish-problem:not(:empty)")).to_have_count(2)
    await look(page)
    await page.keyboard.press("Escape")
    for asks in (page.locator(".station-acts .office-danger").first, page.locator(".strays .office-button")):
        await asks.click()
        await expect(page.locator("dialog[open]")).to_have_count(1)
        await look(page)
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.locator(".station-move").last.focus()
    await page.locator(".station-move").nth(1).click()
    await expect(page.locator(".stations .panel-said")).not_to_be_empty()
    await look(page)


@pytest.mark.parametrize("size", SIZES, ids=["1366x768", "390x844"])
@pytest.mark.parametrize("language", ["de", "ar"])
async def test_every_word_has_its_place(
    server: Any, open_page: OpenPage, db: Any, troubles: Troubles, language: str, size: dict[str, Any]
) -> None:
    troubles.forgive("422")
    await place(db, UUID(server.branch_id), stations=("Grill", "Pizza oven"))
    page = await open_page("about:blank", **size)
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/manager")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-numbers")).to_be_visible()
    await _walk(page, db, _fits)
    assert await page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
async def test_axe_finds_no_violation(
    server: Any, browser: Browser, db: Any, troubles: Troubles, size: dict[str, Any]
) -> None:
    troubles.forgive("422")
    await place(db, UUID(server.branch_id), stations=("Grill", "Pizza oven"))
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(viewport={"width": size["width"], "height": size["height"]}, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{server.url}/manager")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-numbers")).to_be_visible()

    async def content(page: Page) -> None:
        assert await violations(page) == []

    await _walk(page, db, content)
    await context.close()
