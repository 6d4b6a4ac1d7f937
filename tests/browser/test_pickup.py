"""The pickup board on a TV: all numbers at once, a chime, any size, and honest words when the link breaks."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from playwright.async_api import Page, expect

from kds.app import OPEN_SOCKETS
from kds.web.login.tokens import Tokens
from tests.conftest import JWT_SECRET

from .conftest import OpenPage, Troubles, eventually, sign_in
from .customers import Customer, Placed
from .first_sight import keep_first, kept

SHORT_LOGIN_S = 12
"""A page that starts slowly has to renew it within this time."""
COUNT_TONES = """() => {
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
}"""


async def _board(server: Any, open_page: OpenPage, **size: int) -> Page:
    page = await open_page(f"{server.url}/pickup/{server.branch_id}", **{"width": 1920, "height": 1080, **size})
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.locator(".pickup")).to_have_attribute("data-phase", "live")
    return page


async def _order(customer: Customer, name: str = "Omar") -> Placed:
    return await customer.order(await customer.dishes(2), table="", orderType="takeaway", customerName=name)


async def _ready(db: Any, order: Placed) -> None:
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", order.order_id)


async def _short_login(db: Any) -> tuple[str, int]:
    """A token of which half its life is over, and when the other half will be, in seconds since 1970."""
    member = await db.fetchrow("SELECT id, branch_id, generation FROM staff WHERE username = 'pickup'")
    token, _ = Tokens(JWT_SECRET, lifetime=timedelta(hours=1)).issue(
        member["id"], member["branch_id"], "PICKUP", generation=member["generation"]
    )
    claims = jwt.decode(token, options={"verify_signature": False})
    now = int(claims["iat"])
    times = {"iat": now - SHORT_LOGIN_S, "exp": now + SHORT_LOGIN_S}
    return jwt.encode({**claims, **times}, JWT_SECRET, algorithm="HS256"), times["exp"]


def _tile(page: Page, number: int) -> Any:
    return page.locator(".pickup-tile").filter(has=page.get_by_text(str(number), exact=True))


async def test_an_order_goes_from_almost_ready_to_ready_and_is_gone_when_fetched(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    page = await _board(server, open_page)
    await page.evaluate(COUNT_TONES)
    await expect(page.locator(".pickup-making .pickup-empty")).to_have_text("No orders")
    order = await _order(customer)
    await expect(page.locator(".pickup-number")).to_have_text([str(order.number)])
    await expect(page.locator(".pickup-number")).not_to_have_attribute("data-almost", "")
    await expect(page.get_by_text("On top: almost ready")).to_be_hidden()
    await db.execute(
        "UPDATE order_items SET done = true WHERE line = (SELECT min(line) FROM order_items WHERE order_id = $1::uuid)",
        order.order_id,
    )
    await expect(page.locator(".pickup-number")).to_have_attribute("data-almost", "")
    await expect(page.get_by_text("On top: almost ready")).to_be_visible()
    await _ready(db, order)
    await expect(_tile(page, order.number)).to_have_attribute("data-new", "")
    await expect(_tile(page, order.number)).to_contain_text("Omar")
    await expect(page.locator(".pickup-number")).to_have_count(0)
    await expect(page.get_by_role("status")).to_have_text(f"Order {order.number} is ready.")
    assert await page.evaluate("tones") == 2
    await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1::uuid", order.order_id)
    await expect(page.locator(".pickup-ready .pickup-empty")).to_have_text("Nothing to fetch yet")


async def _fill(db: Any, branch_id: str, *, ready: int, making: int, almost: int = 0, name: str = "") -> None:
    """Orders of all three kinds, as a POS writes them."""
    async with db.transaction():
        for index in range(ready + making):
            order = await db.fetchval(
                "INSERT INTO orders (branch_id, order_type, customer_name) "
                "VALUES ($1::uuid, 'takeaway', $2) RETURNING id",
                branch_id, name or None,
            )  # fmt: skip
            kot = await db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order)
            for dish, done in (("Naan", ready <= index < ready + almost), ("Tikka", False)):
                await db.execute(
                    "INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents, done) "
                    "VALUES ($1, $2, $3, 1, 900, $4)",
                    order, kot, dish, done,
                )  # fmt: skip
            if index < ready:
                await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order)


async def _begin_at(db: Any, branch_id: str, number: int) -> None:
    """The next orders have numbers like this; the day's first one has been placed, and was cancelled."""
    await db.execute("INSERT INTO orders (branch_id, status) VALUES ($1::uuid, 'CANCELLED')", branch_id)
    await db.execute(f"SELECT setval('order_numbers.\"{branch_id}\"', {number})")


