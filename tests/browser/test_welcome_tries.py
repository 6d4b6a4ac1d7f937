"""The page of a one-time link: a try too many, without network, or whose answer was lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from .conftest import OpenPage, Troubles, stop_clock
from .held_requests import Moment
from .staff import Asking
from .test_welcome import OVER
from .welcome import PASSWORD, fill, new_link, set_password

PHONE = {"width": 390, "height": 844}


async def test_too_many_tries_say_how_long_to_wait(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("429")
    page = await open_page(await new_link(http, server))
    body = '{"error":{"code":"too_many_tries","message":"Wait."}}'
    busy = {"status": 429, "headers": {"Retry-After": "2"}, "body": body}
    await page.route("**/staff/welcome", lambda route: route.fulfill(**busy))
    await stop_clock(page)
    await set_password(page)
    await expect(page.get_by_role("alert")).to_contain_text("Too many tries. Wait 2 s")
    await page.clock.run_for(1_900)
    await expect(page.locator(".login-submit")).to_be_disabled()
    await page.clock.run_for(600)  # it looks twice in a second
    await expect(page.locator(".login-submit")).to_be_enabled()
    await page.clock.resume()
    await page.unroute("**/staff/welcome")
    await page.locator(".login-submit").click()
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


async def test_without_network_nothing_is_sent_and_the_page_says_so(
    server: Any, http: ClientSession, open_page: OpenPage
) -> None:
    page = await open_page(await new_link(http, server))
    await fill(page, PASSWORD)
    await page.context.set_offline(True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert")).to_contain_text("This device has no network")
    assert sent == []
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


async def test_a_try_whose_answer_was_lost_is_not_taken_for_a_theft(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("404", "ERR_FAILED")
    page = await open_page(await new_link(http, server))
    await expect(page.get_by_label("Name")).to_have_value("gina")

    async def lose(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/staff/welcome", lose)
    await set_password(page)
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    await page.unroute("**/staff/welcome")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("status")).to_contain_text("maybe by your own try")
    await Asking.login(http, server.url, "gina", PASSWORD)


@pytest.mark.parametrize("arrives", [True, False], ids=["it was set", "it was not"])
async def test_after_a_reload_a_lost_try_is_still_known(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles, arrives: bool
) -> None:
    troubles.forgive("404", "ERR_FAILED")
    link = await new_link(http, server)
    page = await open_page(link, **PHONE)
    asked, left = Moment(), asyncio.Event()

    async def lose(route: Any) -> None:
        if arrives:
            await route.fetch()
        asked.set()
        await left.wait()

    await page.route("**/staff/welcome", lose)
    await set_password(page)
    await asked.wait()
    await page.reload()  # before there was an answer
    left.set()
    await page.unroute("**/staff/welcome")
    if not arrives:
        await expect(page.get_by_role("alert")).to_contain_text(
            "Your last try got no answer. Set the password here again"
        )
        await set_password(page)
        await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
        return
    for address in (page.url, link, page.url):
        await expect(page.get_by_role("heading", name=OVER)).to_be_focused()
        await expect(page.get_by_role("status")).to_contain_text("maybe by your own try")
        await page.goto(server.url)
        await page.goto(address)
    await page.get_by_role("link", name="Sign in").click()
    await expect(page).to_have_url(f"{server.url}/")
    await Asking.login(http, server.url, "gina", PASSWORD)


async def test_a_refused_try_is_not_taken_for_one_that_was_lost(
    server: Any, http: ClientSession, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("404", "422")
    link = await new_link(http, server)
    page = await open_page(link)
    await set_password(page, "aaaaaaaaaa")
    await expect(page.get_by_role("alert")).to_contain_text("Take three words")
    await page.reload()
    await expect(page.get_by_label("Name")).to_have_value("gina")
    await expect(page.get_by_role("alert")).to_have_count(0)
    body = {"token": link.partition("#")[2], "newPassword": PASSWORD}
    async with http.post(f"{server.url}/staff/welcome", json=body) as answer:
        assert answer.status == 200
    await page.reload()
    await expect(page.get_by_role("status")).to_contain_text("tell them if you have not used it yourself")
