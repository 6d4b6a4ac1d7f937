"""The track page on a phone: an honest estimate, cancelling while it may be, and the truth again after any sleep."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from kds.app import OPEN_SOCKETS

from .conftest import OpenPage, Troubles
from .customers import Customer, Placed

PHONE = {"width": 360, "height": 740}


async def _track(server: Any, open_page: OpenPage, order: Placed) -> Page:
    page = await open_page(f"{server.url}/track/{order.order_id}?token={order.token}", **PHONE)
    await expect(page.locator(".track-live")).to_contain_text("Live")
    return page


async def _history(db: Any, customer: Customer, cooked_s: int) -> None:
    """Ten past orders of every station; all their tickets took so long."""
    for _ in range(10):
        await customer.order(await customer.dishes(3))
    await db.execute("UPDATE orders SET status = 'READY'")
    await db.execute("UPDATE orders SET status = 'COMPLETED'")
    await db.execute("UPDATE kots SET sent_at = ready_at - make_interval(secs => $1)", cooked_s)


async def _placed_ago(db: Any, order: Placed, seconds: int) -> None:
    await db.execute(
        "UPDATE kots SET sent_at = now() - make_interval(secs => $2) WHERE order_id = $1::uuid", order.order_id, seconds
    )
    await db.execute("UPDATE orders SET priority = priority + 1 WHERE id = $1::uuid", order.order_id)


async def test_the_estimate_comes_from_the_kitchens_own_times(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    await _history(db, customer, 600)
    order = await customer.order(await customer.dishes(2))
    page = await _track(server, open_page, order)
    await expect(page.locator(".track-lead")).to_have_text("On your table at about")
    await expect(page.locator(".track-big")).to_contain_text(":")
    await expect(page.locator(".track-words")).to_contain_text("About 10 minutes.")


async def test_a_late_order_is_said_to_be_late(server: Any, customer: Customer, open_page: OpenPage, db: Any) -> None:
    await _history(db, customer, 600)
    order = await customer.order(await customer.dishes(1))
    page = await _track(server, open_page, order)
    await _placed_ago(db, order, 1200)
    await expect(page.locator(".track-big")).to_have_text("Any minute")
    await expect(page.locator(".track-words")).to_contain_text("sorry for the wait")


async def test_a_kitchen_that_is_not_known_yet_gets_no_estimate(
    server: Any, customer: Customer, open_page: OpenPage
) -> None:
    page = await _track(server, open_page, await customer.order(await customer.dishes(1)))
    await expect(page.locator(".track-words")).to_contain_text("Too few orders so far")


async def test_an_order_is_cancelled_after_asking_once_more(
    server: Any, customer: Customer, open_page: OpenPage, db: Any
) -> None:
    order = await customer.order(await customer.dishes(1))
    page = await _track(server, open_page, order)
    await page.get_by_role("button", name="Cancel this order").click()
    await page.get_by_role("button", name="No, keep it").click()
    await page.get_by_role("button", name="Cancel this order").click()
    await page.get_by_role("button", name="Yes, cancel it").click()
    await expect(page.locator(".track-big")).to_have_text("Cancelled")
    await expect(page.get_by_role("button", name="Cancel this order")).to_be_hidden()
    assert await db.fetchval("SELECT status::text FROM orders WHERE id = $1::uuid", order.order_id) == "CANCELLED"


async def test_who_is_too_late_to_cancel_is_told_so(
    server: Any, customer: Customer, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("409")
    order = await customer.order(await customer.dishes(2))
    page = await _track(server, open_page, order)
    await page.get_by_role("button", name="Cancel this order").click()

    async def begin_first(route: Any) -> None:
        await db.execute(
            "UPDATE kots SET status = 'READY' WHERE id = (SELECT id FROM kots WHERE order_id = $1::uuid LIMIT 1)",
            order.order_id,
        )
        await route.continue_()

    # the page must not hear of it before its request leaves
    await page.route("**/cancel?*", begin_first)
    await page.get_by_role("button", name="Yes, cancel it").click()
    await expect(page.locator(".track-dish", has_text="Ready")).to_have_count(1)
    await expect(page.get_by_role("button", name="Cancel this order")).to_be_hidden()
    assert await db.fetchval("SELECT status::text FROM orders WHERE id = $1::uuid", order.order_id) == "SENT"


async def test_a_phone_that_slept_through_it_shows_the_truth_when_it_wakes(
    server: Any, customer: Customer, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("WebSocket", "ERR_INTERNET_DISCONNECTED")
    order = await customer.order(await customer.dishes(1))
    page = await _track(server, open_page, order)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    for client in list(server.server._app[OPEN_SOCKETS]._sockets):
        client.subscriber.transport.abort()
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", order.order_id)
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await expect(page.locator(".track-big")).to_have_text("Ready")
    await expect(page.locator(".track-live")).to_contain_text("Live")


async def test_a_page_without_connection_says_that_it_is_not_up_to_date(
    server: Any, customer: Customer, open_page: OpenPage, db: Any, troubles: Troubles
) -> None:
    troubles.forgive("WebSocket", "ERR_INTERNET_DISCONNECTED")
    order = await customer.order(await customer.dishes(1))
    page = await _track(server, open_page, order)
    await page.context.set_offline(True)
    for client in list(server.server._app[OPEN_SOCKETS]._sockets):
        client.subscriber.transport.abort()
    await expect(page.locator(".track-live")).to_contain_text("Not up to date: last heard")
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1::uuid", order.order_id)
    await page.context.set_offline(False)
    await expect(page.locator(".track-big")).to_have_text("Ready")
