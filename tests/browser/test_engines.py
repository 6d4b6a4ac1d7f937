"""The main flows in every engine: a guest orders and tracks, a cook bumps, a number is called, somebody signs in.

Chromium, Firefox ESR and WebKitGTK come from the system's packages; the oldest Chromium that the pages promise to run
in is the one at KDS_OLD_CHROMIUM. One that is not there skips and says so; KDS_REQUIRE_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.patience import eventually

from .conftest import without_browser
from .customers import Customer
from .engines.chromium import CHROMIUM, OLD_CHROMIUM, ChromiumTab
from .engines.firefox import FIREFOX, FirefoxTab
from .engines.tab import Moving, Tab
from .engines.webkit import DRIVER, MINI_BROWSER, XVFB, WebKitTab
from .staff import Asking

Open = Callable[..., Awaitable[Tab]]
PHONE = (390, 844)
SCREEN = (1366, 768)


async def _open(engine: str, width: int, height: int) -> Tab:
    match engine:
        case "chromium" if CHROMIUM:
            return await ChromiumTab.open(width, height)
        case "old chromium" if OLD_CHROMIUM:
            return await ChromiumTab.open(width, height, OLD_CHROMIUM)
        case "firefox" if FIREFOX:
            return await FirefoxTab.open(width, height)
        case "webkit" if DRIVER and MINI_BROWSER and XVFB:
            return await WebKitTab.open(width, height)
    without_browser(f"there is no {engine} here: firefox-esr, webkit2gtk-driver with xvfb, or KDS_OLD_CHROMIUM")


@pytest.fixture(params=["chromium", "old chromium", "firefox", "webkit"])
async def open_tab(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Starts the browser of this run; at the end no page may have left an error to nobody."""
    opened: list[Tab] = []

    async def start(size: tuple[int, int] = SCREEN) -> Tab:
        opened.append(await _open(request.param, *size))
        return opened[-1]

    yield start
    for tab in opened:
        await tab.close()
    assert [complaint for tab in opened for complaint in tab.complaints] == []


async def _sign_in(tab: Tab, username: str, password: str) -> None:
    await tab.fill("#username", username)
    await tab.fill("#password", password)
    await tab.click(".login-submit")


async def _choose(tab: Tab, language: str) -> None:
    """Chooses a language in the page's list; the list itself is the browser's and not the page's."""
    await tab.sees("select.language")
    with suppress(Moving):
        await tab.run(f"""
          const list = document.querySelector("select.language");
          list.value = "{language}";
          list.dispatchEvent(new Event("change"));
        """)


async def test_a_guest_orders_and_sees_the_dishes_get_ready(server: Any, open_tab: Open, db: Any) -> None:
    tab = await open_tab(PHONE)
    await tab.go(f"{server.url}/order/{server.branch_id}?table=T1")
    await tab.click(".plus")
    await tab.click("dialog[open] .sheet-foot .main-button")
    await tab.click(".basket-button")
    await tab.click("dialog[open] .sheet-foot .main-button", "Place order")
    await tab.sees(".track-big")
    await tab.sees(".track-live", "Live")
    await db.execute("UPDATE orders SET status = 'READY'")
    await tab.sees(".track-big", "Ready")
    await tab.sees(".dish-state", "Ready")


async def test_a_guest_reads_arabic_from_right_to_left(server: Any, open_tab: Open) -> None:
    tab = await open_tab(PHONE)
    await tab.go(f"{server.url}/order/{server.branch_id}?table=T1")
    await _choose(tab, "ar")
    await tab.sees(".chip-table", "طاولة")
    assert await tab.run("return [document.documentElement.dir, document.documentElement.lang];") == ["rtl", "ar"]
    plus, name = await tab.run("""
      const card = document.querySelector(".dish-card");
      return [".plus", "h3, strong, .dish-name"].map((each) => card.querySelector(each).getBoundingClientRect().left);
    """)
    assert plus < name
    assert await tab.run("return document.documentElement.scrollWidth <= innerWidth;")


