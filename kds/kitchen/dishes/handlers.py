"""86 from the kitchen: a dish is sold out, until somebody lifts it or for a while, or so many of it are left."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kds.domain.stock import told_stock
from kds.errors import NotFound, Unprocessable
from kds.kitchen.dishes.answers import KitchenDish, KitchenDishes
from kds.kitchen.dishes.bodies import DishChange
from kds.kitchen.dishes.queries import DishQueries
from kds.web.requests import BODY, IDENTITY, KEY, path_id
from kds.web.responses import encoded_response
from kds.web.routes import IDEMPOTENCY_KEY, route


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
