"""From a row to a kitchen screen: the display socket, on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from kds.relay.listening.callbacks import RelayState
from tests.conftest import JWT_SECRET, Cluster, RunningServer
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import Screen, open_screen, resume_point, token_for

ConnectDb = Callable[[], Awaitable[Any]]
StartServer = Callable[..., Awaitable[RunningServer]]
OpenScreen = Callable[..., AbstractAsyncContextManager[Screen]]
LIVE_KINDS = {"NEW_ORDER", "ORDER_UPDATED", "ORDER_REMOVED"}


@pytest.fixture
def token(branch_id: str) -> str:
    """A login for the kitchen of the demo restaurant."""
    return token_for(JWT_SECRET, branch_id)


@pytest.fixture
def screen(http: ClientSession, server: RunningServer, token: str) -> OpenScreen:
    """Opens screens of the demo restaurant."""
    return lambda **query: open_screen(http, server.url, query.pop("token", token), **query)


async def greeted(screen: Screen) -> tuple[dict[str, Any], dict[str, Any]]:
    """HELLO and SNAPSHOT."""
    hello, snapshot = await screen.take(2)
    assert (hello["type"], snapshot["type"]) == ("HELLO", "SNAPSHOT")
    return hello, snapshot


# The plain client


async def test_a_plain_client_gets_the_three_kinds_and_nothing_else(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(heartbeat_s=0.05)
    async with http.ws_connect(f"{server.url}/kitchen/display?token={token}") as ws:
        screen = Screen(ws)
        order_id = await place(db, branch_id, stations=("Fry", "Grill"))
        new = await screen.next(heartbeats=True)
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", order_id)
        updated = await screen.next(heartbeats=True)
        await db.execute("DELETE FROM orders WHERE id = $1", order_id)
        removed = await screen.next(heartbeats=True)
        assert (new["type"], new["itemCount"], len(new["items"]), len(new["kots"])) == ("NEW_ORDER", 6, 4, 2)
        assert (updated["type"], updated["status"]) == ("ORDER_UPDATED", "READY")
        assert set(removed) == {"type", "revision", "prev", "orderId", "timestamp"}
        assert new["orderId"] == updated["orderId"] == removed["orderId"] == str(order_id)
        assert [updated["prev"], removed["prev"]] == [new["revision"], updated["revision"]]


async def test_the_readmes_pos_statement_is_one_new_order(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        order_id = await db.fetchval(
            """
            WITH o AS (INSERT INTO orders (branch_id, table_label) VALUES ($1, 'T1') RETURNING id),
                 k AS (INSERT INTO kots (order_id) SELECT id FROM o RETURNING id, order_id)
            INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents)
            SELECT k.order_id, k.id, dish.* FROM k, (VALUES ('Chicken tikka', 2, 1450), ('Raita', 1, 450)) AS dish
            RETURNING order_id""",
            branch_id,
        )
        message = await board.next()
        assert (message["type"], message["orderId"], message["itemCount"]) == ("NEW_ORDER", str(order_id), 3)
        await board.silent(lambda: place(db, branch_id))


async def test_a_screen_of_another_branch_hears_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    elsewhere = await add_branch(db)
    async with screen(token=token_for(JWT_SECRET, elsewhere)) as board:
        await place(db, branch_id)
        await board.silent(lambda: place(db, elsewhere))


async def test_a_rolled_back_order_reaches_nobody(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        transaction = db.transaction()
        await transaction.start()
        await place(db, branch_id)
        await transaction.rollback()
        await board.silent(lambda: place(db, branch_id))


async def test_nine_kilobytes_of_notes_arrive(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        await place(db, branch_id, note="ä" * 9000)
        assert (await board.next())["note"] == "ä" * 9000


async def test_a_forged_hint_shows_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async with screen() as board:
        forged = {"type": "NEW_ORDER", "branchId": branch_id, "orderId": branch_id, "status": "SENT", "revision": 10**6}
        for payload in (json.dumps(forged), "not JSON", "[]", '{"type":"WAKE"}', '{"type":1}', "", '{"branchId":"x"}'):
            await db.execute("SELECT pg_notify('kds_events', $1)", payload)
        await board.silent(lambda: place(db, branch_id))


async def test_truncate_sends_a_plain_client_away_and_others_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    await place(db, branch_id)
    async with screen() as plain, screen(since=0) as board:
        assert len((await greeted(board))[1]["orders"]) == 1
        await db.execute("TRUNCATE orders CASCADE")
        assert await plain.close_code() == 4010
        again = await board.next()
        assert (again["type"], again["orders"]) == ("SNAPSHOT", [])
        await board.silent(lambda: place(db, branch_id))


# Handshake


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800"])
async def test_a_bad_token_is_refused_before_the_upgrade(
    http: ClientSession, server: RunningServer, token: str
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(
            f"{server.url}/kitchen/display", params={"token": token.encode("utf-8", "replace").decode()}
        )
    assert refused.value.status == 401


@pytest.mark.parametrize("role", ["MANAGER", "PICKUP"])
async def test_another_role_is_refused_before_the_upgrade(screen: OpenScreen, branch_id: str, role: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with screen(token=token_for(JWT_SECRET, branch_id, role=role)):
            pass
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("https://ours.example", 101)]
)
async def test_only_our_own_and_listed_pages_may_connect(
    http: ClientSession, start_server: StartServer, token: str, origin: str, status: int
) -> None:
    server = await start_server(cors_origins=("https://ours.example",))
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin}
    async with http.get(f"{server.url}/kitchen/display?token={token}", headers={**upgrade, **key}) as answer:
        assert answer.status == status


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "", "٣"])
async def test_since_must_be_a_number(screen: OpenScreen, since: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with screen(since=since):
            pass
    assert refused.value.status == 400


# Hello, snapshot, resume


async def test_hello_comes_first_then_the_board_then_what_happens(db: Any, branch_id: str, screen: OpenScreen) -> None:
    first = await place(db, branch_id)
    async with screen(since=0) as board:
        hello, snapshot = await greeted(board)
        assert (hello["protocol"], hello["branchId"], hello["epoch"]) == (1, branch_id, snapshot["epoch"])
        assert hello["revision"] == snapshot["revision"]
        assert [order["orderId"] for order in snapshot["orders"]] == [str(first)]
        second = await place(db, branch_id)
        live = await board.next()
        assert (live["orderId"], live["prev"]) == (str(second), snapshot["revision"])


async def test_the_snapshot_has_what_a_board_shows(db: Any, branch_id: str, screen: OpenScreen) -> None:
    by_status: dict[str, list[str]] = {"SENT": [], "READY": [], "COMPLETED": [], "CANCELLED": []}
    for steps in (["READY", "COMPLETED"],) * 25 + (["READY"], [], ["CANCELLED"], ["CANCELLED"]):
        order_id = await place(db, branch_id)
        for status in steps:
            await db.execute("UPDATE orders SET status = $2 WHERE id = $1", order_id, status)
        by_status[steps[-1] if steps else "SENT"].append(str(order_id))
    seen, unseen = by_status["CANCELLED"]
    await db.execute("UPDATE orders SET acknowledged = true WHERE id = $1", UUID(seen))
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    shown = {order["orderId"] for order in snapshot["orders"]}
    assert shown == {*by_status["SENT"], *by_status["READY"], unseen, *by_status["COMPLETED"][-20:]}


async def test_a_screen_that_comes_back_gets_each_changed_order_once(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    async with screen(since=0) as board:
        hello, snapshot = await greeted(board)
        stays = await place(db, branch_id)
        last_seen = await board.next()
    epoch = snapshot["epoch"]
    one, two, gone = [await place(db, branch_id) for _ in range(3)]
    await db.execute("UPDATE orders SET note = 'x' WHERE id = $1", one)
    await db.execute("DELETE FROM orders WHERE id = $1", gone)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", stays)
    async with screen(**resume_point(last_seen, epoch)) as board:
        hello = await board.next()
        missed = await board.take(4)
        assert hello["revision"] == missed[-1]["revision"] > last_seen["revision"]
        assert [(message["type"], message["orderId"]) for message in missed] == [
            ("NEW_ORDER", str(two)),
            ("NEW_ORDER", str(one)),
            ("ORDER_REMOVED", str(gone)),
            ("ORDER_UPDATED", str(stays)),
        ]
        chain = [last_seen, *missed]
        assert [message["prev"] for message in missed] == [message["revision"] for message in chain[:-1]]
        await place(db, branch_id)
        assert (await board.next())["prev"] == missed[-1]["revision"]


async def test_a_screen_that_missed_nothing_gets_nothing(db: Any, branch_id: str, screen: OpenScreen) -> None:
    await place(db, branch_id)
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    async with screen(**resume_point(snapshot, snapshot["epoch"])) as board:
        assert (await board.next())["type"] == "HELLO"
        await board.silent(lambda: place(db, branch_id))


@pytest.mark.parametrize(
    "change",
    [
        {"since": 10**12},
        {"since": 2**63},
        {"since": 10**29},
        {"epoch": "0123456789abcdef"},
        {"epoch": ""},
        {"at": "2001-01-01T00:00:00.000000Z"},
        {"at": "yesterday"},
    ],
)
async def test_whoever_cannot_be_resumed_gets_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen, change: dict[str, Any]
) -> None:
    await place(db, branch_id)
    async with screen(since=0) as board:
        _, snapshot = await greeted(board)
    async with screen(**{**resume_point(snapshot, snapshot["epoch"]), **change}) as board:
        _, again = await greeted(board)
        assert again["revision"] == snapshot["revision"]


async def test_below_the_floor_only_a_snapshot_will_do_and_at_the_floor_a_replay(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    async with screen(since=0) as board:
        await greeted(board)
        await place(db, branch_id)
        below = await board.next()
        await place(db, branch_id)
        at_floor = await board.next()
        _, snapshot = await _snapshot_of(screen)
    await db.execute("UPDATE events SET created_at = created_at - interval '2 hours'")
    await db.execute("SELECT prune_events('1 hour', 1000)")
    later = await place(db, branch_id)
    async with screen(**resume_point(below, snapshot["epoch"])) as board:
        await greeted(board)
    floor = await db.fetchval("SELECT utc(at) FROM event_floors WHERE branch_id = $1", branch_id)
    async with screen(since=at_floor["revision"], epoch=snapshot["epoch"], at=floor) as board:
        _, missed = await board.take(2)
        assert (missed["orderId"], missed["prev"]) == (str(later), at_floor["revision"])


async def _snapshot_of(screen: OpenScreen) -> tuple[dict[str, Any], dict[str, Any]]:
    async with screen(since=0) as board:
        return await greeted(board)


async def test_more_than_can_be_replayed_is_a_snapshot(db: Any, branch_id: str, screen: OpenScreen) -> None:
    _, snapshot = await _snapshot_of(screen)
    await db.execute("INSERT INTO orders (branch_id) SELECT $1::uuid FROM generate_series(1, 600)", branch_id)
    async with screen(**resume_point({**snapshot, "timestamp": ""}, snapshot["epoch"])) as board:
        _, again = await greeted(board)
        assert len(again["orders"]) == 600


async def test_a_resync_in_the_gap_is_a_snapshot(db: Any, branch_id: str, screen: OpenScreen) -> None:
    await place(db, branch_id)
    _, snapshot = await _snapshot_of(screen)
    await db.execute("TRUNCATE order_items")
    async with screen(**resume_point(snapshot, snapshot["epoch"])) as board:
        _, again = await greeted(board)
        assert again["orders"][0]["items"] == []


@pytest.mark.parametrize("buffer_bytes", [256 * 1024, 2_000], ids=["all of it fits", "more than may wait"])
async def test_what_happens_while_a_screen_is_greeted_comes_once(
    branch_id: str, http: ClientSession, start_server: StartServer, token: str, connect_db: ConnectDb, buffer_bytes: int
) -> None:
    server = await start_server(client_buffer_bytes=buffer_bytes)
    writer = await connect_db()
    stop = asyncio.Event()
    written: list[str] = []

    async def write() -> None:
        while not stop.is_set():
            written.append(str(await place(writer, branch_id)))

    writing = asyncio.create_task(write())
    boards: list[list[str]] = []
    for _ in range(10):
        async with open_screen(http, server.url, token, since=0) as board:
            assert (await board.next())["type"] == "HELLO"
            boards.append(await _added_up(board, live=3))
    stop.set()
    await writing
    assert boards == [written[: len(board)] for board in boards]


async def _added_up(board: Screen, *, live: int) -> list[str]:
    """The orders of a screen, as a browser adds them up, until so many came live: a snapshot is a new beginning."""
    orders: list[str] = []
    revision, came = None, 0
    while came < live:
        message = await board.next()
        if message["type"] == "SNAPSHOT":
            orders = [order["orderId"] for order in message["orders"]]
            came = 0
        else:
            assert message["prev"] == revision
            orders.append(message["orderId"])
            came += 1
        revision = message["revision"]
    return orders


# The link to PostgreSQL


async def test_what_commits_while_the_listen_link_is_cut_arrives(
    db: Any, branch_id: str, server: RunningServer, screen: OpenScreen
) -> None:
    relay = server.server.relay
    async with screen(since=0) as board:
        await greeted(board)
        for number in range(5):
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            orders = [str(await place(db, branch_id)) for _ in range(3)]
            assert [message["orderId"] for message in await board.take(3)] == orders, number
        async with asyncio.timeout(10):
            await relay.listener.reached(RelayState.LIVE)


async def test_screens_are_told_when_the_link_breaks_and_when_it_heals(
    cluster: Cluster, db: Any, screen: OpenScreen
) -> None:
    name = await db.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(cluster.admin_dsn)
    async with screen(since=0) as board:
        await greeted(board)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'"
            )
            heard = await board.until("HEARTBEAT")
            while heard["live"]:
                heard = await board.until("HEARTBEAT")
        finally:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await admin.close()
        while not heard["live"]:
            heard = await board.until("HEARTBEAT")


async def test_an_unannounced_event_is_found_by_the_sweep(
    db: Any, branch_id: str, screen: OpenScreen, connect_db: ConnectDb
) -> None:
    gatekeeper = await connect_db()
    await gatekeeper.execute("SELECT pg_advisory_lock(493269101, 0)")
    async with screen() as board:
        order_id = await place(db, branch_id)
        assert (await board.next())["orderId"] == str(order_id)


async def test_a_transaction_open_since_before_the_relay_started_is_delivered(
    db: Any, branch_id: str, start_server: StartServer, http: ClientSession, token: str, connect_db: ConnectDb
) -> None:
    early = await connect_db()
    async with early.transaction():
        order_id = await place(early, branch_id)
        server = await start_server()
        async with open_screen(http, server.url, token, since=0) as board:
            _, snapshot = await greeted(board)
            assert snapshot["orders"] == []
            await place(db, branch_id)
            await board.next()
            await early.execute("COMMIT")
            assert (await board.next())["orderId"] == str(order_id)
            await early.execute("BEGIN")


async def test_a_new_epoch_sends_plain_clients_away_and_others_a_snapshot(
    db: Any, branch_id: str, screen: OpenScreen
) -> None:
    await place(db, branch_id)
    async with screen() as plain, screen(since=0) as board:
        _, before = await greeted(board)
        await db.execute("UPDATE deployment SET nonce = gen_random_uuid()")
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-listen'")
        assert await plain.close_code() == 4010
        after = await board.next()
        assert after["type"] == "SNAPSHOT" and after["epoch"] != before["epoch"]
        assert len(after["orders"]) == 1
        await board.silent(lambda: place(db, branch_id))


async def test_a_hundred_screens_that_come_at_once_cost_one_read(
    db: Any, branch_id: str, start_server: StartServer, token: str
) -> None:
    server = await start_server(max_sockets_per_user=1000)
    await place(db, branch_id)
    async with ClientSession() as http, asyncio.TaskGroup() as group:

        async def look() -> None:
            async with open_screen(http, server.url, token, since=0) as board:
                _, snapshot = await greeted(board)
                assert len(snapshot["orders"]) == 1

        for _ in range(100):
            group.create_task(look())
    assert server.server.boards.reads <= 3


# Rules of the socket


async def test_what_a_screen_must_not_say(screen: OpenScreen) -> None:
    async with screen() as board:
        await board.ws.send_bytes(b"x")
        assert await board.close_code() == 1003
    async with screen() as board:
        await board.ws.send_str("x" * 5000)
        assert await board.close_code() == 1009
    async with screen() as board:
        for text in ('{"type":"HI"}', "nonsense", "[" * 1000, "NaN", '"\\ud800"'):
            await board.ws.send_str(text)
            assert (await board.next())["type"] == "ERROR"
        await board.ws.send_str("one too many")
        assert await board.close_code() == 1008


@pytest.mark.parametrize(("frame", "code"), [(b"\x83\x80\0\0\0\0", 1002), (b"\x81\x82\0\0\0\0\xc3\x28", 1007)])
async def test_broken_frames_are_answered_as_the_rfc_says(screen: OpenScreen, frame: bytes, code: int) -> None:
    async with screen() as board:
        connection: Any = board.ws._response.connection
        connection.transport.write(frame)
        assert await board.close_code() == code


async def test_a_ping_is_answered(screen: OpenScreen) -> None:
    async with screen() as board:
        await board.ws.ping(b"still there?")
        await board.ws.send_str("x")
        assert (await board.next())["type"] == "ERROR"


async def test_heartbeats_tell_revision_and_time(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(heartbeat_s=0.05)
    async with open_screen(http, server.url, token, since=0) as board:
        await greeted(board)
        await place(db, branch_id)
        revision = (await board.next())["revision"]
        beat = await board.until("HEARTBEAT")
        assert (beat["revision"], beat["live"]) == (revision, True)
        assert beat["serverTime"].endswith("Z")


async def test_an_expired_token_ends_its_screen(http: ClientSession, server: RunningServer, branch_id: str) -> None:
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id, seconds=2)) as board:
        assert await board.close_code() == 4501


async def test_a_deactivated_member_is_out_at_once(http: ClientSession, server: RunningServer, db: Any) -> None:
    login = {"username": "chef", "password": "chef-demo"}
    async with http.post(f"{server.url}/staff/login", json=login) as answer:
        token = (await answer.json())["token"]
    async with open_screen(http, server.url, token) as board:
        await db.execute("UPDATE staff SET active = false WHERE username = 'chef'")
        assert await board.close_code() == 4503
    with pytest.raises(WSServerHandshakeError) as refused:
        async with open_screen(http, server.url, token):
            pass
    assert refused.value.status == 401


async def test_too_many_screens_are_refused_with_a_reason(
    http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(max_sockets_per_branch=1)
    async with open_screen(http, server.url, token), open_screen(http, server.url, token) as second:
        assert await second.close_code() == 4504
    server = await start_server(max_sockets_per_address=1)
    async with open_screen(http, server.url, token):
        with pytest.raises(WSServerHandshakeError) as refused:
            async with open_screen(http, server.url, token):
                pass
        assert refused.value.status == 429
    server = await start_server(max_sockets=1)
    async with open_screen(http, server.url, token), open_screen(http, server.url, token) as second:
        assert await second.close_code() == 1013


async def test_a_screen_that_does_not_read_is_cut_and_the_others_go_on(
    db: Any, branch_id: str, http: ClientSession, start_server: StartServer, token: str
) -> None:
    server = await start_server(client_buffer_bytes=64 * 1024)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.port, limit=1024)
    try:
        writer.write(
            f"GET /kitchen/display?token={token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert b"101" in await reader.readline()
        async with open_screen(http, server.url, token) as board:
            while server.server.open_sockets == 2:
                order_id = await place(db, branch_id, note="x" * 200_000)
                assert (await board.next())["orderId"] == str(order_id)
    finally:
        writer.close()


async def test_connected_screens_stand_in_ws_connections(db: Any, branch_id: str, screen: OpenScreen) -> None:
    async def becomes(count: int) -> None:
        async def are() -> bool:
            return bool(await db.fetchval("SELECT count(*) = $1 FROM ws_connections", count))

        await eventually(are)

    async with screen(), screen(since=0):
        await becomes(2)
        assert await db.fetchval("SELECT count(*) FROM live_screens WHERE branch_id = $1", branch_id) == 2
    await becomes(0)


async def test_rows_of_a_dead_process_expire_and_nobody_elses(
    db: Any, branch_id: str, start_server: StartServer
) -> None:
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at) VALUES"
        " ('dead', $1, 'gone', now() - interval '1 s'), ('alive', $1, 'elsewhere', now() + interval '1 hour')",
        branch_id,
    )
    server = await start_server()
    async with ClientSession() as http, open_screen(http, server.url, token_for(JWT_SECRET, branch_id)):

        async def is_gone() -> bool:
            return not await db.fetchval("SELECT count(*) FROM ws_connections WHERE connection_id = 'dead'")

        await eventually(is_gone)
        assert await db.fetchval("SELECT count(*) FROM ws_connections WHERE connection_id = 'alive'") == 1


async def test_a_compressed_connection_is_not_offered(http: ClientSession, server: RunningServer, token: str) -> None:
    async with http.ws_connect(f"{server.url}/kitchen/display?token={token}", compress=15) as ws:
        assert ws.compress == 0
        await ws.send_str("x")
        assert (await ws.receive()).type is WSMsgType.TEXT
