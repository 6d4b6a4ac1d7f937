"""Another password of one's own, in the back office: what it ends, why one is refused, what is not known afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.patience import eventually as holds

from .conftest import OpenOffice, Troubles, sign_in
from .held_requests import hold
from .staff import Asking

CHOSEN = "figs bread and olives"
PHONE = {"width": 390, "height": 844}


async def _form(open_office: OpenOffice, **device: Any) -> Page:
    page = await open_office("manager", **device)
    await page.get_by_role("link", name="More").click()
    await expect(page.get_by_role("heading", name="Your password")).to_be_visible()
    return page


async def _fill(page: Page, present: str, chosen: str, again: str | None = None) -> None:
    await page.get_by_label("Present password").fill(present)
    await page.get_by_label("New password").fill(chosen)
    await page.get_by_label("The same again").fill(chosen if again is None else again)


async def _set(page: Page, present: str, chosen: str, again: str | None = None) -> None:
    await _fill(page, present, chosen, again)
    await page.get_by_role("button", name="Set the password").click()


async def test_it_ends_the_other_sign_ins_and_this_page_goes_on(
    server: Any, http: ClientSession, open_office: OpenOffice
) -> None:
    elsewhere = (await Asking.login(http, server.url, "manager")).bearer
    page = await _form(open_office, **PHONE)
    await expect(page.get_by_text("This ends every other sign-in of yours at once")).to_be_visible()
    await page.get_by_label("Present password").focus()
    for typed in ("manager-demo", CHOSEN, CHOSEN):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    for field in ("#present", "#password", "#again"):
        assert await page.locator(field).get_attribute("type") == "text"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    said = page.get_by_role("status").filter(has_text="Your password is changed")
    await expect(said).to_be_focused()
    for field in ("#present", "#password", "#again"):
        await expect(page.locator(field)).to_have_value("")
        assert await page.locator(field).get_attribute("type") == "password"

    async def is_over() -> bool:
        async with http.get(f"{server.url}/manager/staff", headers=elsewhere) as answer:
            return answer.status == 401

    await holds(is_over)
    await page.reload()
    await page.get_by_role("link", name="Staff").click()
    await expect(page.locator(".people .person")).to_have_count(4)
    await Asking.login(http, server.url, "manager", CHOSEN)


@pytest.mark.parametrize(
    ("present", "chosen", "again", "said", "field"),
    [
        ("", CHOSEN, None, "Type the present password.", "#present"),
        ("figs", CHOSEN, None, "The present password is not right.", "#present"),
        ("manager-demo", "figs", None, "needs at least 8", "#password"),
        ("manager-demo", CHOSEN, "figs", "The two are not the same", "#again"),
        ("manager-demo", "manager-demo", None, "That is the present password.", "#password"),
        ("manager-demo", "manager-xy", None, "made of your name or the place", "#password"),
    ],
)
async def test_why_one_is_refused_is_said_where_it_is_mended(
    open_office: OpenOffice, troubles: Troubles, present: str, chosen: str, again: str | None, said: str, field: str,
) -> None:  # fmt: skip
    troubles.forgive("422")
    page = await _form(open_office)
    await _set(page, present, chosen, again)
    await expect(page.get_by_role("alert")).to_contain_text(said)
    await expect(page.locator(field)).to_be_focused()
    await _set(page, "manager-demo", CHOSEN)
    await expect(page.get_by_role("status")).to_contain_text("Your password is changed")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_wrong_guesses_wait_as_at_the_login(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("422", "429")
    page = await _form(open_office)
    for number in range(5):
        async with page.expect_response("**/staff/password"):
            await _set(page, f"guess {number}", CHOSEN)
        await expect(page.get_by_role("alert")).to_contain_text("The present password is not right.")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert")).to_contain_text("Too many tries.")
    await expect(page.locator(".login-submit")).to_be_disabled()
    await page.get_by_role("link", name="Staff").click()  # nothing of the wait is left behind
    await expect(page.locator(".people .person")).to_have_count(4)


async def test_a_change_whose_answer_was_lost_says_how_to_go_on(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("401", "ERR_FAILED")
    page = await _form(open_office)

    async def lose(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/staff/password", lose)
    await _set(page, "manager-demo", CHOSEN)
    await expect(page.get_by_role("alert")).to_contain_text("sign in with the new one")
    await page.unroute("**/staff/password")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert")).to_have_text("Your login has ended. Sign in again.")
    await sign_in(page, "manager", CHOSEN)
    await expect(page.get_by_role("heading", name="Your password")).to_be_visible()


async def test_what_is_asked_while_it_changes_is_asked_with_the_new_token(open_office: OpenOffice) -> None:
    page = await _form(open_office)
    changing = await hold(page, "**/staff/password", "POST", is_asked_first=True)
    await _set(page, "manager-demo", CHOSEN)
    await changing.asked.wait()  # the token of before is over, which this page does not know yet
    await page.get_by_role("link", name="Staff").click()
    await expect(page.get_by_role("heading", name="Staff")).to_be_attached()
    await changing.release()
    await expect(page.locator(".people .person")).to_have_count(4)


async def test_without_network_nothing_is_sent(open_office: OpenOffice) -> None:
    page = await _form(open_office)
    await page.context.set_offline(True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await _set(page, "manager-demo", CHOSEN)
    await expect(page.get_by_role("alert")).to_contain_text("This device has no network. Nothing was sent.")
    assert [url for url in sent if re.search("/staff/password", url)] == []


async def test_the_browser_is_told_which_password_is_whose(open_office: OpenOffice) -> None:
    page = await _form(open_office)
    await expect(page.get_by_label("Name", exact=True)).to_have_value("manager")
    kinds = "[...document.forms[0].elements].filter((each) => each.autocomplete).map((each) => each.autocomplete)"
    assert await page.evaluate(kinds) == ["username", "current-password", "new-password", "new-password"]
