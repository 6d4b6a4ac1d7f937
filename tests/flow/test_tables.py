"""The table sheet: signed links for a manager only, and codes that hold them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
import segno
from aiohttp import ClientSession
from yarl import URL

from kds.auth import Links
from kds.handlers.tables import draw_code
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
        assert Links(JWT_SECRET).is_table_token(UUID(server.branch_id), card["table"], link.query["tableToken"])


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


@pytest.mark.parametrize("tables", [[], [""], ["x" * 41], ["T\u202e1"], [f"T{number}" for number in range(201)]])
async def test_what_is_no_table_is_refused(http: ClientSession, server: RunningServer, tables: list[str]) -> None:
    status, answer = await _sheet(http, server, tables)
    assert (status, answer["error"]["code"]) == (422, "bad_tables")


@pytest.mark.parametrize("role", ["KITCHEN", "PICKUP"])
async def test_only_a_manager_may_sign_tables(http: ClientSession, server: RunningServer, role: str) -> None:
    assert (await _sheet(http, server, ["T1"], role))[0] == 403
