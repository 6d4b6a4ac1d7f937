"""/manager/staff: who may change whom, what it ends, and what is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import RunningServer
from tests.flow.members import CHEF, Member
from tests.flow.test_memberships import join
from tests.orders import add_branch
from tests.patience import eventually
from tests.screen import open_screen


class Manager(Member):
    """Somebody who changes others."""

    async def ask(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        """Status, and the body or why not."""
        headers = {"Authorization": f"Bearer {self.token}"}
        named = {name: str(value) for name, value in params.items()}
        async with self.http.request(method, self.url + path, json=body, headers=headers, params=named) as answer:
            told = await answer.json()
            return answer.status, told["error"]["code"] if answer.status >= 400 else told


@pytest.fixture
async def people(http: ClientSession, server: RunningServer) -> dict[str, Manager]:
    """The owner, the manager and the chef, logged in."""
    found = {}
    for name in ("owner", "manager", "chef"):
        found[name] = Manager(http, server.url)
        await found[name].login({"username": name, "password": f"{name}-demo"})
    return found


async def id_of(db: Any, name: str) -> UUID:
    """Of a member."""
    found: UUID = await db.fetchval("SELECT id FROM staff WHERE username = $1", name)
    return found


async def test_a_manager_adds_a_member_who_sets_the_password_and_sees_the_list(people: dict[str, Manager]) -> None:
    manager = people["manager"]
    status, added = await manager.ask("POST", "/manager/staff", {"username": "gina", "role": "WAITER"})
    assert status == 201 and added["link"].startswith(f"{manager.url}/welcome#")
    body = {"token": added["link"].partition("#")[2], "newPassword": "figs bread and olives"}
    assert (await Member(manager.http, manager.url).post("/staff/welcome", body=body))[1]["role"] == "WAITER"
    _, told = await manager.ask("GET", "/manager/staff")
    found = {each["username"]: (each["role"], each["mayChange"]) for each in told["staff"]}
    assert list(found)[:2] == ["owner", "manager"]
    assert found["gina"] == ("WAITER", True) and found["manager"] == ("MANAGER", False) and not found["owner"][1]
    by_name = {each["username"]: each for each in told["staff"]}
    assert {name for name, each in by_name.items() if each["isYou"]} == {"manager"}
    assert {name for name, each in by_name.items() if each["changedAt"]} == {"gina"}
    assert {name for name, each in by_name.items() if each["mayChangeLogin"]} == {"gina", "chef", "pickup"}
    again = await manager.ask("POST", "/manager/staff", {"username": "gina", "role": "WAITER"})
    assert again == (422, "username_taken")
    assert await manager.ask("POST", "/manager/staff", {"username": "boss", "role": "OWNER"}) == (403, "above")


async def test_a_member_whom_nobody_can_tell_from_another_is_refused_and_learns_no_login_of_others(
    people: dict[str, Manager], db: Any
) -> None:
    manager, before = people["manager"], await db.fetch("SELECT username FROM staff ORDER BY 1")
    body, headers = {"username": "\uff43HEF", "role": "WAITER"}, {"Authorization": f"Bearer {manager.token}"}
    assert await manager.ask("POST", "/manager/staff", body) == (422, "username_taken")
    async with manager.http.post(manager.url + "/manager/staff", json=body, headers=headers) as answer:
        told = (await answer.json())["error"]["message"]
    assert "chef" not in told.casefold() and "Choose another" in told
    assert await manager.ask("POST", "/manager/staff", {**body, "role": "OWNER"}) == (403, "above")
    assert await db.fetch("SELECT username FROM staff ORDER BY 1") == before


async def test_of_names_that_are_alike_and_added_at_once_one_is_taken(people: dict[str, Manager], db: Any) -> None:
    spellings = ("gina", "Gina", "GINA", "\uff27ina")
    body = [{"username": name, "role": "WAITER"} for name in spellings]
    answers = await asyncio.gather(*(people["owner"].ask("POST", "/manager/staff", each) for each in body))
    assert sorted(status for status, _ in answers) == [201, 422, 422, 422]
    assert await db.fetchval("SELECT count(*) FROM staff WHERE username = ANY ($1)", spellings) == 1


@pytest.mark.parametrize("target", ["owner", "manager"])
async def test_nobody_changes_who_ranks_as_high(people: dict[str, Manager], db: Any, target: str) -> None:
    before = await db.fetch("SELECT * FROM staff ORDER BY id")
    path = f"/manager/staff/{await id_of(db, target)}"
    for who in ("manager", "owner") if target == "owner" else ("manager",):
        for method, ending, body in (
            ("PATCH", "", {"role": "PICKUP"}), ("PATCH", "", {"active": False}), ("POST", "/password", {}),
            ("POST", "/end-sessions", {}),
        ):  # fmt: skip
            assert await people[who].ask(method, path + ending, body) == (403, "outranked")
        assert (await people["chef"].ask("PATCH", path, {"active": False}))[0] == 403
    assert await db.fetch("SELECT * FROM staff ORDER BY id") == before


@pytest.mark.parametrize(
    ("method", "ending", "body", "kept"),
    [
        ("PATCH", "", {"role": "WAITER"}, ("role", "KITCHEN", "WAITER")),
        ("PATCH", "", {"active": False}, ("active", "true", "false")),
        ("POST", "/password", {}, ("password", "", "")),
        ("POST", "/end-sessions", {}, ("end-sessions", "", "")),
    ],
)
async def test_a_change_ends_the_screens_on_every_server_and_is_kept(
    people: dict[str, Manager], start_server: Callable[..., Awaitable[RunningServer]], db: Any,
    method: str, ending: str, body: Any, kept: tuple[str, str, str],
) -> None:  # fmt: skip
    elsewhere = await start_server()
    chef, manager = people["chef"], people["manager"]
    async with (
        open_screen(chef.http, chef.url, chef.token) as here,
        open_screen(chef.http, elsewhere.url, chef.token) as there,
    ):
        closed = asyncio.gather(here.close_code(), there.close_code())
        status, _ = await manager.ask(method, f"/manager/staff/{await id_of(db, 'chef')}{ending}", body)
        async with asyncio.timeout(2):  # since the change is committed
            assert (status, list(await closed)) == (200, [4503, 4503])
    _, told = await manager.ask("GET", "/manager/staff-changes")
    (change,) = told["changes"]
    assert (change["action"], change["was"], change["became"]) == kept
    assert (change["username"], change["actorName"]) == ("chef", "manager")
    if body == {"active": False}:
        assert (await manager.ask("PATCH", f"/manager/staff/{await id_of(db, 'chef')}", {"active": True}))[0] == 200
    if ending != "/password":
        await chef.login(CHEF)


async def test_a_further_branch_is_given_by_who_manages_both_and_taken_away_again(
    people: dict[str, Manager], db: Any
) -> None:
    manager, chef = people["manager"], people["chef"]
    second = await add_branch(db)
    path = f"/manager/staff/{await id_of(db, 'chef')}"
    wanted = {"branchId": str(second), "role": "KITCHEN"}
    assert (await manager.ask("POST", f"{path}/branches", wanted))[0] == 404
    await join(db, "manager", second, "MANAGER")
    assert (await manager.ask("POST", f"{path}/branches", {**wanted, "role": "OWNER"})) == (403, "above")
    assert (await manager.ask("POST", f"{path}/branches", wanted))[0] == 200
    assert (await manager.ask("POST", f"{path}/branches", wanted)) == (422, "joined")
    assert (await chef.ask("GET", "/kitchen/orders", branch=second))[0] == 200
    assert (await manager.ask("PATCH", path, {"role": None}))[0] == 200  # the branch that the login opens by itself
    await eventually(lambda: chef.is_over(chef.token))
    status, login = await chef.post("/staff/login", body=CHEF)
    assert (status, login["branchId"]) == (200, str(second))
    assert (await manager.ask("PATCH", path, {"role": None}, branch=second)) == (422, "only_branch")
    assert (await manager.ask("PATCH", path, {"active": False}))[0] == 404


async def test_a_login_that_works_elsewhere_too_is_not_ended_by_who_is_nobody_there(
    people: dict[str, Manager], db: Any
) -> None:
    await join(db, "chef", await add_branch(db), "PICKUP")
    path = f"/manager/staff/{await id_of(db, 'chef')}"
    _, told = await people["manager"].ask("GET", "/manager/staff")
    (chef,) = (each for each in told["staff"] if each["username"] == "chef")
    assert (chef["mayChange"], chef["mayChangeLogin"], len(chef["branches"])) == (True, False, 1)
    assert await people["manager"].ask("PATCH", path, {"active": False}) == (403, "elsewhere")
    assert await people["manager"].ask("POST", f"{path}/password", {}) == (403, "elsewhere")


async def test_an_owner_adds_a_branch_and_owns_it_at_once(people: dict[str, Manager]) -> None:
    assert (await people["manager"].ask("POST", "/manager/branches", {"name": "Second"}))[0] == 403
    owner = people["owner"]
    status, added = await owner.ask("POST", "/manager/branches", {"name": "Second"})
    assert status == 201
    _, told = await owner.ask("GET", "/manager/branches")
    assert {(each["name"], each["role"]) for each in told["branches"]} >= {("Second", "OWNER")}
    for name in ("Second", "SECOND", "\uff33econd"):
        assert await owner.ask("POST", "/manager/branches", {"name": name}) == (422, "branch_taken")
    assert await owner.ask("GET", "/manager/branches") == (200, told)
    assert (await owner.ask("GET", "/kitchen/orders", branch=added["branchId"]))[0] == 200


async def test_who_is_demoted_at_the_very_moment_changes_nobody_any_more(people: dict[str, Manager], db: Any) -> None:
    owner, manager = people["owner"], people["manager"]
    demote = owner.ask("PATCH", f"/manager/staff/{await id_of(db, 'manager')}", {"role": "KITCHEN"})
    fire = manager.ask("PATCH", f"/manager/staff/{await id_of(db, 'chef')}", {"active": False})
    (first, _), (second, why) = await asyncio.gather(demote, fire)
    assert first == 200 and (second == 200 or why in {"outranked", "token_revoked", "not_allowed"})
    rows = await db.fetch("SELECT actor_name, action FROM staff_changes ORDER BY id")
    if second == 200:
        assert [tuple(row) for row in rows] == [("manager", "active"), ("owner", "role")]
