"""One order of a guest is placed once: beside other tabs, after reloads, a day later, under a clock that jumps."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from .conftest import Ask, OpenPage, Troubles
from .customers import Customer

PHONE = {"width": 360, "height": 740}
HOUR_MS = 3_600_000

# A server that takes each key once, and of which the answer may be lost; tabs of one device.
TABS = """
const { Attempt, TooLate, HeardElsewhere } = await load("guests/order/placing/attempt");
const { NoAnswer, Refused } = await load("common/server/api");
class Kept {
  getItem(key) { return this[key] ?? null; }
  setItem(key, value) { this[key] = value; }
  removeItem(key) { delete this[key]; }
}
const [HOUR, realNow, realTicks] = [3_600_000, Date.now, performance.now.bind(performance)];
const server = [];
const take = (body, key) => server.some((each) => each.key === key) || server.push({ key, body });
const lost = async (body, key) => { take(body, key); throw new NoAnswer(); };
const unreached = async () => { throw new NoAnswer(); };
const heard = async (body, key) => { take(body, key); return body; };
const refused = async () => { throw new Refused({ status: 422, code: "no", message: "no" }); };
const device = new Kept();
const open = (place, tab = new Kept()) => new Attempt("b", place, device, tab);
const named = (error) => error.constructor.name;
const sent = (attempt) => attempt.send().catch(named);
const clocksGo = (clock, ticks) => {
  Date.now = () => realNow() + clock * HOUR;
  performance.now = () => realTicks() + ticks * HOUR;
};
try {
"""
BACK = "} finally { clocksGo(0, 0); }"


async def test_what_another_tab_placed_lets_no_order_go_twice(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const tab = new Kept();
        const [a, b] = [open(lost, tab), open(heard)];
        a.begin("A");
        const answers = [await sent(a)];
        b.begin("B");
        answers.push(await sent(b));
        const again = open(heard, tab);
        answers.push([again.isOpen, again.isOwn]);
        answers.push(await sent(again));
        return [answers, server.map(({ body }) => body), Object.keys(device), Object.keys(tab)];
        """
        + BACK
    )
    assert told == [["NoAnswer", "B", [True, True], "A"], ["A", "B"], [], []]


async def test_the_next_page_takes_up_what_a_closed_tab_left_and_both_hear_of_one_order(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const tab = new Kept();
        const a = open(lost, tab);
        a.begin("A");
        await sent(a);
        const next = open(heard);
        const taken = [next.isOpen, next.isOwn, await sent(next)];
        const again = open(heard, tab);  // it was not closed after all
        return [taken, [again.isOpen, await sent(again)], server.length, Object.keys(device)];
        """
        + BACK
    )
    assert told == [[True, False, "A"], [True, "A"], 1, []]


async def test_several_open_attempts_stand_side_by_side(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const tabs = [0, 1, 2].map(() => new Kept());
        const pages = tabs.map((tab) => open(lost, tab));
        pages.forEach((page, index) => page.begin(index));
        for (const page of pages) await sent(page);
        const after = tabs.map((tab) => open(heard, tab));
        const answers = [];
        for (const page of after) answers.push(await sent(page));
        return [answers, server.length, Object.keys(device)];
        """
        + BACK
    )
    assert told == [[0, 1, 2], 3, []]


async def test_what_its_own_tab_was_refused_no_other_sends_again(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const a = open(unreached);
        a.begin("A");
        await sent(a);
        const b = open(heard);
        a.place = refused;
        return [await sent(a), await sent(b), b.isOpen, server.length];
        """
        + BACK
    )
    assert told == ["Refused", "HeardElsewhere", False, 0]


@pytest.mark.parametrize(
    ("clock", "ticks"), [(0.6, 0.6), (25, 0), (0, 1), (-24, 25)], ids=["both", "asleep", "stood", "set back"]
)
async def test_a_page_left_open_for_long_sends_nothing_by_itself(ask: Ask, clock: int, ticks: int) -> None:
    told = await ask(
        TABS
        + f"""
        const a = open(unreached);
        a.begin("A");
        const first = await sent(a);
        a.place = heard;
        clocksGo({clock}, {ticks});
        return [first, await sent(a), a.isOpen, server.length, Object.keys(device)];
        """
        + BACK
    )
    assert told == ["NoAnswer", "TooLate", False, 0, []]


async def test_time_that_went_by_counts_although_the_clock_is_set_back_between(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const a = open(unreached);
        a.begin("A");
        const answers = [];
        for (const [clock, ticks] of [[0.2, 0.2], [-0.1, 0.4], [-0.04, 0.6]]) {
          clocksGo(clock, ticks);
          answers.push(await sent(a));
        }
        return [answers, server.length];
        """
        + BACK
    )
    assert told == [["NoAnswer", "NoAnswer", "TooLate"], 0]


