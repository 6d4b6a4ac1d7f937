"""One bad row costs only itself, and whoever fails to be told costs only its own topic."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.relay.event import Event
from kds.relay.listening.callbacks import RelayState
from tests.breaking import DATA_FAULTS, break_order, mend_order, place_broken, poison
from tests.conftest import JWT_SECRET, RunningServer
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for

StartServer = Callable[..., Awaitable[RunningServer]]


async def ask(
    http: ClientSession, server: RunningServer, path: str, branch_id: str | UUID, role: str = "KITCHEN"
) -> Any:
    """What a login of this branch is answered."""
    login = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role=role)}"}
    async with http.get(server.url + path, headers=login) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def reads_until(screen: Screen, order_id: UUID) -> list[str]:
    """The orders of the messages up to the one of this order."""
    seen: list[str] = []
    while not seen or seen[-1] != str(order_id):
        seen.append((await screen.next())["orderId"])
    return seen


async def test_a_sum_over_two_billion_is_shown(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    other = await add_branch(db)
    token = token_for(JWT_SECRET, branch_id)
    async with (
        open_screen(http, server.url, token) as here,
        open_screen(http, server.url, token_for(JWT_SECRET, other)) as there,
    ):
        async with db.transaction():
            order_id = await db.fetchval("INSERT INTO orders (branch_id) VALUES ($1) RETURNING id", branch_id)
            kot_id = await db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents) "
                "VALUES ($1, $2, 'Feast', 12, $3)",
                order_id, kot_id, 179_000_000,
            )  # fmt: skip
        shown = await here.next()
        assert (shown["orderId"], shown["totalCents"]) == (str(order_id), 2_148_000_000)
        never_shown = await place(db, other)
        assert (await there.next())["orderId"] == str(never_shown)


@pytest.mark.parametrize("sqlstate", DATA_FAULTS)
async def test_an_order_that_cannot_be_made_costs_only_itself(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, sqlstate: str
) -> None:
    other = await add_branch(db)
    await poison(db, sqlstate)
    linked_at = server.server.relay.listener.linked_at
    here, there = token_for(JWT_SECRET, branch_id), token_for(JWT_SECRET, other)
    async with (
        open_screen(http, server.url, here, since=0) as board,
        open_screen(http, server.url, here) as plain,
        open_screen(http, server.url, there) as elsewhere,
    ):
        hello, snapshot = await board.take(2)
        shown = await place(db, branch_id)
        first = await board.next()
        await break_order(db, shown)
        broken = await place_broken(db, branch_id)
        good = await place(db, branch_id)
        second = await board.next()
        # nothing was said of the broken ones, and nothing seems to be missing
        assert (second["orderId"], second["prev"]) == (str(good), first["revision"])
        assert await reads_until(plain, good) == [str(shown), str(good)]
        unmoved = await place(db, other)
        assert (await elsewhere.next())["orderId"] == str(unmoved)

        listed = (await ask(http, server, "/kitchen/orders", branch_id))["orders"]
        assert str(good) in {order["orderId"] for order in listed}
        assert not {str(shown), str(broken)} & {order["orderId"] for order in listed}
        async with open_screen(http, server.url, here, since=0) as fresh:
            assert {order["orderId"] for order in (await fresh.take(2))[1]["orders"]} >= {str(good)}
        async with open_screen(http, server.url, here, **resume_point(first, hello["epoch"])) as resumed:
            assert [message.get("orderId") for message in await resumed.take(2)] == [None, str(good)]

        ready = await ask(http, server, "/readyz", branch_id)
        assert ready["status"] == "ready"
        assert ready["brokenOrders"] == [{"orderId": str(order), "branchId": branch_id} for order in (shown, broken)]
        async with http.get(server.url + "/metrics") as answer:
            assert "kds_broken_orders 2.0" in await answer.text()

        await mend_order(db, shown)
        assert (await board.next())["orderId"] == str(shown)
        await db.execute("DELETE FROM orders WHERE id = $1", broken)
        assert (await board.next())["type"] == "ORDER_REMOVED"
        assert (await ask(http, server, "/readyz", branch_id))["brokenOrders"] == []
    assert server.server.relay.listener.linked_at == linked_at
    assert snapshot["type"] == "SNAPSHOT"


async def test_a_broken_order_is_named_once_in_the_log(
    server: RunningServer, http: ClientSession, db: Any, branch_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    await poison(db, "22003")
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id)) as screen:
        broken = await place_broken(db, branch_id)
        for _ in range(3):
            await db.execute("UPDATE orders SET note = coalesce(note, '') || 'x' WHERE id = $1", broken)
            good = await place(db, branch_id)
            assert (await screen.next())["orderId"] == str(good)
            await ask(http, server, "/kitchen/orders", branch_id)
    named = [record for record in caplog.records if str(broken) in record.getMessage()]
    assert [(record.levelno, branch_id in record.getMessage()) for record in named] == [(logging.ERROR, True)]


async def test_an_order_too_large_to_be_told_costs_only_itself(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(http, server.url, token, since=0) as board:
        await board.take(2)
        async with db.transaction():
            large = await place(db, branch_id)
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, name) SELECT k.order_id, k.id, 'Dish ' || n "
                "FROM kots AS k, generate_series(1, 20000) AS n WHERE k.order_id = $1",
                large,
            )
        good = await place(db, branch_id)
        assert (await board.next())["orderId"] == str(good)
        listed = (await ask(http, server, "/kitchen/orders", branch_id))["orders"]
        assert [order["orderId"] for order in listed if order["orderId"] in {str(large), str(good)}] == [str(good)]


async def test_the_guest_and_the_cook_of_a_broken_order_are_told_that_there_is_none(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    await poison(db, "22003")
    broken = await place_broken(db, branch_id)
    link = {"token": Links(JWT_SECRET).tracking_token(broken)}
    async with http.get(f"{server.url}/public/order/{broken}", params=link) as answer:
        assert answer.status == 404
    login = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id)}"}
    bump = {"status": "READY"}
    async with http.patch(f"{server.url}/kitchen/order/{broken}/status", json=bump, headers=login) as answer:
        assert answer.status == 404
    assert (await ask(http, server, "/pickup/orders", branch_id, role="PICKUP"))["orders"] is not None


class Moody:
    """An audience that fails by chance, and tells otherwise."""

    def __init__(self, audience: Any, chance: random.Random, *, also_topic: bool) -> None:
        self._audience = audience
        self._chance = chance
        self._also_topic = also_topic
        self.name = audience.name
        self.failed = 0

    def _fail(self) -> None:
        if self._chance.random() < 0.3:
            self.failed += 1
            raise self._chance.choice([ValueError, KeyError, OverflowError, RecursionError, ZeroDivisionError])("moody")

    def topic(self, event: Event) -> UUID:
        """As the audience, or an error."""
        if self._also_topic:
            self._fail()
        topic: UUID = self._audience.topic(event)
        return topic

    def message(self, event: Event) -> bytes | None:
        """As the audience, or an error."""
        self._fail()
        message: bytes | None = self._audience.message(event)
        return message


@pytest.mark.expects_error("what tells an audience is made to fail at random")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_board_is_right_whoever_fails_to_be_told(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, seed: int
) -> None:
    chance = random.Random(seed)
    relay = server.server.relay
    moody = [Moody(audience, chance, also_topic=seed == 3) for audience in relay._audiences]
    relay._audiences = moody
    linked_at = relay.listener.linked_at
    tracked = await place(db, branch_id, table="")
    link = {"token": Links(JWT_SECRET).tracking_token(tracked)}
    pickup = ("kds.v1", f"bearer.{token_for(JWT_SECRET, branch_id, role='PICKUP')}")
    async with (
        open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as board,
        http.ws_connect(f"{server.url}/pickup/live", protocols=pickup) as shelf,
        http.ws_connect(f"{server.url}/public/order/{tracked}/live", params=link) as phone,
    ):
        orders = [tracked]
        for _ in range(40):
            orders.append(await place(db, branch_id, table=""))
            await db.execute("UPDATE orders SET note = $2 WHERE id = $1", chance.choice(orders), str(chance.random()))
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", tracked)
        wanted = {str(row["id"]) for row in await db.fetch("SELECT id FROM orders WHERE branch_id = $1", branch_id)}
        shown: dict[str, str] = {}
        while not (wanted <= shown.keys() and shown[str(tracked)] == "READY"):
            message = await board.next()
            if message["type"] == "SNAPSHOT":
                shown = {order["orderId"]: order["status"] for order in message["orders"]}
            elif "orderId" in message:
                shown[message["orderId"]] = message["status"]
        while (await phone.receive_json(timeout=10)).get("status") != "READY":
            pass
        ready: set[str] = set()
        while str(tracked) not in ready:
            message = await shelf.receive_json(timeout=10)
            lines = message.get("orders", [message])
            ready |= {line["orderId"] for line in lines if line.get("state") == "READY"}
    assert moody[0].failed
    assert (relay.listener.linked_at, relay.listener.state) == (linked_at, RelayState.LIVE)
    async with http.get(server.url + "/metrics") as answer:
        assert 'kds_audience_faults_total{audience="kitchen"}' in await answer.text()


@pytest.mark.expects_error("the callback is made to fail")
async def test_a_callback_that_fails_leaves_the_link(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = server.server.relay
    linked_at = relay.listener.linked_at

    def fail(*_arguments: object) -> None:
        raise ValueError("a meter that cannot count")

    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id)) as screen:
        monkeypatch.setattr(relay.meters, "event", fail)
        order_id = await place(db, branch_id)
        assert (await screen.next())["orderId"] == str(order_id)

    async def is_live() -> bool:
        return relay.is_live

    await eventually(is_live)
    assert relay.listener.linked_at == linked_at
