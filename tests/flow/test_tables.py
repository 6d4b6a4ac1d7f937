"""The table sheet: signed links for a manager only, and codes that hold them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
import segno
from aiohttp import ClientSession
from yarl import URL

from kds.domain.links import Links
from kds.manager.tables.handlers import draw_code
from tests.conftest import JWT_SECRET, RunningServer
from tests.screen import token_for


async def _sheet(http: ClientSession, server: RunningServer, tables: list[str], role: str = "MANAGER") -> Any:
    bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, server.branch_id, role=role)}"}
    query = [("table", table) for table in tables]
    async with http.get(f"{server.url}/manager/tables", params=query, headers=bearer) as answer:
        return answer.status, await answer.json()


async def test_each_table_gets_a_link_that_counts_at_that_table(http: ClientSession, server: RunningServer) -> None:
    names = ["T1", "Bar & Grill", "شرفة"]
    status, sheet = await _sheet(http, server, [*names, "T1"])
    assert (status, sheet["name"], [card["table"] for card in sheet["tables"]]) == (200, "Via Masala", names)
    for card in sheet["tables"]:
        link = URL(card["url"])
        assert str(link.origin()) == server.url and link.path == f"/order/{server.branch_id}"
        assert link.query["table"] == card["table"]
        token = link.query["tableToken"]
        assert Links(JWT_SECRET).table_generation(UUID(server.branch_id), card["table"], token) == 0


def test_the_drawn_code_is_the_code() -> None:
    code = draw_code("https://example.com/order/x?table=T1")
    drawn = {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code["path"])
        for step in range(int(width))
    }
    matrix = segno.make_qr("https://example.com/order/x?table=T1", error="m", mask=3).matrix
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
    assert code["size"] == len(matrix)


@pytest.mark.parametrize(
    "table", ["\u0645\u06cc\u0632\u200c\u0647\u0627", "Bar\u00a07", "\U0001f468\u200d\U0001f469\u200d\U0001f467"]
)
async def test_a_table_has_a_name_in_any_script(
    http: ClientSession, server: RunningServer, db: Any, table: str
) -> None:
    status, sheet = await _sheet(http, server, [table])
    assert status == 200, sheet
    token = URL(sheet["tables"][0]["url"]).query["tableToken"]
    body: dict[str, Any] = {"branchId": server.branch_id, "table": table, "tableToken": token}
    dish = await db.fetchval("SELECT id::text FROM menu_items WHERE available LIMIT 1")
    body["items"] = [{"menuItemId": dish, "quantity": 1}]
    async with http.post(f"{server.url}/public/order/place", json=body) as answer:
        assert answer.status == 201, await answer.text()
    async with http.post(f"{server.url}/public/order/place", json=body | {"table": f"{table}\n"}) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    "tables", [[], [""], ["x" * 41], ["T\u202e1"], ["T\x1b1"], [f"T{number}" for number in range(201)]]
)
async def test_what_is_no_table_is_refused(http: ClientSession, server: RunningServer, tables: list[str]) -> None:
    status, answer = await _sheet(http, server, tables)
    assert (status, answer["error"]["code"]) == (422, "bad_tables")


@pytest.mark.parametrize("role", ["KITCHEN", "WAITER", "PICKUP"])
async def test_only_a_manager_may_sign_tables(http: ClientSession, server: RunningServer, role: str) -> None:
    assert (await _sheet(http, server, ["T1"], role))[0] == 403
