"""The stations of a branch, changed by its managers: tickets move on open screens at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from kds.domain.stations import (
    BadStationName,
    OpenStations,
    OwnHeir,
    StationsChanged,
    StationTaken,
    UnknownStation,
)
from kds.domain.text import NAME_MAX, quoted
from kds.errors import NotFound, OtherStations, Unprocessable
from kds.manager.stations.answers import ManagedStations, StationMoved, StationName, StationOrder
from kds.manager.stations.queries import StationQueries
from kds.web.requests import BODY, IDENTITY, WITHOUT_NUL
from kds.web.responses import encoded_response
from kds.web.routes import Parameter, route

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

_PATH = "/manager/stations"
_TEXT = {"type": "string", "minLength": 1, "pattern": WITHOUT_NUL}
# in the query: a station has no id, and of the names that it may have a path cannot hold ".."
STATION = Parameter("station", _TEXT, "Its name as it is told.", required=True)
HEIR = Parameter("to", _TEXT, "Which station takes over; without it the kitchen as a whole.")
STATIONS_BYTES_MAX = 256 * 1024
"""Some 200 stations with the longest names, each letter written as \\uXXXX."""
ANSWERS_WITHIN_S = 7.0
"""A page gives up after 8 s."""


class StationManagement:
    """/manager/stations, in the branch of the request."""

    def __init__(self, queries: StationQueries) -> None:
        self._queries = queries

    @route("managedStations", "GET", _PATH, "The stations, to be changed", ManagedStations, role="MANAGER")
    async def stations(self, request: web.Request) -> web.Response:
        """All stations in the order of the boards, and what became of tickets whose station is gone."""
        rows = await self._queries.stations(request[IDENTITY].branch_id)
        there = [
            {"name": row["name"], "dishes": row["dishes"], "tickets": row["tickets"]} for row in rows if row["is_there"]
        ]
        strays = [{"name": row["name"], "orders": row["orders"]} for row in rows if not row["is_there"]]
        return encoded_response({"stations": there, "strays": strays})

    @route("addStation", "POST", _PATH, "Add a station, the last", StationName, status=201, body=StationName,
           role="MANAGER")  # fmt: skip
    async def add(self, request: web.Request) -> web.Response:
        """Adds a station; its name as it is kept."""
        wanted: StationName = request[BODY]
        name = await self._change(request, lambda stations: stations.add(wanted.name))
        _log("added", request, name)
        return encoded_response({"name": name}, status=201)

    @route("renameStation", "PATCH", _PATH, "Give a station another name", StationMoved, body=StationName,
           role="MANAGER", parameters=(STATION,))  # fmt: skip
    async def rename(self, request: web.Request) -> web.Response:
        """Its dishes and open tickets follow."""
        began = time.monotonic()
        wanted: StationName = request[BODY]
        was = _one(request, "station")

        async def rename(stations: OpenStations) -> tuple[str, int]:
            return await stations.rename(was, wanted.name), await stations.count_strays(was)

        name, expected = await self._change(request, rename)
        _log("renamed", request, was, name)
        return await self._moved(request, began, expected, was, name)

    @route("orderStations", "PUT", f"{_PATH}/order", "Put the stations in order", dict, body=StationOrder,
           largest_body=STATIONS_BYTES_MAX, role="MANAGER", errors=(409,))  # fmt: skip
    async def order(self, request: web.Request) -> web.Response:
        """Every station of the branch, as boards are to show them.

        Raises:
            OtherStations: these are not the stations of the branch, or not any more.
        """
        wanted: StationOrder = request[BODY]
        await self._change(request, lambda stations: stations.order(wanted.stations))
        who = request[IDENTITY]
        log.info("stations ordered branch=%s staff=%s stations=%d", who.branch_id, who.staff_id, len(wanted.stations))
        return encoded_response({})

    @route("removeStation", "DELETE", _PATH, "Remove a station", StationMoved, role="MANAGER",
           parameters=(STATION, HEIR), errors=(422,))  # fmt: skip
    async def remove(self, request: web.Request) -> web.Response:
        """Its dishes and open tickets go to another station, or to the kitchen as a whole."""
        began = time.monotonic()
        name = _one(request, "station")
        to = _one(request, "to") if "to" in request.query else None

        async def remove(stations: OpenStations) -> int:
            await stations.remove(name, to)
            return await stations.count_strays(name)

        expected = await self._change(request, remove)
        _log("removed", request, name, to)
        return await self._moved(request, began, expected, name, to)

    async def _change(self, request: web.Request, work: Callable[[OpenStations], Awaitable[_Result]]) -> _Result:
        try:
            return await self._queries.change(request[IDENTITY].branch_id, work)
        except BadStationName as fault:
            message = f"A station has a name of 1 to {NAME_MAX} characters, none of them a control character."
            raise Unprocessable(message) from fault
        except StationTaken as fault:
            message = f"There is a station {quoted(fault.there)}: give a name that cooks can tell from it."
            raise Unprocessable(message, code="station_taken") from fault
        except OwnHeir as fault:
            raise Unprocessable("A station cannot take over from itself.", code="unknown_station") from fault
        except StationsChanged as fault:
            message = "These are not the stations, each once. Read them again, then put them in order."
            raise OtherStations(message) from fault
        except UnknownStation as fault:
            if fault.name == request.query.get("to"):
                message = f"There is no station {quoted(fault.name)} to take over."
                raise Unprocessable(message, code="unknown_station") from fault
            raise NotFound("There is no such station in this branch.") from fault

    async def _moved(
        self, request: web.Request, began: float, expected: int, name: str, to: str | None
    ) -> web.Response:
        branch_id = request[IDENTITY].branch_id
        at_most_s = max(ANSWERS_WITHIN_S - (time.monotonic() - began), 0.0)
        left = await self._queries.move_tickets(branch_id, name, to, expected=expected, at_most_s=at_most_s)
        return encoded_response({"name": to, "left": left})


def _one(request: web.Request, parameter: str) -> str:
    """The one value of a parameter of the query, a text that PostgreSQL can hold."""
    values = request.query.getall(parameter, [])
    if len(values) != 1 or not values[0] or "\0" in values[0]:
        raise Unprocessable(f"Give one name of a station as {parameter}.")
    return values[0]


def _log(what: str, request: web.Request, name: str, to: str | None = None) -> None:
    who = request[IDENTITY]
    log.info("station %s branch=%s staff=%s station=%r to=%r", what, who.branch_id, who.staff_id, name, to)
