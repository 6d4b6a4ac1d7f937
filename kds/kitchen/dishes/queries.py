"""What the kitchen asks and changes of dishes: sql/queries/kitchen_dishes.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from kds.domain.queries import BranchQueries
from kds.kitchen.dishes.bodies import DishChange


class DishQueries(BranchQueries):
    """The dishes of branches, and what is left of them."""

    async def dishes(self, branch_id: UUID) -> list[Any]:
        """The dishes of a branch in the order of its menu."""
        return await self.pool.rows(self._sql.read_dishes, branch_id)

    async def dish(self, branch_id: UUID, dish_id: UUID) -> Any:
        """One of them, None where the branch has no such dish."""
        return await self.pool.row(self._sql.read_dish, branch_id, dish_id)

    async def change(
        self, branch_id: UUID, dish_id: UUID, wanted: DishChange, staff_id: UUID | None, key: str | None
    ) -> bool:
        """Does what is wanted; not where the branch has no such dish, or the key was used before."""
        try:
            what = (wanted.soldOut, wanted.remaining, wanted.minutes, wanted.untilTomorrow, wanted.became)
            return await self.pool.execute(self._sql.change_dish, branch_id, dish_id, *what, staff_id, key) > 0
        except asyncpg.UniqueViolationError:  # the same key at the same moment: the other one does it
            return False

    async def bring_back(self) -> float | None:
        """Brings back what has come to its time; in how many seconds the next one will, None when none does."""
        while await self.pool.execute(self._sql.bring_dish_back):
            pass
        seconds: float | None = await self.pool.value(self._sql.next_dish_back)
        return seconds

    async def used_key(self, branch_id: UUID, key: str) -> Any:
        """For what a key was used: action, menu_item_id and became; None when it was not."""
        return await self.pool.row(self._sql.read_dish_key, branch_id, key)