async def test_a_cook_signs_in_and_bumps(server: Any, open_tab: Open, customer: Customer, db: Any) -> None:
    placed = await customer.order((await customer.dishes(1))[:1], table="T7")
    tab = await open_tab()
    await tab.go(f"{server.url}/kitchen")
    await _sign_in(tab, "chef", "not the password")
    await tab.sees(".login-problem", "Wrong name or password.")
    await _sign_in(tab, "chef", "chef-demo")
    await tab.sees(".health-box", "Live")
    await tab.sees(".ticket", "T7")
    await tab.press("1")
    await tab.press("Enter")
    is_ready = "SELECT status = 'READY' FROM orders WHERE id = $1::uuid"
    await eventually(lambda: db.fetchval(is_ready, placed.order_id))
    await customer.order((await customer.dishes(1))[:1], table="T8")
    await tab.sees(".ticket", "T8")


async def test_a_cook_sells_a_dish_out_by_keys_and_takes_it_back(
    server: Any, open_tab: Open, customer: Customer, db: Any
) -> None:
    (dish,) = await customer.dishes(1)
    await customer.order([dish], table="T7")
    tab = await open_tab()
    await tab.go(f"{server.url}/kitchen")
    await _sign_in(tab, "chef", "chef-demo")
    await tab.sees(".ticket", "T7")
    await tab.press("1")
    await tab.press("k")
    await tab.sees(".stock-dialog[open] .stock-item", dish["name"])
    await tab.press("1")
    await tab.sees(".notice", f"{dish['name']}: sold out")
    is_sold_out = "SELECT EXISTS (SELECT FROM dish_stock WHERE sold_out AND menu_item_id = $1::uuid)"
    assert await db.fetchval(is_sold_out, dish["menuItemId"])
    await tab.press("r")
    await tab.sees(".notice", "back on the menu")
    assert not await db.fetchval(is_sold_out, dish["menuItemId"])


async def test_a_number_is_called(server: Any, open_tab: Open, customer: Customer, db: Any) -> None:
    placed = await customer.order(await customer.dishes(1), table="", orderType="takeaway", customerName="Omar")
    tab = await open_tab()
    await tab.go(f"{server.url}/pickup/{server.branch_id}")
    await _sign_in(tab, "pickup", "pickup-demo")
    await tab.sees(".pickup-number", str(placed.number))
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", placed.order_id)
    await tab.sees(".pickup-tile[data-new]", str(placed.number))
    await tab.sees(".pickup-live", "Live")


async def test_a_new_cook_sets_the_password_by_a_link(server: Any, open_tab: Open, http: ClientSession) -> None:
    link = await (await Asking.login(http, server.url)).link_for("gina", "KITCHEN")
    tab = await open_tab(PHONE)
    await tab.go(link)
    await tab.fill("#password", "figs bread and olives")
    await tab.fill("#again", "figs bread and")
    await tab.click(".login-submit")
    await tab.sees(".login-problem", "not the same")
    await tab.fill("#again", "figs bread and olives")
    await tab.click(".login-submit")
    await tab.sees("h1", "Your password is set")
    await tab.click(".login-submit")
    await tab.sees(".health-box", "Live")


async def test_a_manager_adds_a_waiter_and_deactivates_a_cook(server: Any, open_tab: Open, db: Any) -> None:
    tab = await open_tab()
    await tab.go(f"{server.url}/manager")
    await _sign_in(tab, "chef", "chef-demo")
    await tab.sees(".login-way", "Kitchen board")
    await _sign_in(tab, "manager", "manager-demo")
    await tab.sees(".today-numbers", "Open")
    await tab.click(".office-tab", "Staff")
    await tab.sees(".people-count", "4 people")
    await tab.fill("#new-name", "gina")
    await tab.click(".role", "Waiter")
    await tab.click(".panel-form .office-main")
    await tab.sees(".link-box", "Link for gina")
    await tab.sees(".people", "gina")
    await tab.click("[aria-label='Edit chef']")
    await tab.click(".panel-acts .office-danger")
    await tab.click("dialog[open] .office-danger")
    await tab.sees(".panel-said", "chef is deactivated.")
    assert not await db.fetchval("SELECT active FROM staff WHERE username = 'chef'")
    await tab.click(".office-tab", "History")
    await tab.sees(".changes", "manager deactivated chef.")


async def test_another_language_is_chosen_and_kept(server: Any, open_tab: Open) -> None:
    tab = await open_tab(PHONE)
    await tab.go(f"{server.url}/order/{server.branch_id}?table=T1")
    await tab.sees(".basket-word", "Your basket is empty")
    await _choose(tab, "fr")
    await tab.sees(".basket-word", "Votre panier est vide")
    await tab.go(f"{server.url}/pickup/{server.branch_id}")
    await tab.sees(".login-submit", "Se connecter")
