"""The stations in the back office while answers are late or stay away: nothing goes astray, nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from tests.flow.test_memberships import join
from tests.patience import eventually

from .conftest import OpenOffice, Troubles
from .held_requests import Held, hold
from .office import LOOK
from .test_office_stations import PHONE, STATIONS, button, names, open_stations, rename, row, said
from .test_office_under_way import named_branch

ORDER = "**/manager/stations/order?*"
STATION = re.compile(r"/manager/stations\?")
READ = "SELECT name FROM stations WHERE branch_id = $1 ORDER BY position, name"


async def second_branch(db: Any) -> UUID:
    """Another one of the same manager, with the same stations."""
    branch = await named_branch(db, "Harbour")
    await join(db, "manager", branch, "MANAGER")
    await db.execute("DELETE FROM stations WHERE branch_id = $1", branch)
    for position, name in enumerate(STATIONS):
        await db.execute("INSERT INTO stations VALUES ($1, $2, $3)", branch, name, position)
    return UUID(str(branch))


async def kept(db: Any, branch_id: Any) -> list[str]:
    """The stations as the database has them."""
    return [each["name"] for each in await db.fetch(READ, UUID(str(branch_id)))]


def problem(page: Page, name: str) -> Any:
    """What is said beside the field of this name."""
    return page.locator(".dish-field").filter(has=page.get_by_label(name)).locator(".dish-problem")


async def two_moves(page: Page) -> tuple[Held, list[str], list[int]]:
    """Cold goes up twice: the first move is held on its way, so that the second waits. What is asked, and answered."""
    asked: list[str] = []
    answered: list[int] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PUT" else None)
    page.on("response", lambda told: answered.append(told.status) if told.request.method == "PUT" else None)
    held = await hold(page, ORDER, "PUT")
    await button(page, "Move Cold up").click()
    await held.asked.wait()
    await button(page, "Move Cold up").click()
    return held, asked, answered


async def heard(answered: list[int], *statuses: int) -> None:
    """Waits until these were answered."""

    async def are_there() -> bool:
        return answered == list(statuses)

    await eventually(are_there)


async def test_moves_go_to_the_branch_in_which_they_were_pressed(open_office: OpenOffice, server: Any, db: Any) -> None:
    harbour = await second_branch(db)
    page = await open_stations(open_office)
    held, asked, answered = await two_moves(page)
    await page.locator(".office-bar select").select_option("Harbour")
    await expect(page).to_have_url(re.compile(f"branch={harbour}"))
    await expect(names(page)).to_have_text(STATIONS)
    await held.release()
    await heard(answered, 200, 200)
    await button(page, "Move Fry up").click()
    await expect(said(page)).to_have_text("Fry: 1 of 3")
    assert [str(harbour) in url for url in asked] == [False, False, True]
    assert await kept(db, harbour) == ["Fry", "Grill", "Cold"]
    assert await kept(db, server.branch_id) == ["Cold", "Grill", "Fry"]


async def test_moves_that_wait_when_somebody_signs_out_are_not_sent(
    open_office: OpenOffice, troubles: Troubles, server: Any, db: Any
) -> None:
    troubles.forgive("401")  # what was on its way comes after the login has ended
    page = await open_stations(open_office)
    held, asked, answered = await two_moves(page)
    async with page.expect_response("**/staff/logout"):
        await button(page, "Sign out").click()
    await held.release()
    await heard(answered, 401)
    await page.wait_for_timeout(300)
    assert len(asked) == 1
    assert await kept(db, server.branch_id) == STATIONS


async def test_a_name_that_is_sent_waits_for_the_moves_before_it_and_the_next_move_knows_it(
    open_office: OpenOffice, server: Any, db: Any
) -> None:
    page = await open_stations(open_office)
    held = await hold(page, ORDER, "PUT")
    await button(page, "Move Cold up").click()
    await held.asked.wait()
    await page.get_by_label("New station").fill("Bar")
    await page.get_by_label("New station").press("Enter")
    await rename(page, "Grill", "Tandoor")
    await button(page, "Move Cold up").click()
    await held.release()
    wanted = ["Cold", "Tandoor", "Fry", "Bar"]
    await expect(names(page)).to_have_text(wanted)
    await expect(said(page)).to_have_text(re.compile("Cold: 1 of"))
    await expect(page.locator(".stations > .office-card > .office-stale")).to_be_hidden()
    assert await kept(db, server.branch_id) == wanted


@pytest.mark.parametrize(("status", "words"), [(503, "Try again in a moment."), (0, "Look at them before you try")])
async def test_a_name_that_was_not_taken_stays_typed_beside_why(
    open_office: OpenOffice, troubles: Troubles, server: Any, db: Any, status: int, words: str
) -> None:
    troubles.forgive("503", "ERR_FAILED")
    page = await open_stations(open_office)
    held = await hold(page, STATION, "PATCH", status)
    await rename(page, "Grill", "Tandoor")
    await held.asked.wait()
    await held.release()
    field = page.get_by_label("New name of Grill")
    await expect(problem(page, "New name of Grill")).to_contain_text(words)
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Tandoor")
    await page.keyboard.press("Enter")
    await expect(names(page)).to_have_text(["Tandoor", "Fry", "Cold"])
    assert await kept(db, server.branch_id) == ["Tandoor", "Fry", "Cold"]


async def test_a_name_that_was_taken_without_an_answer_is_seen_and_told(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_stations(open_office)

    async def lose(route: Any) -> None:
        if route.request.method != "PATCH":
            await route.fallback()
            return
        await route.fetch()
        await route.abort()

    await page.route(STATION, lose)
    await rename(page, "Grill", "Tandoor")
    await expect(names(page)).to_have_text(["Tandoor", "Fry", "Cold"])
    await expect(said(page)).to_have_text("Grill is called Tandoor now.")
    await expect(button(page, "Rename Tandoor")).to_be_focused()


async def test_a_late_answer_takes_neither_the_focus_nor_what_is_typed(open_office: OpenOffice) -> None:
    page = await open_stations(open_office)
    adding = await hold(page, STATION, "POST")
    new = page.get_by_label("New station")
    await new.fill("Bar")
    await new.press("Enter")
    await adding.asked.wait()
    await new.fill("Pass")
    await button(page, "Rename Fry").click()
    field = page.get_by_label("New name of Fry")
    await field.fill("Frit")
    await adding.release()
    await expect(row(page, "Bar")).to_be_visible()
    await expect(new).to_have_value("Pass")
    await expect(field).to_be_focused()
    renaming = await hold(page, STATION, "PATCH")
    await rename(page, "Grill", "Tandoor")
    await renaming.asked.wait()
    await field.focus()
    await renaming.release()
    await expect(row(page, "Tandoor")).to_be_visible()
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Frit")


async def test_a_refusal_that_comes_late_takes_no_focus(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("422")
    page = await open_stations(open_office)
    held = await hold(page, STATION, "POST")
    new = page.get_by_label("New station")
    await new.fill("GRILL")
    await new.press("Enter")
    await held.asked.wait()
    await button(page, "Rename Fry").click()
    await held.release()
    await expect(problem(page, "New station")).to_contain_text("cooks could not tell")
    await expect(page.get_by_label("New name of Fry")).to_be_focused()


async def test_an_emptied_name_hides_no_other_that_is_typed(open_office: OpenOffice) -> None:
    page = await open_stations(open_office)
    await page.get_by_label("New station").fill("Bar")
    await button(page, "Rename Fry").click()
    await page.get_by_label("New name of Fry").fill("")
    await page.get_by_role("link", name="Menu", exact=True).click()
    await expect(page.get_by_role("dialog")).to_contain_text("Bar")
    await page.get_by_role("dialog").get_by_role("button", name="No, stay").click()
    await page.get_by_label("New station").fill("")
    await page.get_by_role("link", name="Menu", exact=True).click()
    await expect(page.locator(".dish").first).to_be_attached()


async def test_the_browser_asks_before_a_page_with_a_typed_name_is_left(open_office: OpenOffice) -> None:
    page = await open_stations(open_office)
    asks = "dispatchEvent(new Event('beforeunload', {cancelable: true})) === false"
    assert not await page.evaluate(asks)
    await page.get_by_label("New station").fill("Bar")
    assert await page.evaluate(asks)
    await page.get_by_label("New station").fill("")
    assert not await page.evaluate(asks)


async def test_what_takes_over_is_offered_anew_after_it_was_gone(
    open_office: OpenOffice, troubles: Troubles, server: Any, db: Any
) -> None:
    troubles.forgive("422", "ERR_FAILED")
    page = await open_stations(open_office)
    await button(page, "Remove Cold").click()
    dialog = page.get_by_role("dialog")
    heir = dialog.get_by_label("Where it goes")
    await heir.select_option(label="Fry")
    await db.execute(
        "UPDATE stations SET name = 'Fritters' WHERE branch_id = $1 AND name = 'Fry'", UUID(server.branch_id)
    )
    yes = dialog.get_by_role("button", name="Yes, remove")
    await yes.click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Choose another.")
    await expect(heir.locator("option")).to_have_text(["The kitchen as a whole", "Grill", "Fritters", "Fry"])
    await expect(heir).to_have_value("Fry")  # nothing is chosen in its place unawares
    await heir.select_option(label="Fritters")
    silence = await hold(page, STATION, "DELETE", 0)
    await yes.click()
    await silence.asked.wait()
    await silence.release()
    await expect(dialog.get_by_role("alert")).to_contain_text("it may be done or not")
    reading = await hold(page, STATION, "GET")
    await yes.click()
    await reading.asked.wait()
    await expect(dialog).to_have_count(0)
    await expect(names(page)).to_have_text(["Grill", "Fritters"])
    await expect(said(page)).to_be_focused()
    await reading.release()
    await expect(said(page)).to_have_text("Cold is removed.")


async def test_on_a_phone_it_is_told_where_one_is_and_the_focus_is_there(open_office: OpenOffice) -> None:
    page = await open_office("manager", **PHONE)
    more = page.locator(".office-tabs").get_by_role("link", name="More")
    await more.click()
    await expect(more).to_have_attribute("aria-current", "page")
    await page.get_by_role("link", name="Stations").press("Enter")
    await expect(names(page)).to_have_text(STATIONS)
    await expect(page.get_by_role("heading", name="Stations", exact=True)).to_be_focused()
    await expect(more).to_have_attribute("aria-current", "true")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(more).not_to_have_attribute("aria-current", re.compile(""))
    await expect(page.locator(".office-tabs [aria-current=page]")).to_have_text("Stations")


async def test_a_list_that_is_read_while_one_asks_keeps_the_choice(
    open_office: OpenOffice, server: Any, db: Any
) -> None:
    page = await open_stations(open_office)
    await button(page, "Remove Cold").click()
    heir = page.get_by_role("dialog").get_by_label("Where it goes")
    await heir.select_option(label="Fry")
    await db.execute("INSERT INTO stations VALUES ($1, 'Pass', 9)", UUID(server.branch_id))
    await page.evaluate(LOOK)
    await expect(heir.locator("option")).to_have_count(4)
    await expect(heir).to_have_value("Fry")
