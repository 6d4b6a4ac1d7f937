"""The back office: who works here and how that is changed, by mouse and by keyboard."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import expect

from tests.flow.test_memberships import join
from tests.orders import add_branch

from .conftest import OpenOffice, OpenPage, Troubles
from .office import answer_yes, edit, field, panel, row
from .staff import Asking


async def test_a_manager_sees_who_works_here_and_may_change_only_who_ranks_lower(open_office: OpenOffice) -> None:
    page = await open_office("manager")
    await expect(page.locator(".people .person")).to_have_count(4)
    await expect(page.locator(".people-count")).to_contain_text("4 people")
    await expect(row(page, "manager")).to_contain_text("manager (you)")
    await expect(row(page, "owner")).to_contain_text("Owner")
    await expect(row(page, "chef")).to_contain_text("Via Masala")
    await expect(page.get_by_role("link", name="Edit")).to_have_count(2)
    for name in ("owner", "manager"):
        await expect(row(page, name).get_by_role("link")).to_have_count(0)
    await expect(panel(page).get_by_role("radio")).to_have_count(4)  # none above a manager
    await expect(page.get_by_role("radio", name="Owner")).to_have_count(0)


async def test_a_new_member_gets_a_link_that_works(
    server: Any, open_office: OpenOffice, open_page: OpenPage, http: ClientSession
) -> None:
    page = await open_office("manager")
    await page.get_by_label("Name to sign in with").fill("gina")
    await page.get_by_role("radio", name="Waiter").check()
    await page.get_by_role("button", name="Add, with a one-time link").click()
    await expect(page.get_by_role("heading", name="Link for gina")).to_be_focused()
    link = await page.get_by_label("One-time link").input_value()
    assert link.startswith(f"{server.url}/welcome#")
    await expect(row(page, "gina")).to_contain_text("Waiter")
    welcome = await open_page(link)
    for label in ("New password", "The same again"):
        await welcome.get_by_label(label).fill("figs bread and olives")
    await welcome.get_by_role("button", name="Set the password").click()
    await expect(welcome.get_by_role("heading", name="Your password is set")).to_be_visible()
    await Asking.login(http, server.url, "gina", "figs bread and olives")


async def test_a_name_that_is_taken_or_none_is_refused(
    server: Any, open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("422")
    page = await open_office("manager")
    add = page.get_by_role("button", name="Add, with a one-time link")
    await add.click()
    await expect(page.get_by_role("alert")).to_have_text("Type the name that they sign in with.")
    await expect(page.get_by_label("Name to sign in with")).to_be_focused()
    await page.get_by_label("Name to sign in with").fill("chef")
    await add.click()
    await expect(page.get_by_role("alert")).to_contain_text("This name is taken. Choose another.")
    await expect(add).to_be_enabled()


async def test_a_role_is_changed_by_keyboard_alone(open_office: OpenOffice, db: Any) -> None:
    page = await open_office("manager")
    await expect(row(page, "chef")).to_contain_text("Kitchen")
    link = page.get_by_role("link", name="Edit chef")
    await link.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="chef", exact=True)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("radio", name="Kitchen")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="Waiter")).to_be_checked()
    assert await field(db, "chef", "role") == "KITCHEN"  # a key that moves the choice changes nothing yet
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(panel(page).get_by_role("status")).to_contain_text("chef now has the role Waiter")
    assert await field(db, "chef", "role") == "WAITER"
    await expect(row(page, "chef")).to_contain_text("Waiter")
    await page.keyboard.press("Escape")
    await expect(link).to_be_focused()
    await expect(page).to_have_url(re.compile("#staff$"))


async def test_a_member_is_deactivated_and_brought_back(
    server: Any, open_office: OpenOffice, db: Any, http: ClientSession
) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    await page.get_by_role("button", name="Deactivate").click()
    dialog = page.get_by_role("dialog", name="Deactivate chef?")
    await expect(dialog.get_by_role("button", name="No, leave it")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await field(db, "chef", "active")
    await page.get_by_role("button", name="Deactivate").click()
    await answer_yes(page, "Yes, deactivate")
    await expect(panel(page).get_by_role("status")).to_have_text("chef is deactivated.")
    await expect(row(page, "chef")).to_contain_text("Deactivated")
    assert not await field(db, "chef", "active")
    await expect(page.get_by_role("button", name="New password by a link")).to_be_hidden()
    await page.get_by_role("button", name="Bring back").click()
    await expect(panel(page).get_by_role("status")).to_contain_text("chef may sign in again")
    assert await field(db, "chef", "active")
    await Asking.login(http, server.url, "chef")


async def test_sessions_end_and_a_new_password_is_a_link(
    server: Any, open_office: OpenOffice, http: ClientSession, db: Any
) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    before = await field(db, "chef", "generation")
    await page.get_by_role("button", name="End all sign-ins").click()
    await answer_yes(page, "Yes, end them")
    await expect(panel(page).get_by_role("status").first).to_have_text("All sign-ins of chef have ended.")
    assert await field(db, "chef", "generation") > before
    await page.get_by_role("button", name="New password by a link").click()
    await answer_yes(page, "Yes, make a link")
    await expect(page.get_by_role("heading", name="Link for chef")).to_be_focused()
    token = (await page.get_by_label("One-time link").input_value()).partition("#")[2]
    body = {"token": token, "newPassword": "figs bread and olives"}
    async with http.post(f"{server.url}/staff/welcome", json=body) as answer:
        assert answer.status == 200
    await Asking.login(http, server.url, "chef", "figs bread and olives")


async def test_branches_are_given_and_taken_away_where_the_manager_has_several(
    server: Any, open_office: OpenOffice, http: ClientSession, db: Any
) -> None:
    second = await add_branch(db)
    await db.execute("UPDATE branches SET name = 'Riverside' WHERE id = $1", second)
    await join(db, "manager", second, "MANAGER")
    page = await open_office("manager")
    await edit(page, "chef")
    await expect(page.get_by_role("button", name="Take Via Masala away from chef")).to_have_count(0)  # the only one
    await expect(page.get_by_role("button", name="Add this branch")).to_be_disabled()
    await panel(page).get_by_label("Branch").select_option("Riverside")
    await panel(page).get_by_label("Role").last.select_option("WAITER")
    await page.get_by_role("button", name="Add this branch").click()
    await expect(panel(page).get_by_role("status")).to_have_text("chef now works in Riverside too.")
    assert (
        await db.fetchval(
            "SELECT m.role FROM staff_members m JOIN staff s ON s.id = m.staff_id"
            " WHERE m.branch_id = $1 AND username = 'chef'",
            second,
        )
        == "WAITER"
    )
    await expect(page.get_by_role("button", name="Add this branch")).to_be_hidden()
    leave = page.get_by_role("button", name="Take Riverside away from chef")
    await leave.focus()
    await (await Asking.login(http, server.url)).link_for("gina", "WAITER")
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(row(page, "gina")).to_have_count(1)
    await expect(leave).to_be_focused()  # it is read anew while somebody works by keyboard
    await leave.press("Enter")
    await answer_yes(page, "Yes, take it away")
    await expect(panel(page).get_by_role("status")).to_have_text("chef no longer works in Riverside.")
    await expect(page.get_by_role("button", name="Add this branch")).to_be_visible()
    await page.get_by_label("Branch", exact=True).first.select_option("Riverside")
    await expect(page.locator(".people .person")).to_have_count(1)
    assert f"branch={second}" in page.url
    await page.reload()
    await expect(page.locator(".people .person")).to_have_count(1)
    await expect(page.get_by_label("Branch", exact=True).first).to_have_value(str(second))


async def test_what_only_others_may_change_is_not_offered_and_said(open_office: OpenOffice, db: Any) -> None:
    await join(db, "chef", await add_branch(db), "PICKUP")
    page = await open_office("manager")
    await edit(page, "chef")
    await expect(panel(page)).to_contain_text("chef works in another branch too, where you do not rank higher")
    for name in ("New password by a link", "End all sign-ins", "Deactivate"):
        await expect(page.get_by_role("button", name=name)).to_be_hidden()
    await expect(page.get_by_role("button", name="Change the role")).to_be_visible()
    owner = await field(db, "owner", "id")
    await page.evaluate("(id) => { location.hash = `#staff/${id}`; }", str(owner))
    await expect(panel(page)).to_contain_text("Only somebody who ranks higher")
    await page.evaluate("location.hash = '#staff/nobody'")
    await expect(panel(page)).to_contain_text("no such person in this branch any more")


async def test_what_changed_elsewhere_appears_and_takes_the_place_of_a_form_that_is_over(
    server: Any, open_office: OpenOffice, http: ClientSession, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("403")
    page = await open_office("manager")
    await edit(page, "chef")
    owner = await Asking.login(http, server.url)
    chef = await field(db, "chef", "id")
    await page.get_by_role("radio", name="Waiter").check()
    await owner.ask("PATCH", f"/manager/staff/{chef}", {"role": "MANAGER"})
    await page.get_by_role("button", name="Change the role").click()
    await expect(page.locator(".people .person").nth(1)).to_contain_text("Manager")
    await expect(panel(page)).to_contain_text("Only somebody who ranks higher")  # the truth takes the form's place
    assert await field(db, "chef", "role") == "MANAGER"
    await owner.link_for("gina", "WAITER")
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(row(page, "gina")).to_contain_text("Waiter")
