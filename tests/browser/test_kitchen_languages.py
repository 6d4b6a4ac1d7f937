"""The board in every language of the pages: no word beside its catalogue, nothing cut, Arabic from right to left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from .boards import at, demo_board, order_of, ugly_board
from .conftest import Ask, Board, Troubles, violations
from .geometry import FLAWS
from .test_board_geometry import BRANCH, LAYOUTS, STATIONS, flaws_of
from .test_untranslated import _bracket

LANGUAGES = sorted(file.stem for file in (Path(__file__).parents[2] / "kds" / "static" / "words").glob("*.json"))
SIZES = ((1366, 768), (1024, 600), (390, 844))
DIALOG_KEYS = ("o", ".", "l", "d", "k")
"""Options, More, earlier orders, the whole order, what is sold out."""
DISHES: list[dict[str, Any]] = [
    {"menuItemId": "1", "name": "1", "section": "2", "soldOut": True, "backAt": at(-9)},
    {"menuItemId": "3", "name": "3", "section": "2", "soldOut": True},
    {"menuItemId": "4", "name": "4", "section": "2", "soldOut": False, "remaining": 5, "backAt": at(-9)},
    {"menuItemId": "5", "name": "5", "section": "2", "soldOut": False, "remaining": 6},
    {"menuItemId": "6", "name": "6", "section": "2", "soldOut": False},
]
UNTRANSLATED = """(() => {
  const outside = (text) => text.replace(/[⟦][^⟦⟧]*[⟧]/g, "").replace(/[\\p{N}\\p{P}\\p{Z}\\p{S}\\p{Cf}\\s]/gu, "");
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("script, .not-started, .language, kbd, [lang=en]"))
      found.push(walker.currentNode.data);
  for (const node of document.body.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(node.getAttribute(name) ?? "");
  return [...new Set(found.filter(outside))];
})()"""


async def _show(
    browser: Browser, server: Any, troubles: Troubles, orders: list[Any], language: str, **more: Any
) -> Page:
    """A board in this language, whose socket tells these orders."""
    size = more.get("size", SIZES[0])
    sockets = more.get("sockets", [])
    # axe is put into the page from outside, which its own policy rightly forbids
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", bypass_csp=more.get("by_axe", False)
    )
    login = {"token": "t", "role": "KITCHEN", "branchId": "b", "expiresAt": at(-36_000)}
    settings = {"sounds": False, **more.get("settings", {})}
    kept = {"kds.session": login, "kds.settings": settings}
    script = "".join(f"localStorage['{name}'] = {json.dumps(json.dumps(value))};" for name, value in kept.items())
    await context.add_init_script(script + f"localStorage['kds.language'] ??= '\"{language}\"'")
    page = await context.new_page()
    troubles.watch(page)
    if more.get("is_bracketed"):
        await page.route("**/static/words/**", _bracket)
    branch = {**BRANCH, "stations": STATIONS, **more.get("branch", {})}
    await page.route("**/kitchen/branch", lambda route: route.fulfill(json=branch))
    await page.route("**/kitchen/dishes", lambda route: route.fulfill(json={"dishes": DISHES}))
    await page.route("**/kitchen/orders/completed*", lambda route: route.fulfill(json={"orders": orders}))

    def opened(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > more.get("lives", 99):
            return  # nobody speaks there
        of = {"epoch": "e", "revision": 1}
        socket.send(json.dumps({"type": "HELLO", "protocol": 1, **of, "serverTime": at(0)}))
        socket.send(json.dumps({"type": "SNAPSHOT", **of, "timestamp": at(0), "orders": orders}))

    await page.route_web_socket("**/kitchen/display*", opened)
    await page.goto(f"{server.url}/kitchen")
    await Board(page).sees_health("live")
    await expect(page.locator(".branch-locality")).not_to_be_empty()
    await Board(page).painted()
    return page


def _numbers_only() -> list[Any]:
    """A board whose data are digits: every letter on it is the board's own."""

    def dish(name: int, station: int = 1, **more: Any) -> dict[str, Any]:
        return {"name": str(name), "quantity": 2, "station": str(station), **more}

    table = {"table": "7"}
    void = order_of(2, [dish(21), dish(22, 2)], 400, **table)
    void["items"][0]["voided"] = True
    rounds = order_of(3, [dish(31), dish(32, 2)], 700, priority=1, **table)
    rounds["kots"][1] |= {"round": 2}
    rounds["kots"][0] |= {"status": "COMPLETED", "recalled": True}
    done = order_of(4, [dish(number) for number in range(41, 50)], 300, orderType="delivery", **table)
    for item in done["items"][:8]:
        item["done"] = True
    held = order_of(5, [dish(51)], 60, orderType="takeaway", customerName="8", table="")
    held["kots"][0]["held"] = True
    return [
        order_of(1, [dish(number, number % 3 + 1) for number in range(60)], 900_000, note="9", **table),
        void, rounds, done, held,
        order_of(6, [dish(61)], 600, status="CANCELLED", **table),
        {**order_of(7, [dish(71)], 100, **table), "orderType": ""},
        *(order_of(10 + n, [dish(n), dish(n, 2)], 90 - n, **table) for n in range(40)),
        *(order_of(60 + n, [dish(n)], 900, status="READY", **table) for n in range(30)),
        *(order_of(90 + n, [dish(n)], 900, status="COMPLETED", **table) for n in range(14)),
    ]  # fmt: skip


async def _nothing_else(page: Page) -> None:
    await Board(page).painted()
    assert await page.evaluate(UNTRANSLATED) == []


