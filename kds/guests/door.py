"""The door: whether a guest's order may come in, before it is priced and written.

Who proves a table by its signed link is limited by that table alone: nobody else can use that up. Others count by
address and by branch. A till, which writes SQL, passes no door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from kds.config import Config
from kds.domain.links import Links
from kds.domain.pricing import PlaceOrder
from kds.errors import TooMany, Unprocessable
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import client_address
from kds.web.rate_limit import RateLimit

BUSY = "kitchen_busy"
BUSY_WORDS = "The kitchen has more orders than it can take just now. Try again in a few minutes, or ask the staff."
BUSY_RETRY_S = 60.0
REPLACED = "table_token_replaced"


@dataclass(frozen=True, slots=True)
class Guest:
    """Who orders, as far as the request tells: the table is named only when its link proves it, of that generation."""

    address: str
    table: str | None
    generation: int = 0


class Door:
    """The limits of all branches in this process."""

    def __init__(self, config: Config, links: Links) -> None:
        self._config = config
        self._links = links
        self._per_table = RateLimit(
            config.orders_per_table_per_minute, "This table has ordered very often just now. Ask the staff."
        )
        self._per_address = RateLimit(
            config.orders_per_address_per_minute, "Too many orders from here just now. Try again in a minute."
        )
        self._per_branch = RateLimit(config.orders_per_branch_per_minute, BUSY_WORDS, BUSY)

    def guest(self, request: web.Request, order: PlaceOrder) -> Guest:
        """Who orders.

        Raises:
            Unprocessable: the link is that of another table.
        """
        address = client_address(request, self._config)
        if order.tableToken is None:
            return Guest(address, None)
        generation = self._links.table_generation(order.branchId, order.table, order.tableToken)
        if generation is None:
            words = "This link is for another table. Scan the code on yours."
            raise Unprocessable(words, code="table_token_wrong")
        return Guest(address, f"{order.branchId} {order.table}", generation)

    def check_pace(self, guest: Guest) -> None:
        """Needs no database, so that who comes too often costs none.

        Raises:
            TooMany: the guest orders too often.
        """
        if guest.table is not None:
            self._per_table.check(guest.table)
        else:
            for network, share in counted_networks(guest.address).items():
                self._per_address.check(network, share)

    def check_branch(self, guest: Guest, order: PlaceOrder, branch: Any) -> None:
        """Whether the branch, as GuestQueries.door tells of it, takes this order now.

        Raises:
            Unprocessable: ordering is paused, it takes no such orders, only with a table's link, or that was replaced.
            TooMany: it has enough to do.
        """
        if branch["is_paused"]:
            again = f"at {branch['paused_until']}" if branch["paused_until"] else "later"
            raise Unprocessable(f"Ordering is paused. Try again {again}, or ask the staff.", code="ordering_paused")
        if guest.table is not None and guest.generation < branch["table_generation"]:
            raise Unprocessable("This code was replaced: scan the one on the table.", code=REPLACED)
        if guest.table is None and _needs_link(order, branch):
            raise Unprocessable("Scan the code on your table to order.", code="table_token_missing")
        if branch["order_types"] is not None and order.orderType not in branch["order_types"]:
            raise Unprocessable("This cannot be ordered here. Ask the staff.", code="order_type_refused")
        if guest.table is None:
            if branch["open_max"] and branch["open_orders"] >= branch["open_max"]:
                raise TooMany(BUSY_WORDS, BUSY_RETRY_S, code=BUSY)
            self._per_branch.check(str(order.branchId), per_minute=branch["guest_orders_per_minute"])

    def take(self, guest: Guest, order: PlaceOrder, branch: Any) -> None:
        """Counts an order that is written now.

        Raises:
            TooMany: others came in between; then nothing of it counts.
        """
        counted = self._counted(guest, order, branch)
        for limit, key, share, per_minute in counted:
            limit.check(key, share, per_minute=per_minute)
        for limit, key, share, per_minute in counted:
            limit.take(key, share, per_minute=per_minute)

    def give_back(self, guest: Guest, order: PlaceOrder, branch: Any) -> None:
        """Undoes a `take`: it was not written, or by another process before."""
        for limit, key, share, per_minute in self._counted(guest, order, branch):
            limit.give_back(key, share, per_minute=per_minute)

    def _counted(self, guest: Guest, order: PlaceOrder, branch: Any) -> list[tuple[RateLimit, str, int, int | None]]:
        if guest.table is not None:
            return [(self._per_table, guest.table, 1, None)]
        networks = counted_networks(guest.address).items()
        by_address = [(self._per_address, network, share, None) for network, share in networks]
        return [*by_address, (self._per_branch, str(order.branchId), 1, branch["guest_orders_per_minute"])]


def _needs_link(order: PlaceOrder, branch: Any) -> bool:
    """Where tables are signed, whoever names one proves it; what is fetched or sent needs none where it is allowed."""
    if not branch["requires_table_token"]:
        return False
    return order.orderType == "dine_in" or bool(order.table) or branch["order_types"] is None
