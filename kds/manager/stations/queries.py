"""What managers ask and change of stations: kds/domain/stations.py, and sql/queries/manager.sql."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from kds.domain.queries import BranchQueries
from kds.domain.stations import OpenStations, TicketsRefused, move_tickets_of, take_along
from kds.errors import NotFound, Unavailable

_Result = TypeVar("_Result")

PATIENCE_S = 2.5
"""A page waits for eight seconds, the change before it included."""
_BRANCH_KEY = "stations_branch_fkey"
_NO_BRANCH = "This branch does not exist any more."


class StationQueries(BranchQueries):
    """The stations of branches."""

    async def stations(self, branch_id: UUID) -> list[Any]:
        """name, dishes, tickets, orders of each; `is_there` is false where only tickets have the name.

        Raises:
            NotFound: there is no such branch any more.
        """
        rows = await self.pool.rows(self._sql.read_managed_stations, branch_id)
        if not rows and not await self.pool.value(self._sql.has_branch, branch_id):
            raise NotFound(_NO_BRANCH)
        return rows

    async def change(self, branch_id: UUID, work: Callable[[OpenStations], Awaitable[_Result]]) -> _Result:
        """Does `work` while nobody else names a station of the branch; anew when a writer was in its way.

        Raises:
            StationFault: from `work`.
            NotFound: there is no such branch any more.
        """

        async def change(connection: Any) -> _Result:
            if not await connection.fetchval(self._sql.has_branch, branch_id):
                raise NotFound(_NO_BRANCH)
            return await work(OpenStations(connection, self._sql, branch_id))

        try:
            return await self.pool.together(change)
        except asyncpg.ForeignKeyViolationError as error:  # somebody has just deleted it, or a station, in plain SQL
            if error.constraint_name == _BRANCH_KEY:
                raise NotFound(_NO_BRANCH) from error
            raise Unavailable("Somebody is changing stations or dishes just now. Try again.") from error
        except asyncpg.UniqueViolationError as error:  # somebody has just written it in plain SQL
            raise Unavailable("Somebody else is naming stations just now. Try again.") from error

    async def move_tickets(self, branch_id: UUID, name: str, to: str | None, *, expected: int, at_most_s: float) -> int:
        """Moves the open tickets of a station that is gone to another, None is the kitchen as a whole.

        How many orders are left, of those `expected` when the database could not even tell.
        """
        if name == to:
            return 0

        async def find() -> list[UUID]:
            try:
                return [row["id"] for row in await self.pool.rows(self._sql.list_stray_orders, branch_id, name)]
            except asyncpg.PostgresError as error:
                raise Unavailable(f"{type(error).__name__}: {error}") from error

        async def move(order_id: UUID) -> bool:
            try:
                return bool(
                    await self.pool.together_unless_held(
                        lambda connection: move_tickets_of(connection, self._sql, order_id, name, to)
                    )
                )
            except asyncpg.UniqueViolationError:  # somebody is just adding a ticket to the order
                return False
            except asyncpg.PostgresError as error:
                raise TicketsRefused(f"{type(error).__name__}: {error}") from error

        return await take_along(find, move, expected=expected, patience_s=PATIENCE_S, at_most_s=at_most_s)