async def test_the_board_says_nothing_beside_its_catalogue(browser: Browser, server: Any, troubles: Troubles) -> None:
    sockets: list[WebSocketRoute] = []
    page = await _show(
        browser, server, troubles, _numbers_only(), "en", is_bracketed=True, sockets=sockets, lives=1,
        branch={"name": "1", "locality": "2", "stations": list("123"), "ordering": {"open": False, "until": at(-9)}},
    )  # fmt: skip
    await _nothing_else(page)
    for keys in ("2", "i", "Escape", "1Enter", "h", "h", "p", "p", "s", "s", "g", "x", "1i", "f", "f", "Escape"):
        for key in [keys[0], keys[1:]] if keys[0].isdigit() and keys[1:] else [keys]:
            await page.keyboard.press(key)
        await _nothing_else(page)
    for key in DIALOG_KEYS:
        await page.keyboard.press(key)
        await expect(page.locator("dialog[open]")).to_have_count(1)
        await _nothing_else(page)
        if key == "o":
            for name in (".key-row", ".choice"):
                await page.locator(f"dialog[open] {name}:visible").nth(5).click()
                await _nothing_else(page)
        if await page.locator("dialog[open]").count():
            await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.set_viewport_size({"width": 390, "height": 844})
    await _nothing_else(page)
    await sockets[0].close()
    await Board(page).sees_health("offline")
    await _nothing_else(page)


LONGEST = ("ar", "de")
"""At every size: the one from right to left, and the one with the longest words; the others at the first."""


@pytest.mark.parametrize(
    ("language", "size"),
    [
        pytest.param(language, size, id=f"{language}-{size[0]}x{size[1]}")
        for language in LANGUAGES
        for size in (SIZES if language in LONGEST else SIZES[:1])
    ],
)
async def test_nothing_is_cut_or_covered_in_any_language(
    browser: Browser, server: Any, troubles: Troubles, language: str, size: tuple[int, int]
) -> None:
    found = []
    for layout, settings in LAYOUTS.items():
        orders = demo_board(3) if layout == "grid" else ugly_board()
        page = await _show(browser, server, troubles, orders, language, size=size, settings=settings)
        found += [f"{layout}: {flaw}" for flaw in await flaws_of(page)]
        await page.keyboard.press("2")
        await Board(page).painted()
        found += [f"{layout}, selected: {flaw}" for flaw in await page.evaluate(FLAWS)]
        if layout == "lanes":
            for key in DIALOG_KEYS:
                await page.keyboard.press(key)
                await expect(page.locator("dialog[open]")).to_have_count(1)
                assert await page.evaluate(CUT_IN_DIALOG) == []
                await page.keyboard.press("Escape")
                await expect(page.locator("dialog[open]")).to_have_count(0)
        await page.context.close()
    assert found == []


CUT_IN_DIALOG = """() => [...document.querySelectorAll("dialog[open] :is(button, h2, h3, p, li, input)")]
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline")
  .map((node) => node.textContent)"""


@pytest.mark.parametrize("language", LONGEST)
@pytest.mark.parametrize("layout", LAYOUTS)
async def test_axe_finds_no_violation_in_another_language(
    browser: Browser, server: Any, troubles: Troubles, layout: str, language: str
) -> None:
    page = await _show(browser, server, troubles, ugly_board(), language, settings=LAYOUTS[layout], by_axe=True)
    assert await violations(page) == []
    await page.keyboard.press("o")
    await expect(page.locator("dialog[open]")).to_have_count(1)
    await Board(page).painted()
    assert await violations(page) == []


async def test_a_board_in_arabic_runs_from_right_to_left(browser: Browser, server: Any, troubles: Troubles) -> None:
    page = await _show(browser, server, troubles, demo_board(3), "ar")
    assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    lanes = [await lane.bounding_box() for lane in await page.locator(".lane").all()]
    assert lanes == sorted(lanes, key=lambda box: -box["x"] if box else 0)
    rail = await page.locator(".rail").bounding_box()
    assert rail and all(box and rail["x"] < box["x"] for box in lanes)
    undo = await page.locator(".undo-action").bounding_box()
    main = await page.locator(".main-action").bounding_box()
    assert undo and main and undo["x"] < main["x"]
    await page.keyboard.press("1")
    first = await page.locator(".ticket[data-selected]").first.bounding_box()
    await page.keyboard.press("ArrowLeft")
    await Board(page).painted()
    second = await page.locator(".ticket[data-selected]").last.bounding_box()
    assert first and second and second["x"] < first["x"]
    assert await page.evaluate("/[\\u0660-\\u0669]/.test(document.body.innerText)") is False


async def test_a_device_keeps_the_language_that_was_chosen_in_its_options(
    browser: Browser, server: Any, troubles: Troubles
) -> None:
    page = await _show(browser, server, troubles, demo_board(3), "en")
    await page.keyboard.press("o")
    await page.locator("dialog[open] .language").select_option("de")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await Board(page).sees_health("live")
    await expect(page.locator(".all-day-action .bar-word")).to_have_text("Gesamt")
    await page.reload()
    await expect(page.locator(".all-day-action .bar-word")).to_have_text("Gesamt")


async def test_a_name_that_runs_the_other_way_moves_nothing_beside_it(ask: Ask) -> None:
    assert await ask(
        """
        const { loadWords, say } = await load("common/text/words");
        const english = say("act.done", { dish: "خبز (2)" }) + say("act.done", { dish: "Naan (2)" });
        await loadWords(["ar"], ["kitchen/"]);
        return [english, say("act.done", { dish: "Naan (2)" }), say("act.done", { dish: "خبز (2)" })];
        """
    ) == ["\u2068خبز (2)\u2069 doneNaan (2) done", "\u2068Naan (2)\u2069: تم", "خبز (2): تم"]
