"""Whatever a session was left with, and whatever a writer sets: every committed change has its event."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clusters import Cluster
from tests.orders import add_branch, place

ORDERS = 3
CHANGES = {
    "note": "UPDATE orders SET note = coalesce(note, '') || 'x' WHERE id = $1",
    "bump an item": "UPDATE order_items SET done = NOT done WHERE order_id = $1 AND line % 2 = 0",
    "all items": "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = $1",
    "bump a KOT": "UPDATE kots SET status = 'READY' WHERE order_id = $1 AND round = 1 AND status = 'SENT'",
    "recall a KOT": "UPDATE kots SET status = 'SENT' WHERE order_id = $1 AND round = 1 AND status = 'READY'",
    "hold": "UPDATE kots SET held = NOT held WHERE order_id = $1 AND status = 'SENT'",
    "order ready": "UPDATE orders SET status = 'READY' WHERE id = $1 AND status = 'SENT'",
    "order back": "UPDATE orders SET status = 'SENT' WHERE id = $1 AND status = 'READY'",
    "delete an item": "DELETE FROM order_items WHERE id = (SELECT id FROM order_items WHERE order_id = $1 LIMIT 1)",
    "a new round": "INSERT INTO kots (order_id) SELECT id FROM orders WHERE id = $1 AND status <> 'CANCELLED'",
    "a new item": "INSERT INTO order_items (order_id, kot_id, name)"
    " SELECT order_id, id, 'Tea' FROM kots WHERE order_id = $1 AND status = 'SENT' LIMIT 1",
}
ADDING = {"a new round", "a new item"}
"""What a writer could hide by lying about kds.touched or kds.kot in this very transaction, see sql/remember.sql."""
WHOLE = """
    SELECT o.id, row_to_json(o)::text,
      (SELECT json_agg(k ORDER BY k.id) FROM kots AS k WHERE k.order_id = o.id)::text,
      (SELECT json_agg(i ORDER BY i.id) FROM order_items AS i WHERE i.order_id = o.id)::text
    FROM orders AS o"""
VALUES = (
    "{order}-,5,", "{order}+,5,", "{order}", "{xid} {order}", "{xid} {order}+,5,", "{xid} {order}-*,1,2,3,",
    "{xid} {order} {branch} 7", "{xid} {order} {branch} 999", "{xid} ,5,", "{xid} ,{stripe},", "{xid}",
    "{next} {order}-,5,", "{next} {order}", "{next} {order} {branch} 7", "on", "", "x",
    "{mark}-,5,", "{mark}+,5,", "{mark}-*,1,2,3,", "{mark}", "{mark} 1", "{mark} 1000", "{mark}-*",
    "{hex} ,{stripe},", "{kot}",
)  # fmt: skip
"""{xid}: this transaction; {next}: the one that comes, unless another takes its id; {hex}, {mark}, {kot}: as the
triggers write the transaction, the order and its KOT, see order_mark()."""
change = st.tuples(st.just("change"), st.sampled_from(sorted(CHANGES)), st.integers(0, ORDERS - 1))
lie = st.tuples(
    st.just("lie"),
    st.sampled_from(("touched", "kot", "syncing", "locked", "undo", "events", "announced")),
    st.tuples(st.sampled_from(VALUES), st.integers(0, ORDERS - 1), st.booleans()),
)
step = st.one_of(
    change, change, lie, st.tuples(st.sampled_from(("savepoint", "rollback to", "immediate")), st.none(), st.none())
)
transactions = st.lists(st.lists(step, min_size=1, max_size=7), min_size=1, max_size=4)


class Liar:
    """A till whose session says what it likes to the triggers."""

    def __init__(self, session: Any, db: Any, branches: Sequence[UUID], orders: Sequence[UUID]) -> None:
        self._session = session
        self._db = db
        self._branches = branches
        self._orders = orders

    @classmethod
    async def connect(cls, dsn: str, role: str) -> Self:
        """With orders in two branches."""
        db = await asyncpg.connect(dsn)
        branches = [await db.fetchval("SELECT id FROM branches LIMIT 1"), await add_branch(db)]
        orders = [await place(db, branches[number % 2]) for number in range(ORDERS)]
        session = await asyncpg.connect(dsn, statement_cache_size=0)
        await session.execute(f"SET SESSION AUTHORIZATION {role}")
        return cls(session, db, branches, orders)

    async def close(self) -> None:
        """Ends both sessions."""
        await self._session.close()
        await self._db.close()

    async def writes_all(self, transactions: Sequence[Sequence[Any]]) -> None:
        """One after the other, in one session."""
        for steps in transactions:
            await self.writes(steps)

    async def writes(self, steps: Sequence[Any]) -> None:
        """One transaction; whatever it changed must have its event, and an order the status of its KOTs."""
        before, mark = await self._whole(), await self._db.fetchval("SELECT coalesce(max(revision), 0) FROM events")
        async with self._session.transaction():
            lied = savepoint = False
            for what, which, detail in steps:
                if what == "savepoint":
                    await self._session.execute("SAVEPOINT s")
                    savepoint = True
                elif what == "rollback to" and savepoint:
                    await self._session.execute("ROLLBACK TO s")
                elif what == "immediate":
                    await self._session.execute("SET CONSTRAINTS ALL IMMEDIATE")
                elif what == "lie":
                    await self._lie(which, *detail)
                    lied = lied or (which in ("touched", "kot") and detail[0].startswith(("{mark}", "{kot}")))
                elif what == "change" and not (lied and which in ADDING):
                    await self._session.execute(CHANGES[which], self._orders[detail])
        told = {
            row["order_id"]
            for row in await self._db.fetch(
                "SELECT order_id FROM events WHERE revision > $1 AND order_id IS NOT NULL", mark
            )
        }
        resynced = {
            row["branch_id"]
            for row in await self._db.fetch(
                "SELECT branch_id FROM events WHERE revision > $1 AND kind = 'RESYNC'", mark
            )
        }
        after = await self._whole()
        for order in after:
            if after[order] != before[order]:
                assert order in told or self._branches[self._orders.index(order) % 2] in resynced, (order, steps)
        assert not await self._db.fetch("""
            SELECT o.id, o.status, array_agg(k.status) FROM orders AS o JOIN kots AS k ON k.order_id = o.id
            WHERE o.status <> 'CANCELLED' GROUP BY o.id HAVING min(k.status) <> o.status""")

    async def _lie(self, setting: str, value: str, number: int, local: bool) -> None:
        order, branch = self._orders[number], self._branches[number % 2]
        xid = int(await self._session.fetchval("SELECT pg_current_xact_id()::text"))
        stripe = await self._db.fetchval("SELECT branch_stripe($1)", branch)
        mark = f"{xid:016x}{order.hex}"
        kot = await self._db.fetchval("SELECT id FROM kots WHERE order_id = $1 ORDER BY round LIMIT 1", order)
        filled = value.format(
            order=order, branch=branch, xid=xid, next=xid + 1, stripe=stripe,
            hex=mark[:16], mark=mark, kot=f"{xid:016x}{kot.hex}",
        )  # fmt: skip
        await self._session.execute("SELECT set_config('kds.' || $1, $2, $3)", setting, filled, local)

    async def _whole(self) -> dict[UUID, tuple[Any, ...]]:
        return {row["id"]: tuple(row) for row in await self._db.fetch(WHOLE)}


def test_every_committed_change_has_its_event_whatever_the_settings_say(cluster: Cluster, template: str) -> None:
    """Random transactions of a till, each example in the session that the last one left behind."""
    name = "kds_settings_" + secrets.token_hex(4)
    role = "liar_" + secrets.token_hex(4)
    with asyncio.Runner() as runner:
        dsn = runner.run(cluster.create(name, template))
        try:
            runner.run(
                execute(
                    dsn,
                    f"CREATE ROLE {role}; GRANT SELECT, INSERT, UPDATE ON orders, kots, order_items TO {role};"
                    f"GRANT DELETE ON order_items TO {role}",
                )
            )
            liar = runner.run(Liar.connect(dsn, role))

            @settings(max_examples=50, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
            @given(transactions)
            def holds(steps: list[Any]) -> None:
                runner.run(liar.writes_all(steps))

            holds()
            runner.run(liar.close())
        finally:
            runner.run(cluster.drop(name))
            runner.run(execute(cluster.admin_dsn, f"DROP ROLE IF EXISTS {role}"))


async def execute(dsn: str, statements: str) -> None:
    """Runs statements as the owner."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(statements)
    await connection.close()
