"""The back office: who gets in and stays in, what it says when it is refused, its history, and the phone."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from tests.flow.test_memberships import join
from tests.orders import add_branch
from tests.patience import eventually as holds

from .conftest import OpenOffice, OpenPage, Troubles, eventually, sign_in
from .office import edit, field, panel, row
from .staff import Asking

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("name", "role", "way", "address"),
    [
        ("chef", "Kitchen", "Open: Kitchen board", "/kitchen"),
        ("pickup", "Pickup screen", "Open: Pickup board", "/pickup/{branch}"),
    ],
)
async def test_a_login_of_another_rank_is_led_to_its_own_page(
    server: Any, open_page: OpenPage, name: str, role: str, way: str, address: str
) -> None:
    page = await open_page(f"{server.url}/manager")
    await sign_in(page, name, f"{name}-demo")
    await expect(page.get_by_role("alert")).to_contain_text(f"has the role {role}")
    await page.get_by_role("button", name=way).click()
    await expect(page).to_have_url(server.url + address.format(branch=server.branch_id))
    await expect(page.locator("#username")).to_have_count(0)


@pytest.mark.parametrize("names_it", [False, True], ids=["just the page", "the address names the branch"])
async def test_who_manages_only_another_branch_gets_in_there(open_office: OpenOffice, db: Any, names_it: bool) -> None:
    second = await add_branch(db)
    await join(db, "chef", second, "MANAGER")
    page = await open_office("chef", f"/manager?branch={second}#staff" if names_it else "/manager#staff")
    await expect(page.locator(".people .person-name")).to_have_text(["chef (you)"])
    await page.reload()
    await expect(page.locator(".people .person-name")).to_have_text(["chef (you)"])
    assert f"branch={second}" in page.url


async def test_who_manages_several_other_branches_chooses_one_once(server: Any, open_page: OpenPage, db: Any) -> None:
    for name, role in (("Harbour", "MANAGER"), ("Riverside", "OWNER"), ("Station", "WAITER")):
        branch = await add_branch(db)
        await db.execute("UPDATE branches SET name = $2 WHERE id = $1", branch, name)
        await join(db, "chef", branch, role)
    page = await open_page(f"{server.url}/manager#staff/new", **PHONE)
    await sign_in(page, "chef", "chef-demo")
    await expect(page.get_by_role("heading", name="Choose a branch")).to_be_focused()
    await expect(page.get_by_role("listitem")).to_have_text(["Harbour", "Riverside"])
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name to sign in with")).to_be_focused()
    await expect(page.get_by_label("Branch", exact=True).first.locator("option:checked")).to_have_text("Riverside")
    await page.reload()
    await expect(page.get_by_label("Branch", exact=True).first.locator("option:checked")).to_have_text("Riverside")
    await page.goto(f"{server.url}/manager")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#username")).to_be_focused()


async def test_the_address_of_the_page_answers_json_below_it_as_before(server: Any, http: ClientSession) -> None:
    owner = await Asking.login(http, server.url)
    assert (await owner.ask("GET", "/manager/staff"))["staff"]
    assert (await owner.ask("GET", "/manager/tables?table=T1"))["tables"]
    async with http.get(f"{server.url}/manager") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "above", "Nobody gives a role above their own."),
        (403, "elsewhere", "works in another branch too"),
        (403, "outranked", "You do not rank higher than this person any more."),
        (404, "not_found", "That is gone meanwhile."),
        (422, "only_branch", "Deactivate them instead."),
        (429, "too_many", "Too many tries. Wait 3 s"),
        (503, "unavailable", "That did not work. Try again in a moment."),
        (0, "", "The server does not answer."),
    ],
)
async def test_every_refusal_says_what_to_do(
    open_office: OpenOffice, troubles: Troubles, status: int, code: str, said: str
) -> None:
    troubles.forgive("403", "404", "422", "429", "503", "ERR_FAILED")
    page = await open_office("manager")
    await edit(page, "chef")

    async def refuse(route: Any) -> None:
        if route.request.method == "GET":
            await route.continue_()
        elif status == 0:
            await route.abort()
        else:
            body = {"error": {"code": code, "message": "No."}}
            await route.fulfill(status=status, json=body, headers={"Retry-After": "3"})

    await page.route("**/manager/staff/**", refuse)
    await page.get_by_role("radio", name="Waiter").check()
    await page.get_by_role("button", name="Change the role").click()
    await expect(panel(page).get_by_role("alert")).to_contain_text(said)
    await page.get_by_role("button", name="Deactivate").click()
    await page.get_by_role("button", name="Yes, deactivate").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(said)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_list_that_cannot_be_read_any_more_says_since_when(open_office: OpenOffice, troubles: Troubles) -> None:
    troubles.forgive("ERR_INTERNET_DISCONNECTED")
    page = await open_office("manager")
    await expect(page.locator(".office-fresh")).to_contain_text("Read anew every 20 s")
    await page.context.set_offline(True)
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.get_by_role("alert")).to_contain_text("Not up to date since")
    await expect(page.locator(".people .person")).to_have_count(4)
    await page.context.set_offline(False)
    await expect(page.locator(".office-stale")).to_be_hidden()  # the page hears that the network is back


async def test_a_login_survives_a_reload_ends_with_signing_out_and_says_when_it_was_ended(
    server: Any, open_office: OpenOffice, http: ClientSession, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("401")
    page = await open_office("manager", "/manager#history")
    await page.reload()
    await expect(page.get_by_role("heading", name="History")).to_be_visible()
    token = await page.evaluate("JSON.parse(sessionStorage.getItem('kds.manager kds.session')).token")
    assert token not in await page.evaluate("JSON.stringify(localStorage)")
    bearer = {"Authorization": f"Bearer {token}"}
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Password")).to_be_visible()

    async def is_over() -> bool:
        async with http.get(f"{server.url}/manager/staff", headers=bearer) as answer:
            return answer.status == 401

    await holds(is_over)
    await eventually(page, f"(localStorage['kds.manager kds.session.earlier'] ?? '').includes({token!r})")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.get_by_role("heading", name="History")).to_be_visible()
    await db.execute("UPDATE staff SET active = false WHERE username = 'manager'")

    async def is_told() -> bool:
        await page.evaluate("dispatchEvent(new Event('focus'))")
        return await page.locator(".login-problem").is_visible()

    await holds(is_told)
    await expect(page.get_by_role("alert")).to_have_text("Your login has ended. Sign in again.")


async def test_the_login_renews_itself_at_half_of_its_life(open_office: OpenOffice) -> None:
    page = await open_office("manager")
    stored = "JSON.parse(sessionStorage.getItem('kds.manager kds.session')).token"
    before = await page.evaluate(stored)
    await page.evaluate(
        "const now = Date.now; Date.now = () => now() + 7 * 3600 * 1000; dispatchEvent(new Event('focus'))"
    )
    await eventually(page, f"{stored} !== {before!r}")
    await page.reload()
    await expect(page.locator(".people .person")).to_have_count(4)


async def test_the_history_tells_who_did_what_and_is_searched(
    server: Any, open_office: OpenOffice, http: ClientSession, db: Any
) -> None:
    owner = await Asking.login(http, server.url)
    chef = await field(db, "chef", "id")
    await owner.link_for("gina", "WAITER")
    for body in ({"role": "WAITER"}, {"active": False}, {"active": True}):
        await owner.ask("PATCH", f"/manager/staff/{chef}", body)
    for ending in ("end-sessions", "password"):
        await owner.ask("POST", f"/manager/staff/{chef}/{ending}", {})
    page = await open_office("manager", width=390, height=844)
    await page.get_by_role("link", name="History").click()
    lines = page.locator(".changes li")
    await expect(lines).to_have_count(6)
    for number, words in enumerate(
        (
            "owner made a link for a new password of chef.",
            "owner ended all sign-ins of chef.",
            "owner brought chef back.",
            "owner deactivated chef.",
            "owner changed the role of chef from Kitchen to Waiter.",
            "owner added gina: Waiter.",
        )
    ):
        await expect(lines.nth(number)).to_contain_text(words)
    await page.get_by_label("Search").fill("gina")
    await expect(lines).to_have_count(1)
    await page.get_by_label("Search").fill("nobody at all")
    await expect(page.get_by_text("Nothing matches.")).to_be_visible()


async def test_on_a_phone_the_panel_takes_the_place_of_the_list_and_the_way_back_is_the_phones_own(
    open_office: OpenOffice,
) -> None:
    page = await open_office("manager", **PHONE, has_touch=True)
    await expect(panel(page)).to_be_hidden()
    await page.get_by_role("link", name="Edit chef").tap()
    await expect(page.get_by_role("heading", name="chef", exact=True)).to_be_visible()
    await expect(row(page, "chef")).to_be_hidden()
    await page.go_back()
    await expect(page.get_by_role("link", name="Edit chef")).to_be_focused()
    await page.get_by_role("link", name="New person").tap()
    await expect(page.get_by_label("Name to sign in with")).to_be_focused()
    await page.get_by_role("link", name="Back to the list").tap()
    await expect(row(page, "chef")).to_be_visible()
    await page.get_by_role("link", name="More").tap()
    await expect(page.get_by_role("link", name="Table sheet")).to_be_visible()
    await page.get_by_label("Language").select_option("de")
    await expect(page.get_by_role("heading", name="Mehr")).to_be_visible()
