"""The back office when an answer comes late: it ends nobody else's login and takes back nothing newer."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import expect

from .conftest import OpenOffice, Troubles, sign_in
from .held_requests import Moment, hold
from .office import LOOK, STAFF, edit, panel, row, sign_out
from .staff import Asking


async def test_a_refusal_that_comes_late_ends_nobody_elses_login(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("401")
    page = await open_office("manager")
    held = await hold(page, STAFF, "GET", 401)
    await page.evaluate(LOOK)
    await held.asked.wait()
    await sign_out(page)
    await sign_in(page, "owner", "owner-demo")
    await expect(row(page, "owner")).to_contain_text("owner (you)")
    await held.release()
    await expect(row(page, "owner")).to_contain_text("owner (you)")
    await expect(page.locator("#username")).to_have_count(0)


async def test_a_renewal_that_comes_late_opens_no_session_again(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("401")
    page = await open_office("manager")
    await page.evaluate("const now = Date.now; Date.now = () => now() + 7 * 3600 * 1000")
    token = await page.evaluate("JSON.parse(sessionStorage['kds.manager kds.session']).token")
    renewed = {"token": token, "role": "MANAGER", "branchId": "b", "expiresAt": "2030-01-01T00:00:00Z"}
    asked, go = Moment(), asyncio.Event()

    async def answer_late(route: Any) -> None:
        asked.set()
        await go.wait()
        await route.fulfill(json=renewed)

    await page.route("**/staff/refresh", answer_late)
    await page.evaluate(LOOK)
    await asked.wait()
    await sign_out(page)
    await page.locator("#username").fill("owner")
    held = await hold(page, STAFF, "GET", 401)
    go.set()
    await held.asked.wait()  # what waited for the renewal goes on
    assert "token" not in str(await page.evaluate("sessionStorage['kds.manager kds.session']"))
    await held.release()
    await expect(page.locator("#username")).to_have_value("owner")


async def test_an_older_list_that_comes_late_takes_back_nothing_of_ones_own_change(
    open_office: OpenOffice,
) -> None:
    page = await open_office("manager")
    await edit(page, "chef")
    older = await hold(page, STAFF, "GET", is_asked_first=True)
    await page.evaluate(LOOK)
    await older.asked.wait()
    await page.get_by_role("radio", name="Waiter").check()
    await page.get_by_role("button", name="Change the role").click()
    await expect(row(page, "chef")).to_contain_text("Waiter")
    await older.release()
    await expect(row(page, "chef")).to_contain_text("Waiter")
    await expect(panel(page).get_by_role("radio", name="Waiter")).to_be_checked()


async def test_silence_about_an_older_question_does_not_make_a_list_stale(
    open_office: OpenOffice, troubles: Troubles
) -> None:
    troubles.forgive("ERR_FAILED")
    page = await open_office("manager")
    older = await hold(page, STAFF, "GET", 0)
    await page.evaluate(LOOK)
    await older.asked.wait()
    async with page.expect_response(STAFF):
        await page.evaluate(LOOK)
    await older.release()
    await expect(page.locator(".office-stale")).to_be_hidden()


async def test_an_older_history_that_comes_late_is_not_shown(
    open_office: OpenOffice, http: ClientSession, server: Any
) -> None:
    owner = await Asking.login(http, server.url)
    await owner.link_for("gina", "WAITER")
    page = await open_office("manager", "/manager#history")
    lines = page.locator(".changes li")
    await expect(lines).to_have_count(1)
    older = await hold(page, re.compile(r"/manager/staff-changes\?"), "GET", is_asked_first=True)
    await page.evaluate(LOOK)
    await older.asked.wait()
    await owner.link_for("otto", "WAITER")
    await page.evaluate(LOOK)
    await expect(lines).to_have_count(2)
    await older.release()
    await expect(lines).to_have_count(2)
