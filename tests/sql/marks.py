"""What is marked of an order for the kitchen, and a till that writes it."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from tests.orders import kots_of

ConnectDb = Callable[[], Awaitable[Any]]
ITEM = "INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents) VALUES ($1, $2, $3, $4, 450)"


@pytest.fixture
async def till(db: Any, connect_db: ConnectDb) -> AsyncIterator[Any]:
    """A connection with the rights that sql/README.md gives to a till, DELETE, and what the test reads by itself."""
    name = "till_" + secrets.token_hex(4)
    await db.execute(f"""CREATE ROLE {name} LOGIN;
        GRANT USAGE ON SCHEMA public TO {name};
        GRANT SELECT ON branches, order_objects TO {name};
        GRANT SELECT, INSERT, UPDATE, DELETE ON orders, kots, order_items TO {name}""")
    connection = await connect_db()
    await connection.execute(f"SET ROLE {name}")
    yield connection
    await connection.execute("RESET ROLE")
    await db.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


async def told(db: Any, order_id: UUID) -> dict[str, Any]:
    """The order as screens get it, with the marks of its lines and KOTs but for their time."""
    order: dict[str, Any] = json.loads(
        await db.fetchval("SELECT order_object(id, branch_id)::text FROM orders WHERE id = $1", order_id)
    )
    for part in (*order["items"], *order["kots"]):
        if "changed" in part:
            assert part["changed"].pop("at") > order["placedAt"]
    return order


async def marks(db: Any, order_id: UUID) -> dict[str, Any]:
    """Name of each line that is no void: its mark, or None."""
    return {i["name"]: i.get("changed") for i in (await told(db, order_id))["items"] if not i["voided"]}


async def voids(db: Any, order_id: UUID) -> list[tuple[str, int]]:
    """Name and quantity of the voids nobody has seen yet."""
    items = (await told(db, order_id))["items"]
    return [(i["name"], i["quantity"]) for i in items if i["voided"] and not i["acknowledged"]]


async def only_kot(db: Any, order_id: UUID) -> UUID:
    """The KOT of an order that has one."""
    (kot_id,) = await kots_of(db, order_id)
    return kot_id
