"""Takes back what guests placed in a flood, in parts, beside others who hold some of it.

Nobody is waited for: what another writer holds is tried again for a moment, then left and counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

AT_ONCE = 200
"""Orders in one transaction: more would hold the branch's lock for long."""
TRIES = 4
PAUSE_S = 0.25
"""Between two of them, for those who hold an order just now: a bump is over by then."""
SPLITS_MAX = 10
"""A part that was in somebody's way is cut in two so often; each time it has waited for a lock."""

Find = Callable[[], Awaitable[Sequence[UUID]]]
Cancel = Callable[[Sequence[UUID]], Awaitable[int | None]]


def what_guests_place(sql: SimpleNamespace) -> tuple[tuple[str, str], tuple[str, str]]:
    """Orders, and rounds that joined older ones: the statement that finds them, and the one that cancels them."""
    return (sql.list_guest_orders, sql.cancel_guest_orders), (sql.list_guest_rounds, sql.cancel_guest_rounds)


@dataclass(frozen=True)
class TakenBack:
    """How many orders, or rounds, were cancelled, and how many are left: others hold them, or they came meanwhile."""

    cancelled: int
    left: int


async def take_back(find: Find, cancel: Cancel) -> TakenBack:
    """Cancels what there is to `find`, of one kind.

    `cancel` does so many at once and passes by the orders that others hold; None, and nothing of it is done, when
    somebody holds a ticket or a line of one of them.
    """
    cancelled = splits = 0
    orders = await find()
    for attempt in range(TRIES):
        if attempt > 0:
            await asyncio.sleep(PAUSE_S)
        parts = deque(orders[begin : begin + AT_ONCE] for begin in range(0, len(orders), AT_ONCE))
        while parts:
            part = parts.popleft()
            done = await cancel(part)
            if done is not None:
                cancelled += done
            elif len(part) > 1 and splits < SPLITS_MAX:
                splits += 1
                parts.extend((part[: len(part) // 2], part[len(part) // 2 :]))
        orders = await find()
        if not orders:
            break
    return TakenBack(cancelled, len(orders))
