"""A dish is added, changed and deleted: each refusal at its field, and no word that somebody typed is ever lost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from .conftest import OpenOffice, Troubles, sign_in
from .customers import Customer
from .held_requests import hold
from .office_menu import LOOK, NO_ANSWER, PHONE, edit, open_menu, panel, row, said, save, sold_out, stored

DISH = re.compile(r"/manager/menu/[0-9a-f-]+\?")
MENU = re.compile(r"/manager/menu\?")


def name_field(page: Page) -> Any:
    """Where the name is typed."""
    return panel(page).get_by_label("Name on the menu")


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
async def test_a_new_dish_stands_last_of_its_section_and_on_order_pages(
    open_office: OpenOffice, db: Any, branch_id: str, customer: Customer, size: dict[str, Any]
) -> None:
    page = await open_menu(open_office, **size)
    await page.get_by_role("link", name="New dish").click()
    await expect(name_field(page)).to_be_focused()
    await name_field(page).fill("Kulfi with figs")
    await panel(page).get_by_label("Price, EUR").fill("6,5")
    await panel(page).get_by_label("Section").fill("Sweet")
    await panel(page).get_by_label("Station").select_option("Cold")
    await panel(page).get_by_label("Description").fill("Two sticks")
    for allergen in ("milk", "nuts"):
        await panel(page).get_by_role("checkbox", name=allergen, exact=True).check()
    await panel(page).get_by_role("button", name="Add a choice").click()
    await expect(panel(page).get_by_label("Choice 1", exact=True)).to_be_focused()
    await page.keyboard.type("ADD cream")
    await panel(page).get_by_label("What choice 1 adds").fill("1.20")
    await panel(page).get_by_label("Cooking time, min").fill("2.5")
    await panel(page).get_by_label("Course").fill("3")
    await panel(page).get_by_role("button", name="Add to the menu").click()
    await expect(said(page)).to_have_text("Kulfi with figs is on the menu.")
    await expect(page).to_have_url(re.compile("#menu/[0-9a-f-]{36}$"))
    dish = next(each for each in await customer.menu() if each["name"] == "Kulfi with figs")
    assert (dish["priceCents"], dish["station"], dish["allergens"]) == (650, "Cold", ["milk", "nuts"])
    assert dish["modifiers"] == [{"name": "ADD cream", "priceCents": 120}]
    assert await stored(db, branch_id, "Kulfi with figs", "prep_s") == 150
    assert await stored(db, branch_id, "Kulfi with figs", "course") == 3
    sweet = page.locator(".dishes section").filter(has=page.get_by_role("heading", name="Sweet"))
    if size:
        await page.get_by_role("link", name="Back to the menu").click()
    await expect(sweet.locator(".dish-name").last).to_have_text("Kulfi with figs")


async def test_only_what_was_changed_is_sent_and_saving_tells_so(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    sent: list[Any] = []

    def hear(request: Any) -> None:
        if request.method == "PATCH":
            sent.append(request.post_data_json)

    page.on("request", hear)
    await panel(page).get_by_label("Price, EUR").fill("9.2")
    await page.keyboard.press("Enter")
    await expect(said(page)).to_have_text("Chilli squid is saved.")
    assert sent == [{"priceCents": 920}]
    await expect(panel(page).get_by_label("Price, EUR")).to_have_value("9.20")
    await expect(row(page, "Chilli squid")).to_contain_text("€9.20")
    await panel(page).get_by_label("Price, EUR").fill("9,2")  # the same
    await save(page)
    await expect(said(page)).to_have_text("Nothing was changed.")
    assert len(sent) == 1
    assert await stored(db, branch_id, "Chilli squid", "price_cents") == 920


async def test_allergens_and_choices_are_changed_and_taken_away(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    await db.execute(
        "UPDATE menu_items SET allergens = '{squid,gluten,alcohol}' WHERE branch_id = $1 AND name = 'Chilli squid'",
        UUID(branch_id),
    )
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    for present in ("molluscs", "gluten", "alcohol"):  # squid is a mollusc
        await expect(panel(page).get_by_role("checkbox", name=present, exact=True)).to_be_checked()
    await panel(page).get_by_role("checkbox", name="gluten", exact=True).uncheck()
    await panel(page).get_by_role("checkbox", name="eggs", exact=True).check()
    await panel(page).get_by_role("button", name="Remove choice 1").click()
    await expect(panel(page).get_by_role("button", name="Remove choice 1")).to_be_focused()
    await panel(page).get_by_label("What choice 1 adds").fill("-0.50")
    await save(page)
    await expect(said(page)).to_have_text("Chilli squid is saved.")
    assert await stored(db, branch_id, "Chilli squid", "allergens") == ["squid", "alcohol", "eggs"]
    choices = await stored(db, branch_id, "Chilli squid", "modifiers")
    assert '"MILD"' not in choices and '"priceCents": -50' in choices


async def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("422")
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    for label, text, words in (
        ("Name on the menu", "  ", "Type a name."), ("Price, EUR", "1,200", "Type an amount such as 8.50."),
        ("Cooking time, min", "121", "Type 0 to 120 minutes."), ("Course", "1.5", "Type a whole number from 1 to 99."),
    ):  # fmt: skip
        field = panel(page).get_by_label(label)
        before = await field.input_value()
        await field.fill(text)
        await save(page)
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(words)
        await field.fill(before)
        await expect(field).not_to_have_attribute("aria-invalid", "true")
    await name_field(page).fill("Onion bhaji")  # the server's word
    await save(page)
    await expect(name_field(page)).to_have_accessible_description("Another dish has this name. Choose another.")
    await expect(name_field(page)).to_have_value("Onion bhaji")
    await expect(name_field(page)).to_be_focused()
    await name_field(page).fill("Chilli squid")
    first = await panel(page).get_by_label("Choice 1", exact=True).input_value()
    await panel(page).get_by_label("Choice 2", exact=True).fill(first)
    await save(page)
    await expect(panel(page)).to_contain_text("Two choices have the same name.")
    await expect(panel(page).get_by_label("Choice 2", exact=True)).to_be_focused()


async def test_what_is_typed_stays_while_others_change_the_dish(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await name_field(page).fill("Squid, hot")
    await name_field(page).press("ArrowLeft")
    await db.execute(
        "UPDATE menu_items SET price_cents = 975, name = 'Calamari' WHERE branch_id = $1 AND name = 'Chilli squid'",
        UUID(branch_id),
    )
    await page.evaluate(LOOK)
    await expect(panel(page).get_by_label("Price, EUR")).to_have_value("9.75")
    await expect(name_field(page)).to_have_value("Squid, hot")
    await expect(name_field(page)).to_be_focused()
    assert await name_field(page).evaluate("(field) => field.selectionStart") == len("Squid, hot") - 1
    await expect(panel(page)).to_contain_text("Somebody else has changed this meanwhile.")
    await save(page)
    await expect(said(page)).to_have_text("Squid, hot is saved.")
    assert await stored(db, branch_id, "Squid, hot", "price_cents") == 975


async def test_words_for_a_dish_that_is_deleted_meanwhile_make_a_new_one(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await panel(page).get_by_label("Price, EUR").fill("9.80")
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1 AND name = 'Chilli squid'", UUID(branch_id))
    await page.evaluate(LOOK)
    await expect(panel(page)).to_contain_text("Somebody has deleted this dish. What you typed is still here")
    await panel(page).get_by_role("button", name="Add to the menu").click()
    await expect(said(page)).to_have_text("Chilli squid is on the menu.")
    assert await stored(db, branch_id, "Chilli squid", "price_cents") == 980
    assert await stored(db, branch_id, "Chilli squid", "allergens") == ["molluscs", "gluten"]


async def test_leaving_with_unsaved_words_asks_once(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    address = page.url
    await name_field(page).fill("Squid, hot")
    ways: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: page.go_back(),
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("link", name="Edit Onion bhaji").click(),
        lambda: page.get_by_role("link", name="Staff", exact=True).click(),
        lambda: page.get_by_role("button", name="Sign out").click(),
    )
    dialog = page.get_by_role("dialog")
    for leave in ways:
        await leave()
        await expect(dialog).to_contain_text("What you typed is not saved, and would be lost: Chilli squid.")
        await expect(page).to_have_url(address)
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(name_field(page)).to_have_value("Squid, hot")
    await page.get_by_role("link", name="Edit Onion bhaji").click()
    await dialog.get_by_role("button", name="Yes, leave").click()
    await expect(name_field(page)).to_have_value("Onion bhaji")
    await expect(dialog).to_have_count(0)
    await edit(page, "Chilli squid")
    await expect(name_field(page)).to_have_value("Chilli squid")
    await name_field(page).fill("Squid, hot")
    await panel(page).get_by_role("button", name="As it was").click()
    await expect(name_field(page)).to_have_value("Chilli squid")
    await page.keyboard.press("Escape")
    await expect(panel(page)).to_have_count(0)
    await expect(page.get_by_role("link", name="Edit Chilli squid")).to_be_focused()


async def test_words_outlive_the_login(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("401")
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await name_field(page).fill("Squid, hot")
    held = await hold(page, MENU, "GET", 401)
    await page.evaluate(LOOK)
    await held.asked.wait()
    await held.release()
    await expect(page.locator("#username")).to_be_focused()
    await sign_in(page, "manager", "manager-demo")
    await expect(name_field(page)).to_have_value("Squid, hot")
    await expect(panel(page)).to_contain_text("What you had typed is back.")


async def test_an_answer_that_never_came_is_looked_for_in_the_menu(
    open_office: OpenOffice, db: Any, branch_id: str, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    await panel(page).get_by_label("Price, EUR").fill("9,9")
    held = await hold(page, DISH, "PATCH", 0)
    await save(page)
    await held.asked.wait()
    await expect(panel(page).get_by_role("button", name="One moment")).to_be_visible()
    await held.release()
    await expect(panel(page).get_by_role("alert").filter(has_text=NO_ANSWER)).to_be_visible()
    await expect(panel(page).get_by_label("Price, EUR")).to_have_value("9,9")
    await db.execute(  # it did come to the server
        "UPDATE menu_items SET price_cents = 990 WHERE branch_id = $1 AND name = 'Chilli squid'", UUID(branch_id)
    )
    await page.evaluate(LOOK)
    await expect(said(page)).to_have_text("It was saved after all.")
    await expect(panel(page).get_by_role("alert").filter(has_text=NO_ANSWER)).to_have_count(0)


async def test_a_dish_is_deleted_after_a_question(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_menu(open_office)
    await edit(page, "Chilli squid")
    delete = panel(page).get_by_role("button", name="Delete this dish")
    dialog = page.get_by_role("dialog")
    await delete.click()
    await expect(dialog).to_contain_text("Orders that have it keep it.")
    await dialog.get_by_role("button", name="No, leave it").click()
    assert await stored(db, branch_id, "Chilli squid", "count(*)") == 1
    await delete.click()
    await dialog.get_by_role("button", name="Yes, delete").click()
    await expect(page.get_by_text("Chilli squid is deleted.")).to_be_focused()
    await expect(row(page, "Chilli squid")).to_have_count(0)
    assert await stored(db, branch_id, "Chilli squid", "count(*)") == 0


async def test_a_dish_that_is_gone_says_so(open_office: OpenOffice) -> None:
    page = await open_menu(open_office, "/manager#menu/00000000-0000-4000-8000-000000000000")
    await expect(page.get_by_text("There is no such dish in this branch any more.")).to_be_focused()


async def test_it_is_all_done_by_keyboard(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_menu(open_office)
    await page.get_by_role("link", name="Edit Onion bhaji").focus()
    await page.keyboard.press("Enter")
    await expect(panel(page).get_by_role("heading", name="Onion bhaji")).to_be_focused()
    for _ in range(4):  # how long, on sale, up, down
        await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(name_field(page)).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.type(" fritters")
    await page.keyboard.press("Enter")
    await expect(said(page)).to_have_text("Onion bhaji fritters is saved.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Edit Onion bhaji fritters")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Space")
    switch = row(page, "Onion bhaji fritters").get_by_role("switch")
    await expect(switch).to_have_attribute("aria-checked", "false")
    await expect(switch).to_be_focused()
    assert await sold_out(db, branch_id, "Onion bhaji fritters")
