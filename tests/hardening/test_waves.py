"""Sockets that come and go in waves: they leave nothing behind, and no pass of the garbage collector is long."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import iscoroutine
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from aiohttp import ClientSession

from kds.app import OPEN_SOCKETS
from kds.domain.links import Links
from kds.garbage import FREEZES_PER_LOOK, GROWTH_PER_FREEZE, LastingObjects, freeze_all
from tests.conftest import JWT_SECRET, RunningServer, ServeProcess
from tests.hardening.waves import WAYS, answer_goodbyes, hang_up, open_wave
from tests.orders import place
from tests.patience import eventually
from tests.screen import token_for

KINDS = ("screen", "plain screen", "phone", "order page", "pickup board")
OF_A_REQUEST = (
    "HttpRequestParser",
    "RawRequestMessage",
    "UrlMappingMatchInfo",
    "RequestHandler.start",
    "Application._handle",
    "answer_errors",
)
MANY = 20
CLOSED_BY_US = 4010
OBJECTS_PER_PASS_MAX = 20_000
"""A pass begins with 7,700 new ones, and those of 50 clients may be there; 400 sockets have 40,000."""


async def _address(kind: str, db: Any, branch_id: str) -> tuple[str, bytes]:
    """A path, and what is heard there first."""
    kitchen = f"/kitchen/display?token={token_for(JWT_SECRET, branch_id)}"
    if kind == "phone":
        order_id = await place(db, branch_id)
        return f"/public/order/{order_id}/live?token={Links(JWT_SECRET).tracking_token(order_id)}", b"ORDER_STATUS"
    return {
        "screen": (f"{kitchen}&since=0", b"SNAPSHOT"),
        "plain screen": (kitchen, b"\r\n\r\n"),
        "order page": (f"/public/branches/{branch_id}/menu/live", b"HELLO"),
        "pickup board": (f"/pickup/live?token={token_for(JWT_SECRET, branch_id, role='PICKUP')}", b"PICKUP_BOARD"),
    }[kind]


@pytest.fixture
async def roomy(start_server: Callable[..., Awaitable[RunningServer]]) -> RunningServer:
    """A server with room for a crowd from one address."""
    return await start_server(
        max_sockets_per_address=10_000,
        max_sockets_per_user=10_000,
        max_sockets_per_branch=10_000,
        max_customers_per_address=10_000,
    )


async def _all_gone(server: RunningServer) -> None:
    """The sockets have left, and the tasks that served them are done."""

    async def is_quiet() -> bool:
        # the connections of aiohttp: each is kept until its task has ended
        return server.server.open_sockets == 0 and not server.server._runner.server.connections  # type: ignore[union-attr]

    await eventually(is_quiet, 20)
    await asyncio.sleep(0)


async def _end_by_us(server: RunningServer, wave: list[Any]) -> None:
    answering = asyncio.create_task(asyncio.to_thread(answer_goodbyes, wave))
    for client in list(server.server._app[OPEN_SOCKETS]._sockets):
        client.end(CLOSED_BY_US, "read the list again")
    del client
    await answering


def _module(each: object) -> str:
    """Where it was written: of a function or a method itself, else of its type."""
    return str(getattr(each, "__module__", None) or type(each).__module__)


@contextmanager
def _circles() -> Iterator[Counter[str]]:
    """What only a pass could free of what was made within, by type; filled after the block.

    Of ours and aiohttp's: a transport of the standard library's loop, which `kds serve` has not, is a circle alone. And
    of nothing that was there before: an earlier test's server may be let go only now.
    """
    found: Counter[str] = Counter()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found.update(type(each).__name__ for each in gc.garbage if _module(each).startswith(("kds", "aiohttp")))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.unfreeze()
        gc.collect()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_socket_leaves_nothing_to_the_garbage_collector_however_it_ends(
    roomy: RunningServer, db: Any, branch_id: str, kind: str
) -> None:
    path, first = await _address(kind, db, branch_id)
    port = roomy.server.port
    left: dict[str, Counter[str]] = {}
    hang_up(await asyncio.to_thread(open_wave, port, path, 1, first))  # what is made once
    await _all_gone(roomy)
    for way, leave in WAYS.items():
        with _circles() as left[way]:
            await asyncio.to_thread(leave, await asyncio.to_thread(open_wave, port, path, MANY, first))
            await _all_gone(roomy)
    with _circles() as left["ended by us"]:
        await _end_by_us(roomy, await asyncio.to_thread(open_wave, port, path, MANY, first))
        await _all_gone(roomy)
    # what else happens meanwhile may leave a few
    assert {way: found for way, found in left.items() if found.total() >= MANY} == {}
    assert not any(found["ClientSocket"] or found["_Protocol"] for found in left.values())


@pytest.mark.parametrize("kind", KINDS)
async def test_an_open_socket_keeps_nothing_of_its_request(
    roomy: RunningServer, db: Any, branch_id: str, kind: str
) -> None:
    path, first = await _address(kind, db, branch_id)
    gc.collect()  # what earlier tests left
    wave = await asyncio.to_thread(open_wave, roomy.server.port, path, MANY, first)

    async def is_let_go() -> bool:
        kept = Counter(each.__qualname__ if iscoroutine(each) else type(each).__name__ for each in gc.get_objects())
        are_there = kept["ClientSocket"] == kept["ClientSocket.listen"] == MANY
        return are_there and not any(kept[name] >= MANY for name in OF_A_REQUEST)

    await eventually(is_let_go)
    await asyncio.to_thread(hang_up, wave)


async def test_refused_handshakes_and_requests_leave_nothing_to_it_either(
    server: RunningServer, http: ClientSession, branch_id: str
) -> None:
    addresses = {
        "/kitchen/display": 401, "/kitchen/display?token=x": 401, f"/public/order/{branch_id}/live?token=x": 404,
        f"/public/branches/{branch_id}/menu": 200, "/kitchen/orders": 401, "/static/nothing": 404,
        "/nothing": 404, "/public/order/place": 405,
    }  # fmt: skip
    for path, status in addresses.items():
        for asker in ("application/json", "text/html"):
            with _circles() as found:
                for _ in range(MANY):
                    async with http.get(server.url + path, headers={"Accept": asker}) as answer:
                        assert answer.status == status
            assert found.total() < MANY, (path, asker, found)


async def test_while_they_connect_no_pass_looks_at_more_than_the_newest(
    roomy: RunningServer, db: Any, branch_id: str
) -> None:
    path, first = await _address("screen", db, branch_id)
    looked_at: list[int] = []

    def hear(phase: str, told: dict[str, int]) -> None:
        if phase == "start" and told["generation"] > 0:
            # those that are frozen are in none of the generations
            looked_at.append(sum(len(gc.get_objects(each)) for each in range(told["generation"] + 1)))

    await asyncio.to_thread(hang_up, await asyncio.to_thread(open_wave, roomy.server.port, path, 1, first))
    freeze_all()  # as `kds serve` does when it has started
    gc.callbacks.append(hear)
    try:
        wave = await asyncio.to_thread(open_wave, roomy.server.port, path, 400, first)
        assert len(looked_at) > 3
        assert max(looked_at) < OBJECTS_PER_PASS_MAX
    finally:
        gc.callbacks.remove(hear)
        gc.unfreeze()
    await asyncio.to_thread(hang_up, wave)


async def test_ten_waves_leave_a_process_as_large_as_it_was(
    serve_process: Callable[..., Awaitable[ServeProcess]], db: Any, branch_id: str
) -> None:
    server = await serve_process(
        MAX_SOCKETS_PER_ADDRESS="5000", MAX_SOCKETS_PER_USER="5000", MAX_SOCKETS_PER_BRANCH="5000"
    )
    path, first = await _address("screen", db, branch_id)
    port, process = int(server.url.rpartition(":")[2]), psutil.Process(server.process.pid)
    # these stay, so that the sockets are never few: nothing is unfrozen meanwhile
    staying = await asyncio.to_thread(open_wave, port, path, 2 * GROWTH_PER_FREEZE, first)

    async def only_those_stay() -> bool:
        return len(process.net_connections("tcp")) <= len(staying) + 2

    sizes = []
    for number in range(10):
        wave = await asyncio.to_thread(open_wave, port, path, 300, first)
        await asyncio.to_thread(list(WAYS.values())[number % 3], wave)
        await eventually(only_those_stay, 20)
        sizes.append(process.memory_info().rss)
    # a wave is 5 MB: what each had left would add up to 40
    assert sizes[-1] - sizes[1] < 5_000_000, sizes
    await asyncio.to_thread(hang_up, staying)


class _Circle:
    def __init__(self) -> None:
        self.itself = self


def _seen_circles() -> int:
    """Those that the next full pass would look at."""
    return sum(isinstance(each, _Circle) for each in gc.get_objects())


@pytest.fixture
def clients() -> Iterator[list[int]]:
    """How many there are, as LastingObjects is told."""
    told = [0]
    lasting = LastingObjects(lambda: told[0])
    gc.collect()
    gc.disable()
    lasting.start()
    yield told
    lasting.stop()
    gc.unfreeze()
    gc.enable()
    gc.collect()


def test_what_survives_a_pass_is_frozen_when_clients_have_become_more(clients: list[int]) -> None:
    kept = _Circle()
    clients[0] = GROWTH_PER_FREEZE - 1
    gc.collect(1)
    assert _seen_circles() == 1
    clients[0] += 1
    gc.collect(0)
    assert _seen_circles() == 1
    gc.collect(1)
    assert _seen_circles() == 0
    later = _Circle()
    gc.collect(1)
    assert _seen_circles() == 1, "no more clients than when it froze"
    clients[0] = 0
    gc.collect(1)
    clients[0] = GROWTH_PER_FREEZE
    gc.collect(1)
    assert _seen_circles() == 0, "it counts from the least there were"
    del kept, later


def test_all_is_looked_at_again_when_few_are_left_after_many_freezes(clients: list[int]) -> None:
    kept = _Circle()
    for number in range(FREEZES_PER_LOOK):
        clients[0] = (number + 1) * GROWTH_PER_FREEZE
        gc.collect(1)
    del kept
    clients[0] = GROWTH_PER_FREEZE
    gc.collect(1)
    assert _seen_circles() == 0, "they are not few yet"
    clients[0] -= 1
    gc.collect(1)
    assert _seen_circles() == 1
    gc.collect()
    gc.unfreeze()
    assert _seen_circles() == 0
