"""A login of several branches: it works where it is a member, as what it is there, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.members import Member
from tests.orders import add_branch, place
from tests.patience import eventually
from tests.screen import open_screen, token_for

MANAGER = {"username": "manager", "password": "manager-demo"}
PICKUP = {"username": "pickup", "password": "pickup-demo"}


async def join(db: Any, name: str, branch_id: UUID, role: str) -> None:
    """Makes somebody a member of a further branch."""
    await db.execute(
        "INSERT INTO staff_members (branch_id, staff_id, role) SELECT $2, id, $3::staff_role FROM staff"
        " WHERE username = $1 ON CONFLICT (staff_id, branch_id) DO UPDATE SET role = excluded.role",
        name, branch_id, role,
    )  # fmt: skip


async def status(member: Member, path: str, branch_id: object = "", url: str = "") -> int:
    """How a GET is answered in that branch."""
    params = {"branch": str(branch_id)} if branch_id else {}
    headers = {"Authorization": f"Bearer {member.token}"}
    async with member.http.get((url or member.url) + path, params=params, headers=headers) as answer:
        return answer.status


@pytest.fixture
async def manager(http: ClientSession, server: RunningServer) -> Member:
    """The manager, logged in."""
    found = Member(http, server.url)
    await found.login(MANAGER)
    return found


async def test_a_manager_may_cook_and_a_cook_may_not_manage(http: ClientSession, server: RunningServer) -> None:
    for login, kitchen, tables in ((MANAGER, 200, 200), ({"username": "chef", "password": "chef-demo"}, 200, 403)):
        member = Member(http, server.url)
        await member.login(login)
        assert await status(member, "/kitchen/orders") == kitchen
        assert await status(member, "/manager/tables?table=T1") == tables


async def test_a_login_sees_and_does_in_a_further_branch_what_its_role_there_may(
    manager: Member, db: Any, branch_id: str
) -> None:
    second = await add_branch(db)
    order = await place(db, second)
    assert await status(manager, "/kitchen/orders", second) == 404
    await join(db, "manager", second, "KITCHEN")
    assert await status(manager, "/kitchen/orders", second) == 200  # at once, with the login of before
    assert await status(manager, "/manager/tables?table=T1", second) == 403
    assert await status(manager, "/manager/tables?table=T1", branch_id.upper()) == 200
    assert await status(manager, f"/kitchen/order/{order}/history") == 404
    headers = {"Authorization": f"Bearer {manager.token}"}
    url = f"{manager.url}/kitchen/order/{order}/status"
    for params, expected in (({}, 404), ({"branch": branch_id}, 404), ({"branch": str(second)}, 200)):
        async with manager.http.patch(url, params=params, json={"status": "READY"}, headers=headers) as answer:
            assert answer.status == expected, await answer.text()
    row = await db.fetchrow("SELECT branch_id, actor_name FROM kitchen_actions WHERE order_id = $1", order)
    assert tuple(row) == (second, "manager")


async def test_several_branches_in_one_request_are_refused(manager: Member, db: Any, branch_id: str) -> None:
    second = await add_branch(db)
    await join(db, "manager", second, "MANAGER")
    assert await status(manager, f"/kitchen/orders?branch={branch_id}&branch={second}") == 400


async def test_a_screen_of_a_further_branch_hears_it_and_nothing_else(manager: Member, db: Any, branch_id: str) -> None:
    second = await add_branch(db)
    await join(db, "manager", second, "KITCHEN")
    async with open_screen(manager.http, manager.url, manager.token, since=0, branch=second) as screen:
        assert (await screen.until("HELLO"))["branchId"] == str(second)
        await screen.until("SNAPSHOT")
        await place(db, branch_id)
        order = await place(db, second)
        assert (await screen.next())["orderId"] == str(order)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff_members SET role = 'WAITER' WHERE branch_id = $1",
        "DELETE FROM staff_members WHERE branch_id = $1",
    ],
    ids=["another role", "left"],
)
async def test_who_is_demoted_or_leaves_in_the_middle_is_out_on_every_server(
    manager: Member, start_server: Callable[..., Awaitable[RunningServer]], db: Any, change: str
) -> None:
    elsewhere = await start_server()
    second = await add_branch(db)
    await join(db, "manager", second, "KITCHEN")
    old = manager.token
    async with (
        open_screen(manager.http, manager.url, old, since=0, branch=second) as here,
        open_screen(manager.http, elsewhere.url, old, since=0, branch=second) as there,
    ):
        await here.until("SNAPSHOT")
        await there.until("SNAPSHOT")
        closed = asyncio.gather(here.close_code(), there.close_code())
        await db.execute(change, second)
        async with asyncio.timeout(2):  # since the change is committed
            assert list(await closed) == [4503, 4503]
    for url in (manager.url, elsewhere.url):
        await eventually(lambda url=url: manager.is_over(old, url))  # type: ignore[misc]
    await manager.login(MANAGER)
    expected = 403 if "UPDATE" in change else 404
    for url in (manager.url, elsewhere.url):
        assert await status(manager, "/kitchen/orders", second, url) == expected
        assert await status(manager, "/kitchen/orders", url=url) == 200


async def test_a_promotion_counts_with_the_next_login(manager: Member, db: Any) -> None:
    second = await add_branch(db)
    await join(db, "manager", second, "KITCHEN")
    assert await status(manager, "/manager/tables?table=T1", second) == 403
    await join(db, "manager", second, "MANAGER")
    await eventually(lambda: manager.is_over(manager.token))
    await manager.login(MANAGER)
    assert await status(manager, "/manager/tables?table=T1", second) == 200


async def test_the_long_login_of_a_pickup_board_opens_nothing_more_elsewhere(
    http: ClientSession, server: RunningServer, db: Any
) -> None:
    second, third = await add_branch(db), await add_branch(db)
    await join(db, "pickup", second, "MANAGER")
    await join(db, "pickup", third, "PICKUP")
    board = Member(http, server.url)
    await board.login(PICKUP)
    for path in ("/kitchen/orders", "/manager/tables?table=T1", "/pickup/orders"):
        assert await status(board, path, second) == 404
    assert await status(board, "/pickup/orders", third) == 200
    assert await status(board, "/kitchen/orders", third) == 403


async def test_a_login_without_a_generation_works_in_its_own_branch_until_it_ends(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    """Of nobody in the database, as a token of a code that knew no generations: it is in no other branch."""
    member = Member(http, server.url, token_for(JWT_SECRET, branch_id, role="MANAGER"))
    second = await add_branch(db)
    assert await status(member, "/kitchen/orders") == 200
    assert await status(member, "/kitchen/orders", branch_id) == 200
    assert await status(member, "/kitchen/orders", second) == 404


async def test_a_login_of_any_role_learns_who_it_is_and_where_it_works(
    http: ClientSession, server: RunningServer, db: Any, branch_id: str
) -> None:
    second = await add_branch(db)
    await db.execute("UPDATE branches SET name = 'Zeebrugge' WHERE id = $1", second)
    await add_branch(db)
    await join(db, "chef", second, "MANAGER")
    await join(db, "pickup", second, "MANAGER")
    chef, board = Member(http, server.url), Member(http, server.url)
    await chef.login()
    await board.login(PICKUP)
    own = {"branchId": branch_id, "name": "Via Masala", "role": "KITCHEN"}
    further = {"branchId": str(second), "name": "Zeebrugge", "role": "MANAGER"}
    assert await me(chef) == (200, {"username": "chef", "branches": [own, further]})
    # what it may not do there it is not told of
    assert await me(board) == (200, {"username": "pickup", "branches": [own | {"role": "PICKUP"}]})
    await db.execute("UPDATE staff SET generation = generation + 1 WHERE username = 'chef'")
    code, told = await me(chef)
    assert (code, told["error"]["code"]) == (401, "token_revoked")


async def me(member: Member) -> tuple[int, Any]:
    """Status and answer of who it is."""
    headers = {"Authorization": f"Bearer {member.token}"}
    async with member.http.get(f"{member.url}/staff/me", headers=headers) as answer:
        return answer.status, await answer.json()