@pytest.mark.parametrize("clock", [0.6, 25, -3], ids=["half an hour later", "a day later", "the clock set back"])
async def test_an_attempt_whose_age_is_too_great_or_unknown_is_told_once_by_the_next_page(ask: Ask, clock: int) -> None:
    told = await ask(
        TABS
        + f"""
        const tab = new Kept();
        const a = open(unreached, tab);
        a.begin("A");
        await sent(a);
        clocksGo({clock}, 0);
        const own = open(heard, tab);
        const stranger = open(heard);
        return [await sent(own), own.isOpen, stranger.isOpen, open(heard).isOpen, server.length];
        """
        + BACK
    )
    assert told == ["TooLate", False, False, False, 0]
    told = await ask(
        TABS
        + f"""
        const a = open(unreached);
        a.begin("A");
        await sent(a);
        clocksGo({clock}, 0);
        const [next, later] = [open(heard), open(heard)];
        return [next.isOpen, next.takeLost(), later.takeLost(), Object.keys(device)];
        """
        + BACK
    )
    assert told == [False, True, False, []]


async def test_a_clock_that_is_put_right_by_minutes_keeps_an_attempt(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        const tab = new Kept();
        const a = open(lost, tab);
        a.begin("A");
        await sent(a);
        clocksGo(-0.1, 0);
        return [await sent(open(heard, tab)), server.length];
        """
        + BACK
    )
    assert told == ["A", 1]


async def test_an_attempt_of_the_version_before_is_taken_up(ask: Ask) -> None:
    told = await ask(
        TABS
        + """
        device.setItem("kds.attempt.b", JSON.stringify({ key: "k", body: "A", startedAt: Date.now() - HOUR / 4 }));
        const a = open(heard);
        return [a.isOpen, await sent(a), server[0].key, Object.keys(device)];
        """
        + BACK
    )
    assert told == [True, "A", "k", []]


# The page


async def _fill(page: Page, url: str, dish: dict[str, Any]) -> None:
    await page.goto(url)
    await page.get_by_role("button", name=f"Add {dish['name']}", exact=True).click()


async def _place(page: Page) -> None:
    await page.get_by_role("button", name="View basket").click()
    await page.get_by_role("button", name="Place order").click()


@pytest.fixture
async def dishes(db: Any, customer: Customer) -> list[dict[str, Any]]:
    await db.execute("UPDATE menu_items SET modifiers = '[]'")
    return await customer.dishes(2)


async def test_two_tabs_whose_answers_cross_make_two_orders_and_keep_their_baskets(
    server: Any, open_page: OpenPage, dishes: Any, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("ERR_")
    url = f"{server.url}/order/{server.branch_id}?table=T1"
    a = await open_page("about:blank", **PHONE)

    async def lose(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await a.route("**/public/order/place", lose)
    b = await a.context.new_page()
    await _fill(a, url, dishes[0])
    await _fill(b, url, dishes[1])
    await _place(a)
    await expect(a.get_by_role("alert")).to_contain_text("do not know yet whether your order arrived", timeout=20_000)
    await _place(b)
    await b.wait_for_url("**/track/**")
    await a.unroute("**/public/order/place")
    await a.reload()
    await a.wait_for_url("**/track/**")
    await expect(a.locator("body")).to_contain_text(dishes[0]["name"])
    names = await db.fetch(
        "SELECT i.name FROM order_items AS i JOIN orders AS o ON o.id = i.order_id ORDER BY o.placed_at"
    )
    assert [each["name"] for each in names] == [dish["name"] for dish in dishes]


async def test_a_page_takes_up_the_order_of_another_tab_and_keeps_its_own_basket(
    server: Any, open_page: OpenPage, dishes: Any, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("ERR_")
    url = f"{server.url}/order/{server.branch_id}?table=T1"
    a = await open_page("about:blank", **PHONE)
    b = await a.context.new_page()
    await a.context.route("**/public/order/place", lambda route: route.abort())
    await _fill(b, url, dishes[1])
    await _fill(a, url, dishes[0])
    await _place(a)
    await expect(a.get_by_role("alert")).to_contain_text("do not know yet whether your order arrived", timeout=20_000)
    await a.close()
    await b.reload()
    await expect(b.get_by_role("alert")).to_contain_text("do not know yet whether your order arrived", timeout=20_000)
    await expect(b.locator(".basket-line strong").first).to_have_text(dishes[0]["name"])
    await b.context.unroute("**/public/order/place")
    await b.get_by_role("button", name="Try again").click()
    await b.wait_for_url("**/track/**")
    await b.goto(url)
    await expect(b.locator(".basket-count")).to_have_text("1")
    await _place(b)
    await b.wait_for_url("**/track/**")
    assert {each["name"] for each in await db.fetch("SELECT name FROM order_items")} == {d["name"] for d in dishes}
    assert await db.fetchval("SELECT count(*) FROM orders") == 2


async def test_a_guest_is_told_to_ask_when_it_is_too_late_to_send_an_order_again(
    server: Any, open_page: OpenPage, dishes: Any, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("ERR_", "WebSocket")
    page = await open_page("about:blank", **PHONE)
    await _fill(page, f"{server.url}/order/{server.branch_id}?table=T1", dishes[0])
    await page.context.set_offline(True)
    await _place(page)
    await expect(page.get_by_role("alert")).to_contain_text("You are offline", timeout=20_000)
    await page.evaluate(f"(() => {{ const now = Date.now; Date.now = () => now() + 25 * {HOUR_MS}; }})()")
    await page.context.set_offline(False)
    await expect(page.get_by_role("alert")).to_contain_text("ask the staff before you order it again")
    assert await db.fetchval("SELECT count(*) FROM orders") == 0
    await page.get_by_role("button", name="Place order").click()
    await page.wait_for_url("**/track/**")
    assert await db.fetchval("SELECT count(*) FROM orders") == 1


# What an order cannot hold


@pytest.mark.parametrize(
    ("lines", "adds"), [(50, "mostLines"), (1, "mostOfOne")], ids=["the 51st line", "the 100th portion"]
)
async def test_what_an_order_cannot_hold_is_said_and_nothing_is_dropped(
    server: Any, open_page: OpenPage, dishes: Any, lines: int, adds: str
) -> None:
    page = await open_page("about:blank", **PHONE)
    await _fill(page, f"{server.url}/order/{server.branch_id}?table=T1", dishes[0])
    await page.evaluate(
        """([lines, portions]) => {
          const name = Object.keys(sessionStorage).find((key) => key.startsWith("kds.basket."));
          const basket = JSON.parse(sessionStorage[name]);
          basket.lines = Array.from({ length: lines }, (_, at) =>
            ({ ...basket.lines[0], note: at ? `no ${at}` : "", quantity: portions }));
          sessionStorage[name] = JSON.stringify(basket);
        }""",
        [lines, 99 if adds == "mostOfOne" else 1],
    )
    await page.reload()
    asked = dishes[0] if adds == "mostOfOne" else dishes[1]
    said = "at most 99 in one line" if adds == "mostOfOne" else "An order has 50 lines at most"
    count = await page.locator(".basket-count").inner_text()
    if adds == "mostOfOne":
        await page.get_by_role("button", name=f"One more: {asked['name']}").first.click()
    else:
        await page.get_by_role("button", name=f"Add {asked['name']}", exact=True).click()
    await expect(page.locator(".menu-warning")).to_contain_text(said)
    await expect(page.locator(".basket-count")).to_have_text(count)
    await page.get_by_role("button", name="View basket").click()
    await page.get_by_role("dialog").get_by_role("button", name="One less").first.click()
    await expect(page.get_by_role("dialog").locator(".problem")).to_be_hidden()
    if adds == "mostOfOne":
        await page.get_by_role("dialog").get_by_role("button", name="One more").first.click()
        await page.get_by_role("dialog").get_by_role("button", name="One more").first.click()
        await expect(page.get_by_role("dialog").locator(".problem")).to_contain_text(said)


async def test_the_sheet_of_a_dish_stays_open_with_what_cannot_be_added(
    server: Any, open_page: OpenPage, dishes: Any, db: Any
) -> None:
    await db.execute(
        """UPDATE menu_items SET modifiers = '[{"name": "Hot", "priceCents": 0}]' WHERE id = $1::uuid""",
        dishes[0]["menuItemId"],
    )
    page = await open_page("about:blank", **PHONE)
    await page.goto(f"{server.url}/order/{server.branch_id}?table=T1")
    add = page.get_by_role("button", name=f"Add {dishes[0]['name']}", exact=True)
    sheet = page.get_by_role("dialog")
    await add.click()
    for _ in range(59):
        await sheet.get_by_role("button", name="One more").click()
    await sheet.locator(".main-button").click()
    await page.get_by_role("button", name=f"One more: {dishes[0]['name']}").first.click()
    for _ in range(38):
        await sheet.get_by_role("button", name="One more").click()
    await expect(sheet.locator(".problem")).to_be_hidden()
    await sheet.get_by_role("button", name="One more").click()
    await expect(sheet.locator(".problem")).to_contain_text("at most 99 in one line")
    await expect(sheet.locator(".stepper-count")).to_have_text("39")
