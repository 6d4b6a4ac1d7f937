"""With a year of past orders nothing that the service asks reads a whole table: PostgreSQL itself counts the scans."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession

from kds.postgres.statements import load_statements
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_kot, kots_of, place
from tests.past import fill_past
from tests.patience import eventually
from tests.screen import open_screen, token_for

PAST_ORDERS = 30_000
BIG = ("orders", "kots", "order_items", "events")
EVENTS = """
INSERT INTO events (branch_id, kind, order_id, created_at)
SELECT o.branch_id, 'ORDER_UPDATED', o.id, now() - interval '10 minutes' FROM orders AS o
"""


async def test_no_statement_reads_a_whole_big_table(
    http: ClientSession, db: Any, dsn: str, branch_id: str, start_server: Callable[..., Awaitable[RunningServer]]
) -> None:
    await fill(db, dsn, branch_id)
    server = await start_server()
    await eventually(lambda: is_ready(http, server.url))
    await forget_scans(db)
    await cook(http, db, server)
    await serve_a_guest(http, server)
    await manage(http, server)
    await server.server.stop()
    assert await scans(db) == dict.fromkeys(BIG, 0)


async def test_a_scan_would_be_seen(db: Any, dsn: str, branch_id: str) -> None:
    await fill(db, dsn, branch_id)
    await forget_scans(db)
    await db.fetch("SELECT count(*) FROM orders WHERE note = 'nobody indexed this'")
    assert (await scans(db))["orders"] >= 1


async def fill(db: Any, dsn: str, branch_id: str) -> None:
    """A year of past orders, and their events."""
    await db.execute("SELECT adopt_epoch()")  # or the server would drop the events with those of another history
    await fill_past(db, dsn, branch_id, PAST_ORDERS)
    await db.execute(EVENTS)
    await db.execute("ANALYZE events")


async def is_ready(http: ClientSession, url: str) -> bool:
    """Whether the relay is live: its first reads are over."""
    async with http.get(url + "/readyz") as answer:
        return answer.status == 200


async def forget_scans(db: Any) -> None:
    """Counts from zero."""
    await db.execute("SELECT pg_stat_force_next_flush()")
    await asyncio.sleep(1.2)  # what others have counted is told once a second
    await db.execute("SELECT pg_stat_reset()")


async def scans(db: Any) -> dict[str, int]:
    """How often each big table was read whole."""
    await db.execute("SELECT pg_stat_force_next_flush()")
    await asyncio.sleep(1.2)
    rows = await db.fetch("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY ($1)", BIG)
    return {row["relname"]: row["seq_scan"] for row in rows}


async def cook(http: ClientSession, db: Any, server: RunningServer) -> None:
    """What a POS and a kitchen do with three orders; screens open, resume and leave."""
    kitchen = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}

    async def ask(method: str, path: str, body: Any = None) -> Any:
        async with http.request(method, server.url + path, json=body, headers=kitchen) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    token = token_for(JWT_SECRET, server.branch_id)
    async with open_screen(http, server.url, token, since=0) as screen:
        hello, board = await screen.take(2)
        first, second, third = [await place(db, server.branch_id, stations=("Grill", "Cold")) for _ in range(3)]
        await screen.take(3)
    since = {"since": board["revision"], "epoch": hello["epoch"], "at": board["timestamp"]}
    async with open_screen(http, server.url, token, **since) as screen:
        await screen.take(4)
        for kot in await kots_of(db, first):
            await ask("PATCH", f"/kitchen/kot/{kot}/status", {"status": "READY"})
        await ask("PATCH", f"/kitchen/order/{first}/status", {"status": "COMPLETED"})
        items = (await ask("GET", "/kitchen/orders?status=SENT,READY"))["orders"][0]["items"]
        await ask("PATCH", f"/kitchen/order/{second}/item/{items[0]['itemId']}", {"done": True})
        await add_kot(db, second, "Grill")
        await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", third)
        await ask("POST", f"/kitchen/order/{third}/acknowledge", {})
        await db.execute("DELETE FROM orders WHERE id = $1", third)
        await screen.until("ORDER_REMOVED")
    sql = load_statements()
    snapshot = await db.fetchval(sql.take_snapshot)
    await place(db, server.branch_id)
    await db.execute("SET enable_seqscan = off")  # as the relay connects
    assert (await db.fetchrow(sql.poll_events, snapshot, False))["events"] == 1
    await db.execute("RESET enable_seqscan")
    await db.fetch(sql.prune_events, timedelta(hours=1), 1000)


async def manage(http: ClientSession, server: RunningServer) -> None:
    """What a manager's page asks for again and again."""
    manager = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id, role='MANAGER')}"}
    async with http.get(server.url + "/manager/today", headers=manager) as answer:
        assert answer.status == 200 and (await answer.json())["orders"]["sent"] > 0
    async with http.get(server.url + "/manager/stations", headers=manager) as answer:
        assert answer.status == 200 and any(each["tickets"] for each in (await answer.json())["stations"])
    stations = server.url + "/manager/stations?station=Grill"
    async with http.patch(stations, json={"name": "Tandoor"}, headers=manager) as answer:
        assert (answer.status, await answer.json()) == (200, {"name": "Tandoor", "left": 0})


async def serve_a_guest(http: ClientSession, server: RunningServer) -> None:
    """An order from the menu to its cancelling, with the page that watches it and the board that would show it."""
    public = f"{server.url}/public"
    async with http.get(f"{public}/branches/{server.branch_id}/menu") as answer:
        dish = next(dish for dish in (await answer.json())["items"] if dish["available"])
    order = {"branchId": server.branch_id, "table": "T1", "items": [{"menuItemId": dish["menuItemId"], "quantity": 1}]}
    async with http.post(f"{public}/order/place", json=order, headers={"Idempotency-Key": "scan"}) as answer:
        assert answer.status == 201, await answer.text()
        placed = await answer.json()
    link, token = f"{public}/order/{placed['orderId']}", {"token": placed["trackingToken"]}
    async with http.get(link, params=token) as answer:
        assert answer.status == 200
    async with http.ws_connect(link + "/live", params=token) as page:
        assert (await page.receive_json())["type"] == "ORDER_STATUS"
    async with http.post(link + "/cancel", params=token) as answer:
        assert answer.status == 200, await answer.text()
    kitchen = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id)}"}
    async with http.post(f"{server.url}/kitchen/ordering/cancel", json={"minutes": 1}, headers=kitchen) as answer:
        assert answer.status == 200, await answer.text()
    pickup = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id, role='PICKUP')}"}
    async with http.get(server.url + "/pickup/orders", headers=pickup) as answer:
        assert answer.status == 200
