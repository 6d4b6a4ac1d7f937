"""The menu in the back office: what there is, searched and narrowed, put in order, sold out and back, by every hand."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from tests.patience import eventually as holds

from .conftest import OpenOffice, Troubles, sign_in, violations
from .held_requests import hold
from .office_menu import LOOK, NO_ANSWER, PHONE, edit, names, open_menu, panel, row, sold_out

STOCK = re.compile(r"/kitchen/dish/")
SIZES: list[dict[str, Any]] = [{"width": 1366, "height": 768}, PHONE]
UGLY = (
    "W" * 60,
    "شوربة عدس مع خبز محمص وليمون طازج وزيت زيتون من الجليل",
    "👩‍🍳🔥 Très très épicé — \u202eonion\u202c 🌶️🌶️🌶️",
    "麻婆豆腐" * 15,
)
WIDE = "document.documentElement.scrollWidth > innerWidth"


async def test_the_dishes_stand_under_their_sections_in_the_order_of_the_menu(
    open_office: OpenOffice, db: Any, branch_id: str
) -> None:
    page = await open_menu(open_office)
    rows = await db.fetch(
        "SELECT name, section FROM menu_items WHERE branch_id = $1 ORDER BY position, name, id", UUID(branch_id)
    )
    await expect(names(page)).to_have_text([each["name"] for each in rows])
    await expect(page.locator(".dishes-title")).to_have_text(list(dict.fromkeys(each["section"] for each in rows)))
    await expect(page.locator(".people-count")).to_contain_text(f"{len(rows)} dishes")
    await expect(row(page, "Chilli squid")).to_contain_text("molluscs, gluten")
    await expect(row(page, "Chilli squid")).to_contain_text("€8.50")
    await expect(row(page, "Onion bhaji")).to_contain_text("no allergens")


async def test_a_search_and_a_section_narrow_the_list(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    await page.get_by_label("Find a dish").fill("SQUID chilli")
    await expect(names(page)).to_have_text(["Chilli squid"])
    await page.get_by_label("Find a dish").fill("nothing of this kind")
    await expect(page.get_by_text("No dish matches.")).to_be_visible()
    await page.get_by_label("Find a dish").fill("mollusc")  # an allergen is found too
    await expect(row(page, "Chilli squid")).to_be_visible()
    await page.get_by_label("Find a dish").fill("")
    await page.get_by_role("button", name="Sweet", exact=True).click()
    await expect(page.locator(".dishes-title")).to_have_text(["Sweet"])
    await expect(page.get_by_role("button", name="Sweet", exact=True)).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name=re.compile("sold out$")).click()
    for each in await page.locator(".dish").all():
        await expect(each).to_contain_text("Sold out")
    await page.get_by_role("button", name=re.compile("^All ")).click()
    await expect(row(page, "Vegetable samosa")).to_be_visible()


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
async def test_one_tap_sells_a_dish_out_until_it_is_brought_back(
    open_office: OpenOffice, db: Any, branch_id: str, size: dict[str, Any]
) -> None:
    page = await open_menu(open_office, **size)
    switch = row(page, "Chilli squid").get_by_role("switch")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await expect(row(page, "Chilli squid")).to_contain_text("until I say so")
    assert await sold_out(db, branch_id, "Chilli squid")
    await switch.click()
    await expect(row(page, "Chilli squid")).to_contain_text("On sale")
    assert not await sold_out(db, branch_id, "Chilli squid")


async def test_a_dish_is_sold_out_for_a_while_or_counted_and_lifted(open_office: OpenOffice) -> None:
    page = await open_menu(open_office)
    how_long = row(page, "Chilli squid").locator(".dish-how-long")
    dialog = page.get_by_role("dialog")
    await how_long.click()
    await expect(dialog.get_by_role("button", name="On sale again, not counted")).to_have_count(0)
    await dialog.get_by_role("button", name="Sold out for an hour").click()
    await expect(how_long).to_have_text(re.compile("^until .*[0-9]{2}:[0-9]{2}$"))
    await expect(how_long).to_be_focused()
    await how_long.click()
    await dialog.get_by_label("Portions left").fill("many")
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("Type a whole number from 0 to 9999.")
    await dialog.get_by_label("Portions left").fill("7")
    await page.keyboard.press("Enter")
    await expect(how_long).to_have_text("7 left")
    await expect(row(page, "Chilli squid").get_by_role("switch")).to_have_attribute("aria-checked", "true")
    await how_long.click()
    await dialog.get_by_role("button", name="Sold out until tomorrow").click()
    await expect(how_long).to_have_text(re.compile("^until "))
    await how_long.click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await how_long.click()
    await dialog.get_by_role("button", name="On sale again, not counted").click()
    await expect(how_long).to_have_text("not counted")


async def test_on_a_phone_it_is_counted_from_the_panel_of_the_dish(open_office: OpenOffice) -> None:
    page = await open_menu(open_office, **PHONE)
    await edit(page, "Chilli squid")
    await expect(page.locator(".menu-list")).to_be_hidden()
    await panel(page).get_by_role("button", name="not counted").click()
    await page.get_by_role("dialog").get_by_label("Portions left").fill("4")
    await page.get_by_role("dialog").get_by_role("button", name="Count them down").click()
    await expect(panel(page).locator(".dish-how-long")).to_have_text("4 left")
    await page.get_by_role("link", name="Back to the menu").click()
    await expect(row(page, "Chilli squid").locator(".dish-short")).to_have_text("€8.50, Fry, 4 left")
    await expect(page.get_by_role("link", name="Edit Chilli squid")).to_be_focused()
    assert not await page.evaluate(WIDE)


async def test_silence_about_what_was_pressed_is_told_and_the_menu_is_read_anew(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_menu(open_office)
    held = await hold(page, STOCK, "PATCH", 0)
    await row(page, "Chilli squid").get_by_role("switch").click()
    await held.asked.wait()
    await held.release()
    await expect(page.get_by_role("alert").filter(has_text="Chilli squid")).to_contain_text(NO_ANSWER)
    await expect(row(page, "Chilli squid").get_by_role("switch")).to_have_attribute("aria-checked", "true")
    await row(page, "Chilli squid").get_by_role("switch").click()
    await expect(row(page, "Chilli squid").get_by_role("switch")).to_have_attribute("aria-checked", "false")
    await expect(page.get_by_role("alert").filter(has_text="Chilli squid")).to_have_count(0)


async def test_a_dish_is_moved_in_its_section_by_keyboard(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_menu(open_office)
    before = await names(page).all_inner_texts()
    await edit(page, before[0])
    up, down = (panel(page).get_by_role("button", name=f"Move {way}") for way in ("up", "down"))
    await expect(panel(page)).to_contain_text("Small plates: 1 of 6")
    await expect(up).to_have_attribute("aria-disabled", "true")
    await down.focus()
    for _ in range(2):
        await page.keyboard.press("Enter")
    await expect(panel(page)).to_contain_text("Small plates: 3 of 6")
    await expect(down).to_be_focused()
    wanted = [before[1], before[2], before[0], *before[3:]]
    await expect(names(page)).to_have_text(wanted)
    await up.press("Enter")
    wanted = [before[1], before[0], *before[2:]]
    await expect(names(page)).to_have_text(wanted)
    ids = "SELECT name FROM menu_items WHERE branch_id = $1 ORDER BY position, name, id"

    async def is_stored() -> bool:
        return [each["name"] for each in await db.fetch(ids, UUID(branch_id))] == wanted

    await holds(is_stored)
    await page.reload()
    await expect(names(page)).to_have_text(wanted)


async def test_a_menu_that_others_changed_meanwhile_is_not_put_in_order_blindly(
    open_office: OpenOffice, db: Any, branch_id: str, troubles: Troubles
) -> None:
    troubles.forgive("409")
    page = await open_menu(open_office)
    await edit(page, "Onion bhaji")
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1 AND name = 'Bhel puri'", UUID(branch_id))
    await panel(page).get_by_role("button", name="Move up").click()
    await expect(page.get_by_role("alert").filter(has_text="Onion bhaji")).to_contain_text("has changed meanwhile")
    await expect(row(page, "Bhel puri")).to_have_count(0)
    await panel(page).get_by_role("button", name="Move up").click()
    await expect(names(page).first).to_have_text("Onion bhaji")


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
async def test_ugly_names_break_nothing(open_office: OpenOffice, db: Any, branch_id: str, size: dict[str, Any]) -> None:
    for name in UGLY:
        await db.execute(
            "INSERT INTO menu_items (branch_id, name, section, price_cents, position, description)"
            " VALUES ($1, $2, $3, 2147483647, -1, $2)",
            UUID(branch_id), name, name[::-1],
        )  # fmt: skip
    page = await open_menu(open_office, **size)
    for name in UGLY:
        await expect(names(page).filter(has_text=name)).to_be_visible()
    assert not await page.evaluate(WIDE)
    for name in UGLY:
        await page.locator(".dish").filter(has_text=name).get_by_role("link").click()
        await expect(panel(page).get_by_label("Name on the menu")).to_have_value(name)
        assert not await page.evaluate(WIDE)
        await panel(page).locator(".dish-how-long").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert not await page.evaluate(WIDE)
        await page.keyboard.press("Escape")
        await page.evaluate("location.hash = '#menu'")


async def test_it_follows_what_others_change(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    page = await open_menu(open_office)
    await db.execute(
        "UPDATE menu_items SET price_cents = 975 WHERE branch_id = $1 AND name = 'Chilli squid'", UUID(branch_id)
    )
    await page.evaluate(LOOK)
    await expect(row(page, "Chilli squid")).to_contain_text("€9.75")


async def test_an_empty_menu_says_how_to_begin(open_office: OpenOffice, db: Any, branch_id: str) -> None:
    await db.execute("DELETE FROM menu_items WHERE branch_id = $1", UUID(branch_id))
    page = await open_office("manager", "/manager#menu")
    await expect(page.get_by_text("There is no dish yet. Begin with a new one.")).to_be_visible()
    await page.get_by_role("link", name="New dish").click()
    await expect(panel(page).get_by_label("Name on the menu")).to_be_focused()


async def _content(page: Page) -> None:
    assert await violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
async def test_axe_finds_no_violation(
    server: Any, browser: Browser, troubles: Troubles, size: dict[str, Any], theme: str
) -> None:
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(viewport={"width": size["width"], "height": size["height"]}, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{server.url}/manager#menu")
    await sign_in(page, "manager", "manager-demo")
    await page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    await expect(page.locator(".dish").first).to_be_visible()
    await _content(page)
    await edit(page, "Chilli squid")
    await _content(page)
    await panel(page).get_by_label("Price, EUR").fill("x")
    await panel(page).get_by_role("button", name="Save").click()
    await expect(panel(page)).to_contain_text("Type an amount such as 8.50.")
    await _content(page)
    await panel(page).locator(".dish-how-long").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await _content(page)
    await context.close()
