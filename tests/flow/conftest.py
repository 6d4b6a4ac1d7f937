"""A kitchen that speaks HTTP, and an order as a guest places it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.client import Client
from tests.screen import token_for


@pytest.fixture
def client(http: ClientSession, server: RunningServer) -> Client:
    """A kitchen of the demo restaurant."""
    return Client(http, server.url, token_for(JWT_SECRET, server.branch_id))


@pytest.fixture
async def dish(db: Any) -> dict[str, Any]:
    """A dish with modifiers that can be ordered."""
    row = await db.fetchrow("SELECT * FROM menu_items WHERE available AND jsonb_array_length(modifiers) > 0 LIMIT 1")
    return {**row, "modifiers": json.loads(row["modifiers"])}


@pytest.fixture
def order(branch_id: str, dish: dict[str, Any]) -> dict[str, Any]:
    """The body of a good order."""
    return {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": str(dish["id"]), "quantity": 2}]}
