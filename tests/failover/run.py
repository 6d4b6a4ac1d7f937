"""One run: a restaurant opens on the cluster, a disaster strikes while guests order, and what came of it is judged."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from kds.postgres.migrate.migrate import migrate
from tests.failover.cluster import Cluster
from tests.failover.faults import Disaster
from tests.failover.orders import Accepted, Guests
from tests.failover.screens import Board, Screens
from tests.faults.journal import Following, read, shown
from tests.faults.restaurant import ServerProcess
from tests.orders import place
from tests.patience import eventually

WARM_UP_S = 5.0
SERVED_WITHIN_S = 120.0
SCREENS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Crowd:
    """How much goes on: servers, screens, and orders a second, over so many branches."""

    servers: int = 2
    branches: int = 10
    screens_per_branch: int = 5
    orders_per_s: float = 50.0


@dataclass(frozen=True)
class Outcome:
    """What came of a run. Times in seconds."""

    accepted: int
    lost: int
    doubled: int
    ghosts: int
    """Shown at the end, or since the history changed, and not in the database."""
    missing: int
    """In the database at the end, and not on a screen of its branch."""
    outage_s: float
    """The longest time without an accepted order from the fault on."""
    promoted_s: float
    """From the fault until Patroni had promoted the last primary that there was; 0: it promoted none."""
    screens_s: float
    """From the first order accepted after it until the last screen showed that order."""
    refusals: int
    refused_for_s: float
    """From that order until the last 503."""
    broken: int
    load: float
    """Of the machine, at the end: how many processes wanted one of its cores."""

    @property
    def kept_all(self) -> bool:
        """Whether no promise was broken that is none of time."""
        return self.accepted > 0 and not (self.lost or self.doubled or self.ghosts or self.missing)


async def run(cluster: Cluster, disaster: Disaster, crowd: Crowd, seed: int, note: Callable[[str], None]) -> Outcome:
    """Opens, strikes, heals, and judges."""
    await cluster.whole()
    leader = (await cluster.leader()).name
    others = [name for name in cluster.nodes if name != leader]
    cluster.order = [leader, *others] if disaster.primary_first else [*others, leader]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kds-failover-")))
        dishes = await _open_branches(cluster, crowd.branches)
        servers = [ServerProcess(cluster.url(), folder / f"serve-{number}.log") for number in range(crowd.servers)]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.end, signal.SIGKILL)
        urls = [server.url for server in servers]
        screens = Screens(folder, list(dishes))
        stack.push_async_callback(screens.kill)
        await screens.open(crowd.screens_per_branch, urls)
        guests = Guests(urls, dishes, seed)
        stack.push_async_callback(guests.close)
        guests.come(crowd.orders_per_s)
        await asyncio.sleep(WARM_UP_S)
        note(f"{leader} leads, {len(guests.accepted)} orders are taken; it strikes")
        struck_at = time.time()
        heal = await disaster.strike(cluster)
        await asyncio.sleep(max(0.0, struck_at + disaster.heals_after_s - time.time()))
        note("heals")
        await heal()
        await guests.leave(SERVED_WITHIN_S)
        note(f"all {len(guests.accepted)} are served")
        await cluster.whole()
        await _last_orders(cluster, folder, list(dishes), crowd.screens_per_branch)
        boards = await screens.close()
        return await _judge(cluster, guests, boards, list(read(folder)), struck_at)


async def _open_branches(cluster: Cluster, count: int) -> dict[str, str]:
    """A dish of each of so many new branches."""
    dsn = (await cluster.leader()).superuser_dsn("kds")
    await migrate(dsn, lambda line: None)
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            """WITH new AS (
              INSERT INTO branches (name) SELECT gen_random_uuid() FROM generate_series(1, $1) RETURNING id
            )
            INSERT INTO menu_items (branch_id, name, price_cents) SELECT id, 'Raita', 450 FROM new
            RETURNING branch_id, id""",
            count,
        )
        return {str(row["branch_id"]): str(row["id"]) for row in rows}
    finally:
        connection.terminate()


async def _last_orders(cluster: Cluster, folder: Path, branches: list[str], screens: int) -> None:
    """One more order in each branch, until every screen shows it: then it shows all that came before."""
    following = Following(folder)
    connection = await asyncpg.connect((await cluster.leader()).superuser_dsn("kds"))
    try:
        orders = {str(await place(connection, branch)) for branch in branches}
    finally:
        connection.terminate()
    showing: set[tuple[str, str]] = set()

    async def all_show_theirs() -> bool:
        for line in following.more():
            showing.update((line["screen"], order) for order in orders.intersection(shown(line)))
        return len(showing) >= len(branches) * screens

    await eventually(all_show_theirs, SCREENS_WITHIN_S)


async def _judge(
    cluster: Cluster, guests: Guests, boards: list[Board], lines: list[dict[str, Any]], struck_at: float
) -> Outcome:
    connection = await asyncpg.connect((await cluster.leader()).superuser_dsn("kds"))
    try:
        rows = await connection.fetch(
            "SELECT id, branch_id, note FROM orders WHERE branch_id = ANY ($1::uuid[])", list(guests.dishes)
        )
    finally:
        connection.terminate()
    present: dict[str, set[str]] = {branch: set() for branch in guests.dishes}
    for row in rows:
        present[str(row["branch_id"])].add(str(row["id"]))
    everything = set().union(*present.values())
    times_kept = Counter(row["note"] for row in rows if row["note"] in guests.accepted)
    outage_s, first = _longest_gap(guests, struck_at)
    shown_at = _first_shown(lines, first.order_id)
    refused_later = [refusal.at for refusal in guests.refusals if refusal.at > first.at]
    return Outcome(
        accepted=len(guests.accepted),
        lost=sum(one.order_id not in everything for one in guests.accepted.values()),
        doubled=sum(times > 1 for times in times_kept.values()),
        ghosts=sum(len(board.orders - present[board.branch]) for board in boards),
        missing=sum(len(present[board.branch] - board.orders) for board in boards),
        outage_s=outage_s,
        promoted_s=max(0.0, await cluster.promoted_at() - struck_at),
        screens_s=max(shown_at.values(), default=math.inf) - first.at,
        refusals=len(guests.refusals),
        refused_for_s=max(refused_later, default=first.at) - first.at,
        broken=guests.broken,
        load=os.getloadavg()[0],
    )


def _longest_gap(guests: Guests, struck_at: float) -> tuple[float, Accepted]:
    """The longest time without an accepted order from the fault on, and the order that ended it."""
    later = sorted((one for one in guests.accepted.values() if one.at >= struck_at), key=lambda one: one.at)
    return max(
        ((one.at - before, one) for before, one in zip([struck_at, *(o.at for o in later)], later, strict=False)),
        key=lambda gap: gap[0],
    )


def _first_shown(lines: list[dict[str, Any]], order_id: str) -> dict[str, float]:
    """When each screen first showed an order."""
    found: dict[str, float] = {}
    for line in lines:
        if order_id in shown(line):
            found.setdefault(line["screen"], line["t"])
    return found
