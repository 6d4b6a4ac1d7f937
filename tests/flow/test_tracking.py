"""What a phone learns of its order: an estimate from real times or none, and whether it may still be cancelled."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch, kots_of, place, statuses


async def _cooked(db: Any, branch_id: str | UUID, station: str, seconds: list[int]) -> None:
    """Past orders of which one station needed so long."""
    for cooked_s in seconds:
        order_id = await place(db, branch_id, stations=(station,))
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
        await db.execute("UPDATE orders SET status = 'COMPLETED' WHERE id = $1", order_id)
        await db.execute(
            "UPDATE kots SET sent_at = ready_at - make_interval(secs => $2) WHERE order_id = $1", order_id, cooked_s
        )


class Phone:
    """Holds the link of an order."""

    def __init__(self, http: ClientSession, url: str, order_id: UUID) -> None:
        self._http = http
        self._url = f"{url}/public/order/{order_id}"
        self._link = {"token": Links(JWT_SECRET).tracking_token(order_id)}

    async def view(self) -> dict[str, Any]:
        """The order as its customer sees it."""
        async with self._http.get(self._url, params=self._link) as answer:
            assert answer.status == 200, await answer.text()
            view: dict[str, Any] = await answer.json()
            return view

    async def cancel(self, **link: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        async with self._http.post(self._url + "/cancel", params=link or self._link) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def phone(http: ClientSession, server: RunningServer) -> Any:
    """Phones of the test's server."""
    return lambda order_id: Phone(http, server.url, order_id)


async def test_the_estimate_is_the_slowest_stations_median_and_90th_percentile(
    phone: Any, db: Any, branch_id: str
) -> None:
    await _cooked(db, branch_id, "Grill", [300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300])
    await _cooked(db, branch_id, "Cold", [60] * 5)
    order_id = await place(db, branch_id, stations=("Cold", "Grill"))
    view = await phone(order_id).view()
    placed = datetime.fromisoformat(view["placedAt"])
    estimate = view["estimate"]
    assert round((datetime.fromisoformat(estimate["expectedAt"]) - placed).total_seconds()) == 800
    assert round((datetime.fromisoformat(estimate["latestAt"]) - placed).total_seconds()) == 1200
    assert estimate["kots"] == 5  # as many as the least known station has


async def test_a_station_that_is_done_no_longer_counts(phone: Any, db: Any, branch_id: str) -> None:
    await _cooked(db, branch_id, "Grill", [900] * 5)
    await _cooked(db, branch_id, "Cold", [60] * 5)
    order_id = await place(db, branch_id, stations=("Cold", "Grill"))
    cold, grill = await kots_of(db, order_id)
    await db.execute("UPDATE kots SET status = 'READY' WHERE id = $1", grill)
    view = await phone(order_id).view()
    waited = datetime.fromisoformat(view["estimate"]["expectedAt"]) - datetime.fromisoformat(view["placedAt"])
    assert round(waited.total_seconds()) == 60
    await db.execute("UPDATE kots SET status = 'READY' WHERE id = $1", cold)
    assert (await phone(order_id).view())["estimate"] is None


async def test_too_few_tickets_make_no_estimate(phone: Any, db: Any, branch_id: str) -> None:
    await _cooked(db, branch_id, "Grill", [600] * 4)
    order_id = await place(db, branch_id, stations=("Grill",))
    assert (await phone(order_id).view())["estimate"] is None


async def test_a_station_with_few_tickets_is_judged_by_the_kitchen(phone: Any, db: Any, branch_id: str) -> None:
    await _cooked(db, branch_id, "Grill", [600] * 6)
    order_id = await place(db, branch_id, stations=("Fry",))
    assert (await phone(order_id).view())["estimate"]["kots"] == 6


async def test_another_branchs_kitchen_and_a_forgotten_ticket_do_not_count(phone: Any, db: Any, branch_id: str) -> None:
    await _cooked(db, await add_branch(db), "Grill", [600] * 9)
    await _cooked(db, branch_id, "Grill", [7300] * 9)
    order_id = await place(db, branch_id, stations=("Grill",))
    assert (await phone(order_id).view())["estimate"] is None


