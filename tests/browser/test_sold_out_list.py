"""The list of dishes to sell out (86): it fits at every size and in every language, and can be read by all."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from .boards import ARABIC, EMOJI, LONG, order_of, ugly_board
from .conftest import Board, Troubles, violations
from .geometry import CONTRAST
from .test_board_geometry import SIZES, show
from .test_kitchen_languages import CUT_IN_DIALOG, LANGUAGES, LONGEST, _show

JSON = dict[str, Any]
NAMES = ("Tikka", "Naan", LONG, ARABIC, EMOJI, "Donaudampfschifffahrtsgesellschaftskapitänssuppe" * 2, "A" * 80)
"""Names of dishes as no designer would have them."""


def _dishes() -> JSON:
    dishes = []
    for index, name in enumerate((*NAMES, *(f"Dish {number}" for number in range(30)))):
        section = ("Grill", "A long name of a section of the menu that goes over more than a line", "Drinks")[index % 3]
        dish: JSON = {"menuItemId": f"m{index}", "name": name, "section": section, "soldOut": index in {2, 5}}
        dish |= {"backAt": "2026-01-02T05:00:00Z"} if index in {2, 3} else {}
        dishes.append(dish | ({"remaining": 1234} if index in {3, 6} else {}))
    return {"dishes": dishes}


async def _answer(route: Route) -> None:
    await route.fulfill(json=_dishes())


async def _open_list(page: Any, keys: tuple[str, ...] = ("k",)) -> None:
    await page.route("**/kitchen/dishes", _answer)
    await page.reload()
    await Board(page).sees_health("live")
    await expect(page.locator(".ticket").first).to_be_visible()
    for key in keys:
        await page.keyboard.press(key)
    await expect(page.locator(".stock-item").first).to_be_visible()
    await Board(page).painted()


ORDERS = [order_of(1, [{"name": name, "quantity": 1, "station": "Grill"} for name in NAMES[2:5]], 3600, table="T" * 60)]

OUTSIDE = """() => {
  const dialog = document.querySelector("dialog[open]");
  const room = dialog.getBoundingClientRect();
  const list = dialog.querySelector(".stock-list");
  const found = [];
  if (room.left < 0 || room.top < 0 || room.right > innerWidth || room.bottom > innerHeight) found.push("the dialog");
  for (const node of dialog.querySelectorAll("button, input, h2, p, strong, .stock-state")) {
    const box = node.getBoundingClientRect();
    if (box.width === 0) continue;
    if (box.left < room.left || box.right > room.right) found.push(`beside: ${node.textContent}`);
    if (node.matches("button, input") && (box.height < 40 || box.width < 40)) found.push(`small: ${node.textContent}`);
  }
  const shown = [...list.querySelectorAll(".stock-item")].map((node) => node.getBoundingClientRect());
  const bottom = Math.min(list.getBoundingClientRect().bottom, room.bottom);
  const hasList = getComputedStyle(dialog).display === "grid";
  if (hasList && !shown.some((box) => box.bottom <= bottom + 1)) found.push("no dish is seen");
  shown.forEach((box, index) => index && box.top < shown[index - 1].bottom - 1 && found.push("a dish over a dish"));
  return found;
}"""


@pytest.mark.parametrize("name", SIZES)
async def test_the_list_fits_at_every_size(browser: Browser, server: Any, troubles: Troubles, name: str) -> None:
    width, height, _ = SIZES[name]
    found = []
    for density in ("comfortable", "standard", "compact"):
        page = await show(browser, server, troubles, [*ORDERS, *ugly_board()], (width, height), {"density": density})
        await _open_list(page, ("1", "k"))
        for script in (OUTSIDE, CUT_IN_DIALOG):
            found += [f"{density}: {flaw}" for flaw in await page.evaluate(script)]
        await page.context.close()
    assert found == []


@pytest.mark.parametrize("size", [(512, 300), (360, 640), (844, 390)])
async def test_the_list_fits_where_there_is_hardly_room(
    browser: Browser, server: Any, troubles: Troubles, size: tuple[int, int]
) -> None:
    page = await show(browser, server, troubles, ORDERS, size, {})
    await _open_list(page)
    assert await page.evaluate(OUTSIDE) == []
    assert await page.evaluate(CUT_IN_DIALOG) == []
    last = page.locator(".stock-item").last
    await last.scroll_into_view_if_needed()
    await expect(last).to_be_in_viewport()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_list_fits_in_every_language(
    browser: Browser, server: Any, troubles: Troubles, language: str
) -> None:
    found = []
    for size in ((1366, 768), (1024, 768), (390, 844)):
        page = await _show(browser, server, troubles, ORDERS, language, size=size)
        await _open_list(page)
        for script in (OUTSIDE, CUT_IN_DIALOG):
            found += [f"{size}: {flaw}" for flaw in await page.evaluate(script)]
        await page.context.close()
    assert found == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["en", *LONGEST])
async def test_the_list_can_be_read_by_all(
    browser: Browser, server: Any, troubles: Troubles, theme: str, language: str
) -> None:
    page = await _show(browser, server, troubles, ORDERS, language, settings={"theme": theme}, by_axe=True)
    await _open_list(page)
    assert await page.evaluate(CONTRAST) == []
    assert await violations(page) == []


async def test_the_button_is_there_on_every_screen_of_a_kitchen(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    for width, height, _ in SIZES.values():
        if 600 < width < 1024:
            continue  # it gave way, and stands in More
        page = await show(browser, server, troubles, ugly_board(), (width, height), {})
        await page.route("**/kitchen/dishes", _answer)
        await page.reload()
        await Board(page).sees_health("live")
        button = page.locator(".sold-out-action")
        await expect(button).to_have_text(["K862"])
        await expect(button).to_be_visible()
        await page.context.close()
