"""What several rooms ask about a branch and its orders: sql/queries/domain.sql."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from kds.postgres.connect import DATA_ERRORS
from kds.postgres.pool import Pool, Queries
from kds.postgres.statements import one_by_one
from kds.relay.broken_orders import BrokenOrders

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OrderList:
    """Orders of a branch as JSON texts, at a revision."""

    epoch: str
    revision: int
    orders: list[str]
    later: str


class BranchQueries(Queries):
    """A room that asks more about orders derives its own; `broken` is told what the questions come upon."""

    def __init__(self, pool: Pool, sql: SimpleNamespace, broken: BrokenOrders) -> None:
        super().__init__(pool, sql)
        self._broken = broken

    async def branch(self, branch_id: UUID) -> Any:
        """The branch with its stations and age thresholds (JSON text), None when there is none."""
        return await self.pool.row(self._sql.read_branch, branch_id)

    async def table_generations(self, branch_id: UUID, tables: list[str]) -> dict[str, int]:
        """Up to which generation the codes of these tables were renewed."""
        rows = await self.pool.rows(self._sql.read_table_generations, branch_id, tables)
        return {row["table_label"]: row["generation"] for row in rows}

    async def await_standby(self) -> None:
        """Returns when the synchronous standby, where there is one, has all that was committed before."""
        await self.pool.value(self._sql.await_standby)

    async def list_orders(self, branch_id: UUID, statuses: Iterable[str]) -> OrderList:
        """The orders of a branch with one of these statuses, open ones all, ended ones the last."""
        rows = await self.orders(self._sql.list_orders, branch_id, branch_id, list(statuses))
        return OrderList(rows[0]["epoch"], rows[0]["revision"], bodies(rows), later(rows[0]))

    async def orders(self, statement: str, branch_id: UUID | None, *arguments: object) -> list[Any]:
        """Rows with the `body` of an order each, or the `fault` that left it out; read one by one when they must be."""
        if branch_id is not None and self._broken.are_in(branch_id):
            rows = await self.pool.rows(one_by_one(statement), *arguments)
        else:
            try:
                rows = await self.pool.rows(statement, *arguments)
            except DATA_ERRORS as error:
                log.warning("orders are read one by one error=%s: %s", type(error).__name__, error)
                rows = await self.pool.rows(one_by_one(statement), *arguments)
        for row in rows:
            if row["fault"] is not None:
                self._broken.note(row.get("branch_id", branch_id), row["order_id"], row["fault"])
        return rows


def bodies(rows: list[Any]) -> list[str]:
    """The order objects of rows that have one, as JSON texts."""
    return [row["body"] for row in rows if row["body"] is not None]


def later(row: Any) -> str:
    """What is promised for later, as a field of JSON: `,"later":{"count":3,"nextAt":"..."}`, or nothing."""
    return f',"later":{{"count":{row["later"]},"nextAt":"{row["next_at"]}"}}' if row["later"] else ""


def well(rows: list[Any]) -> Any:
    """The one row, when its order can be shown; None otherwise."""
    return rows[0] if rows and rows[0]["body"] is not None else None
