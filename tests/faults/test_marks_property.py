"""Whatever writers do to lines that the kitchen has, and whoever sees what meanwhile: nothing changed in silence.

Writers change, add, delete and rewrite lines of a few orders at once, in transactions of which some are rolled back;
cooks see marks and voids, and bump. What the cooks know is kept beside it: a line as it was first told, or last seen.
At the end each line is as they know it, or its mark says what differs; what went is a void, or was seen as one; and the
board shows what the database holds. KDS_PROPERTY_EXAMPLES says how many seeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.faults.test_property import Board
from tests.orders import place
from tests.screen import open_screen, token_for

SEEDS = max(2, int(os.environ.get("KDS_PROPERTY_EXAMPLES", "150")) // 30)
TOLD = ("name", "quantity", "modifiers", "note", "allergens")
CONTENT = f"id, {', '.join(TOLD)}"
CHANGES = ("quantity = 1 + $2 % 3", "note = nullif(repeat('x', $2 % 3), '')", "modifiers = ARRAY['NO ' || $2 % 2]")
Known = dict[UUID, dict[str, Any]]


class RolledBack(Exception):
    """The writer thinks better of it."""


class Evening:
    """Three orders, and what the cooks know of their lines.

    Only facts are kept, and put together at the end: a commit can be seen by others before its own writer hears of it.
    """

    def __init__(self, orders: list[UUID], chance: random.Random) -> None:
        self.orders = orders
        self.chance = chance
        self.ordered: Known = {}
        self.seen: Known = {}
        self.went: set[UUID] = set()
        self.came_for: dict[UUID, UUID] = {}
        self.seen_gone: set[UUID] = set()

    async def open(self, db: Any) -> None:
        """The cooks read what was ordered."""
        for row in await db.fetch(f"SELECT {CONTENT} FROM order_items"):
            self.ordered[row["id"]] = dict(row)

    def known(self, line: UUID) -> dict[str, Any] | None:
        """A line as it was last seen, or first told, as that or as the one whose place it took; None: never."""
        known = self.seen.get(line) or self.ordered.get(line)
        before = self.came_for.get(line)
        return known if known is not None or before is None else self.known(before)

    async def write(self, db: Any, turns: int) -> None:
        """A till."""
        for _ in range(turns):
            went: list[UUID] = []
            came: list[tuple[UUID, UUID]] = []
            with contextlib.suppress(
                RolledBack, asyncpg.TransactionRollbackError, asyncpg.IntegrityConstraintViolationError
            ):
                async with db.transaction():
                    order_id = self.chance.choice(self.orders)
                    for _ in range(self.chance.randint(1, 3)):
                        await self._change(db, order_id, went, came)
                    if self.chance.random() < 0.2:
                        raise RolledBack
                self.went.update(went)
                self.came_for.update({heir: line for line, heir in came})

    async def _change(self, db: Any, order_id: UUID, went: list[UUID], came: list[tuple[UUID, UUID]]) -> None:
        what = self.chance.random()
        lines = [
            row["id"]
            for row in await db.fetch("SELECT id FROM order_items WHERE order_id = $1 AND NOT voided", order_id)
        ]
        line = self.chance.choice(lines or [uuid4()])
        if what < 0.5:
            change = self.chance.choice(CHANGES)
            await db.execute(f"UPDATE order_items SET {change} WHERE id = $1", line, self.chance.randrange(6))
        elif what < 0.6:
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, name)"
                " SELECT order_id, id, $2 FROM kots WHERE order_id = $1 ORDER BY id LIMIT 1", order_id, str(uuid4()),
            )  # fmt: skip
        elif what < 0.75:
            rows = await db.fetch("DELETE FROM order_items WHERE id = $1 AND NOT voided RETURNING id", line)
            went += [row["id"] for row in rows]
        else:
            await self._rewrite(db, order_id, went, came)

    async def _rewrite(self, db: Any, order_id: UUID, went: list[UUID], came: list[tuple[UUID, UUID]]) -> None:
        """All lines anew, one of them in another quantity."""
        rows = await db.fetch(
            f"DELETE FROM order_items WHERE order_id = $1 AND NOT voided RETURNING kot_id, {CONTENT}", order_id
        )
        more = self.chance.randrange(len(rows) or 1)
        for number, row in enumerate(rows):
            heir = uuid4()
            await db.execute(
                "INSERT INTO order_items (id, order_id, kot_id, name, quantity, modifiers, note, allergens)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                heir, order_id, row["kot_id"], row["name"], row["quantity"] + (number == more), row["modifiers"],
                row["note"], row["allergens"],
            )  # fmt: skip
            went.append(row["id"])
            came.append((row["id"], heir))

    async def cook(self, db: Any, turns: int) -> None:
        """Sees marks and voids, and bumps."""
        for _ in range(turns):
            with contextlib.suppress(asyncpg.TransactionRollbackError, asyncpg.CheckViolationError):
                await self._look(db)
                status = self.chance.choice(("SENT", "READY"))
                await db.execute(
                    "UPDATE kots SET status = $2 WHERE order_id = $1", self.chance.choice(self.orders), status
                )

    async def _look(self, db: Any) -> None:
        order_id = self.chance.choice(self.orders)
        rows = await db.fetch(f"SELECT {CONTENT}, voided, changed FROM order_items WHERE order_id = $1", order_id)
        for row in self.chance.sample(rows, len(rows) // 2):
            mark = json.loads(row["changed"] or "{}")
            if row["voided"]:
                done = await db.execute("UPDATE order_items SET acknowledged = true WHERE id = $1", row["id"])
                if done == "UPDATE 1" and "deleted" in mark:
                    self.seen_gone.add(UUID(mark["deleted"]))
            elif mark:
                done = await db.execute(
                    "UPDATE order_items SET changed = NULL WHERE id = $1 AND NOT voided AND changed ->> 'at' = $2",
                    row["id"], mark["at"],
                )  # fmt: skip
                if done == "UPDATE 1":
                    self.seen[row["id"]] = dict(row)

    async def check(self, db: Any) -> None:
        """Nothing changed in silence."""
        rows = await db.fetch(f"SELECT {CONTENT}, voided, acknowledged, changed FROM order_items")
        left = {
            UUID(json.loads(row["changed"])["deleted"])
            for row in rows
            if row["voided"] and not row["acknowledged"] and "deleted" in json.loads(row["changed"] or "{}")
        }
        # of what was rewritten and went in one transaction the last is left
        gone = {line for line in self.went - {*self.came_for.values()} if self.known(line) is not None}
        assert gone - self.seen_gone <= left, "a line went in silence"
        for row in rows:
            if row["voided"]:
                continue
            mark = json.loads(row["changed"] or "{}")
            mark.pop("at", None)
            mark.pop("xid", None)
            known = self.known(row["id"])
            differs = {"added": True} if known is None else {k: known[k] for k in TOLD if known[k] != row[k]}
            assert mark == differs, f"line {row['id']} changed in silence"


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_that_the_kitchen_has_changes_in_silence(
    server: RunningServer, http: ClientSession, db: Any, connect_db: Any, branch_id: str, seed: int
) -> None:
    chance = random.Random(seed)
    evening = Evening([await place(db, branch_id, stations=("Grill",)) for _ in range(3)], chance)
    await evening.open(db)
    sessions = [await connect_db() for _ in range(4)]
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as screen:
        board = Board(screen)
        await asyncio.gather(*(evening.write(session, 15) for session in sessions[:3]), evening.cook(sessions[3], 15))
        await evening.check(db)
        async with asyncio.timeout(30):
            await board.read_until(await place(db, branch_id))
        for order_id in evening.orders:
            body = await db.fetchval("SELECT order_object(id, branch_id)::text FROM orders WHERE id = $1", order_id)
            assert board.shown[str(order_id)] == json.loads(body)
