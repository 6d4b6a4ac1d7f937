"""What managers ask and change of stations: kds/domain/stations.py, and sql/queries/manager.sql."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from kds.domain.queries import BranchQueries
from kds.domain.stations import OpenStations, move_tickets_of, take_along
from kds.errors import NotFound, Unavailable

_Result = TypeVar("_Result")

PATIENCE_S = 2.5
AT_MOST_S = 4.0
"""A page gives up after 8 s, and has waited for the change of the station itself."""


class StationQueries(BranchQueries):
    """The stations of branches."""

    async def stations(self, branch_id: UUID) -> list[Any]:
        """name, dishes, tickets, orders of each; `is_there` is false where only tickets have the name."""
        return await self.pool.rows(self._sql.read_managed_stations, branch_id)

    async def change(self, branch_id: UUID, work: Callable[[OpenStations], Awaitable[_Result]]) -> _Result:
        """Does `work` while nobody else names a station of the branch; anew when a writer was in its way.

        Raises:
            StationFault: from `work`.
            NotFound: there is no such branch any more.
        """
        try:
            return await self.pool.together(lambda connection: work(OpenStations(connection, self._sql, branch_id)))
        except asyncpg.ForeignKeyViolationError as error:
            raise NotFound("This branch does not exist any more.") from error
        except asyncpg.UniqueViolationError as error:  # somebody has just written it in plain SQL
            raise Unavailable("Somebody else is naming stations just now. Try again.") from error

    async def move_tickets(self, branch_id: UUID, name: str, to: str | None) -> int:
        """Moves the open tickets of a station to another, None is the kitchen as a whole; how many orders are left."""
        if name == to:
            return 0

        async def find() -> list[UUID]:
            return [row["id"] for row in await self.pool.rows(self._sql.list_orders_of_station, branch_id, name)]

        async def move(order_id: UUID) -> bool:
            try:
                return bool(
                    await self.pool.together_unless_held(
                        lambda connection: move_tickets_of(connection, self._sql, order_id, name, to)
                    )
                )
            except asyncpg.UniqueViolationError:  # somebody is just adding a ticket to the order
                return False

        return await take_along(find, move, patience_s=PATIENCE_S, at_most_s=AT_MOST_S)
