"""Signing in to the kitchen: refusals in plain words, waiting when told to, and out when the login ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from tests.patience import eventually

from .conftest import OpenBoard, OpenPage, Troubles, sign_in, stop_clock


async def test_a_wrong_password_is_refused_in_plain_words(server: Any, open_page: OpenPage, troubles: Troubles) -> None:
    troubles.forgive("401")
    page = await open_page(f"{server.url}/kitchen")
    await sign_in(page, password="not the password")
    await expect(page.get_by_role("alert")).to_have_text("Wrong name or password.")
    await expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


async def test_an_empty_form_is_not_sent(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/kitchen")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("Type your name.")


async def test_too_many_tries_say_how_long_to_wait(server: Any, open_page: OpenPage, troubles: Troubles) -> None:
    troubles.forgive("429")
    page = await open_page(f"{server.url}/kitchen")
    body = '{"error":{"code":"too_many_tries","message":"Wait."}}'
    await page.route("**/staff/login", lambda route: route.fulfill(status=429, headers={"Retry-After": "2"}, body=body))
    await stop_clock(page)
    await sign_in(page)
    await expect(page.get_by_role("alert")).to_contain_text("Too many tries. Wait 2 s")
    await page.clock.run_for(1_900)
    await expect(page.locator(".login-submit")).to_be_disabled()
    await page.clock.run_for(600)  # it looks twice in a second
    await expect(page.locator(".login-submit")).to_be_enabled()


async def test_the_login_of_a_pickup_board_is_not_for_the_kitchen(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/kitchen")
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.get_by_role("alert")).to_contain_text("not for the kitchen board")


@pytest.mark.parametrize("name", ["manager", "owner"])
async def test_who_ranks_above_the_kitchen_may_cook(server: Any, open_page: OpenPage, name: str) -> None:
    page = await open_page(f"{server.url}/kitchen")
    await sign_in(page, name, f"{name}-demo")
    await expect(page.locator(".board")).to_be_visible()


async def test_a_board_survives_a_reload_and_signing_out_ends_it(server: Any, open_board: OpenBoard) -> None:
    board = await open_board(server.url)
    await board.page.reload()
    await board.sees_health("live")
    await board.page.keyboard.press("o")
    await board.page.get_by_role("button", name="Sign out").click()
    await expect(board.page.get_by_label("Password")).to_be_visible()
    await board.page.reload()
    await expect(board.page.get_by_label("Password")).to_be_visible()


async def test_signing_out_ends_the_login_on_the_server_and_the_next_one_shows_it(
    server: Any, open_board: OpenBoard, http: ClientSession
) -> None:
    board = await open_board(server.url)
    token = await board.page.evaluate("JSON.parse(localStorage.getItem('kds.session')).token")
    bearer = {"Authorization": f"Bearer {token}"}

    async def is_over() -> bool:
        async with http.get(f"{server.url}/kitchen/branch", headers=bearer) as answer:
            return answer.status == 401

    assert not await is_over()
    await board.page.keyboard.press("o")
    await board.page.get_by_role("button", name="Sign out").click()
    await eventually(is_over)
    async with board.page.expect_request("**/staff/login") as asked:
        await sign_in(board.page)
    assert (await (await asked.value).all_headers())["authorization"] == bearer["Authorization"]
    await board.sees_health("live")


async def test_a_tab_follows_when_another_renews_the_login(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/kitchen")
    tokens = await page.evaluate("""async () => {
        const { Session } = await import("/static/js/common/login/session.js");
        const login = (token, branchId) => ({ token, branchId, role: "KITCHEN" });
        const kept = (value) => {
          localStorage.setItem("kds.session", JSON.stringify(value));
          dispatchEvent(new StorageEvent("storage", { key: "kds.session" }));
          return session.token;
        };
        const session = new Session();
        session.open(login("a.b.c", "1"));
        return [kept(login("d.e.f", "1")), kept(login("g.h.i", "2")), kept(null)];
    }""")
    assert tokens == ["d.e.f", "d.e.f", "d.e.f"]  # not into another restaurant, and not out


async def test_a_board_says_two_days_before_when_it_must_be_signed_in_again(
    server: Any, open_board: OpenBoard, db: Any
) -> None:
    await db.execute("UPDATE branches SET timezone = 'Asia/Tokyo'")
    board = await open_board(server.url)
    line = board.page.locator(".login-line")
    await expect(line).to_be_hidden()
    ends = await board.page.evaluate("JSON.parse(localStorage.getItem('kds.session')).sessionEndsAt")
    left = datetime.fromisoformat(ends) - datetime.now(UTC)
    assert timedelta(days=30) - timedelta(minutes=5) <= left <= timedelta(days=31)

    async def reload_with(hours_left: float) -> datetime:
        ends_at = datetime.now(UTC) + timedelta(hours=hours_left)
        await board.page.evaluate(
            """(sessionEndsAt) => {
                const session = JSON.parse(localStorage.getItem("kds.session"));
                localStorage.setItem("kds.session", JSON.stringify({ ...session, sessionEndsAt }));
            }""",
            ends_at.isoformat(),
        )
        await board.page.reload()
        await board.sees_health("live")
        return ends_at.astimezone(ZoneInfo("Asia/Tokyo"))

    await reload_with(49)
    await expect(line).to_be_hidden()
    ends_at = await reload_with(47)
    await expect(line).to_have_text(f"This screen must be signed in again by {ends_at:%A %H:%M}.")
    await expect(line).to_be_visible()


async def test_a_token_that_no_longer_counts_leads_to_the_login(
    server: Any, open_page: OpenPage, troubles: Troubles
) -> None:
    troubles.forgive("401", "WebSocket connection")
    page = await open_page(f"{server.url}/kitchen")
    await page.evaluate("""localStorage.setItem("kds.session", JSON.stringify({token: "a.b.c"}))""")
    await page.reload()
    await expect(page.get_by_role("alert")).to_have_text("Your login has ended. Sign in again.")


async def test_a_deactivated_member_of_staff_is_shown_the_login(
    server: Any, open_board: OpenBoard, troubles: Troubles, db: Any
) -> None:
    troubles.forgive("401", "WebSocket connection")
    board = await open_board(server.url)
    await db.execute("UPDATE staff SET active = false WHERE username = 'chef'")
    await expect(board.page.get_by_role("alert")).to_contain_text("Sign in again.")
