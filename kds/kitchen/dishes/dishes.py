"""86 from the kitchen: a dish is sold out, until somebody lifts it or for a while, or so many of it are left."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from aiohttp import web
from msgspec import Meta

from kds.domain.queries import BranchQueries
from kds.domain.stock import Remaining, told_stock
from kds.errors import NotFound, Unprocessable
from kds.web.requests import BODY, IDENTITY, KEY, path_id
from kds.web.responses import encoded_response
from kds.web.routes import IDEMPOTENCY_KEY, route


class DishChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left of a dish: `{"soldOut": true}`, `{"soldOut": false, "remaining": 7}`, `{"soldOut": false}` lifts.

    It is as before by itself after so many `minutes`, or when the next business day of the branch starts; without both
    when somebody lifts it.
    """

    soldOut: bool
    remaining: Annotated[int, Meta(ge=1, le=9999)] | None = None
    minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    untilTomorrow: bool = False

    @property
    def became(self) -> str:
        """As kitchen_actions has it."""
        what = "sold out" if self.soldOut else "available" if self.remaining is None else f"{self.remaining} left"
        until = " until tomorrow" if self.untilTomorrow else "" if self.minutes is None else f" for {self.minutes} min"
        return what + until


class KitchenDish(msgspec.Struct):
    """A dish of the menu, and whether guests can have it: counted, how many remain; `backAt` when it is as before."""

    menuItemId: UUID
    name: str
    section: str
    station: str | None
    soldOut: bool
    remaining: Remaining | msgspec.UnsetType = msgspec.UNSET
    backAt: datetime | msgspec.UnsetType = msgspec.UNSET


class KitchenDishes(msgspec.Struct):
    """The dishes of a branch, in the order of its menu."""

    dishes: list[KitchenDish]


class DishQueries(BranchQueries):
    """sql/queries/kitchen_dishes.sql."""

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


class DishHandlers:
    """/kitchen/dishes and /kitchen/dish/..., for role KITCHEN; the branch and the cook are those of the login."""

    def __init__(self, queries: DishQueries) -> None:
        self._queries = queries

    @route(
        "listDishes",
        "GET",
        "/kitchen/dishes",
        "What can be had, and what is sold out",
        KitchenDishes,
        role="KITCHEN",
        errors=(503,),
        links=(("changeDish", (("menuItemId", "$response.body#/dishes/0/menuItemId"),)),),
    )
    async def list_dishes(self, request: web.Request) -> web.Response:
        """The dishes of the branch: `{"dishes": [{"menuItemId": "...", "name": "Raita", "soldOut": true, ...}]}`."""
        rows = await self._queries.dishes(request[IDENTITY].branch_id)
        answer = encoded_response({"dishes": [_told(row) for row in rows]})
        answer.enable_compression()
        return answer

    @route(
        "changeDish",
        "PATCH",
        "/kitchen/dish/{menuItemId}",
        "Sell a dish out, count it down, or lift that",
        KitchenDish,
        body=DishChange,
        role="KITCHEN",
        parameters=(IDEMPOTENCY_KEY,),
        errors=(404, 503),
    )
    async def change(self, request: web.Request) -> web.Response:
        """Changes what is left of a dish, once for each Idempotency-Key; the dish as it is now.

        Raises:
            Unprocessable: what is wanted contradicts itself, or the key was used for something else.
            NotFound: the branch has no such dish.
        """
        wanted: DishChange = request[BODY]
        _check(wanted)
        cook, dish_id, key = request[IDENTITY], path_id(request, "menuItemId"), request.get(KEY)
        changed = await self._queries.change(cook.branch_id, dish_id, wanted, cook.staff_id, key)
        dish = await self._queries.dish(cook.branch_id, dish_id)
        if dish is None:
            raise NotFound("There is no such dish in this kitchen.")
        if not changed and key is not None:
            used = await self._queries.used_key(cook.branch_id, key)
            if used is None or tuple(used) != ("dish", dish_id, wanted.became):
                raise Unprocessable("This Idempotency-Key was used for another change.", code="key_reused")
        return encoded_response(_told(dish))


def _check(wanted: DishChange) -> None:
    if wanted.soldOut and wanted.remaining is not None:
        raise Unprocessable("A dish that is sold out has nothing remaining: send one of the two.")
    if wanted.minutes is not None and wanted.untilTomorrow:
        raise Unprocessable("Send minutes or untilTomorrow, not both.")
    if not wanted.soldOut and wanted.remaining is None and (wanted.minutes is not None or wanted.untilTomorrow):
        raise Unprocessable("A dish that is lifted is so until something else is said.")


def _told(row: Any) -> dict[str, Any]:
    return {
        "menuItemId": row["menu_item_id"],
        "name": row["name"],
        "section": row["section"],
        "station": row["station"],
        "soldOut": row["is_sold_out"],
        **told_stock(row),
    }
