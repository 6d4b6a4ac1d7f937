"""What the customer's pages ask: the menu, placing and tracking an order: sql/queries/guests.sql."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kds.domain.pace import NO_PACE, Pace, StationPace
from kds.domain.queries import BranchQueries, well


class GuestQueries(BranchQueries):
    """The questions of guests."""

    async def door(self, branch_id: UUID, open_max: int, table: str) -> Any:
        """What a guest's order to this table must pass, as read_door tells it; None when there is no such branch."""
        return await self.pool.row(self._sql.read_door, branch_id, open_max, table)

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

    async def dishes(self, branch_id: UUID, ids: list[UUID], connection: Any = None) -> list[Any]:
        """Those of these dishes that are on the branch's menu.

        Inside a transaction give its connection: who holds one and waits for another starves the pool.
        """
        if connection is not None:
            return list(await connection.fetch(self._sql.read_dishes, branch_id, ids))
        return await self.pool.rows(self._sql.read_dishes, branch_id, ids)

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

    async def place_order(self, order: tuple[object, ...], connection: Any = None) -> int:
        """Writes an order as sql/functions.sql, place_order(), inside a transaction where one is given; its number."""
        if connection is not None:
            return int(await connection.fetchval(self._sql.place_order, *order))
        return int(await self.pool.value(self._sql.place_order, *order))

    async def place_guest_round(self, order: tuple[object, ...], connection: Any = None) -> tuple[UUID, int]:
        """As place_order, by place_guest_round(): the order it became part of, and its number."""
        if connection is not None:
            row = await connection.fetchrow(self._sql.place_guest_round, *order)
        else:
            row = await self.pool.row(self._sql.place_guest_round, *order)
        return row["order_id"], row["order_number"]

    async def claim_key(self, connection: Any, branch_id: UUID, key: str, request_hash: bytes) -> Any:
        """Takes an idempotency key inside a transaction: None when it is ours now, else request_hash and answer."""
        if await connection.fetchval(self._sql.claim_key, branch_id, key, request_hash):
            return None
        return await connection.fetchrow(self._sql.read_answer, branch_id, key)

    async def earlier_answer(self, branch_id: UUID, key: str) -> Any:
        """request_hash and answer of a key that was used; None of one that was not."""
        return await self.pool.row(self._sql.read_answer, branch_id, key)

    async def keep_answer(self, connection: Any, branch_id: UUID, key: str, answer: str) -> None:
        """Keeps the answer beside its key, in the transaction of the order."""
        await connection.execute(self._sql.keep_answer, branch_id, key, answer)

    async def prune_keys(self) -> int:
        """Deletes idempotency keys older than a day; how many went."""
        return await self.pool.execute(self._sql.prune_keys)
