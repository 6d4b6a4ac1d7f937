"""Whether a kitchen works: orders of a guest and of a till are on the screen, numbered right, and can be cooked."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import ClientSession

from tests.deploy.kitchen import bump, log_in, order, shown
from tests.deploy.week.deployment import Deployment
from tests.orders import place
from tests.screen import Screen, open_screen

NEXT_NUMBER = """
SELECT 1 + greatest(
  max(o.order_number), CASE WHEN b.numbers_begin_on = d.today THEN b.numbers_begin_after END, 0)
FROM branches AS b, LATERAL (SELECT ((now() AT TIME ZONE b.timezone) - b.day_starts_at)::date AS today) AS d
LEFT JOIN orders AS o ON o.branch_id = $1 AND o.business_day = d.today
WHERE b.id = $1 GROUP BY b.id, d.today"""
"""Of a day to which a branch was moved the numbers go on behind those of the other day."""


async def works(deployment: Deployment, *said: str) -> None:
    """Fails unless orders pass through the kitchen, and sentences with these parts were said before, and no others."""
    heard = deployment.said
    assert len(heard) == len(said) and all(part in what for what, part in zip(heard, said, strict=True)), heard
    async with deployment.serving() as url, ClientSession() as http:
        await probe(deployment, http, url)
        code, printed = await deployment.kds("doctor")
        assert code == 0 and "All is well" in printed, printed


async def probe(deployment: Deployment, http: ClientSession, url: str, *, gap: int = 0) -> None:
    """Fails unless all that is promised of an order holds for two new ones, and the screen shows the open ones.

    `gap`: how many numbers may be left out before each.
    """
    token = await log_in(http, url)
    async with open_screen(http, url, token, since=0) as screen:
        _, snapshot = await screen.take(2)
        async with deployment.session() as dba:
            open_ids = await dba.fetch("SELECT id FROM orders WHERE status IN ('SENT', 'READY')")
            shown_ids = {each["orderId"] for each in snapshot["orders"] if each["status"] in ("SENT", "READY")}
            assert shown_ids == {str(row["id"]) for row in open_ids}
        by_guest = await _comes_next(deployment, screen, lambda: _order(deployment, http, url), gap)
        await _comes_next(deployment, screen, lambda: _place(deployment), gap)
        for status in ("READY", "COMPLETED"):
            await bump(http, url, token, by_guest, status)
            await shown([screen], by_guest, status)


async def _comes_next(deployment: Deployment, screen: Screen, make: Callable[[], Awaitable[str]], gap: int) -> str:
    async with deployment.session() as dba:
        number = await dba.fetchval(NEXT_NUMBER, deployment.branch_id)
    order_id = await make()
    message = await screen.next()
    assert (message["type"], message["orderId"]) == ("NEW_ORDER", order_id), message
    assert number <= message["orderNumber"] <= number + gap, (number, message)
    return order_id


async def _order(deployment: Deployment, http: ClientSession, url: str) -> str:
    return await order(http, url, deployment.branch_id, key=secrets.token_hex(8))


async def _place(deployment: Deployment) -> str:
    async with deployment.session(deployment.url(deployment.till, deployment.direct)) as till:
        return str(await place(till, deployment.branch_id))
