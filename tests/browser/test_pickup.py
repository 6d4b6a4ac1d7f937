"""The pickup board on a TV: numbers to fetch, a chime, pages, any size, and honest words when the link breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest
from playwright.async_api import Page, expect

from kds.app import OPEN_SOCKETS
from kds.web.login.tokens import Tokens
from tests.conftest import JWT_SECRET

from .conftest import Customer, OpenPage, Placed, Troubles, eventually, sign_in

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


async def _short_login(db: Any) -> str:
    member = await db.fetchrow("SELECT id, branch_id, generation FROM staff WHERE username = 'pickup'")
    token, _ = Tokens(JWT_SECRET, lifetime=timedelta(hours=1)).issue(
        member["id"], member["branch_id"], "PICKUP", generation=member["generation"]
    )
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(
        {**claims, "iat": claims["iat"] - 6, "exp": int(claims["iat"]) + 6}, JWT_SECRET, algorithm="HS256"
    )


def _tile(page: Page, number: int) -> Any:
    return page.locator(".pickup-tile").filter(has=page.get_by_text(str(number), exact=True))


async def test_an_order_goes_from_almost_ready_to_ready_and_is_gone_when_fetched(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    page = await _board(server, open_page)
    await page.evaluate(COUNT_TONES)
    await expect(page.locator(".pickup-almost .pickup-empty")).to_have_text("No orders")
    order = await _order(customer)
    await expect(page.locator(".pickup-almost .pickup-empty")).to_have_text("1 order is being made")
    await db.execute(
        "UPDATE order_items SET done = true WHERE line = (SELECT min(line) FROM order_items WHERE order_id = $1::uuid)",
        order.order_id,
    )
    await expect(page.locator(".pickup-row")).to_contain_text([str(order.number)])
    await _ready(db, order)
    await expect(_tile(page, order.number)).to_have_attribute("data-new", "")
    await expect(_tile(page, order.number)).to_contain_text("Omar")
    await expect(page.locator(".pickup-row")).to_have_count(0)
    await expect(page.get_by_role("status")).to_have_text(f"Order {order.number} is ready.")
    assert await page.evaluate("tones") == 2
    await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1::uuid", order.order_id)
    await expect(page.locator(".pickup-ready .pickup-empty")).to_have_text("Nothing to fetch yet")


async def test_more_than_fit_are_turned_as_pages_with_the_newest_first(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    page = await _board(server, open_page)
    orders = [await _order(customer) for _ in range(6)]
    for order in orders:
        await _ready(db, order)
    await expect(page.locator(".pickup-ready .pickup-pages")).to_have_text("1 / 2")
    await expect(page.locator(".pickup-tile")).to_have_count(4)
    await expect(page.locator(".pickup-tile").first).to_contain_text(str(orders[-1].number))
    await expect(page.locator(".pickup-ready .pickup-pages")).to_have_text("2 / 2", timeout=12_000)
    await expect(page.locator(".pickup-tile")).to_have_count(2)


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (1280, 800), (1366, 768), (3840, 2160), (1080, 1920), (1024, 768)]
)
async def test_it_fits_any_tv(
    server: Any, customer: Customer, open_page: OpenPage, db: Any, width: int, height: int
) -> None:
    await _order(customer)
    numbers = f'order_numbers."{server.branch_id}"'
    await db.execute(f"SELECT setval('{numbers}', last_value + 9000) FROM {numbers}")
    for index in range(10):
        order = await _order(customer, "M" * 60)
        if index < 5:
            await _ready(db, order)
        else:
            await db.execute(
                "UPDATE order_items SET done = true WHERE line IN "
                "(SELECT min(line) FROM order_items WHERE order_id = $1::uuid)",
                order.order_id,
            )
    page = await _board(server, open_page, width=width, height=height)
    await expect(page.locator(".pickup-tile")).to_have_count(4)
    await expect(page.locator(".pickup-row")).to_have_count(5)
    overflowing = await page.evaluate("""() => {
      const beyond = (node) => {
        const box = node.getBoundingClientRect();
        const frame = node.closest(".pickup-tile, .pickup-side, .pickup-bar").getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
      };
      return [...document.querySelectorAll(".pickup strong, .pickup h2, .pickup h1, .pickup-live, .pickup-pages")]
        .filter((node) => node.getClientRects().length > 0 && beyond(node)).map((node) => node.textContent);
    }""")
    assert overflowing == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
    short = await _short_login(db)
    await page.evaluate(
        """(token) => {
          const login = JSON.parse(localStorage["kds.pickup kds.session"]);
          localStorage["kds.pickup kds.session"] = JSON.stringify({ ...login, token });
        }""",
        short,
    )
    await page.reload()
    await eventually(page, f"JSON.parse(localStorage['kds.pickup kds.session']).token !== {short!r}")
    await asyncio.sleep(4)
    order = await _order(customer)
    await _ready(db, order)
    await expect(_tile(page, order.number)).to_be_visible()


async def test_a_kitchen_login_does_not_open_it(server: Any, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/pickup/{server.branch_id}")
    await sign_in(page)
    await expect(page.get_by_role("alert")).to_contain_text("not for a pickup board")


async def test_a_board_whose_login_was_ended_asks_for_another(
    server: Any, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("401")
    page = await _board(server, open_page)
    await db.execute("UPDATE staff SET active = false WHERE username = 'pickup'")
    await expect(page.get_by_role("alert")).to_have_text("The login of this board has ended. Sign in again.")
