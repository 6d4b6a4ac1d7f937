"""What a guest avoids is asked about before it is ordered, told to the kitchen, and confirmed; no order is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import Ask, OpenPage, Troubles
from .customers import Customer

PHONE = {"width": 360, "height": 740}


@pytest.fixture
async def dish(db: Any, customer: Customer) -> dict[str, Any]:
    """A dish with gluten and without choices; no other has an allergen."""
    await db.execute("UPDATE menu_items SET modifiers = '[]', allergens = '{}'")
    [found] = await customer.dishes(1)
    await db.execute("UPDATE menu_items SET allergens = '{gluten}' WHERE id = $1::uuid", found["menuItemId"])
    return found


async def _order_page(server: Any, open_page: OpenPage) -> Page:
    return await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)


async def _add(page: Page, dish: dict[str, Any]) -> None:
    await page.get_by_role("button", name=f"Add {dish['name']}", exact=True).click()


async def _avoid(page: Page, allergen: str) -> None:
    await page.get_by_role("button", name="Allergies", exact=True).click()
    await page.get_by_label(f"No {allergen}").check()
    await page.get_by_role("button", name="Show the menu").click()


async def _view_basket(page: Page) -> None:
    await page.get_by_role("button", name="View basket").click()


async def test_a_dish_that_holds_what_the_guest_avoids_is_asked_about_before_it_is_ordered(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any
) -> None:
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _avoid(page, "gluten")
    await _view_basket(page)
    await expect(page.locator(".line-contains")).to_have_text("Contains gluten")
    await expect(page.locator(".line-question")).to_contain_text("Contains gluten, which you avoid.")
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("alert")).to_contain_text("holds something you avoid")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.locator(".line-question")).to_be_hidden()
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-allergy")).to_have_text("The kitchen was told: allergy to gluten.")
    assert await db.fetchval("SELECT note FROM orders") == "ALLERGY: gluten."


async def test_what_is_taken_off_is_not_ordered(
    server: Any, open_page: OpenPage, dish: dict[str, Any], customer: Customer, db: Any
) -> None:
    other = next(each for each in await customer.menu() if each["menuItemId"] != dish["menuItemId"])
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _add(page, other)
    await _avoid(page, "gluten")
    await _view_basket(page)
    await page.get_by_label("Note for the kitchen").last.fill("By the window")
    await page.get_by_role("button", name="Take it off").click()
    await expect(page.locator(".basket-line")).to_have_count(1)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-note")).to_have_text("Your note: By the window")
    assert await db.fetchval("SELECT name FROM order_items") == other["name"]


@pytest.mark.parametrize("hears", [True, False])
async def test_an_allergen_added_while_the_dish_is_in_the_basket_is_asked_about(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any, hears: bool
) -> None:
    await db.execute("UPDATE menu_items SET allergens = '{milk}' WHERE name <> $1", dish["name"])
    page = await open_page("about:blank", **PHONE)
    if not hears:
        await page.route_web_socket("**/menu/live*", lambda _: None)
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await _add(page, dish)
    await _avoid(page, "milk")
    if hears:
        await page.wait_for_timeout(300)  # the page may be read before its socket is open
    await db.execute("UPDATE menu_items SET allergens = '{gluten,Milk}' WHERE id = $1::uuid", dish["menuItemId"])
    if hears:
        await expect(page.locator(".menu-warning")).to_contain_text(f"{dish['name']} now contains milk.")
        await page.locator(".menu-warning").get_by_role("button", name="Close").click()
        await expect(page.locator(".menu-warning")).to_be_hidden()
    await _view_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await expect(page.locator(".line-question")).to_contain_text("Contains milk, which you avoid.")
    await expect(page.get_by_role("alert")).to_contain_text("holds something you avoid")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0


async def test_a_kept_dish_is_asked_about_again_when_it_holds_something_else(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any
) -> None:
    await db.execute("UPDATE menu_items SET allergens = '{nuts}' WHERE name <> $1", dish["name"])
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _avoid(page, "gluten")
    await _avoid(page, "nuts")
    await _view_basket(page)
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.locator(".line-question")).to_be_hidden()
    await db.execute("UPDATE menu_items SET allergens = '{gluten,nuts}' WHERE id = $1::uuid", dish["menuItemId"])
    await expect(page.locator(".line-question")).to_contain_text("Contains gluten, nuts, which you avoid.")


async def test_an_open_order_is_found_again_by_who_closed_the_tab(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any
) -> None:
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _view_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    number = await db.fetchval("SELECT order_number FROM orders")
    again = await page.context.new_page()
    await again.goto(f"{server.url}/order/{server.branch_id}?table=T2")
    await expect(again.locator(".placed-link")).to_have_text(f"Order {number}: in the kitchen")
    await db.execute("UPDATE orders SET status = 'READY'")
    await again.reload()
    await expect(again.locator(".placed-link")).to_have_text(f"Order {number}: ready")
    await again.locator(".placed-link").click()
    await expect(again.locator("h1")).to_have_text(f"Order {number}")
    await db.execute("UPDATE orders SET status = 'COMPLETED'")
    await again.goto(f"{server.url}/order/{server.branch_id}?table=T2")
    await expect(again.locator(".dish-card").first).to_be_visible()
    await expect(again.locator(".placed-link")).to_have_count(0)
    await page.go_back()
    await expect(page.locator(".dish-card").first).to_be_visible()


async def test_an_estimate_stands_beside_the_number(
    server: Any, open_page: OpenPage, dish: dict[str, Any], customer: Customer, db: Any
) -> None:
    for _ in range(10):
        await customer.order([dish])
    await db.execute("UPDATE orders SET status = 'READY'")
    await db.execute("UPDATE orders SET status = 'COMPLETED'")
    await db.execute("UPDATE kots SET sent_at = ready_at - interval '10 minutes'")
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _view_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await page.go_back()
    await expect(page.locator(".placed-link")).to_contain_text(": ready about ")


async def test_back_closes_a_sheet_and_then_leaves(server: Any, open_page: OpenPage, dish: dict[str, Any]) -> None:
    page = await open_page(f"{server.url}/", **PHONE)
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await _add(page, dish)
    await _view_basket(page)
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator(".basket-count")).to_have_text("1")
    for _ in range(3):  # closed by its own button, it leaves no step behind
        await _view_basket(page)
        await page.get_by_role("dialog").get_by_role("button", name="Back to the menu").click()
        await page.get_by_role("button", name="Allergies", exact=True).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.wait_for_function("!history.state")  # the driver counts back from the step that is being taken back
    await page.go_back()
    await page.wait_for_url(f"{server.url}/")


async def test_a_missing_name_is_asked_for_where_it_is_typed(
    server: Any, open_page: OpenPage, dish: dict[str, Any]
) -> None:
    page = await open_page(f"{server.url}/order/{server.branch_id}", **PHONE)
    await _add(page, dish)
    await _view_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_label("Your name")).to_be_focused()
    await expect(page.locator(".field-problem")).to_be_visible()
    await page.get_by_label("Your name").fill("Ana")
    await expect(page.locator(".field-problem")).to_be_hidden()


async def test_an_order_placed_offline_goes_out_by_itself_and_once(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any, troubles: Troubles
) -> None:
    troubles.forgive("ERR_INTERNET_DISCONNECTED", "WebSocket")
    page = await _order_page(server, open_page)
    await _add(page, dish)
    await _view_basket(page)
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("alert")).to_contain_text("You are offline", timeout=20_000)
    await page.context.set_offline(False)
    await page.wait_for_url("**/track/**")
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


async def test_a_cancelled_order_counts_no_dishes_and_no_total(
    server: Any, customer: Customer, open_page: OpenPage, dish: dict[str, Any], db: Any
) -> None:
    order = await customer.order([dish])
    await db.execute("UPDATE orders SET status = 'CANCELLED'")
    page = await open_page(f"{server.url}/track/{order.order_id}?token={order.token}", **PHONE)
    await expect(page.locator(".track-big")).to_have_text("Cancelled")
    await expect(page.locator(".track-total")).to_be_hidden()
    await expect(page.locator("body")).not_to_contain_text("0 of 0")


@pytest.mark.parametrize("kind", ["localStorage", "sessionStorage"])
async def test_a_device_that_forbids_storage_orders_as_well(
    server: Any, open_page: OpenPage, dish: dict[str, Any], db: Any, kind: str
) -> None:
    page = await open_page("about:blank", **PHONE)
    await page.add_init_script(
        f"Object.defineProperty(window, '{kind}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }});"
    )
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    await _add(page, dish)
    await _view_basket(page)
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    await expect(page.locator(".track-live")).to_contain_text("Live")
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


async def test_what_the_law_calls_an_allergen_in_any_language_of_the_pages_is_known_on_a_menu(ask: Ask) -> None:
    words = Path(__file__).parents[2] / "kds" / "static" / "words"
    names = {
        f"{file.stem} {text}": name.removeprefix("allergen.")
        for file in words.glob("*.json")
        for name, text in json.loads(file.read_text(encoding="utf-8")).items()
        if name.startswith("allergen.")
    }
    known = await ask(
        f"""
        const {{ allergenKey }} = await load("common/allergies/allergens");
        return {json.dumps(list(names))}.map((name) => allergenKey(name.slice(3)));
        """
    )
    assert dict(zip(names, known, strict=True)) == names
    assert len(names) == 14 * 7


async def test_a_guest_who_avoids_milk_is_asked_about_a_dish_whose_menu_is_in_another_language(ask: Ask) -> None:
    assert await ask(
        """
        const { avoidedIn } = await load("common/allergies/allergens");
        const menu = ["Lácteos", "Crème", "الألبان", "牛奶", "Moluscos", "Œuf"];
        const asked = ["milk", "molluscs", "eggs", "mariscos", "海鲜"];
        return asked.map((avoided) => avoidedIn({ allergens: menu }, [avoided]));
        """
    ) == [["Lácteos", "Crème", "الألبان", "牛奶"], ["Moluscos"], ["Œuf"], ["Moluscos"], ["Moluscos"]]


async def test_a_word_for_several_allergens_may_be_each_of_them_and_stays_as_it_is(ask: Ask) -> None:
    shown, avoided = await ask(
        """
        const { allergenWords, avoidedIn } = await load("common/allergies/allergens");
        const several = ["Shellfish", "Meeresfrüchte", "frutti di  mare", "seafood", "prawns", "mussels", "fish"];
        const hits = (avoided) => avoidedIn({ allergens: several }, [avoided]);
        const each = ["molluscs", "crustaceans", "shellfish", "fish", "milk"];
        return [several.slice(0, 4).map(allergenWords), each.map(hits)];
        """
    )
    assert shown == ["Shellfish", "Meeresfrüchte", "frutti di  mare", "seafood"]
    either = ["Shellfish", "Meeresfrüchte", "frutti di  mare", "seafood"]
    assert avoided == [
        [*either, "mussels"],
        [*either, "prawns"],
        [*either, "prawns", "mussels"],
        ["seafood", "fish"],
        [],
    ]