async def test_25_ready_and_15_in_the_making_are_on_one_page_and_the_four_newest_are_huge(
    server: Any, open_page: OpenPage, db: Any
) -> None:
    await _fill(db, server.branch_id, ready=25, making=15, almost=4)
    page = await _board(server, open_page)
    await expect(page.locator(".pickup-tile")).to_have_count(25)
    await expect(page.locator(".pickup-number")).to_have_count(15)
    await expect(page.locator(".pickup-number[data-almost]")).to_have_count(4)
    numbers = await db.fetch(
        "SELECT order_number FROM orders WHERE status = 'READY' ORDER BY order_number DESC LIMIT 4"
    )
    await expect(page.locator(".pickup-tile[data-huge] strong")).to_have_text([str(row[0]) for row in numbers])
    for pages in await page.locator(".pickup-pages").all():
        await expect(pages).to_be_empty()
    sizes = await page.evaluate("""() => Object.fromEntries([
      ".pickup-tile[data-huge] strong", ".pickup-tile:not([data-huge]) strong", ".pickup-number[data-almost]",
      ".pickup-number:not([data-almost])", ".pickup-hint",
    ].map((name) => [name, parseFloat(getComputedStyle(document.querySelector(name)).fontSize)]))""")
    assert list(sizes.values()) == [160, 64, 68, 58, 28]
    assert await page.evaluate(_BEYOND) == []


async def test_more_than_one_page_holds_turn_while_the_newest_stay(server: Any, open_page: OpenPage, db: Any) -> None:
    await _fill(db, server.branch_id, ready=27, making=0)
    page = await _board(server, open_page)
    pages = page.locator(".pickup-ready .pickup-pages")
    for number, name in enumerate(("first", "second"), start=1):
        told = f"document.querySelector('.pickup-ready .pickup-pages').textContent === '{number} / 2'"
        await keep_first(page, name, told, _TILES)
    await expect(pages).to_have_text("1 / 2", timeout=12_000)
    count, newest = await kept(page, "first")
    assert (count, len(newest)) == (25, 4)
    await expect(pages).to_have_text("2 / 2", timeout=12_000)
    assert await kept(page, "second") == [4 + 2, newest]


_TILES = """[document.querySelectorAll(".pickup-tile").length,
  [...document.querySelectorAll(".pickup-tile[data-huge] strong")].map((node) => node.textContent)]"""
"""How many tiles there are, and the numbers of the newest."""


_BEYOND = """(() => {
  const page = Math.max(innerHeight, document.documentElement.scrollHeight);
  const beyond = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = node.matches(".pickup-tile span, h1") ? node.getBoundingClientRect() : range.getBoundingClientRect();
    const frame = node.closest(".pickup-tile, .pickup-number, .pickup-side, .pickup-bar").getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
      || box.bottom > frame.bottom + 1 || box.bottom + scrollY > page + 1;
  };
  const isShown = (node) => node.textContent && node.getClientRects().length > 0;
  const texts = "strong, .pickup-tile span, h1, h2, .pickup-live, .pickup-pages, .pickup-hint, .pickup-foot p";
  const shown = [...document.querySelectorAll(texts)].filter(isShown);
  return shown.filter(beyond).map((node) => node.textContent);
})()"""
"""The texts that are not whole within their tile, side or bar, or lie below the page. A name may be cut with dots."""


