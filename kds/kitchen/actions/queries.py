"""What a cook does, asked of the database: compare-and-set, audited. Statements: sql/queries/kitchen_actions.sql."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from kds.domain.queries import BranchQueries, well
from kds.kitchen.actions.bodies import (
    Fire,
    Hold,
    ItemBump,
    Nothing,
    PriorityChange,
    Seen,
    StatusChange,
    Why,
    legal_sources,
)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, to which thing (its id, of an item then that of its order), and the Idempotency-Key."""

    ids: tuple[UUID, ...]
    branch_id: UUID
    staff_id: UUID
    key: str | None


class ActionQueries(BranchQueries):
    """Changes tell whether they changed anything; states how things stand, None where the branch has no such thing."""

    async def change_order_status(self, act: Act, wanted: StatusChange) -> bool:
        """Moves an order one legal step."""
        return await self._change(self._sql.change_order_status, act, *_step(wanted))

    async def change_kot_status(self, act: Act, wanted: StatusChange) -> bool:
        """Moves one KOT one legal step."""
        return await self._change(self._sql.change_kot_status, act, *_step(wanted))

    async def bump_item(self, act: Act, wanted: ItemBump) -> bool:
        """Marks an item as done, or not done after all."""
        return await self._change(self._sql.bump_item, act, wanted.done)

    async def change_priority(self, act: Act, wanted: PriorityChange) -> bool:
        """Rush, or no rush any more."""
        return await self._change(self._sql.change_priority, act, wanted.priority, wanted.source)

    async def hold_order(self, act: Act, wanted: Hold) -> bool:
        """Holds what is not cooked yet of an order, or fires it; or takes back what the cook fired."""
        if wanted.takes_back:
            return await self._change(self._sql.take_back_order_fire, act)
        return await self._change(self._sql.hold_order, act, wanted.held)

    async def hold_kot(self, act: Act, wanted: Hold) -> bool:
        """Holds one KOT, or fires it; or takes that back."""
        if wanted.takes_back:
            return await self._change(self._sql.take_back_kot_fire, act)
        return await self._change(self._sql.hold_kot, act, wanted.held)

    async def fire_order(self, act: Act, wanted: Fire) -> bool:
        """Fires a course of an order, or what waits first, whatever it waits for."""
        return await self._change(self._sql.fire_order, act, wanted.course)

    async def void_item(self, act: Act, wanted: Why) -> bool:
        """Takes an item back."""
        return await self._change(self._sql.void_item, act, wanted.reason)

    async def refire_item(self, act: Act, wanted: Why) -> bool:
        """Has an item cooked again."""
        return await self._change(self._sql.refire_item, act, wanted.reason)

    async def acknowledge_void(self, act: Act, _wanted: Nothing) -> bool:
        """Takes a voided item off the boards."""
        return await self._change(self._sql.acknowledge_void, act)

    async def see_line_change(self, act: Act, wanted: Seen) -> bool:
        """Takes the mark off a line that changed."""
        return await self._change(self._sql.see_line_change, act, wanted.at)

    async def see_kot_change(self, act: Act, wanted: Seen) -> bool:
        """Takes the mark off a KOT whose order moved or has another note."""
        return await self._change(self._sql.see_kot_change, act, wanted.at)

    async def acknowledge_order(self, act: Act, _wanted: Nothing) -> bool:
        """Takes a cancelled order off the boards."""
        return await self._change(self._sql.acknowledge_order, act)

    async def order_state(self, act: Act) -> Any:
        """The order, with what decides about its status, its priority and a hold."""
        return await self._state(self._sql.read_order_state, act)

    async def kot_state(self, act: Act) -> Any:
        """The order of a KOT, with the status of that."""
        return await self._state(self._sql.read_kot_state, act)

    async def item_state(self, act: Act) -> Any:
        """The order of an item, with what was done to that."""
        return await self._state(self._sql.read_item_state, act)

    async def remember(self, act: Act, things: dict[str, UUID], asked: tuple[object, ...], refusal: str | None) -> Any:
        """Keeps the key of a request that changed nothing, Action.asked() of it, and why it was refused.

        What stands there by now, of whoever used the key first: action, thing_id, was, became, undo, refusal.
        """
        ids = (things.get("order"), things.get("kot"), things.get("item"))
        name, was, became, undo = asked
        return await self.pool.row(
            self._sql.remember_action, act.branch_id, *ids, act.staff_id, name, was, became, act.key, undo, refusal
        )

    async def history(self, order_id: UUID, branch_id: UUID) -> str | None:
        """What cooks did to an order, as JSON; None when the branch has no such order."""
        body: str | None = await self.pool.value(self._sql.read_history, order_id, branch_id)
        return body

    async def _change(self, statement: str, act: Act, *arguments: object) -> bool:
        try:
            done = await self.pool.give_way(
                "execute", statement, *act.ids, act.branch_id, *arguments, act.staff_id, act.key
            )
            return int(done.rpartition(" ")[2]) > 0
        except asyncpg.UniqueViolationError:  # the same key at the same moment: the other one does it
            return False

    async def _state(self, statement: str, act: Act) -> Any:
        return well(await self.orders(statement, act.branch_id, *act.ids, act.branch_id))


def _step(wanted: StatusChange) -> tuple[object, ...]:
    reason = wanted.reason if wanted.status == "CANCELLED" else None
    return legal_sources(wanted), wanted.status, wanted.undo, reason
