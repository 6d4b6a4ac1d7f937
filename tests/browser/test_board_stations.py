"""A board of one station while the stations change in the back office."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import ClientSession
from playwright.async_api import expect

from tests.orders import place

from .conftest import Ask, OpenBoard
from .staff import Asking

BRANCH = """
    const { Branch } = await load("kitchen/branch");
    let now = 0, count = 0, told = ["Grill", "Fry"];
    performance.now = () => now;
    const api = { branch: async () => (count += 1, { stations: [...told] }) };
    const branch = new Branch({ api, onChange: () => {} });
    const settle = () => new Promise((done) => setTimeout(done));
    const at = async (seconds, act) => (now = seconds * 1000, act(), await settle(), count);
    await at(0, () => branch.load());
"""


async def test_tickets_of_a_station_that_was_renamed_are_soon_seen_on_its_board(
    server: Any, http: ClientSession, open_board: OpenBoard, db: Any
) -> None:
    await place(db, UUID(server.branch_id), stations=("Grill",))
    here = await open_board(server.url)
    await here.page.get_by_role("button", name="Grill", exact=True).click()
    ticket = here.page.locator(".lanes .ticket")
    await expect(ticket).to_have_count(1)
    manager = await Asking.login(http, server.url, "manager")
    answer = await manager.ask("PATCH", "/manager/stations?station=Grill", {"name": "Tandoor"})
    assert answer["name"] == "Tandoor"
    await expect(here.page.get_by_role("button", name="Tandoor", exact=True)).to_be_visible()
    await expect(ticket).to_have_count(1)
    await expect(here.page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "true")


async def test_a_station_that_is_not_known_is_asked_about_soon_and_not_too_often(ask: Ask) -> None:
    body = """
        return [
          await at(1, () => branch.meet(["Grill", "Fry"])),
          await at(2, () => branch.meet(["Tandoor"])),
          await at(4, () => branch.loadWhenDue()),
          await at(6, () => (told = ["Tandoor", "Fry"], branch.loadWhenDue())),
          await at(12, () => branch.meet(["Tandoor"])),
          await at(20, () => branch.meet(["Grill"])),
          await at(30, () => branch.meet(["Grill"])),
          await at(40, () => branch.loadWhenDue()),
          await at(85, () => branch.loadWhenDue()),
        ];"""
    assert await ask(BRANCH + body) == [1, 1, 1, 2, 2, 3, 3, 3, 4]


async def test_an_answer_that_is_slow_to_come_is_awaited(ask: Ask) -> None:
    body = """
        let answer;
        api.branch = () => (count += 1, new Promise((done) => (answer = done)));
        await at(10, () => branch.meet(["Tandoor"]));
        await at(16, () => branch.loadWhenDue());
        await at(17, () => answer({ stations: ["Tandoor"] }));
        return [branch.facts.stations, await at(18, () => branch.meet(["Tandoor"]))];"""
    assert await ask(BRANCH + body) == [["Tandoor"], 2]


async def test_what_was_no_station_and_is_one_again_is_asked_about_anew(ask: Ask) -> None:
    body = """
        await at(10, () => branch.meet(["Bar"]));
        await at(80, () => (told = ["Bar"], branch.loadWhenDue()));
        await at(150, () => (told = ["Grill"], branch.loadWhenDue()));
        return await at(160, () => branch.meet(["Bar"]));"""
    assert await ask(BRANCH + body) == 5


async def test_a_broken_message_names_no_station(ask: Ask) -> None:
    body = """
        const { stationsIn } = await load("kitchen/state/orders/stations");
        const kots = [{ station: "Grill" }, { station: null }, { station: "" }, { station: 7 }, null, "x"];
        return [{}, { kots }, { kots: 3 }, { orders: [null, { kots }, {}] }, { orders: 3, kots }].map(stationsIn);"""
    assert await ask(body) == [[], ["Grill"], [], ["Grill"], ["Grill"]]
