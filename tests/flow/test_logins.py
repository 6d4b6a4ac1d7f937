"""Logging in while others guess; another password; another secret."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import jwt
import pytest
from aiohttp import ClientSession

from kds.domain.links import Links
from kds.postgres.statements import load_statements
from kds.web.identity import Identity
from kds.web.login.tokens import Tokens
from tests.conftest import JWT_SECRET, RunningServer
from tests.patience import eventually
from tests.screen import open_screen

CHEF = {"username": "chef", "password": "chef-demo"}
WIFI = "198.51.100.1"
"""What guests and kitchen have in common."""


class Door:
    """The login of a server, from any address: before it stands a proxy that is trusted."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http = http
        self.url = url

    async def login(
        self, username: str, password: str, address: str = WIFI, earlier: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Status and body; `earlier` is the token of a login before."""
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {earlier}"} if earlier else {})
        body = {"username": username, "password": password}
        async with self._http.post(f"{self.url}/staff/login", json=body, headers=headers) as answer:
            assert (answer.status == 429) == ("Retry-After" in answer.headers)
            return answer.status, await answer.json()

    async def post(self, path: str, token: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """The same for another route."""
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": WIFI}
        async with self._http.post(self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def is_open(self, token: str) -> bool:
        """Whether a token opens the kitchen."""
        async with self._http.get(f"{self.url}/kitchen/branch", headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status == 200

    async def is_shut(self, token: str) -> bool:
        """The opposite."""
        return not await self.is_open(token)


@pytest.fixture
async def door(http: ClientSession, start_server: Callable[..., Awaitable[RunningServer]]) -> Door:
    """The login of a server behind a proxy."""
    return Door(http, (await start_server(trust_proxy=True)).url)


@pytest.fixture
def standing_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's wait ends."""
    monkeypatch.setattr("kds.web.login.guess_limits.time", SimpleNamespace(monotonic=lambda: 1000.0))


async def statuses(logins: Sequence[Awaitable[tuple[int, Any]]]) -> Counter[int]:
    """How many of these, asked at once, were answered how."""
    return Counter(status for status, _ in await asyncio.gather(*logins))


@pytest.mark.usefixtures("standing_time")
async def test_sixty_guesses_at_once_are_five(door: Door) -> None:
    assert await statuses([door.login("chef", f"guess {number}") for number in range(60)]) == {401: 5, 429: 55}


async def test_twenty_tablets_log_in_at_once(door: Door) -> None:
    assert await statuses([door.login(**CHEF) for _ in range(20)]) == {200: 20}


@pytest.mark.usefixtures("standing_time")
@pytest.mark.parametrize("age", ["fresh", "expired", "signed out", "of before sessions"])
async def test_a_tablet_passes_while_guests_guess_on_the_same_network(door: Door, age: str) -> None:
    _, login = await door.login(**CHEF, address="192.0.2.99")
    earlier = login["token"]
    if age == "signed out":
        await door.post("/staff/logout", earlier)
    if age in {"expired", "of before sessions"}:
        claims = jwt.decode(earlier, options={"verify_signature": False})
        now = int(time.time())
        claims |= {"iat": now - 90_000, "exp": now - 60_000}
        if age == "of before sessions":
            for name in ("gen", "sid", "turn", "auth_time"):
                del claims[name]
        earlier = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    guests = [door.login("chef", f"guess {number}") for number in range(20)]
    guests += [door.login(f"guest {number}", "x") for number in range(20)]
    await statuses(guests)
    assert (await door.login(**CHEF))[0] == 429
    forged = jwt.encode(jwt.decode(earlier, options={"verify_signature": False}), "x" * 40, algorithm="HS256")
    assert (await door.login("chef", "chef-demo", earlier=forged))[0] == 429
    # of somebody else it proves nothing
    assert (await door.login("manager", "manager-demo", earlier=earlier))[0] == 429
    assert (await door.login(**CHEF, earlier=earlier))[0] == 200


async def test_honest_people_come_in_while_sixty_addresses_try_names(door: Door) -> None:
    flood = [door.login(f"name {number}", "x", f"192.0.2.{number}") for number in range(60) for _ in range(4)]
    honest = [door.login(**CHEF, address=f"203.0.113.{number}") for number in range(20)]
    answers, _ = await asyncio.gather(statuses(honest), statuses(flood))
    assert answers == {200: 20}


# The end of a session


@pytest.mark.parametrize(
    ("timezone", "day_starts_at"),
    [
        ("Europe/Rome", "04:00"),
        ("America/New_York", "05:30"),
        ("Asia/Kathmandu", "00:00"),
        ("Pacific/Kiritimati", "12:00"),
    ],
)
async def test_a_login_ends_when_a_day_of_the_branch_starts_and_not_in_its_service(
    door: Door, db: Any, timezone: str, day_starts_at: str
) -> None:
    await db.execute("UPDATE branches SET timezone = $1, day_starts_at = $2::text::time", timezone, day_starts_at)
    _, login = await door.login(**CHEF)
    ends = datetime.fromisoformat(login["sessionEndsAt"])
    assert f"{ends.astimezone(ZoneInfo(timezone)):%H:%M:%S}" == f"{day_starts_at}:00"
    left = ends - datetime.now(UTC)
    assert timedelta(days=30) - timedelta(minutes=5) <= left <= timedelta(days=31, hours=1)
    status, renewed = await door.post("/staff/refresh", login["token"], {})
    assert (status, renewed["sessionEndsAt"]) == (200, login["sessionEndsAt"])
    _, pickup = await door.login("pickup", "pickup-demo")
    assert pickup["sessionEndsAt"] is None


async def test_no_session_ends_before_30_days_nor_after_31(door: Door, db: Any) -> None:
    branch_id = await db.fetchval("SELECT branch_id FROM staff WHERE username = 'chef'")
    statement = await db.prepare(load_statements().read_session_end)
    # hours around the changes to and from summer time, wherever they come between
    begins = [
        datetime(2026, month, 25, tzinfo=UTC) + timedelta(hours=7 * step) for month in (2, 9) for step in range(20)
    ]
    for timezone in ("UTC", "Europe/Rome", "America/St_Johns", "Australia/Lord_Howe"):
        for day_starts_at in ("00:00", "02:30", "23:59:59"):
            await db.execute(
                "UPDATE branches SET timezone = $1, day_starts_at = $2::text::time", timezone, day_starts_at
            )
            for began in begins:
                ends = await statement.fetchval(branch_id, began)
                assert timedelta(days=30) < ends - began <= timedelta(days=31), (timezone, day_starts_at, began)


async def test_a_login_of_30_days_is_renewed_until_the_day_is_over_and_no_longer(door: Door, db: Any) -> None:
    staff = await db.fetchrow("SELECT id, branch_id, generation FROM staff WHERE username = 'chef'")

    async def refresh(age: timedelta) -> tuple[int, Any]:
        began = datetime.now(UTC) - age
        earlier = Identity(staff["id"], staff["branch_id"], "KITCHEN", began.timestamp(), 0, uuid4(), began.timestamp())
        token, _ = Tokens(JWT_SECRET, lifetime=timedelta(hours=1)).issue(
            staff["id"], staff["branch_id"], "KITCHEN", generation=staff["generation"], after=earlier,
            session_end=datetime.now(UTC) + timedelta(hours=1),
        )  # fmt: skip
        return await door.post("/staff/refresh", token, {})

    # so that a day begins in two hours
    soon = "date_trunc('minute', now() AT TIME ZONE 'UTC' + interval '2 hours')::time"
    await db.execute(f"UPDATE branches SET timezone = 'UTC', day_starts_at = {soon}")
    status, renewed = await refresh(timedelta(days=30, minutes=1))
    assert status == 200 and renewed["expiresAt"] == renewed["sessionEndsAt"]
    left = datetime.fromisoformat(renewed["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=55) < left <= timedelta(hours=2)
    assert (await refresh(timedelta(days=31, minutes=1)))[0] == 401


# Another password


async def test_a_member_changes_the_password_and_stays_logged_in_alone(door: Door, http: ClientSession) -> None:
    _, here = await door.login(**CHEF)
    _, elsewhere = await door.login(**CHEF)
    async with open_screen(http, door.url, elsewhere["token"], since=0) as screen:
        closed = asyncio.create_task(screen.close_code())
        status, renewed = await door.post(
            "/staff/password", here["token"], {"password": "chef-demo", "newPassword": "figs and bread"}
        )
        assert status == 200 and await closed == 4503
    assert await door.is_open(renewed["token"])
    for token in (here["token"], elsewhere["token"]):
        await eventually(lambda token=token: door.is_shut(token))  # type: ignore[misc]
    assert (await door.login(**CHEF, earlier=renewed["token"]))[0] == 401
    assert (await door.login("chef", "figs and bread"))[0] == 200


@pytest.mark.parametrize(("change", "code", "fault"), [
    ({"password": "wrong", "newPassword": "figs and bread"}, "wrong_password", None),
    ({"password": "chef-demo", "newPassword": "kitchen1"}, "weak_password", "name"),
    ({"password": "chef-demo", "newPassword": "chef1234"}, "weak_password", "name"),
    ({"password": "chef-demo", "newPassword": "short"}, "weak_password", "length"),
    ({"password": "chef-demo", "newPassword": "chef-demo"}, "same_password", None),
])  # fmt: skip
async def test_a_change_that_is_refused_changes_nothing(
    door: Door, change: dict[str, str], code: str, fault: str | None
) -> None:
    _, login = await door.login(**CHEF)
    status, answer = await door.post("/staff/password", login["token"], change)
    assert (status, answer["error"]["code"]) == (422, code)
    assert answer.get("fault") == fault
    assert await door.is_open(login["token"]) and (await door.login(**CHEF))[0] == 200


@pytest.mark.usefixtures("standing_time")
async def test_a_stolen_token_is_no_licence_to_guess_the_password(door: Door) -> None:
    _, login = await door.login(**CHEF)
    guesses = [
        door.post("/staff/password", login["token"], {"password": f"guess {number}", "newPassword": "figs and bread"})
        for number in range(30)
    ]
    assert await statuses(guesses) == {422: 5, 429: 25}


async def test_of_two_changes_at_once_one_counts(door: Door) -> None:
    _, login = await door.login(**CHEF)
    changes = [
        door.post(
            "/staff/password", login["token"], {"password": "chef-demo", "newPassword": f"figs on {number} plates"}
        )
        for number in range(4)
    ]
    results = await asyncio.gather(*changes)
    assert sorted(status for status, _ in results)[0] == 200
    right = [number for number in range(4) if (await door.login("chef", f"figs on {number} plates"))[0] == 200]
    assert right == [number for number, (status, _) in enumerate(results) if status == 200]


# Another secret


async def test_a_new_secret_logs_nobody_out_and_ends_no_link(
    http: ClientSession, start_server: Callable[..., Awaitable[RunningServer]]
) -> None:
    old = await start_server()
    _, login = await Door(http, old.url).login(**CHEF)
    new = await start_server(jwt_secret="another " + JWT_SECRET, jwt_secret_before=JWT_SECRET)
    door = Door(http, new.url)
    assert await door.is_open(login["token"])
    status, renewed = await door.post("/staff/refresh", login["token"])
    assert status == 200 and await door.is_open(renewed["token"])
    # what the new secret signed the old process does not know, nor the one after the next change
    assert await Door(http, old.url).is_shut(renewed["token"])
    link = {"table": "T1", "tableToken": Links(JWT_SECRET).table_token(UUID(new.branch_id), "T1")}
    async with http.get(f"{new.url}/public/branches/{new.branch_id}/menu", params=link) as answer:
        assert (await answer.json())["tableAccepted"] is True


async def test_a_process_whose_clock_is_ahead_logs_people_in_for_all(door: Door, db: Any) -> None:
    row = await db.fetchrow("SELECT id, branch_id, generation FROM staff WHERE username = 'chef'")
    now = time.time()
    claims = {
        "iss": "kds", "aud": "kds", "sub": str(row["id"]), "branch": str(row["branch_id"]), "role": "KITCHEN",
        "iat": now + 5, "exp": int(now) + 3600, "jti": "x", "gen": row["generation"], "sid": str(uuid.uuid4()),
        "turn": 0, "auth_time": int(now) + 5,
    }  # fmt: skip
    token = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    assert await door.is_open(token)
    assert (await door.post("/staff/refresh", token))[0] == 200
    # and nothing of it outlives a change, whatever the clocks say
    await db.execute("UPDATE staff SET generation = generation + 1 WHERE username = 'chef'")
    await eventually(lambda: door.is_shut(token))
