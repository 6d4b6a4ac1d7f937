"""What a stranger to a database can try, and two branches that must be as before when it has tried."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from tests.orders import place

TYPES = (
    "text", "uuid", "integer", "int4", "bigint", "int8", "boolean", "bool", "date", "json", "jsonb", "regclass",
    "interval", "timestamptz", "record", "xid8", "kitchen_status", "event_kind", "order_type", "staff_role",
)  # fmt: skip
"""Names that our functions use, for domains of the same name in pg_temp."""
RELATIONS = (
    "orders", "kots", "order_items", "branches", "events", "event_floors", "deployment", "batching", "batching_flips",
    "revocations", "staff", "event_revision", "added", "changed", "pg_trigger", "pg_class",
)  # fmt: skip
FUNCTIONS = (
    "starts_with(text, text)", "set_config(text, text, bool)", "current_setting(text, bool)", "concat(text, text)",
    "pg_current_xact_id()", "nextval(regclass)", "branch_stripe(uuid)", "remember(uuid, uuid, text)",
    "utc(timestamptz)", "write_event(uuid, uuid, public.event_kind, public.kitchen_status)",
    "is_legal_transition(text, text)",
)  # fmt: skip
SETTINGS = ("touched", "kot", "syncing", "locked", "undo", "events", "announced", "notify", "actor")


class Kitchen:
    """Two branches with orders, and what an attack on them must leave as it was."""

    def __init__(self, db: Any, branches: list[UUID], orders: list[UUID]) -> None:
        self.db = db
        self.branches = branches
        self.orders = orders
        self._before: list[Any] = []

    async def remember(self) -> None:
        """Keeps how things stand."""
        self._before = await self._state()

    async def is_unharmed(self, role: str) -> None:
        """Nothing forged, nothing gone, nobody more than before, and every branch goes on taking orders."""
        assert await self._state() == self._before
        assert not await self.db.fetchval(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = $1", role
        )
        assert not await self.db.fetchval("SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole", role)
        for branch in self.branches:
            last = await self.db.fetchval("SELECT max(order_number) FROM orders WHERE branch_id = $1", branch)
            order = await place(self.db, branch)
            assert await self.db.fetchval("SELECT order_number - $2 FROM orders WHERE id = $1", order, last) in range(
                1, 20
            )
            assert await self.db.fetchval("SELECT count(*) FROM events WHERE order_id = $1", order) == 1

    async def _state(self) -> list[Any]:
        queries = (
            "SELECT * FROM events ORDER BY revision", "SELECT * FROM event_floors", "SELECT * FROM deployment",
            "SELECT * FROM batching", "SELECT * FROM batching_flips", "SELECT * FROM revocations",
            "SELECT * FROM staff ORDER BY id", "SELECT * FROM orders ORDER BY id", "SELECT * FROM kots ORDER BY id",
            "SELECT * FROM branches ORDER BY id", "SELECT table_name, trigger_name, enabled FROM trigger_status",
            "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '_[0-9a-f]{8}$' ORDER BY rolname",
            "SELECT last_value FROM event_revision",
        )  # fmt: skip
        return [[tuple(row) for row in await self.db.fetch(query)] for query in queries]


async def attempt(connection: Any, statement: str) -> str | None:
    """Runs a statement in a transaction of its own; the SQLSTATE when it was refused."""
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def functions(db: Any) -> list[Any]:
    """Every function of our schemas, with the types of its arguments."""
    rows: list[Any] = await db.fetch("""
        SELECT p.oid::regprocedure::text AS signature,
          p.pronamespace::regnamespace || '.' || quote_ident(p.proname) AS name,
          p.prorettype = 'trigger'::regtype AS is_trigger,
          ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t) AS types
        FROM pg_proc AS p WHERE p.pronamespace IN ('public'::regnamespace, 'order_numbers'::regnamespace)
        ORDER BY 1""")
    assert len(rows) > 20
    return rows


def hostile(kind: str, kitchen: Kitchen) -> list[str]:
    """Values of a type that do harm where they can, as SQL."""
    branch, order = kitchen.branches[0], kitchen.orders[0]
    values = {
        "uuid": [f"'{branch}'", f"'{order}'", "gen_random_uuid()"],
        "regclass": ["'event_revision'", f"""'order_numbers."{branch}"'"""],
        "bigint": ["9223372036854775807", "0"],
        "integer": ["1000000", "-1"],
        "interval": ["'-1 day'"],
        "text": ["'evil'", "'polling'", "'idle'", "'+'"],
        "jsonb": ["'[]'", """'[{"name": "x", "quantity": 1, "priceCents": 0, "modifiers": [], "allergens": []}]'"""],
        "date": ["'3024-01-01'"],
        "boolean": ["true", "false"],
        "kitchen_status": ["'CANCELLED'", "'COMPLETED'"],
        "event_kind": ["'RESYNC'", "'ORDER_REMOVED'"],
    }
    return [*values.get(kind, []), "NULL"]
