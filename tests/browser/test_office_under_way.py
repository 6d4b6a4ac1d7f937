"""The back office while a request is under way: what is pressed, left or signed out meanwhile."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from tests.flow.test_memberships import join
from tests.orders import add_branch

from .conftest import OpenOffice, OpenPage, Troubles, eventually, sign_in
from .held_requests import hold
from .office import LOOK, STAFF, answer_yes, edit, field, panel, row, sign_out
from .staff import Asking

COUNT_INTERVALS = """(() => {
  window.living = new Set();
  const [set, clear] = [setInterval, clearInterval];
  window.setInterval = (...all) => { const id = set(...all); living.add(id); return id; };
  window.clearInterval = (id) => { living.delete(id); clear(id); };
})()"""


async def named_branch(db: Any, name: str) -> Any:
    """A further branch."""
    branch = await add_branch(db)
    await db.execute("UPDATE branches SET name = $2 WHERE id = $1", branch, name)
    return branch


async def test_a_section_that_is_left_during_a_change_is_read_no_more(open_office: OpenOffice, db: Any) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    await page.evaluate(COUNT_INTERVALS)
    held = await hold(page, "**/manager/staff/*", "PATCH")
    await page.get_by_role("radio", name="Waiter").check()
    await page.get_by_role("button", name="Change the role").click()
    await held.asked.wait()
    await page.get_by_role("link", name="More").click()
    await expect(page.get_by_role("heading", name="More")).to_be_visible()
    await held.release()
    assert await field(db, "chef", "role") == "WAITER"
    assert await page.evaluate("living.size") == 0


async def test_a_sign_out_that_nobody_answers_is_told_on_the_form_and_leaves_no_token_behind(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_office("manager")
    held = await hold(page, "**/staff/logout", "POST", 0)
    await sign_out(page)
    await page.locator("#username").fill("owner")
    await page.locator("#password").fill("owner-demo")
    await held.release()
    await expect(page.get_by_role("alert")).to_contain_text("The server has not confirmed the sign-out")
    await expect(page.locator("#username")).to_have_value("owner")
    assert await page.evaluate("localStorage['kds.manager kds.session.earlier'] ?? null") is None
    await page.locator(".login-submit").click()
    await expect(row(page, "owner")).to_contain_text("owner (you)")


async def test_a_branch_is_added_once_however_often_it_is_pressed(open_office: OpenOffice, db: Any) -> None:
    for name in ("Harbour", "Riverside"):
        await join(db, "manager", await named_branch(db, name), "MANAGER")
    page = await open_office("manager")
    await edit(page, "chef")
    add = page.get_by_role("button", name="Add this branch")
    await expect(add).to_be_disabled()
    await panel(page).get_by_label("Branch").select_option("Riverside")
    held = await hold(page, "**/branches?*", "POST")
    await add.click()
    await held.asked.wait()
    await expect(add).to_be_disabled()
    await held.release()
    await expect(panel(page).get_by_role("status")).to_have_text("chef now works in Riverside too.")
    await expect(panel(page).get_by_role("status")).to_be_focused()
    await expect(panel(page).get_by_label("Branch")).to_have_value("")
    await expect(add).to_be_disabled()
    chef = await field(db, "chef", "id")
    assert await db.fetchval("SELECT count(*) FROM staff_members WHERE staff_id = $1", chef) == 2


async def test_a_choice_of_a_branch_stays_while_the_list_is_read_anew(open_office: OpenOffice, db: Any) -> None:
    harbour, riverside = await named_branch(db, "Harbour"), await named_branch(db, "Riverside")
    for branch in (harbour, riverside):
        await join(db, "manager", branch, "MANAGER")
    page = await open_office("manager")
    await edit(page, "chef")
    await panel(page).get_by_label("Branch").select_option("Riverside")
    await panel(page).get_by_label("Role").last.select_option("PICKUP")
    await join(db, "chef", harbour, "WAITER")
    await page.evaluate(LOOK)
    await expect(panel(page).locator(".member-branches li")).to_have_count(2)
    await expect(panel(page).get_by_label("Branch")).to_have_value(str(riverside))
    await expect(panel(page).get_by_label("Role").last).to_have_value("PICKUP")


async def test_what_was_said_yes_to_is_not_called_off_and_told_before_the_list_is_read(open_office: OpenOffice) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    held = await hold(page, "**/end-sessions?*", "POST")
    await page.get_by_role("button", name="End all sign-ins").click()
    await page.get_by_role("button", name="Yes, end them").click()
    await held.asked.wait()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="No, leave it")).to_be_disabled()
    await expect(dialog.get_by_role("button", name="One moment")).to_be_disabled()
    for _ in range(3):
        await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    reading = await hold(page, STAFF, "GET")
    await held.release()
    await reading.asked.wait()
    await expect(dialog).to_have_count(0)
    await expect(panel(page).get_by_role("status")).to_have_text("All sign-ins of chef have ended.")
    await reading.release()


@pytest.mark.parametrize(("button", "yes"), [("End all sign-ins", "Yes, end them"), ("Deactivate", "Yes, deactivate")])
async def test_a_link_that_is_over_is_shown_no_more(open_office: OpenOffice, button: str, yes: str) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    await page.get_by_role("button", name="New password by a link").click()
    await answer_yes(page, "Yes, make a link")
    await expect(page.locator(".link-box")).to_be_visible()
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("dialog")).to_contain_text("A link not used yet ends too.")
    await answer_yes(page, yes)
    await expect(page.locator(".link-box")).to_have_count(0)


async def test_the_link_of_a_new_member_is_over_with_the_role_that_it_was_made_for(open_office: OpenOffice) -> None:
    page = await open_office("manager")
    await page.get_by_label("Name to sign in with").fill("gina")
    await page.get_by_role("radio", name="Waiter").check()
    await page.get_by_role("button", name="Add, with a one-time link").click()
    await expect(page.get_by_role("heading", name="Link for gina")).to_be_focused()
    await expect(page.get_by_role("radio", name="Kitchen")).to_be_checked()  # the next one begins as usual
    await edit(page, "gina")
    await page.get_by_role("radio", name="Pickup screen").check()
    await page.get_by_role("button", name="Change the role").click()
    await expect(panel(page).get_by_role("status")).to_contain_text("A link not used yet has ended.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Name to sign in with")).to_be_visible()
    await expect(page.locator(".link-box")).to_have_count(0)


async def test_beside_an_open_panel_too_a_narrow_screen_says_that_it_is_not_up_to_date(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("ERR_INTERNET_DISCONNECTED")
    page = await open_office("manager", width=800, height=1280)
    await edit(page, "chef")
    await expect(row(page, "chef")).to_be_hidden()
    await page.context.set_offline(True)
    await page.evaluate(LOOK)
    await expect(page.get_by_role("alert")).to_contain_text("Not up to date since")
    await expect(page.locator(".office-fresh")).to_be_visible()


async def test_who_chooses_a_branch_by_keyboard_goes_on_choosing(open_office: OpenOffice, db: Any) -> None:
    second = await named_branch(db, "Zeebrugge")
    await join(db, "manager", second, "MANAGER")
    page = await open_office("manager")
    branch = page.locator(".office-bar select")
    await branch.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page).to_have_url(re.compile(f"branch={second}"))
    await expect(page.locator(".people .person")).to_have_count(1)
    await expect(branch).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".people .person")).to_have_count(4)
    await expect(branch).to_be_focused()


async def test_a_rank_that_cannot_be_taken_back_is_asked_about_and_what_was_done_stays_to_be_read(
    open_office: OpenOffice, http: ClientSession, server: Any, db: Any
) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    change = page.get_by_role("button", name="Change the role")
    await page.get_by_role("radio", name="Manager").check()
    await change.click()
    await expect(page.get_by_role("dialog")).to_contain_text("on this page you cannot take it back")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await field(db, "chef", "role") == "KITCHEN"
    await change.press("Enter")
    await answer_yes(page, "Yes, give it")
    await expect(panel(page)).to_contain_text("Only somebody who ranks higher")
    said = panel(page).get_by_text("chef now has the role Manager")
    await expect(said).to_be_focused()
    assert await field(db, "chef", "role") == "MANAGER"
    await (await Asking.login(http, server.url)).link_for("gina", "WAITER")
    await page.evaluate(LOOK)
    await expect(row(page, "gina")).to_have_count(1)
    await expect(said).to_be_focused()  # the list is read anew beside it


async def test_an_address_that_names_no_section_shows_the_first(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/manager#constructor")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".today-numbers")).to_be_visible()
    await eventually(page, "document.title.startsWith('Today')")
