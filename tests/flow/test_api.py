"""The HTTP API on a real server and a real database: what cooks may do, who gets in, and how a refusal looks."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET
from tests.flow.client import Client
from tests.orders import NOBODYS_ID, add_branch, kots_of, place
from tests.screen import token_for

# Staff


async def test_a_chef_logs_in_and_stays_logged_in(client: Client, branch_id: str) -> None:
    status, login, _ = await client.call("POST", "/staff/login", {"username": "chef", "password": "chef-demo"})
    assert (status, login["role"], login["branchId"]) == (200, "KITCHEN", branch_id)
    assert set(login) == {"token", "role", "branchId", "expiresAt", "sessionEndsAt"}
    status, again, _ = await client.call("POST", "/staff/refresh", Authorization=f"Bearer {login['token']}")
    assert status == 200
    assert again["token"] != login["token"]
    status, _, _ = await client.call("GET", "/kitchen/orders", Authorization=f"Bearer {again['token']}")
    assert status == 200


@pytest.mark.parametrize(
    "login", [("chef", "wrong"), ("nobody", "chef-demo"), ("chef\u202e", "x"), ("' OR 1=1 --", "x")]
)
async def test_a_wrong_login_does_not_say_what_is_wrong(client: Client, login: tuple[str, str]) -> None:
    body = {"username": login[0], "password": login[1]}
    assert await client.refused("POST", "/staff/login", body) == (401, "wrong_credentials")


async def test_guessing_passwords_gets_slower(client: Client) -> None:
    body = {"username": "chef", "password": "guess"}
    answers = [await client.call("POST", "/staff/login", body) for _ in range(8)]
    assert [status for status, _, _ in answers[:5]] == [401] * 5
    status, _, headers = answers[-1]
    assert status == 429 and int(headers["Retry-After"]) >= 1


async def test_a_deactivated_member_is_refused_everywhere(client: Client, db: Any) -> None:
    _, login, _ = await client.call("POST", "/staff/login", {"username": "chef", "password": "chef-demo"})
    await db.execute("UPDATE staff SET active = false WHERE username = 'chef'")
    body = {"username": "chef", "password": "chef-demo"}
    assert (await client.refused("POST", "/staff/login", body))[0] == 401
    bearer = {"Authorization": f"Bearer {login['token']}"}
    assert (await client.refused("POST", "/staff/refresh", **bearer))[0] == 401


# The kitchen


async def test_the_list_shows_what_is_asked_for(client: Client, db: Any, branch_id: str) -> None:
    one, two = await place(db, branch_id), await place(db, branch_id)
    await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", two)

    async def listed(query: str) -> list[str]:
        status, answer, _ = await client.call("GET", f"/kitchen/orders{query}")
        assert (status, set(answer)) == (200, {"orders", "revision", "epoch"})
        return [order["orderId"] for order in answer["orders"]]

    assert await listed("") == [str(one), str(two)]
    assert await listed("?status=READY") == [str(two)]
    assert await listed("?status=SENT,COMPLETED") == [str(one)]
    assert await listed("?status=SENT&status=READY") == [str(one), str(two)]
    assert await client.refused("GET", "/kitchen/orders?status=BURNT") == (400, "unknown_status")


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_an_order_is_bumped_recalled_and_bumped_again(
    client: Client, db: Any, branch_id: str, method: str
) -> None:
    order_id = await place(db, branch_id)
    for source, target in [("SENT", "READY"), ("READY", "COMPLETED"), ("COMPLETED", "READY"), ("READY", "SENT")]:
        status, order, _ = await client.call(
            method, f"/kitchen/order/{order_id}/status", {"status": target, "from": source}
        )
        assert (status, order["status"], order["kots"][0]["status"]) == (200, target, target)


async def test_who_comes_second_is_told_the_present_order(client: Client, db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    path = f"/kitchen/order/{order_id}/status"
    status, answer, _ = await client.call("PATCH", path, {"status": "SENT", "from": "READY"})
    assert status == 200  # already there
    status, answer, _ = await client.call("PATCH", path, {"status": "COMPLETED"})
    assert (status, answer["error"]["code"], answer["order"]["status"]) == (409, "conflict", "SENT")
    status, answer, _ = await client.call("PATCH", path, {"status": "READY", "from": "COMPLETED"})
    assert (status, answer["order"]["orderId"]) == (409, str(order_id))


async def test_two_screens_that_bump_at_once_are_one_event(client: Client, db: Any, branch_id: str) -> None:
    for _ in range(20):
        order_id = await place(db, branch_id)
        body = {"status": "READY", "from": "SENT"}
        answers = await asyncio.gather(
            *(client.call("PATCH", f"/kitchen/order/{order_id}/status", body) for _ in range(2))
        )
        assert [status for status, _, _ in answers] == [200, 200]
        assert await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id) == 2


async def test_one_kot_and_one_item_can_be_bumped(client: Client, db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id, stations=("Fry", "Grill"))
    fry, grill = await kots_of(db, order_id)
    status, order, _ = await client.call("PATCH", f"/kitchen/kot/{fry}/status", {"status": "READY"})
    assert (status, order["status"], sorted(kot["status"] for kot in order["kots"])) == (200, "SENT", ["READY", "SENT"])
    _, order, _ = await client.call("PATCH", f"/kitchen/kot/{grill}/status", {"status": "READY", "from": "SENT"})
    assert order["status"] == "READY"
    item = order["items"][0]["itemId"]
    for done in (True, True, False):
        status, order, _ = await client.call("PATCH", f"/kitchen/order/{order_id}/item/{item}", {"done": done})
        assert (status, next(i["done"] for i in order["items"] if i["itemId"] == item)) == (200, done)
    assert await db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order_id) == 5


async def test_a_cancelled_order_is_acknowledged(client: Client, db: Any, branch_id: str) -> None:
    order_id = await place(db, branch_id)
    path = f"/kitchen/order/{order_id}/acknowledge"
    assert (await client.refused("POST", path, {}))[0] == 409
    await db.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", order_id)
    status, order, _ = await client.call("POST", path, {})
    assert (status, order["acknowledged"]) == (200, True)


async def test_another_branchs_order_looks_like_none_at_all(client: Client, db: Any, branch_id: str) -> None:
    elsewhere = await place(db, await add_branch(db))
    (kot,) = await kots_of(db, elsewhere)
    item = await db.fetchval("SELECT id FROM order_items WHERE order_id = $1 LIMIT 1", elsewhere)
    own = await place(db, branch_id)
    nowhere = uuid.uuid4()
    status = {"status": "READY"}
    for pattern, foreign in [
        ("/kitchen/order/{}/status", elsewhere),
        ("/kitchen/kot/{}/status", kot),
        ("/kitchen/order/{}/item/" + str(item), elsewhere),
        (f"/kitchen/order/{own}/item/{{}}", item),
        ("/kitchen/order/{}/acknowledge", elsewhere),
    ]:
        method = "POST" if "acknowledge" in pattern else "PATCH"
        body = {"done": True} if "item" in pattern else {} if "acknowledge" in pattern else status
        answers = [await client.call(method, pattern.format(target), body) for target in (foreign, nowhere)]
        assert [code for code, _, _ in answers] == [404, 404]
        assert answers[0][1] == answers[1][1]
    assert await db.fetchval("SELECT status::text FROM orders WHERE id = $1", elsewhere) == "SENT"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/kitchen/orders"),
        ("GET", "/kitchen/branch"),
        ("PATCH", f"/kitchen/order/{NOBODYS_ID}/status"),
        ("POST", f"/kitchen/order/{NOBODYS_ID}/acknowledge"),
        ("PATCH", f"/kitchen/kot/{NOBODYS_ID}/status"),
        ("PATCH", f"/kitchen/order/{NOBODYS_ID}/item/{NOBODYS_ID}"),
    ],
)
async def test_the_kitchen_is_for_the_kitchen(client: Client, branch_id: str, method: str, path: str) -> None:
    for role in ("WAITER", "PICKUP"):
        bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role=role)}"}
        assert await client.refused(method, path, **bearer) == (403, "not_allowed")
    stolen = token_for("another secret that is long enough for HS256", branch_id)
    for token in ("", "Bearer", "Bearer x", "Basic eDp4", f"Bearer {stolen}", "Bearer " + "." * 5000):
        status, answer, headers = await client.call(method, path, Authorization=token)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer"), answer


# Health, CORS, headers


async def test_health_tells_process_and_readiness(client: Client) -> None:
    assert (await client.call("GET", "/healthz"))[0] == 200
    status, ready, _ = await client.call("GET", "/readyz")
    assert (status, ready["status"], ready["relay"], ready["batching"]["state"]) == (200, "ready", "live", "idle")
    async with client.http.get(client.url + "/metrics") as answer:
        text = await answer.text()
    assert 'kds_relay_state{state="live"} 1.0' in text


async def test_only_listed_origins_may_call(http: ClientSession, start_server: Any, branch_id: str) -> None:
    server = await start_server(cors_origins=("https://order.example", "https://order.example:8443"))
    url = f"{server.url}/public/branches/{branch_id}/menu"
    for origin, allowed in [
        ("https://order.example", True),
        ("https://order.example.", True),
        ("https://order.example:8443", True),
        ("https://order.example.:8443", True),
        ("https://order.example:8443.", False),
        ("https://evil.example", False),
        ("null", False),
    ]:
        async with http.get(url, headers={"Origin": origin}) as answer:
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
            assert "Origin" in answer.headers.get("Vary", "")
            assert "Access-Control-Allow-Credentials" not in answer.headers
        preflight = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        async with http.options(url, headers=preflight) as answer:
            assert (answer.status == 200) is allowed
    async with http.get(f"{server.url}/kitchen") as answer:
        assert answer.headers["Vary"] == "Accept-Encoding, Origin"


@pytest.mark.parametrize("path", ["/", "/kitchen", "/static/js/kitchen/main.js", "/kitchen/orders", "/nowhere"])
async def test_every_answer_is_guarded(client: Client, path: str) -> None:
    async with client.http.get(client.url + path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not any(name in headers["Server"].lower() for name in ("python", "aiohttp"))


async def test_answers_of_the_api_are_not_stored(client: Client) -> None:
    for path in ("/kitchen/orders", "/healthz", "/kitchen/branch"):
        assert (await client.call("GET", path))[2]["Cache-Control"] == "no-store"
