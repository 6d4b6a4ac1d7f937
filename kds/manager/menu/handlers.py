"""The menu of a branch, changed by its managers: each change is on open order pages at once (sql/menu.sql)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from kds.domain.dishes import DishFault
from kds.domain.money import minor_units
from kds.domain.pricing import Modifier
from kds.errors import DishRefused, MenuChanged, NotFound, Unprocessable
from kds.manager.menu.answers import DishEdit, DishRefusal, ManagedDish, ManagedMenu, MenuOrder, NewDish
from kds.manager.menu.edits import edited, field_of, last_of_section
from kds.manager.menu.queries import ManagedMenus, OpenMenu
from kds.web.requests import BODY, IDENTITY, path_id
from kds.web.responses import encoded_response
from kds.web.routes import route

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

_DISH = "/manager/menu/{menuItemId}"
# or PATCH /manager/menu/order would look for a dish of that name, instead of answering 405
_IDS = (("menuItemId", "(?!order$)[^{}/]+"),)
_NO_DISH = "There is no such dish on this menu."
_NO_BRANCH = "This branch does not exist any more."
DISH_BYTES_MAX = 256 * 1024
"""The longest texts and modifiers, each letter written as \\uXXXX."""
ORDER_BYTES_MAX = 1024 * 1024
"""Some 25,000 dishes."""


class MenuManagement:
    """/manager/menu, in the branch of the request."""

    def __init__(self, queries: ManagedMenus) -> None:
        self._queries = queries

    @route("managedMenu", "GET", "/manager/menu", "The menu, to be changed", ManagedMenu, role="MANAGER",
           links=(("editDish", (("menuItemId", "$response.body#/dishes/0/menuItemId"),)),))  # fmt: skip
    async def menu(self, request: web.Request) -> web.Response:
        """All dishes in the order of the menu, and the stations that are there."""
        branch_id = request[IDENTITY].branch_id
        branch = await self._queries.branch(branch_id)
        if branch is None:
            raise NotFound(_NO_BRANCH)
        told = {
            "currency": branch["currency"],
            "minorUnits": minor_units(branch["currency"]),
            "stations": branch["stations"],
            "dishes": [_told(dish) for dish in await self._queries.dishes(branch_id)],
        }
        answer = encoded_response(told)
        answer.enable_compression()
        return answer

    @route("addDish", "POST", "/manager/menu", "Add a dish, last of its section", ManagedDish, status=201,
           body=NewDish, largest_body=DISH_BYTES_MAX, role="MANAGER", refusal=DishRefusal)  # fmt: skip
    async def add(self, request: web.Request) -> web.Response:
        """Adds a dish; the dish."""
        wanted: NewDish = request[BODY]

        async def add(menu: OpenMenu) -> Any:
            branch, places = await _branch(menu), await menu.places()
            dish = edited({}, wanted, others=places, stations=branch["stations"], currency=branch["currency"])
            dish_id = await menu.add(dish)
            await menu.order(last_of_section(places, dish["section"], dish_id))
            return await _dish(menu, dish_id)

        dish = await self._change(request, add)
        _log("added", request, dish["id"])
        return encoded_response(_told(dish), status=201)

    @route("orderMenu", "PUT", "/manager/menu/order", "Put the dishes in order", dict, body=MenuOrder,
           largest_body=ORDER_BYTES_MAX, role="MANAGER", errors=(409,))  # fmt: skip
    async def order(self, request: web.Request) -> web.Response:
        """Every dish of the branch, as they are to stand.

        Raises:
            MenuChanged: these are not the dishes of the branch, or not any more.
        """
        wanted: MenuOrder = request[BODY]
        if len(set(wanted.menuItemIds)) < len(wanted.menuItemIds):
            raise Unprocessable("A dish stands twice in menuItemIds: send each once.", code="dish_twice")

        async def order(menu: OpenMenu) -> None:
            if {dish["id"] for dish in await menu.places()} != set(wanted.menuItemIds):
                raise MenuChanged("The menu has other dishes now. Read it again, then put them in order.")
            await menu.order(wanted.menuItemIds)

        await self._change(request, order)
        who = request[IDENTITY]
        log.info("menu ordered branch=%s staff=%s dishes=%d", who.branch_id, who.staff_id, len(wanted.menuItemIds))
        return encoded_response({})

    @route("editDish", "PATCH", _DISH, "Change fields of a dish", ManagedDish, body=DishEdit,
           largest_body=DISH_BYTES_MAX, role="MANAGER", refusal=DishRefusal, patterns=_IDS)  # fmt: skip
    async def edit(self, request: web.Request) -> web.Response:
        """Changes the fields that are sent, and no other; the dish as it is now."""
        wanted: DishEdit = request[BODY]
        dish_id = path_id(request, "menuItemId")

        async def edit(menu: OpenMenu) -> Any:
            branch = await _branch(menu)
            await menu.lock(dish_id)
            before = await _dish(menu, dish_id)
            is_placed_anew = wanted.name is not msgspec.UNSET or wanted.section is not msgspec.UNSET
            places = await menu.places() if is_placed_anew else []
            others = [each for each in places if each["id"] != dish_id]
            dish = edited(before, wanted, others=others, stations=branch["stations"], currency=branch["currency"])
            await menu.change(dish_id, dish)
            if dish["section"] != before["section"]:
                await menu.order(last_of_section(places, dish["section"], dish_id))
            return await _dish(menu, dish_id)

        dish = await self._change(request, edit)
        _log("changed", request, dish_id)
        return encoded_response(_told(dish))

    @route("removeDish", "DELETE", _DISH, "Take a dish off the menu", dict, role="MANAGER", patterns=_IDS)
    async def remove(self, request: web.Request) -> web.Response:
        """Takes a dish off the menu; orders keep what they copied of it."""
        dish_id = path_id(request, "menuItemId")
        if not await self._change(request, lambda menu: menu.remove(dish_id)):
            raise NotFound(_NO_DISH)
        _log("removed", request, dish_id)
        return encoded_response({})

    async def _change(self, request: web.Request, work: Callable[[OpenMenu], Awaitable[_Result]]) -> _Result:
        try:
            return await self._queries.change(request[IDENTITY].branch_id, work)
        except DishFault as fault:
            message = f"{str(fault)[:1].upper()}{str(fault)[1:]}."
            raise DishRefused(message, code=fault.code, field=field_of(fault.column), index=fault.index) from fault


async def _branch(menu: OpenMenu) -> Any:
    branch = await menu.branch()
    if branch is None:
        raise NotFound(_NO_BRANCH)
    return branch


async def _dish(menu: OpenMenu, dish_id: UUID) -> Any:
    dish = await menu.dish(dish_id)
    if dish is None:
        raise NotFound(_NO_DISH)
    return dish


def _told(dish: Any) -> dict[str, Any]:
    return {
        "menuItemId": dish["id"],
        "name": dish["name"],
        "description": dish["description"],
        "section": dish["section"],
        "station": dish["station"],
        "priceCents": dish["price_cents"],
        "allergens": dish["allergens"],
        "modifiers": msgspec.json.decode(dish["modifiers"], type=list[Modifier]),
        "prepS": dish["prep_s"],
        "course": dish["course"],
        "available": dish["available"],
        "soldOut": dish["is_sold_out"],
        "remaining": dish["remaining"],
        "backAt": dish["back_at"],
    }


def _log(what: str, request: web.Request, dish_id: Any) -> None:
    who = request[IDENTITY]
    log.info("dish %s branch=%s staff=%s dish=%s", what, who.branch_id, who.staff_id, dish_id)
