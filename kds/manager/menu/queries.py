"""What managers ask and change of a menu: sql/queries/manager.sql."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from kds.domain.dishes import DishFault
from kds.domain.queries import BranchQueries

_Result = TypeVar("_Result")


class OpenMenu:
    """The menu of a branch in a transaction that has it to itself."""

    def __init__(self, connection: Any, sql: SimpleNamespace, branch_id: UUID) -> None:
        self._connection = connection
        self._sql = sql
        self._branch_id = branch_id

    async def branch(self) -> Any:
        """As BranchQueries.branch."""
        return await self._connection.fetchrow(self._sql.read_branch, self._branch_id)

    async def dish(self, dish_id: UUID) -> Any:
        """One of ManagedMenus.dishes, None where the branch has no such dish."""
        return await self._connection.fetchrow(self._sql.read_managed_dish, self._branch_id, dish_id)

    async def places(self) -> list[Any]:
        """id, name and section of each dish in the order of the menu."""
        return list(await self._connection.fetch(self._sql.read_menu_places, self._branch_id))

    async def lock(self, dish_id: UUID) -> None:
        """What is read of the dish from now on stays so: who writes plain SQL, or sells it out, waits."""
        await self._connection.execute(self._sql.lock_dish, self._branch_id, dish_id)

    async def add(self, dish: Mapping[str, Any]) -> UUID:
        """The id of a new dish."""
        dish_id: UUID = await self._connection.fetchval(self._sql.add_dish, self._branch_id, *_columns(dish))
        return dish_id

    async def change(self, dish_id: UUID, dish: Mapping[str, Any]) -> None:
        """The dish is as this says."""
        await self._connection.execute(self._sql.change_menu_item, self._branch_id, dish_id, *_columns(dish))

    async def remove(self, dish_id: UUID) -> bool:
        """Whether there was such a dish."""
        done: str = await self._connection.execute(self._sql.remove_dish, self._branch_id, dish_id)
        return done != "DELETE 0"

    async def order(self, dish_ids: list[UUID]) -> None:
        """The dishes stand so."""
        await self._connection.execute(self._sql.order_menu, self._branch_id, dish_ids)


class ManagedMenus(BranchQueries):
    """The menus of branches."""

    async def dishes(self, branch_id: UUID) -> list[Any]:
        """The dishes in their order, with the columns of menu_items and dish_states; `modifiers` as JSON text."""
        return await self.pool.rows(self._sql.read_managed_menu, branch_id)

    async def change(self, branch_id: UUID, work: Callable[[OpenMenu], Awaitable[_Result]]) -> _Result:
        """Does `work` with a menu that no other manager changes meanwhile; anew when a writer was in its way.

        Raises:
            DishFault: PostgreSQL refuses a dish.
        """

        async def change(connection: Any) -> _Result:
            await connection.execute(self._sql.lock_menu, branch_id)
            return await work(OpenMenu(connection, self._sql, branch_id))

        try:
            return await self.pool.together(change)
        except asyncpg.ForeignKeyViolationError as error:
            message = "the station has another name now, or is gone: choose one that is there"
            raise DishFault(message, "unknown_station", "station") from error
        except asyncpg.CheckViolationError as error:
            raise _refused(error) from error


def _columns(dish: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("name", "description", "section", "station", "price_cents", "allergens", "modifiers_json")
    return tuple(dish[name] for name in (*names, "prep_s", "course", "available"))


_COLUMNS = {
    "menu_items_name_not_empty": "name",
    "menu_items_price_not_negative": "price_cents",
    "menu_items_prep_within_two_hours": "prep_s",
    "menu_items_course_small": "course",
    "menu_items_texts_fit_a_page": "description",
    "menu_items_allergens_are_texts": "allergens",
}
"""What a CHECK is about; all else is about modifiers."""


def _refused(error: asyncpg.CheckViolationError) -> DishFault:
    """For what a restore, or plain SQL, left in a dish, and a change of another field comes upon."""
    column = _COLUMNS.get(error.constraint_name or "", "modifiers")
    return DishFault(f"the database refuses it: {error.message}. Change this too", "refused", column)
