"""The orders that no client can be told, as far as this process has met them: each costs itself and nobody else.

Whatever a writer may commit is read, so an order may turn out to be one that cannot be made into an order object (sql:
order_objects.fault says why). It is left out, named here and in the log, and shown again as soon as it was mended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

log = logging.getLogger(__name__)

NAMED_MAX = 1_000
"""So many are kept by name; a writer may break any number."""


@dataclass(frozen=True, slots=True)
class BrokenOrder:
    """An order that is on no screen, and why: `22003: integer out of range`."""

    order_id: UUID
    branch_id: UUID
    fault: str


class BrokenOrders:
    """Noted by whoever reads order objects; `found` counts them all, also those that were mended since."""

    def __init__(self) -> None:
        self._orders: dict[UUID, BrokenOrder] = {}
        self._branches: set[UUID] = set()
        self.found = 0

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[BrokenOrder]:
        return iter(list(self._orders.values()))

    def note(self, branch_id: UUID, order_id: UUID, fault: str) -> None:
        """This order cannot be told. Logged when it is new or has another fault."""
        broken = BrokenOrder(order_id, branch_id, fault)
        if self._orders.get(order_id) == broken:
            return
        self.found += 1
        self._branches.add(branch_id)
        if order_id in self._orders or len(self._orders) < NAMED_MAX:
            self._orders[order_id] = broken
            log.error("order broken: no screen shows it order=%s branch=%s fault=%s", order_id, branch_id, fault)

    def forget(self, order_id: UUID) -> None:
        """This order is well again, or gone."""
        if self._orders:
            self._orders.pop(order_id, None)

    def clear(self, branch_id: UUID) -> None:
        """The board of this branch was read whole, and all of it is well."""
        if branch_id in self._branches:
            self._branches.discard(branch_id)
            self._orders = {key: order for key, order in self._orders.items() if order.branch_id != branch_id}

    def are_in(self, branch_id: UUID) -> bool:
        """Whether this branch is better read one order at a time: the read of all at once would fail again."""
        return branch_id in self._branches
