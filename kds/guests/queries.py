"""What the customer's pages ask: the menu, placing and tracking an order: sql/queries/guests.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from kds.domain.pace import NO_PACE, Pace, StationPace
from kds.domain.pricing import PlaceOrder
from kds.domain.queries import BranchQueries, well
from kds.domain.stock import SOLD_OUT, read_left, sold_out


class GuestQueries(BranchQueries):
    """The questions of guests."""

    async def door(self, order: PlaceOrder, open_max: int, key: str | None) -> tuple[Any, dict[UUID, Any]]:
        """What a guest's order must pass, as read_door tells it, and those of its dishes that are on the menu, by id.

        The first is None when there is no such branch.
        """
        dishes = list({line.menuItemId for line in order.items})
        may_join = order.orderType == "dine_in" and order.table != ""
        rows = await self.pool.rows(self._sql.read_door, order.branchId, open_max, order.table, dishes, key, may_join)
        return rows[0] if rows else None, {row["id"]: row for row in rows if row["id"] is not None}

    async def menu(self, branch_id: UUID) -> tuple[Any, list[Any], int]:
        """The branch (None when there is none) and its dishes in menu order, `modifiers` as JSON text, of one moment.

        The number of that moment comes last: what another process reads later has no lower one.
        """

        async def read() -> tuple[Any, list[Any], int]:
            async with self.pool.connection() as connection, connection.transaction(isolation="repeatable_read"):
                branch = await connection.fetchrow(self._sql.read_branch, branch_id)
                dishes = await connection.fetch(self._sql.read_menu, branch_id)
                return branch, list(dishes), int(await connection.fetchval(self._sql.read_moment))

        return await self.pool.again(read)

    async def tracked_order(self, order_id: UUID, round_id: UUID | None) -> Any:
        """What a tracking link opens, as read_tracked_order tells it; None when there is none, or it is broken."""
        return well(await self.orders(self._sql.read_tracked_order, None, order_id, round_id))

    async def pace(self, branch_id: UUID) -> Pace:
        """How fast the branch cooked its last tickets."""
        stations: dict[str | None, StationPace] = {}
        whole = NO_PACE.whole
        for row in await self.pool.rows(self._sql.read_pace, branch_id):
            pace = StationPace(row["kots"], row["median_s"] or 0.0, row["p90_s"] or 0.0)
            if row["is_whole"]:
                whole = pace
            else:
                stations[row["station"]] = pace
        return Pace(stations, whole)

    async def cancel_unstarted_round(self, order_id: UUID, round_id: UUID | None) -> bool:
        """Cancels what belongs to a tracking link, when the kitchen has finished nothing of it; whether it did."""
        return bool(await self.pool.give_way("fetchval", self._sql.cancel_unstarted_round, order_id, round_id))

    async def place_once(self, *order: object) -> Any:
        """Places an order as sql/placing.sql, place_once(): is_new, request_hash and answer of whoever used its key.

        Once: for pool.again() it belongs together with what was read before it.

        Raises:
            SoldOut: others took of a dish since that was read, and fewer are left than this order wants.
        """
        try:
            async with self.pool.connection() as connection:
                return await connection.fetchrow(self._sql.place_once, *order)
        except asyncpg.PostgresError as error:
            if error.sqlstate == SOLD_OUT:
                raise sold_out(read_left(error.detail)) from None
            raise

    async def answer_again(self, branch_id: UUID, key: str) -> Any:
        """request_hash and answer of a key that was used; None of one that was not."""
        return await self.pool.row(self._sql.answer_again, branch_id, key)

    async def prune_keys(self) -> int:
        """Deletes idempotency keys older than a day; how many went."""
        return await self.pool.execute(self._sql.prune_keys)
