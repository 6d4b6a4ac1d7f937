"""Placing: a guest's order passes the door, gets the prices of the menu, and is written once for each Idempotency-Key.

Two statements do it, whatever the branch: read_door and place_once of sql/queries/guests.sql. The answer is kept beside
the key as the bytes that were sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from kds.config import Config
from kds.domain.links import Links
from kds.domain.money import minor_units
from kds.domain.pricing import PlaceOrder, price_lines, written_total
from kds.errors import NotFound, TooMany, Unavailable, Unprocessable
from kds.guests.door import Door, Guest
from kds.guests.menu.handlers import NO_BRANCH
from kds.guests.queries import GuestQueries

TURN_TIMEOUT_S = 1.5
"""How long a repeat waits for the request before it: as long as anybody in a line for a connection that stands."""

STILL_BEING_PLACED = "This order is still being placed. Try again in a moment."


class GuestOrders:
    """Writes the orders of guests."""

    def __init__(self, config: Config, queries: GuestQueries, links: Links, door: Door) -> None:
        self._config = config
        self._queries = queries
        self._links = links
        self._door = door
        self._turns: WeakValueDictionary[tuple[UUID, str], asyncio.Lock] = WeakValueDictionary()

    async def place(self, guest: Guest, order: PlaceOrder, key: str | None, request_hash: bytes) -> bytes:
        """The answer: PlacedOrder of kds/guests/answers.py as JSON.

        What was taken before with this key is answered as before, however full it is by now and whatever the menu says.

        Raises:
            TooMany, Unprocessable: the door refuses it, it is not on the menu, or the key is that of another order.
            NotFound: there is no such branch.
        """
        if key is None:
            return await self._place(guest, order, None, request_hash)
        async with self._turn(order.branchId, key):
            try:
                return await self._place(guest, order, key, request_hash)
            except (TooMany, Unprocessable):
                answer = await self._answer_again(order, key, request_hash)
                if answer is None:
                    raise
                return answer

    @contextlib.asynccontextmanager
    async def _turn(self, branch_id: UUID, key: str) -> AsyncIterator[None]:
        """One request of a key at a time: equal ones that come together count once, and hold one connection."""
        turn = self._turns.setdefault((branch_id, key), asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await turn.acquire()
        except TimeoutError:
            raise Unavailable(STILL_BEING_PLACED) from None
        try:
            yield
        finally:
            turn.release()

    async def _place(self, guest: Guest, order: PlaceOrder, key: str | None, request_hash: bytes) -> bytes:
        self._door.check_pace(guest)

        async def place() -> bytes:
            branch, dishes = await self._queries.door(order, self._config.open_orders_per_branch, key)
            if branch is None:
                raise NotFound(NO_BRANCH)
            if key is not None and branch["is_repeat"]:
                answer = await self._answer_again(order, key, request_hash)
                if answer is not None:
                    return answer
            self._door.check_branch(guest, order, branch)
            written = self._written(order, branch, dishes, key, request_hash)
            is_new = False
            self._door.take(guest, order, branch)
            try:
                placed = await self._queries.place_once(*written)
                is_new = placed["is_new"]
            finally:
                if not is_new:  # another process had written it before, or it is not written
                    self._door.give_back(guest, order, branch)
            return str(placed["answer"]).encode() if is_new else _earlier_answer(placed, request_hash)

        return await self._queries.pool.again(place)

    def _written(
        self, order: PlaceOrder, branch: Any, dishes: dict[UUID, Any], key: str | None, request_hash: bytes
    ) -> tuple[object, ...]:
        """The arguments of place_once()."""
        lines, total_cents = price_lines(order.items, dishes)
        if order.expectedTotalCents not in {None, total_cents}:
            raise Unprocessable("Prices have changed. Look at the new total, then order again.", code="price_changed")
        new_order = uuid.uuid4()
        is_round = branch["adds_rounds"] and order.orderType == "dine_in" and order.table != ""
        order_id = branch["joins"] if is_round and branch["joins"] is not None else new_order
        token = self._links.tracking_token(order_id, new_order if order_id != new_order else None)
        rest = {
            "status": "SENT",
            "totalCents": total_cents,
            "currency": branch["currency"],
            "minorUnits": minor_units(branch["currency"]),
            "trackingToken": token,
        }
        head = f'{{"orderId":"{order_id}","orderNumber":'
        tail = f",{msgspec.json.encode(rest).decode()[1:]}"
        words = (order.table, order.orderType, order.customerName or None, order.note or None)
        priced = (written_total(total_cents), msgspec.json.encode(lines).decode())
        return (order.branchId, key, request_hash, new_order, *words, *priced, is_round, order_id, head, tail)

    async def _answer_again(self, order: PlaceOrder, key: str, request_hash: bytes) -> bytes | None:
        earlier = await self._queries.answer_again(order.branchId, key)
        return None if earlier is None else _earlier_answer(earlier, request_hash)


def _earlier_answer(earlier: Any, request_hash: bytes) -> bytes:
    if earlier["request_hash"] != request_hash:
        raise Unprocessable("This Idempotency-Key was used for another order.", code="key_reused")
    return str(earlier["answer"]).encode()
