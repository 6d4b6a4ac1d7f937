"""Tills, cooks and guests who do anything to a few orders at once, with all that an order can wait for.

tests/faults/test_lives_property.py says what holds whatever they do.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET
from tests.screen import token_for

WAITS = ("HAND", "TIME", "COURSE", "PAYMENT", "TOGETHER")
DUE = (None, None, None, "900 seconds", "902 seconds", "903 seconds", "40 minutes", "5 hours", "-10 minutes")
"""From now on. A kitchen of which nothing is known takes 15 minutes: the first of these are fired at once, or soon."""
SOON = ("-5 seconds", "1 second", "2 seconds", "1 hour")
REASONS = (None, "mistake", "quality", "sold_out")
ALONE = "part_of IS NULL AND NOT EXISTS (SELECT FROM order_items AS p WHERE p.part_of = order_items.id)"
LEGAL = (200, 201, 404, 409, 422)
TRIES = 10
"""Of one request: a busy server says 503, come again."""
REFUSALS = (asyncpg.IntegrityConstraintViolationError, asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)


class Changed(Exception):
    """The writer thinks better of it."""


class Lives:
    """A branch, its dishes, and the orders that all of them write to.

    Of what is done only what nobody can see afterwards is kept: at which orders somebody asked a cook to fire, and
    what no client may be answered.
    """

    def __init__(self, branch_id: str, dishes: Sequence[Any], seed: int, *, ends: bool) -> None:
        self.branch_id = branch_id
        self.dishes = dishes
        self.chance = random.Random(seed)
        self.orders: list[UUID] = []
        self.held_by_hand: set[UUID] = set()
        self.wrong: list[str] = []
        self.steps = 0
        self._statuses = ("SENT", "READY", "CANCELLED", *(("COMPLETED",) if ends else ()))
        self._reasons = REASONS if ends else REASONS[:-1]

    def _order(self) -> UUID:
        # mostly those that came last: the same ones meet
        return self.chance.choice(self.orders[-8:] if self.chance.random() < 0.8 else self.orders)

    # A till, by plain SQL

    async def till(self, db: Any, turns: int) -> None:
        """Writes that many transactions, of which some commit each statement."""
        for _ in range(turns):
            with contextlib.suppress(Changed, *REFUSALS):
                if self.chance.random() < 0.3:
                    await self._write(db, self.chance.randint(1, 3))
                else:
                    # with a snapshot of its own: what became of the ticket of a line since is not seen
                    is_apart = self.chance.random() < 0.3
                    async with db.transaction(isolation="repeatable_read" if is_apart else "read_committed"):
                        await self._write(db, self.chance.randint(1, 4), is_apart=is_apart)
                        if self.chance.random() < 0.1:
                            raise Changed

    async def _write(self, db: Any, statements: int, *, is_apart: bool = False) -> None:
        works = [self._place, self._add, self._change_kot]
        if not is_apart:
            works += [self._change_line, self._change_line, self._change_order, self._delete]
        for _ in range(statements):
            self.steps += 1
            await self.chance.choice(works)(db)

    async def _place(self, db: Any) -> None:
        due = self.chance.choice(DUE)
        order_id: UUID = await db.fetchval(
            "INSERT INTO orders (branch_id, due_at, paid_at) VALUES ($1, now() + $2::text::interval,"
            " CASE WHEN $3 THEN now() END) RETURNING id",
            UUID(self.branch_id), due, self.chance.random() < 0.2,
        )  # fmt: skip
        self.orders.append(order_id)
        for _ in range(self.chance.randint(0, 3)):
            await self._add(db, order_id)

    async def _add(self, db: Any, order_id: UUID | None = None) -> None:
        order_id = self._order() if order_id is None else order_id
        waits = self._some_waits() if self.chance.random() < 0.25 else None
        held = self.chance.random() < 0.1
        if held or "HAND" in (waits or ()):
            self.held_by_hand.add(order_id)
        kot_id = await db.fetchval(
            "INSERT INTO kots (order_id, station, course, held, waits_for, fire_at)"
            " VALUES ($1, $2, $3, $4, $5::text[]::kot_wait[], now() + $6::text::interval) RETURNING id",
            order_id, self.chance.choice((None, "Grill", "Bar")), self.chance.choice((None, None, 1, 2, 3)),
            held, waits, self.chance.choice(SOON) if self.chance.random() < 0.1 else None,
        )  # fmt: skip
        for _ in range(self.chance.randint(1, 3)):
            dish = self.chance.choice(self.dishes)
            await db.execute(
                "INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, price_cents, part_of)"
                " SELECT $1, $2, $3, $4, $5, CASE WHEN w.id IS NULL THEN 450 ELSE 0 END, w.id"
                " FROM (SELECT 1) AS one LEFT JOIN (SELECT i.id FROM order_items AS i WHERE $6 AND i.order_id = $1"
                "   AND i.part_of IS NULL ORDER BY i.line DESC LIMIT 1) AS w ON true",
                order_id, kot_id, dish["id"] if self.chance.random() < 0.7 else None, dish["name"],
                self.chance.randint(1, 3), self.chance.random() < 0.15,
            )  # fmt: skip

    def _some_waits(self) -> list[str]:
        return self.chance.sample(WAITS, self.chance.randint(0, 2))

    async def _change_order(self, db: Any) -> None:
        due, note = self.chance.choice(DUE), self.chance.choice(("NULL", "''", "'no salt'"))
        change = self.chance.choice(
            (
                "due_at = NULL" if due is None else f"due_at = now() + interval '{due}'",
                self.chance.choice(("paid_at = now()", "paid_at = now()", "paid_at = NULL")),
                f"note = {note}",
                f"table_label = 'T{self.chance.randint(1, 3)}'",
                f"status = '{self.chance.choice(self._statuses)}'",
                "priority = 1 - priority",
            )
        )
        await db.execute(f"UPDATE orders SET {change} WHERE id = $1", self._order())

    async def _change_kot(self, db: Any) -> None:
        order_id, waits = self._order(), self._some_waits()
        change = self.chance.choice(
            (
                "held = true",
                "held = false",
                f"waits_for = '{{{','.join(waits)}}}'",
                f"fire_at = now() + interval '{self.chance.choice(SOON)}'",
                f"status = '{self.chance.choice(self._statuses)}'",
                "started_at = CASE WHEN started_at IS NULL THEN now() END",
            )
        )
        if change == "held = true" or (change.startswith("waits_for") and "HAND" in waits):
            self.held_by_hand.add(order_id)
        await self._change_one(db, "kots", change, order_id)

    async def _change_line(self, db: Any) -> None:
        order_id, dish = self._order(), self.chance.choice(self.dishes)
        changes = (
            f"quantity = {self.chance.randint(1, 3)}",
            f"voided = {self.chance.random() < 0.5}",
            "note = 'no salt'",
            "done = NOT done",
            # of a whole: whether its part is the same dish was asked when that came
            f"menu_item_id = CASE WHEN {ALONE} THEN '{dish['id']}' ELSE menu_item_id END,"
            f" name = CASE WHEN {ALONE} THEN '{dish['name']}' ELSE name END",
            f"kot_id = (SELECT k.id FROM kots AS k WHERE k.order_id = '{order_id}' ORDER BY k.id DESC LIMIT 1)",
        )
        await self._change_one(db, "order_items", self.chance.choice(changes), order_id)

    async def _change_one(self, db: Any, table: str, change: str, order_id: UUID) -> None:
        ids = await db.fetch(f"SELECT id FROM {table} WHERE order_id = $1 ORDER BY id", order_id)
        if ids:
            await db.execute(f"UPDATE {table} SET {change} WHERE id = $1", self.chance.choice(ids)["id"])

    async def _delete(self, db: Any) -> None:
        order_id = self._order()
        kind = self.chance.random()
        if kind < 0.1:
            await db.execute("DELETE FROM orders WHERE id = $1", order_id)
            return
        table = "kots" if kind < 0.3 else "order_items"
        ids = [row["id"] for row in await db.fetch(f"SELECT id FROM {table} WHERE order_id = $1 ORDER BY id", order_id)]
        going = self.chance.sample(ids, self.chance.randint(0, len(ids))) if table == "order_items" else ids[:1]
        await db.execute(f"DELETE FROM {table} WHERE id = ANY ($1)", going)

    # A cook, and a guest, over HTTP

    async def cook(self, http: ClientSession, urls: Sequence[str], turns: int) -> None:
        """Does anything that a board can do to what it finds."""
        bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, self.branch_id)}"}
        for _ in range(turns):
            self.steps += 1
            url = self.chance.choice(urls)
            orders = (await self._ask(http, "GET", f"{url}/kitchen/orders", headers=bearer))["orders"]
            if not orders:
                continue
            order = self.chance.choice(orders)
            for _ in range(self.chance.randint(1, 2)):
                method, path, body = self._press(order)
                await self._ask(http, method, f"{url}/kitchen/{path}", json=body, headers=bearer)

    def _press(self, order: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        here = f"order/{order['orderId']}"
        reason = self.chance.choice(self._reasons)
        why = {} if reason is None else {"reason": reason}
        steps = [status for status in self._statuses if status != "CANCELLED" or self.chance.random() < 0.3]
        presses: list[tuple[str, str, dict[str, Any]]] = [
            ("PATCH", f"{here}/status", {"status": self.chance.choice(steps), "undo": self.chance.random() < 0.3}),
            ("PATCH", f"{here}/fire", self.chance.choice(({}, {"course": 2}))),
            ("PATCH", f"{here}/hold", {"held": False}),
            ("PATCH", f"{here}/hold", {"held": True, "undo": True}),
            ("PATCH", f"{here}/priority", {"priority": self.chance.randint(0, 2)}),
        ]
        if self.chance.random() < 0.2:
            self.held_by_hand.add(UUID(order["orderId"]))
            presses.append(("PATCH", f"{here}/hold", {"held": True}))
        if order["kots"]:
            kot = f"kot/{self.chance.choice(order['kots'])['kotId']}"
            presses += [
                ("PATCH", f"{kot}/status", {"status": self.chance.choice(steps)}),
                ("PATCH", f"{kot}/hold", {"held": False}),
                ("PATCH", f"{kot}/hold", {"held": True, "undo": True}),
                ("POST", f"{kot}/seen", {}),
            ]
        if order["items"]:
            item = f"{here}/item/{self.chance.choice(order['items'])['itemId']}"
            presses += [
                ("PATCH", item, {"done": self.chance.random() < 0.7}),
                ("POST", f"{item}/void", why),
                ("POST", f"{item}/refire", why),
                ("POST", f"{item}/acknowledge", {}),
                ("POST", f"{item}/seen", {}),
            ]
        return self.chance.choice(presses)

    async def guest(self, http: ClientSession, urls: Sequence[str], turns: int) -> None:
        """Orders dishes of which some are counted, and cancels now and then."""
        for _ in range(turns):
            self.steps += 1
            url = self.chance.choice(urls)
            lines = [
                {"menuItemId": str(dish["id"]), "quantity": self.chance.randint(1, 2)}
                for dish in self.chance.sample(self.dishes, 2)
            ]
            order = {"branchId": self.branch_id, "customerName": "Ada", "orderType": "takeaway", "items": lines}
            placed = await self._ask(http, "POST", f"{url}/public/order/place", json=order)
            if "orderId" in placed:
                self.orders.append(UUID(placed["orderId"]))
                if self.chance.random() < 0.3:
                    link = {"token": placed["trackingToken"]}
                    await self._ask(http, "POST", f"{url}/public/order/{placed['orderId']}/cancel", params=link)

    async def _ask(self, http: ClientSession, method: str, url: str, **request: Any) -> dict[str, Any]:
        for _ in range(TRIES):
            async with http.request(method, url, **request) as answer:
                body: dict[str, Any] = await answer.json()
                if answer.status != 503:
                    break
        if answer.status not in LEGAL:
            self.wrong.append(f"{answer.status} {method} {url} {request.get('json')} {body}")
        return body
