"""The menu and the staff in the back office while answers are late: who went on is neither called back nor stopped."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from .conftest import OpenOffice, Troubles
from .held_requests import hold
from .office_menu import edit, open_menu, panel, row, save, stored
from .test_office_menu_edit import DISH, MENU, name_field


async def test_a_dish_that_is_added_late_calls_nobody_back(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_menu(open_office)
    await page.get_by_role("link", name="New dish").click()
    await name_field(page).fill("Kulfi")
    await panel(page).get_by_label("Price, EUR").fill("6.50")
    held = await hold(page, MENU, "POST")
    await panel(page).get_by_role("button", name="Add to the menu").click()
    await held.asked.wait()
    await page.get_by_role("link", name="Today", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Yes, leave").click()
    await expect(page.locator(".today-numbers")).to_be_visible()
    await held.release()
    await expect(page).to_have_url(re.compile("#today$"))
    assert await stored(db, branch_id, "Kulfi", "price_cents") == 650


async def test_a_dish_that_is_deleted_late_takes_nothing_of_another_panel(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await edit(page, "Garlic naan")
    await panel(page).get_by_role("button", name="Delete this dish").click()
    held = await hold(page, DISH, "DELETE")
    await page.get_by_role("dialog").get_by_role("button", name="Yes, delete").click()
    await held.asked.wait()
    await page.go_back()
    await expect(name_field(page)).to_have_value("Chilli squid")
    await name_field(page).fill("Tikka typed")
    await held.release()
    await expect(row(page, "Garlic naan")).to_have_count(0)
    await expect(name_field(page)).to_have_value("Tikka typed")


async def test_a_refusal_of_a_dish_that_comes_late_takes_no_focus(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("422")
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await name_field(page).fill("Garlic naan")
    held = await hold(page, DISH, "PATCH")
    await save(page)
    await held.asked.wait()
    description = panel(page).get_by_label("Description")
    await description.focus()
    await held.release()
    await expect(panel(page).locator(".dish-problem:not(:empty)")).to_have_count(1)
    await expect(description).to_be_focused()


async def test_a_menu_that_is_read_late_takes_no_focus(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    address = page.url
    await page.get_by_role("link", name="Today", exact=True).click()
    held = await hold(page, MENU, "GET")
    await page.evaluate("(hash) => location.hash = hash", address.split("#")[1])
    await held.asked.wait()
    search = page.get_by_label("Find a dish")
    await search.focus()
    await held.release()
    await expect(name_field(page)).to_have_value("Chilli squid")
    await expect(search).to_be_focused()


async def test_somebody_who_is_added_late_takes_nothing_of_the_next_one(open_office: OpenOffice) -> None:
    page = await open_office("manager")
    name = page.get_by_label("Name to sign in with")
    await name.fill("gina")
    held = await hold(page, re.compile(r"/manager/staff\?"), "POST")
    await name.press("Enter")
    await held.asked.wait()
    await name.fill("otto")
    await page.get_by_role("radio", name="Waiter").check()
    await held.release()
    await expect(page.get_by_role("heading", name="Link for gina")).to_be_visible()
    await expect(name).to_have_value("otto")
    await expect(page.get_by_role("radio", name="Waiter")).to_be_checked()


@pytest.mark.parametrize(("column", "text"), [("description", "Two\r\nlines"), ("section", "Two\nlines")])
async def test_a_text_that_a_field_shows_otherwise_is_no_change(
    open_office: OpenOffice, db: Any, branch_id: str, column: str, text: str
) -> None:
    await db.execute(
        f"UPDATE menu_items SET {column} = $2 WHERE branch_id = $1 AND name = 'Chilli squid'", UUID(branch_id), text
    )
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await expect(panel(page).get_by_role("button", name="As it was")).to_be_hidden()
    await page.get_by_role("link", name="Today", exact=True).click()
    await expect(page.locator(".today-numbers")).to_be_visible()


async def test_spaces_alone_are_no_new_dish(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    await page.get_by_role("link", name="New dish").click()
    await name_field(page).fill("  ")
    await page.get_by_role("link", name="Today", exact=True).click()
    await expect(page.locator(".today-numbers")).to_be_visible()
