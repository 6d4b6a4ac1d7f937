"""The page of a one-time link: a new member sets the password, is told why not, and is led to the own page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from .conftest import OpenPage, Troubles, sign_in
from .staff import Asking
from .welcome import PASSWORD, new_link, set_password, stored

PHONE = {"width": 390, "height": 844}
OVER = "This link no longer works"


async def test_a_cook_sets_the_password_by_keyboard_alone_and_is_at_the_board(
    server: Any, http: ClientSession, open_page: OpenPage
) -> None:
    link = await new_link(http, server)
    page = await open_page(link, **PHONE)
    await expect(page.get_by_label("New password")).to_be_focused()
    await expect(page.get_by_text("8 to 200 characters")).to_be_visible()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    assert await page.locator("#password").get_attribute("type") == "password"
    await page.keyboard.press("Space")
    assert {await page.locator(field).get_attribute("type") for field in ("#password", "#again")} == {"text"}
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="Your password is set")
    await expect(heading).to_be_focused()
    assert "kds.session" not in await stored(page)  # a device in other hands keeps nothing before somebody goes on
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".board")).to_be_visible()
    assert page.url == f"{server.url}/kitchen"
    again = await open_page(f"{server.url}/kitchen")
    await sign_in(again, "gina", PASSWORD)
    await expect(again.locator(".board")).to_be_visible()


async def test_the_token_leaves_the_address_and_survives_another_language(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("404")
    link = await new_link(http, server)
    token = link.partition("#")[2]
    page = await open_page(link)
    await expect(page.get_by_label("New password")).to_be_visible()
    assert page.url == f"{server.url}/welcome"
    assert token not in str(await page.evaluate("JSON.stringify([localStorage, history.state])"))
    await page.get_by_label("Language").select_option("de")
    await expect(page.get_by_role("heading", name="Ihr Passwort")).to_be_visible()
    await page.locator("select.language").select_option("en")
    await expect(page.get_by_role("heading", name="Your password")).to_be_visible()
    await set_password(page)
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
    assert token not in await stored(page)
    await page.goto(server.url)
    await page.goto(link)
    await expect(page.get_by_role("heading", name=OVER)).to_be_focused()
    await expect(page.get_by_role("status")).to_contain_text("Ask whoever gave it to you for another one")
    assert token not in await stored(page)


@pytest.mark.parametrize(
    ("role", "button", "path"),
    [("OWNER", "Go on: Back office", "/manager"), ("PICKUP", "Go on: Pickup board", "/pickup/{branch}")],
)
async def test_everybody_is_led_to_the_own_page(
    server: Any, http: ClientSession, open_page: OpenPage, role: str, button: str, path: str
) -> None:
    page = await open_page(await new_link(http, server, role))
    await set_password(page)
    await page.get_by_role("button", name=button).click()
    await page.wait_for_url(f"{server.url}{path.format(branch=server.branch_id)}*")
    await expect(page.locator(".office, .pickup, .board")).to_be_visible()
    await expect(page.locator(".login-form")).to_have_count(0)


async def test_a_waiter_is_told_that_there_is_no_page_yet(
    server: Any, http: ClientSession, open_page: OpenPage
) -> None:
    page = await open_page(await new_link(http, server, "WAITER"))
    await set_password(page)
    await expect(page.get_by_role("status")).to_contain_text("no page for your role")
    await expect(page.get_by_role("button")).to_have_count(0)
    asking = await Asking.login(http, server.url, "gina", PASSWORD)
    assert await asking.ask("POST", "/staff/logout", {}) == {}


@pytest.mark.parametrize(
    ("password", "again", "said", "field"),
    [
        ("", None, "Type your password.", "#password"),
        ("figs", None, "has 4 characters and needs at least 8", "#password"),
        ("figs 🫒🫒", None, "has 7 characters", "#password"),
        (PASSWORD, "figs", "The two are not the same", "#again"),
        ("gina1234", None, "made of your name or the place. Take three words", "#password"),
        ("abcabcabc", None, "repeats itself or follows the keyboard. Take three words", "#password"),
        ("sunshine99", None, "one of the first that are tried. Take three words", "#password"),
        ("figs and \x7f bread", None, "characters that no keyboard types", "#password"),
    ],
)
async def test_a_password_that_is_none_is_refused_in_plain_words_and_the_link_still_works(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles,
    password: str, again: str | None, said: str, field: str,
) -> None:  # fmt: skip
    troubles.forgive("422")
    page = await open_page(await new_link(http, server), **PHONE)
    await set_password(page, password, again)
    await expect(page.get_by_role("alert")).to_contain_text(said)
    await expect(page.locator(field)).to_be_focused()
    await set_password(page)
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


@pytest.mark.parametrize("change", ["expires_at = clock_timestamp()", "generation = generation - 1"])
async def test_a_link_that_is_over_says_what_to_do(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles, db: Any, change: str
) -> None:
    troubles.forgive("404")
    page = await open_page(await new_link(http, server))
    await expect(page.get_by_label("Name")).to_have_value("gina")
    await db.execute(f"UPDATE staff_links SET {change}")
    await set_password(page)
    await expect(page.get_by_role("heading", name=OVER)).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("its hour is over")


async def test_the_browser_is_told_for_whom_it_keeps_the_password(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("503")
    link = await new_link(http, server)
    page = await open_page(link)
    await expect(page.get_by_label("Name")).to_have_value("gina")
    kinds = "[...document.forms[0].elements].filter((each) => each.autocomplete).map((each) => each.autocomplete)"
    assert await page.evaluate(kinds) == ["username", "new-password", "new-password"]
    assert await page.get_by_label("Name").get_attribute("readonly") == ""
    await page.route(
        "**/staff/welcome/name",
        lambda route: route.fulfill(status=503, json={"error": {"code": "unavailable", "message": "Away."}}),
    )
    await page.reload()
    await expect(page.get_by_label("Name")).to_be_hidden()  # nobody could tell it; the password can be set all the same
    await set_password(page)
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


@pytest.mark.parametrize("address", ["/welcome", "/welcome#", "/welcome#no link, a sentence"])
async def test_an_address_without_a_whole_link_says_so_until_there_is_one(
    server: Any, http: ClientSession, open_page: OpenPage, address: str
) -> None:
    page = await open_page(server.url + address)
    await expect(page.get_by_role("status")).to_contain_text("Open the whole link")
    await page.evaluate("(token) => { location.hash = token; }", (await new_link(http, server)).partition("#")[2])
    await set_password(page)
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


def test_the_page_says_the_rules_that_the_server_has() -> None:
    from kds.web.login.password_rules import PASSWORD_MAX, PASSWORD_MIN

    static = Path(__file__).parents[2] / "kds" / "static"
    script = (static / "js" / "common" / "login" / "new-password.js").read_text(encoding="utf-8")
    assert f"SHORTEST = {PASSWORD_MIN};" in script and f"LONGEST = {PASSWORD_MAX};" in script
    for file in (static / "words" / "staff").glob("*.json"):
        words = json.loads(file.read_text(encoding="utf-8"))
        for name in ("password.rules", "password.length"):
            numbers = set(re.findall(r"\d+", words[name]))
            assert numbers == {str(PASSWORD_MIN), str(PASSWORD_MAX)}, (file.name, name)
        assert str(PASSWORD_MIN) in words["password.tooShort"]