async def test_a_live_message_carries_the_estimate_too(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    await _cooked(db, branch_id, "Grill", [600] * 5)
    order_id = await place(db, branch_id, stations=("Grill", "Cold"))
    token = Links(JWT_SECRET).tracking_token(order_id)
    async with http.ws_connect(f"{server.url}/public/order/{order_id}/live?token={token}") as live:
        first = await live.receive_json(timeout=10)
        await db.execute("UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Cold'", order_id)
        while (message := await live.receive_json(timeout=10))["type"] != "ORDER_STATUS":
            pass
    assert first["estimate"] == message["estimate"] != None  # noqa: E711
    assert (first["canCancel"], message["canCancel"]) == (True, False)
    assert first["revision"] < message["revision"], "a page tells by it what is newer"


# How long a link works

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("end", ["COMPLETED", "CANCELLED"])
@pytest.mark.parametrize(
    ("age", "ended_ago", "opens"),
    [
        (3 * DAY - HOUR, None, True),
        (3 * DAY + HOUR, None, False),
        (9 * DAY, HOUR, False),  # closed since six days: nobody opens it by tidying up
        (3 * DAY + 2 * HOUR, HOUR, False),
        (3 * DAY + HOUR, 2 * HOUR, True),
        (3 * DAY + 20 * HOUR, 21 * HOUR, True),
        (3 * DAY + 20 * HOUR, 25 * HOUR, False),
        (DAY + 2 * HOUR, DAY + HOUR, False),
    ],
)
async def test_a_link_works_for_a_day_after_the_end_and_never_again_once_its_time_was_over(
    http: ClientSession,
    server: RunningServer,
    db: Any,
    branch_id: str,
    age: timedelta,
    ended_ago: Any,
    opens: bool,
    end: str,
) -> None:
    order_id = await place(db, branch_id)
    await db.execute("UPDATE orders SET placed_at = now() - $2::interval WHERE id = $1", order_id, age)
    if ended_ago is not None:
        for status in ("READY", end):
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
        column = f"{end.lower()}_at"
        await db.execute(f"UPDATE orders SET {column} = now() - $2::interval WHERE id = $1", order_id, ended_ago)
    link = {"token": Links(JWT_SECRET).tracking_token(order_id)}
    async with http.get(f"{server.url}/public/order/{order_id}", params=link) as answer:
        assert answer.status == (200 if opens else 404)


# Cancelling


async def test_an_order_nothing_of_which_is_cooked_can_be_cancelled(phone: Any, db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Grill", "Cold"))
    assert (await phone(order_id).view())["canCancel"] is True
    for _ in range(2):
        status, view = await phone(order_id).cancel()
        assert (status, view["status"], view["canCancel"]) == (200, "CANCELLED", False)
    assert await statuses(db, order_id) == ("CANCELLED", ["CANCELLED", "CANCELLED"])
    assert await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id) == 2


@pytest.mark.parametrize(
    "begun",
    [
        "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND station = 'Cold'",
        "UPDATE order_items SET done = true WHERE order_id = $1",
        "UPDATE orders SET status = 'READY' WHERE id = $1",
    ],
)
async def test_an_order_that_was_begun_cannot(phone: Any, db: Any, branch_id: str, begun: str) -> None:
    order_id = await place(db, branch_id, stations=("Grill", "Cold"))
    await db.execute(begun, order_id)
    before = await statuses(db, order_id)
    status, answer = await phone(order_id).cancel()
    assert (status, answer["error"]["code"], answer["order"]["canCancel"]) == (409, "already_started", False)
    assert "acknowledged" not in answer["order"]
    assert await statuses(db, order_id) == before


async def test_only_the_link_cancels(phone: Any, db: Any, branch_id: str) -> None:
    order_id, other = await place(db, branch_id), await place(db, branch_id)
    for token in ("", "x", Links(JWT_SECRET).tracking_token(other)):
        status, answer = await phone(order_id).cancel(token=token)
        assert (status, answer["error"]["code"]) == (404, "not_found")
    assert (await statuses(db, order_id))[0] == "SENT"


async def test_a_cook_and_a_guest_at_once_never_both_win(phone: Any, db: Any, connect_db: Any, branch_id: str) -> None:
    cook = await connect_db()
    for _ in range(30):
        order_id = await place(db, branch_id, stations=("Grill",))
        (status, _), bumped = await asyncio.gather(
            phone(order_id).cancel(),
            cook.execute("UPDATE orders SET status = 'READY' WHERE id = $1 AND status = 'SENT'", order_id),
        )
        assert (status, bumped) in [(200, "UPDATE 0"), (409, "UPDATE 1")]