@pytest.mark.parametrize(
    ("width", "height"),
    [(1920, 1080), (1366, 768), (1280, 800), (1024, 768), (3840, 2160), (1080, 1920), (800, 1280), (390, 844)],
)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
async def test_it_fits_any_screen(
    server: Any, open_page: OpenPage, db: Any, width: int, height: int, language: str
) -> None:
    await _begin_at(db, server.branch_id, 9000)
    await _fill(db, server.branch_id, ready=25, making=15, almost=4, name="M" * 60)
    page = await open_page("about:blank", width=width, height=height)
    await page.context.add_init_script(f"localStorage['kds.language'] = '\"{language}\"'")
    await page.goto(f"{server.url}/pickup/{server.branch_id}")
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.locator(".pickup")).to_have_attribute("data-phase", "live")
    await expect(page.locator(".pickup-tile")).to_have_count(25)
    await expect(page.locator(".pickup-number")).to_have_count(15)
    assert await page.evaluate(_BEYOND) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("digits", [1, 5])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (390, 844)])
async def test_few_numbers_are_larger_and_long_ones_fit(
    server: Any, open_page: OpenPage, db: Any, width: int, height: int, digits: int
) -> None:
    await _begin_at(db, server.branch_id, 10 ** (digits - 1) + 3)
    await _fill(db, server.branch_id, ready=4, making=2)
    page = await _board(server, open_page, width=width, height=height)
    await expect(page.locator("[data-few] > .pickup-tile[data-huge]")).to_have_count(4)
    assert await page.evaluate(_BEYOND) == []


async def test_a_broken_link_is_said_in_words_and_mends_itself(
    server: Any, customer: Customer, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("WebSocket", "ERR_INTERNET_DISCONNECTED")
    page = await _board(server, open_page)
    await page.context.set_offline(True)
    for client in list(server.server._app[OPEN_SOCKETS]._sockets):
        client.subscriber.transport.abort()
    await expect(page.get_by_text("Ask at the counter", exact=True)).to_be_visible()
    order = await _order(customer)
    await _ready(db, order)
    await page.context.set_offline(False)
    await expect(_tile(page, order.number)).to_be_visible()
    await expect(page.get_by_text("Ask at the counter", exact=True)).to_be_hidden()


async def test_a_board_stays_signed_in_over_a_restart_and_renews_its_login(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    page = await _board(server, open_page)
    # half of its life is over when the page looks: the other half would end the test by a login form
    short, ends_at = await _short_login(db)
    await page.evaluate(
        """(token) => {
          const login = JSON.parse(localStorage["kds.pickup kds.session"]);
          localStorage["kds.pickup kds.session"] = JSON.stringify({ ...login, token });
        }""",
        short,
    )
    await page.reload()
    await eventually(page, f"JSON.parse(localStorage['kds.pickup kds.session']).token !== {short!r}")
    await asyncio.sleep(ends_at + 1 - time.time())
    order = await _order(customer)
    await _ready(db, order)
    await expect(_tile(page, order.number)).to_be_visible()


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_kitchen_login_does_not_open_it(server: Any, open_page: OpenPage, is_named: bool) -> None:
    page = await open_page(f"{server.url}/pickup/{server.branch_id}" if is_named else f"{server.url}/pickup")
    await sign_in(page)
    await expect(page.get_by_role("alert")).to_contain_text("not for a pickup board")


async def test_where_the_address_names_no_branch_the_login_does(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/pickup")
    await sign_in(page, "pickup", "pickup-demo")
    await expect(page.locator(".pickup")).to_have_attribute("data-phase", "live")
    assert page.url == f"{server.url}/pickup/{server.branch_id}"
    await page.goto(f"{server.url}/pickup")
    await expect(page.locator(".pickup")).to_have_attribute("data-phase", "live")
    assert page.url == f"{server.url}/pickup/{server.branch_id}"


async def test_a_board_whose_login_was_ended_asks_for_another(
    server: Any, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("401")
    page = await _board(server, open_page)
    await db.execute("UPDATE staff SET active = false WHERE username = 'pickup'")
    await expect(page.get_by_role("alert")).to_have_text("The login of this board has ended. Sign in again.")
